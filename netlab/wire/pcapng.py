"""Файл захвата pcapng: его открывают Wireshark, tshark и tcpdump."""

# Файл — это блоки: тип, длина, содержимое, добитое нулями до четырёх байт, и снова длина. Порядок
# байтов выбирает пишущий; здесь он сетевой, как в самих кадрах.
# См. https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence

from netlab.wire.frame import Frame

SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6
BYTE_ORDER = 0x1A2B3C4D
ETHERNET = 1  # LINKTYPE_ETHERNET
NAME, RESOLUTION, APPLICATION = 2, 9, 4  # if_name, if_tsresol, shb_userappl
NANOSECONDS = 9
NOT_ETHERNET = "Захват не с Ethernet: кадры других сетей здесь не разбирают."


class CaptureFileError(Exception):
    """Файл не читается; текст — одно предложение: почему."""


def write_capture(frames: Iterable[Frame], cords: Sequence[str]) -> bytes:
    """Записывает кадры; cords — названия шнуров, по их номерам."""
    blocks = [
        block(SECTION, struct.pack(">IHHq", BYTE_ORDER, 1, 0, -1), [(APPLICATION, b"netlab")])
    ]
    for name in cords:
        options = [(NAME, name.encode()), (RESOLUTION, bytes([NANOSECONDS]))]
        blocks.append(block(INTERFACE, struct.pack(">HHI", ETHERNET, 0, 0), options))
    for frame in frames:
        high, low = divmod(round(frame.at * 10**NANOSECONDS), 1 << 32)
        size = len(frame.data)
        head = struct.pack(">IIIII", frame.cord, high, low, size, size)
        blocks.append(block(PACKET, head + padded(frame.data)))
    return b"".join(blocks)


def block(kind: int, body: bytes, options: Sequence[tuple[int, bytes]] = ()) -> bytes:
    """Складывает блок из содержимого и свойств."""
    for code, value in options:
        body += struct.pack(">HH", code, len(value)) + padded(value)
    if options:
        body += struct.pack(">HH", 0, 0)
    size = struct.pack(">I", len(body) + 12)
    return struct.pack(">I", kind) + size + body + size


def padded(data: bytes) -> bytes:
    """Добивает нулями до целого числа четвёрок."""
    return data + bytes(-len(data) % 4)


def read_capture(content: bytes) -> list[Frame]:
    """Читает кадры Ethernet из файла pcapng, с любым порядком байтов и любыми часами.

    Raises:
        CaptureFileError: это не pcapng, или файл оборван.
    """
    return list(frames_in_pcapng(content))


def frames_in_pcapng(content: bytes) -> Iterator[Frame]:
    """Выдаёт кадры файла pcapng, пока они читаются.

    Raises:
        CaptureFileError: это не pcapng, он оборван, испорчен или захвачен не на Ethernet.
    """
    clocks: list[float] = []
    order, at = ">", 0
    while at < len(content):
        if content[at : at + 4] == SECTION.to_bytes(4):
            order = ">" if content[at + 8 : at + 12] == BYTE_ORDER.to_bytes(4) else "<"
            clocks = []
        elif at == 0:
            raise CaptureFileError("Это не захват pcapng: начало файла не то.")
        kind, size = unpacked(f"{order}II", content, at)
        body = content[at + 8 : at + size - 4]
        if size < 12 or size % 4 or at + size > len(content):
            raise CaptureFileError("Захват оборван: последний блок не весь.")
        if kind == INTERFACE:
            if unpacked(f"{order}H", body, 0) != (ETHERNET,):
                raise CaptureFileError(NOT_ETHERNET)
            clocks.append(resolution(body[8:], order))
        elif kind == PACKET:
            cord, high, low, captured = unpacked(f"{order}IIII", body, 0)
            if cord >= len(clocks):
                raise CaptureFileError("Захват испорчен: пакет со шнура, которого нет.")
            if 20 + captured > len(body):
                raise CaptureFileError("Захват испорчен: кадр длиннее своего блока.")
            yield Frame((high << 32 | low) * clocks[cord], body[20 : 20 + captured], cord)
        at += size


def unpacked(layout: str, content: bytes, at: int) -> tuple[int, ...]:
    """Читает числа.

    Raises:
        CaptureFileError: байты кончились.
    """
    try:
        return struct.unpack_from(layout, content, at)
    except struct.error:
        raise CaptureFileError("Захват оборван: последний блок не весь.") from None


def resolution(options: bytes, order: str) -> float:
    """Узнаёт, в каких долях секунды идут часы шнура; не сказано — в миллионных."""
    at = 0
    while at + 4 <= len(options):
        code, size = unpacked(f"{order}HH", options, at)
        if code == RESOLUTION and size:
            (power,) = unpacked("B", options, at + 4)
            return 2.0 ** -(power & 0x7F) if power & 0x80 else 10.0**-power
        at += 4 + size + (-size % 4)
    return 1e-6
