"""Урок «Скачиваем страницу»: оригинал дословен, а частые ответы узнаются по диагнозу."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from netlab.checks import Verdict

Diagnose = Callable[[str, str], Verdict]
KIND = "fetch"

ROOT = Path(__file__).parents[2]
ORIGINAL = ROOT / "snippets" / "fetch" / "fetch_original.py"

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
    ],
    ids=["one_recv", "text", "no_host", "short_is_fine", "leaks", "hides_silence", "hides_reset"],
)
def test_typical_wrong_answer_is_diagnosed(
    answer: str, property: str, why: str, received: str, diagnose: Diagnose
) -> None:
    verdict = diagnose(answer, property)
    assert not verdict.passed
    assert why in verdict.why
    assert received in verdict.received
