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
    window: int = 0
    """Сколько байт ещё примет тот, кто послал: как в заголовке, без множителя."""
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
    packet = layers.get("ip") or layers.get("ipv6")
    # У оборванного заголовка флагов нет: такой кадр для разговора ничего не значит.
    if packet is None or "tcp" not in layers or layers["tcp"].problem:
        return other(number, at, layers)
    source, target = (value(packet, f"{packet.name}.{end}") for end in ("src", "dst"))
    said = {one.name: one.number for one in layers["tcp"].fields}
    ports = said["tcp.srcport"], said["tcp.dstport"]
    flags = tuple(NAMES.get(name, name.upper()) for name in FLAGS if said[f"tcp.flags.{name}"])
    way, back = (source, ports[0], target, ports[1]), (target, ports[1], source, ports[0])
    if "SYN" in flags:
        first[way] = said["tcp.seq_raw"]
    start = layers["tcp"].start + layers["tcp"].size
    end = layers["padding"].start if "padding" in layers else len(frame)
    return Segment(
        number, at, "tcp", source, target, *ports, flags,
        # Если начала не видно, этот байт — первый: нулевой номер был бы у SYN.
        relative(said["tcp.seq_raw"], first.setdefault(way, said["tcp.seq_raw"] - 1)),
        relative(said["tcp.ack_raw"], first.get(back, said["tcp.ack_raw"] - 1))
        if "ACK" in flags else 0,
        said["tcp.window_size_value"],
        frame[start:end],
    )  # fmt: skip


def other(number: int, at: float, layers: dict[str, Layer]) -> Segment:
    """Кадр не TCP или оборванный: о чём он, сказано словами, сколько удалось прочесть."""
    ethernet = layers["eth"]
    source, target = value(ethernet, "eth.src"), value(ethernet, "eth.dst")
    # Оборванный сегмент — не разговор TCP: ни флагов, ни номеров у него не спросить.
    known = [one for one in layers if one not in ("tcp", "data", "padding")]
    words = told_arp(layers["arp"]) if "arp" in layers else ""
    for packet in (layers[one] for one in ("ip", "ipv6") if one in layers):
        source = value(packet, f"{packet.name}.src") or source
        target = value(packet, f"{packet.name}.dst") or target
    if "dns" in layers:
        # За вопросом в ответе стоит сама запись: она и есть новость.
        told = [one for one in layers["dns"].fields if one.name in ("dns.query", "dns.record")]
        words = told[-1].value.partition(";")[0] if told else ""
    return Segment(number, at, known[-1], source, target, words=words)


def told_arp(arp: Layer) -> str:
    """Пересказывает вопрос или ответ ARP; оборванный не пересказать."""
    if arp.problem:
        return ""
    if value(arp, "arp.opcode").startswith("1 "):
        return f"у кого {value(arp, 'arp.dst.proto_ipv4')}?"
    return f"{value(arp, 'arp.src.proto_ipv4')} — это {value(arp, 'arp.src.hw_mac')}"


def relative(number: int, first: int) -> int:
    """Считает номер байта от начала потока: номера ходят по кругу."""
    return (number - first) % (1 << 32)


def value(layer: Layer, name: str) -> str:
    """Возвращает показанное значение поля; пусто — до него не дочитали."""
    return next((one.value for one in layer.fields if one.name == name), "")


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
