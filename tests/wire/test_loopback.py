"""Кадры loopback: порты по порядку, суммы верны, а всё прочее нетронуто."""

from __future__ import annotations

from netlab.wire.dissect import dissect
from netlab.wire.frame import Frame
from netlab.wire.loopback import finished, new_ports, renamed, renamed_trace

ETHERNET = bytes(12) + b"\x08\x00"


def packet(source: int, target: int, flags: int, data: bytes = b"") -> bytes:
    """Кадр TCP, в котором суммы TCP никто не считал."""
    ip = bytes.fromhex("4500 0000 0000 4000 4006 0000 7f000001 7f000001")
    size = (40 + len(data)).to_bytes(2)
    ip = ip[:2] + size + ip[4:10] + checksum(ip[:2] + size + ip[4:]) + ip[12:]
    tcp = source.to_bytes(2) + target.to_bytes(2) + bytes(8) + bytes([0x50, flags]) + bytes(6)
    return ETHERNET + ip + tcp + data


def checksum(header: bytes) -> bytes:
    total = sum(int.from_bytes(header[at : at + 2]) for at in range(0, len(header), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return (total ^ 0xFFFF).to_bytes(2)


def frames(*packets: bytes) -> list[Frame]:
    return [Frame(float(number), data) for number, data in enumerate(packets)]


def test_ports_are_numbered_in_order_of_appearance() -> None:
    seen = frames(packet(41234, 35001, 2), packet(35001, 41234, 0x12), packet(41999, 35001, 2))
    assert new_ports(seen) == {35001: 8000, 41234: 50000, 41999: 50001}


def test_new_frame_has_right_checksums_and_the_same_data() -> None:
    before = packet(41234, 35001, 0x18, b"hello\n")
    assert any(one.problem for layer in dissect(before) for one in layer.fields)
    after = finished(before, {41234: 50000, 35001: 8000})
    layers = {layer.name: layer for layer in dissect(after)}
    assert not [one for layer in layers.values() for one in layer.fields if one.problem]
    ports = {one.name: one.number for one in layers["tcp"].fields}
    assert (ports["tcp.srcport"], ports["tcp.dstport"]) == (50000, 8000)
    assert after.endswith(b"hello\n")
    assert len(after) == len(before)
    assert finished(after, {}) == after


def test_what_is_not_tcp_is_left_alone() -> None:
    arp = bytes(12) + b"\x08\x06" + bytes(28)
    assert [one.data for one in renamed(frames(arp), {1: 2})] == [arp]


def test_trace_names_the_same_ports() -> None:
    event = {
        "call": "begin", "port": 41234, "here": 35001,
        "args": ["('127.0.0.1', 35001)", "1024"], "result": "('127.0.0.1', 41234)",
    }  # fmt: skip
    (after,) = renamed_trace([event], {35001: 8000, 41234: 50000})
    assert after == event | {
        "port": 50000, "here": 8000,
        "args": ["('127.0.0.1', 8000)", "1024"], "result": "('127.0.0.1', 50000)",
    }  # fmt: skip
    assert event["port"] == 41234
