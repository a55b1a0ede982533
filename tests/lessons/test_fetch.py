"""Урок «Скачиваем страницу»: оригинал дословен, а частые ответы узнаются по диагнозу."""

import re
import runpy
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netlab.checks import Verdict
from netlab.stand import Stand, has_ipv6

Diagnose = Callable[[str, str], Verdict]
KIND = "fetch"

ROOT = Path(__file__).parents[2]
ORIGINAL = ROOT / "snippets" / "fetch" / "fetch_original.py"
ANY_ADDRESS = ROOT / "snippets" / "fetch" / "fetch_address.py"
OK = b"HTTP/1.1 200 OK\r\n\r\n"

START = """
import socket
def read_website(domain, port, timeout=10):
    sock = socket.create_connection((domain, port), timeout)
    sock.sendall(b'GET / HTTP/1.1\\r\\nHost: ' + domain.encode('idna') + b'\\r\\n\\r\\n')
"""
ONE_RECV = START + "    return sock.recv(1000000)\n"
TEXT = START + "    return sock.recv(1000000).decode()\n"
NO_HOST = START.replace("Host: ", "X-Host: ") + "    return sock.makefile('rb').read()\n"
SHORT_IS_FINE = (
    START
    + """
    with sock, sock.makefile('rb') as file:
        while (line := file.readline()).strip():
            name, _, value = line.partition(b':')
            if name.lower() == b'content-length':
                length = int(value)
        return file.read(length)
"""
)
LEAKS = (
    START
    + """
    raise ConnectionError('не хватает 4900 байт')
"""
)
HIDES = (
    START
    + """
    page = b''
    try:
        while chunk := sock.recv(1024):
            page += chunk
    except OSError:
        pass
    return page
"""
)


MAKEFILE = (
    START
    + """
    with sock, sock.makefile('rb') as file:
        length = None
        while (line := file.readline()).strip():
            name, _, value = line.partition(b':')
            if name.lower() == b'content-length':
                length = {length}
        return file.read(length)
"""
)
WITHOUT_SIGN = MAKEFILE.format(length="abs(int(value))")
NOT_NEGATIVE = MAKEFILE.format(length="max(int(value), 0)")
DIGITS_ONLY = MAKEFILE.format(length="digits(value)") + (
    "def digits(value):\n"
    "    if not value.strip().isdigit():\n"
    "        raise ValueError('не число')\n"
    "    return int(value)\n"
)
READ = """
    chunks = []
    with sock:
        while chunk := sock.recv(65536):
            chunks.append(chunk)
            {check}
        return b''.join(chunks)
"""
CUT = START + READ.format(check="if sum(map(len, chunks)) > 2 ** 21: break")
COUNTS_CHUNKS = START + READ.format(check="if len(chunks) > 2 ** 21: raise ValueError")
LITERAL = START + "    return sock.makefile('rb').read()\n"


def test_original_is_verbatim() -> None:
    """Первая версия — код лекции до последнего байта."""
    text = ORIGINAL.read_text(encoding="utf-8")
    assert text.startswith("import socket\nfrom contextlib import contextmanager\n\n\n@contextm")
    assert re.search(
        r"        chunk = sock\.recv\(1024\)\n        result \+= chunk\n        while", text
    )
    assert text.endswith(
        "    read_website('e1.ru', 80)\n\n\nif __name__ == '__main__':\n    main()\n"
    )


@pytest.mark.parametrize(
    ("answer", "property", "why", "received"),
    [
        (ONE_RECV, "pieces", "не таким", "b'H'"),
        (TEXT, "page", "вернула не bytes", "HTTP/1.1"),
        (NO_HOST, "request", "нет заголовка Host", "X-Host"),
        (SHORT_IS_FINE, "truncated", "об ошибке не сказано", "b'xxx"),
        (LEAKS, "truncated", "сокет не закрыт", "сокет открыт"),
        (HIDES, "silence", "исключения нет", "b''"),
        (HIDES, "reset", "об ошибке не сказано", "<h1>"),
        (WITHOUT_SIGN, "bad_length", "Длина -1", "b'0'"),
        (NOT_NEGATIVE, "bad_length", "Длина -1", "b''"),
        (DIGITS_ONLY, "bad_length", "Длин две", "b'0123456789'"),
        (CUT, "limit", "об ошибке не сказано", "всего"),
        (COUNTS_CHUNKS, "limit", "а загрузка идёт", "читает дальше"),
        (LITERAL, "ipv6_literal", "без скобок", "b'::1'"),
    ],
    ids=[
        "one_recv", "text", "no_host", "short_is_fine", "leaks", "hides_silence", "hides_reset",
        "without_sign", "not_negative", "digits_only", "cut", "counts_chunks", "literal",
    ],
)  # fmt: skip
def test_typical_wrong_answer_is_diagnosed(
    answer: str, property: str, why: str, received: str, diagnose: Diagnose
) -> None:
    verdict = diagnose(answer, property)
    assert not verdict.passed
    assert why in verdict.why
    assert received in verdict.received


@pytest.mark.skipif(not has_ipv6(), reason="на этой машине нет IPv6")
def test_address_after_address() -> None:
    """IPv6 отказал, первый IPv4 отказал — страница приходит с третьего адреса."""
    with Stand(ANY_ADDRESS) as stand:
        stand.refuse("e1.ru:80", ipv6=True)
        stand.refuse("e1.ru:80")
        server = stand.serve("e1.ru:80")
        module = stand.load()
        call = module.call(stand.conversation, "read_website", "e1.ru", 80, 10)
        connection = server.accept(module)
        connection.receive_until(b"\r\n\r\n")
        connection.send(OK + b"hello")
        connection.half_close()
        assert call.bytes_value() == b"hello"


def test_one_deadline_for_all_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Три молчащих адреса занимают один срок, а не три."""
    now, waited = 1000.0, []

    def silent(address: tuple[str, int], timeout: float) -> None:
        nonlocal now
        waited.append((address[0], timeout))
        now += 4
        raise TimeoutError

    found: list[Any] = [(2, 1, 6, "", (f"192.0.2.{last}", 80)) for last in (1, 2, 3)]
    connect_before = runpy.run_path(str(ANY_ADDRESS))["connect_before"]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(socket, "create_connection", silent)
    monkeypatch.setattr("time.monotonic", lambda: now)
    with pytest.raises(TimeoutError):
        connect_before("e1.ru", 80, 1006.0)
    assert waited == [("192.0.2.1", 6.0), ("192.0.2.2", 2.0)]
