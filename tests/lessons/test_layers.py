"""Урок «Сеть по слоям»: ответы, которые пишут чаще всего, узнаются по диагнозу."""

from collections.abc import Callable

import pytest

from netlab.checks import Verdict

Diagnose = Callable[[str, str], Verdict]
KIND = "header"

RIGHT = """
import struct
HEADER = struct.Struct('!HHHH')
def pack_header(source, destination, data):
    length = HEADER.size + len(data)
    return HEADER.pack(source, destination, length, 0) + data
def unpack_header(datagram):
    source, destination, length, checksum = HEADER.unpack_from(datagram)
    if not HEADER.size <= length <= len(datagram):
        raise ValueError(length)
    return source, destination, datagram[HEADER.size:length]
"""
LITTLE_ENDIAN = RIGHT.replace("!", "<")
DATA_ONLY = RIGHT.replace("length = HEADER.size + len(data)", "length = len(data)")
MASKED = RIGHT.replace("destination, length, 0", "destination & 0xffff, length, 0")
MASKED_SOURCE = RIGHT.replace("HEADER.pack(source", "HEADER.pack(source & 0xffff")
NEVER_EMPTY = RIGHT.replace("if not HEADER.size <= length", "if not HEADER.size < length")
TEXT = RIGHT.replace("datagram[HEADER.size:length]", "datagram[HEADER.size:length].decode()")
EXACT = RIGHT.replace("not HEADER.size <= length <= len(datagram)", "length != len(datagram)")
NO_CHECKSUM = (
    RIGHT.replace("!HHHH", "!HHH")
    .replace(", length, 0", ", length")
    .replace(", length, checksum", ", length")
)
REFUSAL = "if not HEADER.size <= length <= len(datagram):\n        raise ValueError(length)"
ASSERT = RIGHT.replace(REFUSAL, "assert HEADER.size <= length <= len(datagram)")
EXIT = RIGHT.replace("raise ValueError(length)", "raise SystemExit('длина врёт')")
BY_HAND = """
def pack_header(source, destination, data):
    numbers = source, destination, 8 + len(data), 0
    return b''.join(number.to_bytes(2, 'big') for number in numbers) + data
def unpack_header(datagram):
    source = datagram[0] << 8 | datagram[1]
    destination = datagram[2] << 8 | datagram[3]
    length = datagram[4] << 8 | datagram[5]
    return source, destination, datagram[8:length]
"""


@pytest.mark.parametrize(
    ("answer", "property", "why", "received"),
    [
        (LITTLE_ENDIAN, "byte_order", "записаны не так", r"b'\x02\x01\x04\x03'"),
        (DATA_ONLY, "length", "не 13", r"b'\x00\x05'"),
        (MASKED, "port_range", "65536 не бывает", r"b'\xc3P\x00\x00"),
        (NEVER_EMPTY, "empty", "бросила исключение", "ValueError: 8"),
        (TEXT, "round_trip", "не то, что упаковали", "'hello'"),
        (EXACT, "extra", "бросила исключение", "ValueError: 13"),
        (NO_CHECKSUM, "size", "не той длины", "11 байт"),
        (BY_HAND, "cut_header", "Заголовка нет", "(50000, 53, b'')"),
        (BY_HAND, "missing", "об ошибке не сказано", "b'hel'"),
        (ASSERT, "missing", "assert нет; бросьте исключение сами", "AssertionError"),
        (MASKED_SOURCE, "port_range", "65536 не бывает", r"b'\x00\x00\x005"),
        (EXIT, "missing", "завершила всю программу; бросьте", "SystemExit: длина врёт"),
    ],
    ids=[
        "little_endian", "data_only", "masked", "never_empty", "text", "exact", "no_checksum",
        "cut_header", "cut", "assert", "masked_source", "exit",
    ],
)  # fmt: skip
def test_typical_wrong_answer_is_diagnosed(
    answer: str, property: str, why: str, received: str, diagnose: Diagnose
) -> None:
    verdict = diagnose(answer, property)
    assert not verdict.passed
    assert why in verdict.why
    assert received in verdict.received


@pytest.mark.parametrize(("answer", "property"), [(BY_HAND, "port_range"), (BY_HAND, "too_long")])
def test_overflow_error_of_to_bytes_is_a_refusal(
    answer: str, property: str, diagnose: Diagnose
) -> None:
    assert diagnose(answer, property).passed


@pytest.mark.parametrize(
    ("answer", "property"), [(RIGHT, "port_range"), (RIGHT.replace("!", ""), "port_range")]
)
def test_refusal_of_struct_reads_the_same_in_every_python(
    answer: str, property: str, diagnose: Diagnose
) -> None:
    verdict = diagnose(answer, property)
    words = "исключение struct.error: 'H' format requires 0 <= number <= 65535"
    assert [line.what for line in verdict.conversation if "исключение" in line.what] == [words] * 4
