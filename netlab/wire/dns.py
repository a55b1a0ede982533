"""Вопросы и записи сообщения DNS (RFC 1035, 4.1)."""

from __future__ import annotations

import ipaddress
import struct

from netlab.wire.header import Field
from netlab.wire.numbers import DNS_TYPES

LONGEST = 255
"""Больше байтов в имени не бывает (RFC 1035, 2.3.4)."""
POINTER = 0xC0
SECTIONS = ("answers", "auth_rr", "add_rr")


class _Broken(Exception):
    """Дальше не прочесть."""


def read_dns(frame: bytes, start: int, end: int, said: dict[str, int]) -> tuple[list[Field], int]:
    """Читает вопросы и записи после заголовка; возвращает поля и то, где они кончились."""
    message, at = frame[start:end], 12
    fields: list[Field] = []

    def add(name: str, title: str, stop: int, value: str) -> None:
        fields.append(Field(name, title, (start + at) * 8, (stop - at) * 8, value, 0))

    try:
        for _ in range(said["dns.count.queries"]):
            name, stop = read_name(message, at)
            kind, _ = unpacked(">HH", message, stop)
            stop += 4
            add("dns.query", "вопрос", stop, f"{name}, {DNS_TYPES.get(kind, kind)}")
            at = stop
        for _ in range(sum(said[f"dns.count.{section}"] for section in SECTIONS)):
            name, stop = read_name(message, at)
            kind, _, seconds, size = unpacked(">HHIH", message, stop)
            stop += 10 + size
            if stop > len(message):
                raise _Broken
            value = shown_record(kind, message, stop - size, stop)
            told = f"{name}, {DNS_TYPES.get(kind, kind)}: {value}; помнить {seconds} с"
            add("dns.record", "запись", stop, told)
            at = stop
    except _Broken:
        problem = "Оборвано или испорчено: дальше не прочесть."
        left = (len(message) - at) * 8
        fields.append(Field("dns.broken", "остаток", (start + at) * 8, left, "", 0, "", problem))
        at = len(message)
    return fields, start + at


def unpacked(layout: str, message: bytes, at: int) -> tuple[int, ...]:
    """Читает числа; чего нет, того не прочесть."""
    try:
        return struct.unpack_from(layout, message, at)
    except struct.error:
        raise _Broken from None


def read_name(message: bytes, at: int) -> tuple[str, int]:
    """Читает имя по частям и то, где оно кончилось; ссылка (RFC 1035, 4.1.4) ведёт только назад."""
    parts: list[str] = []
    size, end = 0, 0
    while True:
        if at >= len(message):
            raise _Broken
        length = message[at]
        if length & POINTER == POINTER:
            (word,) = unpacked(">H", message, at)
            end = end or at + 2
            if word & 0x3FFF >= at:
                raise _Broken
            at = word & 0x3FFF
            continue
        at += 1
        if not length:
            return ".".join(parts) or ".", end or at
        size += length + 1
        if length & POINTER or at + length > len(message) or size > LONGEST:
            raise _Broken
        parts.append(message[at : at + length].decode("ascii", "backslashreplace"))
        at += length


def shown_record(kind: int, message: bytes, start: int, stop: int) -> str:
    """Показывает содержимое записи: адрес, имя или просто байты."""
    body = message[start:stop]
    if (kind, len(body)) in ((1, 4), (28, 16)):
        return str(ipaddress.ip_address(body))
    if kind in (2, 5, 12):
        return read_name(message, start)[0]
    return body.hex(" ")
