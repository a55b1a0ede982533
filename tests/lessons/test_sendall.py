"""Урок «send и sendall»: оригинал дословен, а частые ответы узнаются по диагнозу."""

from collections.abc import Callable
from pathlib import Path

import pytest

from netlab.checks import Verdict

Diagnose = Callable[[str, str], Verdict]
KIND = "sendall"

ORIGINAL = Path(__file__).parents[2] / "snippets" / "sendall" / "sendall_original.py"
FROM_THE_LECTURE = """\
def sendall(sock, data, flags=0):
    ret = sock.send(data, flags)
    if ret > 0:
        return sendall(sock, data[ret:], flags)
    else:
        return None
"""

ONCE = """
def sendall(sock, data, flags=0):
    sock.send(data, flags)
"""
COUNT = """
def sendall(sock, data, flags=0):
    sent = 0
    while sent < len(data):
        sent += sock.send(data[sent:], flags)
    return sent
"""
SAME_DATA = """
def sendall(sock, data, flags=0):
    sent = 0
    while sent < len(data):
        sent += sock.send(data, flags)
"""
AS_BYTES = """
def sendall(sock, data, flags=0):
    while data:
        sent = sock.send(data, flags)
        data = data + b''
        data = data[sent:]
"""
UNTIL_ZERO = """
def sendall(sock, data, flags=0):
    while sent := sock.send(data, flags):
        data = data[sent:]
"""
NO_TIMEOUT = """
def sendall(sock, data, flags=0):
    sock.settimeout(None)
    sock.sendall(data, flags)
"""
BUILTIN = """
def sendall(sock, data, flags=0):
    sock.sendall(data, flags)
"""


def test_original_is_verbatim() -> None:
    assert FROM_THE_LECTURE in ORIGINAL.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("answer", "property", "why", "received"),
    [
        (ONCE, "short_send", "остального функция не послала", "1 байт"),
        (COUNT, "whole", "вернула не None", "5"),
        (SAME_DATA, "short_send", "не то, что послали", "b'00"),
        (AS_BYTES, "bytes_like", "бросила исключение", "TypeError"),
        (UNTIL_ZERO, "stuck", "не взяло двух байт", "None"),
        (NO_TIMEOUT, "silence", "исключения нет", "не вернулась"),
    ],
    ids=["once", "count", "same_data", "as_bytes", "until_zero", "no_timeout"],
)
def test_typical_wrong_answer_is_diagnosed(
    answer: str, property: str, why: str, received: str, diagnose: Diagnose
) -> None:
    verdict = diagnose(answer, property)
    assert not verdict.passed
    assert why in verdict.why
    assert received in verdict.received


@pytest.mark.parametrize(
    "property", ["short_send", "one_send", "memory", "stuck", "linear", "items"]
)
@pytest.mark.parametrize("answer", [BUILTIN], ids=["builtin"])
def test_record_tells_that_builtin_bypassed_the_stand(
    answer: str, property: str, diagnose: Diagnose
) -> None:
    """Подставное ядро встроенному sendall не показать, и запись об этом не молчит."""
    verdict = diagnose(answer, property)
    assert verdict.passed
    assert any("минуя sock.send" in line.what for line in verdict.conversation)
