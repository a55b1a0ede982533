"""Кадры, которых нет в записанных разговорах: собраны вручную, по одному на каждый протокол."""

import struct

A, B = bytes.fromhex("02000000000a"), bytes.fromhex("02000000000b")
HERE, THERE = bytes([10, 0, 1, 10]), bytes([10, 0, 2, 80])
HERE6, THERE6 = bytes.fromhex("fd00" + "0" * 26 + "0a"), bytes.fromhex("fd00" + "0" * 26 + "50")


def checksum(data: bytes) -> int:
    """Контрольная сумма Интернета, как в RFC 1071: сложили, перенесли, обратили."""
    data += bytes(len(data) % 2)
    total = sum(data[::2]) * 256 + sum(data[1::2])
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - total


def ethernet(kind: int, inside: bytes) -> bytes:
    return B + A + struct.pack(">H", kind) + inside


def ipv4(proto: int, inside: bytes, fragment: int = 0) -> bytes:
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(inside), 7, fragment, 64, proto, 0)
    head += HERE + THERE
    return ethernet(0x0800, head[:10] + struct.pack(">H", checksum(head)) + head[12:] + inside)


def ipv6(proto: int, inside: bytes) -> bytes:
    head = struct.pack(">IHBB", 0x6AB12345, len(inside), proto, 64)
    return ethernet(0x86DD, head + HERE6 + THERE6 + inside)


def summed(addresses: bytes, proto: int, segment: bytes, place: int) -> bytes:
    """Вписывает контрольную сумму, которая считает и адреса."""
    pseudo = addresses + struct.pack(">HH", proto, len(segment))
    number = checksum(pseudo + segment) or 0xFFFF
    return segment[:place] + struct.pack(">H", number) + segment[place + 2 :]


def tcp(addresses: bytes, flags: int, data: bytes, options: bytes = b"") -> bytes:
    size = (20 + len(options)) // 4
    head = struct.pack(">HHIIBBHHH", 50000, 80, 1000, 2000, size << 4, flags, 500, 0, 0)
    return summed(addresses, 6, head + options + data, 16)


def udp(addresses: bytes, port: int, data: bytes) -> bytes:
    return summed(addresses, 17, struct.pack(">HHHH", 50000, port, 8 + len(data), 0) + data, 6)


def icmp(kind: int, code: int, rest: bytes) -> bytes:
    head = struct.pack(">BBH", kind, code, 0)
    return struct.pack(">BBH", kind, code, checksum(head + rest)) + rest


NAME = b"\2e1\2ru\0"
QUESTION = struct.pack(">HHHHHH", 0x1234, 0x0100, 1, 0, 0, 0) + NAME + struct.pack(">HH", 1, 1)
ANSWER = (
    struct.pack(">HHHHHH", 0x1234, 0x8180, 1, 2, 0, 0) + NAME + struct.pack(">HH", 1, 1)
    + b"\xc0\x0c" + struct.pack(">HHIH", 5, 1, 60, 6) + b"\3www\xc0\x0c"
    + b"\xc0\x23" + struct.pack(">HHIH", 1, 1, 60, 4) + THERE
)  # fmt: skip
OPTIONS = bytes.fromhex("020405b4 0402 080a 0000000100000002 01 030307 050a 00000bb800000bc0 0100")
GET = b"GET / HTTP/1.1\r\nHost: e1.ru\r\n\r\n"

FRAMES = {
    "arp": ethernet(
        0x0806, struct.pack(">HHBBH", 1, 0x0800, 6, 4, 1) + A + HERE + bytes(6) + THERE
    ),
    "arp с довеском": ethernet(
        0x0806, struct.pack(">HHBBH", 1, 0x0800, 6, 4, 2) + A + HERE + B + THERE + bytes(18)
    ),
    "эхо-запрос": ipv4(1, icmp(8, 0, struct.pack(">HH", 77, 1) + b"abcdefgh")),
    "порт не занят": ipv4(1, icmp(3, 3, bytes(4) + ipv4(17, udp(HERE + THERE, 9, b"x"))[14:])),
    "вопрос dns": ipv4(17, udp(HERE + THERE, 53, QUESTION)),
    "ответ dns": ipv4(17, udp(HERE + THERE, 53, ANSWER)),
    "udp": ipv4(17, udp(HERE + THERE, 5555, b"hello")),
    "syn": ipv4(6, tcp(HERE + THERE, 0x02, b"", OPTIONS)),
    "get": ipv4(6, tcp(HERE + THERE, 0x18, GET)),
    "кусок": ipv4(17, b"middle of a datagram....", 0x2010),
    "tcp по ipv6": ipv6(6, tcp(HERE6 + THERE6, 0x18, GET)),
    "udp по ipv6": ipv6(17, udp(HERE6 + THERE6, 53, QUESTION)),
    "неизвестный": ethernet(0x88B5, b"local experiment"),
}
