"""Файл захвата pcap, старее pcapng: его пишет `tcpdump -w`."""

# См. https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-06.html

from __future__ import annotations

from collections.abc import Iterator

from netlab.wire.frame import Frame
from netlab.wire.pcapng import ETHERNET, NOT_ETHERNET, CaptureFileError, unpacked

HEADER, RECORD = 24, 16
CLOCKS = {
    bytes.fromhex("a1b2c3d4"): (">", 1e-6),
    bytes.fromhex("d4c3b2a1"): ("<", 1e-6),
    bytes.fromhex("a1b23c4d"): (">", 1e-9),
    bytes.fromhex("4d3cb2a1"): ("<", 1e-9),
}
"""По первым четырём байтам виден порядок остальных и доля секунды, которой мерят время."""


def frames_in_pcap(content: bytes) -> Iterator[Frame]:
    """Выдаёт кадры файла pcap, пока они читаются.

    Raises:
        CaptureFileError: это не pcap, он оборван или захвачен не на Ethernet.
    """
    if content[:4] not in CLOCKS:
        raise CaptureFileError("Это не захват pcap: начало файла не то.")
    order, tick = CLOCKS[content[:4]]
    (link,) = unpacked(f"{order}I", content, HEADER - 4)
    if link & 0xFFFF != ETHERNET:
        raise CaptureFileError(NOT_ETHERNET)
    at = HEADER
    while at < len(content):
        seconds, fraction, captured, _ = unpacked(f"{order}IIII", content, at)
        at += RECORD
        if at + captured > len(content):
            raise CaptureFileError("Захват оборван: последний кадр не весь.")
        yield Frame(seconds + fraction * tick, content[at : at + captured])
        at += captured
