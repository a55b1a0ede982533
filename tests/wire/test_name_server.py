"""Сервер имён стенда: на вопрос об имени — адрес, о чужом имени — что его нет."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address

import pytest

from netlab.peers.name_server import answer
from netlab.wire.dns import read_dns

NAMES = {b"e1.ru": IPv4Address("10.0.2.80").packed}
A, AAAA = 1, 28
COUNTS = ("queries", "answers", "auth_rr", "add_rr")


def question(name: str, kind: int) -> bytes:
    parts = b"".join(bytes([len(part)]) + part for part in name.encode().split(b"."))
    head = struct.pack(">HHHHHH", 0x1234, 0x0100, 1, 0, 0, 0)
    return head + parts + b"\0" + struct.pack(">HH", kind, 1)


@pytest.mark.parametrize(
    ("name", "kind", "code", "told"),
    [
        ("e1.ru", A, 0, ["e1.ru, A", "e1.ru, A: 10.0.2.80; помнить 3600 с"]),
        ("E1.RU", A, 0, ["E1.RU, A", "E1.RU, A: 10.0.2.80; помнить 3600 с"]),
        ("e1.ru", AAAA, 0, ["e1.ru, AAAA"]),
        ("e2.ru", A, 3, ["e2.ru, A"]),
    ],
)
def test_answer(name: str, kind: int, code: int, told: list[str]) -> None:
    said = answer(question(name, kind), NAMES)
    number, flags, *counts = struct.unpack_from(">HHHHHH", said)
    assert number == 0x1234
    assert flags & 0x8000
    assert flags & 0xF == code
    named = {f"dns.count.{one}": count for one, count in zip(COUNTS, counts, strict=True)}
    fields, end = read_dns(said, 0, len(said), named)
    assert [one.value for one in fields] == told
    assert end == len(said)
