"""Что из кадров видно на рисунке разговора: кто кому, какие флаги, какие байты потока."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from netlab.wire.dissect import dissect
from netlab.wire.frame import Frame
from netlab.wire.header import Layer

FLAGS = ("syn", "fin", "reset", "ack", "push", "urg")
NAMES = {"reset": "RST", "push": "PSH"}
Ends = tuple[str, int, str, int]


@dataclass(frozen=True)
class Segment:
    """Кадр разговора: откуда, куда и что в нём главного.

    seq и ack — номера байтов потока, считая с нуля от начала соединения; у SYN и FIN тоже есть
    номер. at — секунды от первого кадра.
    """

    number: int
    """Который он в захвате, с единицы, как в Wireshark."""
    at: float
    protocol: str
    source: str
    target: str
    source_port: int = 0
    target_port: int = 0
    flags: tuple[str, ...] = ()
    seq: int = 0
    ack: int = 0
    data: bytes = b""
    words: str = ""
    """Что сказано в том, что не TCP: вопрос ARP, имя DNS."""

    @property
    def is_bare_ack(self) -> bool:
        """Одно подтверждение, без данных и без перемен."""
        return self.protocol == "tcp" and self.flags == ("ACK",) and not self.data

    @property
    def stream(self) -> Ends:
        """Разговор, к которому сегмент относится: концы по порядку, кто бы ни говорил."""
        here, there = (self.source, self.source_port), (self.target, self.target_port)
        return (*min(here, there), *max(here, there))


def segments(frames: Iterable[Frame]) -> list[Segment]:
    """Разбирает кадры по порядку."""
    frames = list(frames)
    began = frames[0].at if frames else 0.0
    first: dict[tuple[str, int, str, int], int] = {}
    return [
        segment(number, frame.at - began, frame.data, first)
        for number, frame in enumerate(frames, 1)
    ]


def segment(
    number: int, at: float, frame: bytes, first: dict[tuple[str, int, str, int], int]
) -> Segment:
    """Разбирает кадр; first помнит номер первого байта каждого направления."""
    layers = {layer.name: layer for layer in dissect(frame)}
    if "tcp" not in layers or "ip" not in layers:
        return other(number, at, layers)
    source, target = (value(layers["ip"], f"ip.{end}") for end in ("src", "dst"))
    said = {one.name: one.number for one in layers["tcp"].fields}
    ports = said["tcp.srcport"], said["tcp.dstport"]
    flags = tuple(NAMES.get(name, name.upper()) for name in FLAGS if said[f"tcp.flags.{name}"])
    way, back = (source, ports[0], target, ports[1]), (target, ports[1], source, ports[0])
    if "SYN" in flags:
        first[way] = said["tcp.seq_raw"]
    size = end_of(layers["ip"]) - layers["tcp"].start - layers["tcp"].size
    start = layers["tcp"].start + layers["tcp"].size
    return Segment(
        number, at, "tcp", source, target, *ports, flags,
        relative(said["tcp.seq_raw"], first.setdefault(way, said["tcp.seq_raw"])),
        relative(said["tcp.ack_raw"], first.get(back, said["tcp.ack_raw"]))
        if "ACK" in flags else 0,
        frame[start : start + size],
    )  # fmt: skip


def other(number: int, at: float, layers: dict[str, Layer]) -> Segment:
    """Кадр не TCP."""
    ethernet = layers["eth"]
    source, target = value(ethernet, "eth.src"), value(ethernet, "eth.dst")
    name = list(layers)[-1]
    words = ""
    if "arp" in layers:
        arp = layers["arp"]
        asked, owner = value(arp, "arp.dst.proto_ipv4"), value(arp, "arp.src.proto_ipv4")
        question = next(one.number for one in arp.fields if one.name == "arp.opcode") == 1
        words = f"у кого {asked}?" if question else f"{owner} — это {source}"
    elif "ip" in layers:
        source, target = (value(layers["ip"], f"ip.{end}") for end in ("src", "dst"))
        if "dns" in layers:
            name = "dns"
            words = "; ".join(
                one.value for one in layers["dns"].fields if one.name in ("dns.query", "dns.record")
            )
    return Segment(number, at, name, source, target, words=words)


def relative(number: int, first: int) -> int:
    """Считает номер байта от начала потока: номера ходят по кругу."""
    return (number - first) % (1 << 32)


def value(layer: Layer, name: str) -> str:
    """Возвращает показанное значение поля."""
    return next(one.value for one in layer.fields if one.name == name)


def end_of(layer: Layer) -> int:
    """Возвращает, где кончается пакет."""
    length = next(one.number for one in layer.fields if one.name == "ip.len")
    return layer.start + length


def streams(sequence: Sequence[Segment]) -> dict[tuple[str, int, str, int], bytes]:
    """Собирает байты каждого направления: то, что дошло бы до программы."""
    collected: dict[tuple[str, int, str, int], bytearray] = {}
    for one in sequence:
        if one.protocol != "tcp":
            continue
        way = (one.source, one.source_port, one.target, one.target_port)
        stream = collected.setdefault(way, bytearray())
        # У SYN свой номер, поэтому первый байт данных — первый, а не нулевой.
        place = one.seq - 1 if "SYN" not in one.flags else 0
        if one.data and place == len(stream):
            stream += one.data
    return {way: bytes(stream) for way, stream in collected.items()}
