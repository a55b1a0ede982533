"""Урок «recv»: ответы, которые пишут чаще всего, узнаются по диагнозу."""

from collections.abc import Callable

import pytest

from netlab.checks import Verdict

Diagnose = Callable[[str, str], Verdict]
KIND = "recv"

WAITALL = """
import socket
def recv_exactly(sock, n):
    return sock.recv(n, socket.MSG_WAITALL)
"""
MAKEFILE = """
def recv_exactly(sock, n):
    return sock.makefile('rb').read(n)
"""
TEXT = """
def recv_line(sock):
    line = ''
    while not line.endswith('\\n'):
        line += sock.recv(1).decode()
    return line
"""
BY_FILENO = """
rests = {}
def recv_line(sock):
    rest = rests.setdefault(sock.fileno(), b'')
    while b'\\n' not in rest:
        chunk = sock.recv(1024)
        if not chunk:
            if rest:
                raise EOFError
            return b''
        rest += chunk
    line, newline, rests[sock.fileno()] = rest.partition(b'\\n')
    return line + newline
"""
OVERBOARD = """
def recv_exactly(sock, n):
    data = b''
    while len(data) < n:
        data += sock.recv(4096)
    return data[:n]
"""
BY_SOCKET = BY_FILENO.replace("sock.fileno()", "sock")
PRINTS = """
def recv_exactly(sock, n):
    print(sock.recv(n))
"""
SWALLOWS = """
def recv_line(sock):
    line = b''
    try:
        while not line.endswith(b'\\n'):
            line += sock.recv(1) or b'\\n'
    except OSError:
        return b''
    return line
"""
SHORT_IS_FINE = """
def recv_exactly(sock, n):
    data = b''
    while len(data) < n:
        chunk = sock.recv(n - len(data))
        if not chunk:
            break
        data += chunk
    return data
"""


@pytest.mark.parametrize(
    ("answer", "property", "why", "received"),
    [
        (WAITALL, "missing", "об ошибке не сказано", "b'hel'"),
        (MAKEFILE, "not_more", "не вернулась", "не вернулась"),
        (TEXT, "whole_line", "вернула не bytes", "'hello\\n'"),
        (BY_FILENO, "separate", "вернула не то", "b'left overtwo\\n'"),
        (SHORT_IS_FINE, "missing", "об ошибке не сказано", "b'hel'"),
        (OVERBOARD, "not_more", "не вернулась", "не вернулась"),
        (BY_SOCKET, "forgotten", "программа его держит", "сокет в памяти"),
        (PRINTS, "bulk", "вернула не bytes", "None"),
        (SWALLOWS, "reset", "об ошибке не сказано", "b''"),
        (SWALLOWS, "silence", "исключения нет", "b''"),
    ],
    ids=[
        "waitall",
        "makefile",
        "text",
        "by_fileno",
        "short_is_fine",
        "overboard",
        "by_socket",
        "prints",
        "swallows_reset",
        "swallows_timeout",
    ],
)
def test_typical_wrong_answer_is_diagnosed(
    answer: str, property: str, why: str, received: str, diagnose: Diagnose
) -> None:
    verdict = diagnose(answer, property)
    assert not verdict.passed
    assert why in verdict.why
    assert received in verdict.received
