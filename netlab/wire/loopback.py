"""Кадры loopback, какими их послала бы карта: порты по порядку, контрольные суммы посчитаны."""

# Кадр через loopback не выходит из ядра, и суммы в нём никто не считает: считала бы карта. Порты
# такой программе выдаёт система, каждый раз другие, поэтому в записи они переименованы: у тех, кто
# ждёт, — 8000 и дальше, у тех, кто приходит, — 50000 и дальше.

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Sequence
from typing import Any

from netlab.wire.dissect import dissect, internet_checksum
from netlab.wire.frame import Frame
from netlab.wire.segment import segments

SERVERS, CLIENTS = 8000, 50000
TCP, UDP = 6, 17
CHECKSUMS = {TCP: 16, UDP: 6}
"""Где в заголовке контрольная сумма."""
NUMBER = re.compile(r"\d+")


def new_ports(frames: Sequence[Frame]) -> dict[int, int]:
    """Даёт портам новые номера: кто первым пришёл, тот клиент."""
    ports: dict[int, int] = {}
    servers = clients = 0
    for one in segments(frames):
        if one.target_port and one.target_port not in ports:
            ports[one.target_port] = SERVERS + servers
            servers += 1
        if one.source_port and one.source_port not in ports:
            ports[one.source_port] = CLIENTS + clients
            clients += 1
    return ports


def renamed(frames: Iterable[Frame], ports: dict[int, int]) -> list[Frame]:
    """Переименовывает порты в кадрах и дописывает контрольные суммы."""
    return [Frame(one.at, finished(one.data, ports), one.cord) for one in frames]


def finished(frame: bytes, ports: dict[int, int]) -> bytes:
    """Возвращает кадр с новыми портами и верной суммой; чего не знает, того не трогает."""
    layers = {layer.name: layer for layer in dissect(frame)}
    inner = layers.get("tcp") or layers.get("udp")
    if inner is None or "ip" not in layers:
        return frame
    ip = layers["ip"].start
    size, protocol = struct.unpack_from(">H", frame, ip + 2)[0], frame[ip + 9]
    segment = bytearray(frame[inner.start : ip + size])
    for at in (0, 2):
        (port,) = struct.unpack_from(">H", segment, at)
        struct.pack_into(">H", segment, at, ports.get(port, port))
    place = CHECKSUMS[protocol]
    struct.pack_into(">H", segment, place, 0)
    addresses = frame[ip + 12 : ip + 20] + struct.pack(">HH", protocol, len(segment))
    struct.pack_into(">H", segment, place, internet_checksum(addresses + bytes(segment)))
    return frame[: inner.start] + bytes(segment) + frame[ip + size :]


def renamed_trace(
    trace: Iterable[dict[str, Any]], ports: dict[int, int]
) -> list[dict[str, Any]]:  # fmt: skip
    """Переименовывает порты в следе вызовов."""

    def words(text: str) -> str:
        return NUMBER.sub(lambda one: str(ports.get(int(one[0]), one[0])), text)

    changed = []
    for event in trace:
        one = dict(event)
        for key in ("port", "here"):
            if key in one:
                one[key] = ports.get(one[key], one[key])
        if "args" in one:
            one["args"] = [words(each) for each in one["args"]]
        if "result" in one:
            one["result"] = words(one["result"])
        changed.append(one)
    return changed
