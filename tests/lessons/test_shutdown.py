"""Урок «shutdown»: ответы, которые пишут чаще всего, узнаются по диагнозу."""

from collections.abc import Callable

import pytest

from netlab.checks import Verdict

Diagnose = Callable[[str, str], Verdict]
KIND = "shutdown"

CLOSES_FIRST = """
def exchange(sock, data):
    with sock:
        sock.sendall(data)
    return sock.recv(65536)
"""
ONE_RECV = """
import socket
def exchange(sock, data):
    sock.sendall(data)
    sock.shutdown(socket.SHUT_WR)
    return sock.recv(65536)
"""
HALF_WAY = """
import socket
def finish(sock, data):
    with sock:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
"""
FORGETS_TO_CLOSE = """
import socket
def finish(sock, data):
    sock.sendall(data)
    sock.shutdown(socket.SHUT_WR)
    while sock.recv(65536):
        pass
"""
SWALLOWS = """
import socket
def exchange(sock, data):
    answer = b''
    try:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        while chunk := sock.recv(65536):
            answer += chunk
    except OSError:
        pass
    return answer
"""
DRAINS_FIRST = """
import socket
def finish(sock, data):
    with sock:
        sock.setblocking(False)
        try:
            while sock.recv(65536):
                pass
        except OSError:
            pass
        sock.setblocking(True)
        sock.sendall(data)
"""
GIVES_UP = """
import socket
def finish(sock, data):
    sock.settimeout(5)
    try:
        sock.sendall(data)
    except TimeoutError:
        pass
    sock.close()
"""
HIDES_SENDER = """
import socket
import threading
def exchange(sock, data):
    threading.Thread(target=send, args=[sock, data], daemon=True).start()
    answer = b''
    while chunk := sock.recv(65536):
        answer += chunk
    return answer
def send(sock, data):
    try:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
    except OSError:
        pass
"""


@pytest.mark.parametrize(
    ("answer", "property", "why", "received"),
    [
        (CLOSES_FIRST, "answer", "бросила исключение", "Bad file descriptor"),
        (ONE_RECV, "deadlock", "не движется", ""),
        (HALF_WAY, "unread", "дошёл не весь", "меньше половины, потом RST"),
        (DRAINS_FIRST, "late", "дошёл не весь", "меньше половины, потом RST"),
        (HIDES_SENDER, "reset_both", "об ошибке не сказано", "b'wor'"),
        (HIDES_SENDER, "silence_both", "таймаут истёк", "b'xxx"),
        (GIVES_UP, "slow", "сойдёт за целый", "потом конец потока"),
        (ONE_RECV, "early", "ждёт места для запроса", "не вернулась"),
        (FORGETS_TO_CLOSE, "closes", "сокет не закрыт", "сокет открыт"),
        (SWALLOWS, "truncated", "об ошибке не сказано", "b'wor'"),
        (SWALLOWS, "silence", "исключения нет", "b''"),
    ],
    ids=[
        "closes_first",
        "one_recv",
        "half_way",
        "drains_first",
        "hides_reset",
        "hides_timeout",
        "gives_up",
        "one_recv_early",
        "forgets",
        "swallows_reset",
        "swallows_silence",
    ],
)
def test_typical_wrong_answer_is_diagnosed(
    answer: str, property: str, why: str, received: str, diagnose: Diagnose
) -> None:
    verdict = diagnose(answer, property)
    assert not verdict.passed
    assert why in verdict.why + verdict.received
    assert received in verdict.received
