"""Разбор кадров против tshark: каждое поле, длина, флаг и контрольная сумма те же."""

import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from netlab.wire.dissect import dissect
from netlab.wire.frame import Frame
from netlab.wire.header import Field
from netlab.wire.pcapng import read_capture, write_capture
from netlab.wire.segment import FLAGS, NAMES, segments
from tests.proof.foreign_programs import path_of
from tests.wire_frames import FRAMES

SNIPPETS = Path(__file__).resolve().parents[3] / "snippets"
CAPTURES = sorted(SNIPPETS.glob("*/captures/*.pcapng"))
SETTINGS = [
    "ip.check_checksum:TRUE",
    "tcp.check_checksum:TRUE",
    "udp.check_checksum:TRUE",
    # Каждый сегмент — сам по себе, как и у нас: иначе места считались бы от склеенного.
    "tcp.desegment_tcp_streams:FALSE",
    "ip.defragment:FALSE",
    # Порты занятых протоколов не толкуем: без соседних кадров это догадки.
    "udp.try_heuristic_first:FALSE",
]
PLACED = {
    "http.line", "dns.query", "dns.record", "data.data", "padding.padding", "icmp.unused",
}  # fmt: skip
"""У этих полей имя или деление своё: сверяются место и размер."""
ONLY_IN_ANSWERS = {
    "dns.flags.authoritative", "dns.flags.recavail", "dns.flags.rcode", "dns.flags.authenticated",
}  # fmt: skip
"""Эти биты вопроса значения не имеют, и tshark их в нём не показывает."""
IN_BYTES = {"ip.hdr_len", "tcp.hdr_len"}
"""Длину, записанную в четвёрках, tshark показывает в байтах."""
WITH_BODY = {"http", "icmp"}
"""Данные этих слоёв tshark причисляет к ним же."""
GOOD, BAD = "1", "0"
WARNING = 0x600000
"""С такой важности начинаются предупреждения (epan/expert.h)."""
TOLD = {"tcp.connection.rst", "tcp.analysis.window_full", "tcp.analysis.zero_window"}
"""RST и закрытое окно — не порча записи, а то, ради чего её сделали."""


@dataclass(frozen=True)
class Seen:
    """Поле, каким его видит tshark; place — начало и размер в битах."""

    name: str
    place: tuple[int, int]
    number: int
    show: str


def tshark(path: Path) -> list[ElementTree.Element]:
    """Разбирает захват; возвращает кадры PDML."""
    options = [word for setting in SETTINGS for word in ("-o", setting)]
    command = [path_of("tshark"), "-n", "-r", str(path), "-T", "pdml", *options]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return ElementTree.fromstring(done.stdout).findall("packet")


def seen_in(packet: ElementTree.Element) -> Iterator[Seen]:
    """Выдаёт все поля кадра, с их битами."""
    parents = {child: parent for parent in packet.iter() for child in parent}
    for field in packet.iter("field"):
        start, size = int(field.get("pos", 0)) * 8, int(field.get("size", 0)) * 8
        number = int(field.get("value") or "0", 16) if is_hex(field.get("value")) else 0
        picture = "".join(field.get("showname", "").partition(" = ")[0].split())
        if picture and not set(picture) - set("01."):
            if len(picture) != size:  # рисунок — от границ того поля, внутри которого это
                owner = parents[field]
                start, size = int(owner.get("pos", 0)) * 8, int(owner.get("size", 0)) * 8
            drawn = picture.replace(".", "")
            start += size - len(picture) + picture.index(drawn)
            size, number = len(drawn), int(drawn, 2)
        yield Seen(field.get("name", ""), (start, size), number, field.get("show", ""))


def is_hex(text: str | None) -> bool:
    return bool(text) and not set(text or "") - set("0123456789abcdef")


def differences(frame: bytes, packet: ElementTree.Element) -> Iterator[str]:
    """Называет всё, что мы видим, а tshark видит иначе."""
    seen = list(seen_in(packet))
    protocols = {one.get("name"): one for one in packet.findall("proto")}
    inner = [int(one.get("pos", 0)) * 8 for one in packet.findall("proto[@name='ip']")[1:]]
    inner += [int(one.get("pos", 0)) * 8 for one in packet.findall("proto/proto[@name='ip']")]
    is_answer = any(one.name == "dns.flags.response" and one.number for one in seen)
    for layer in dissect(frame):
        if layer.name not in ("data", "padding"):
            theirs = protocols.get(layer.name)
            if theirs is None:
                yield f"слоя {layer.name} нет"
                continue
            place = int(theirs.get("pos", 0)), int(theirs.get("size", 0))
            if place[0] != layer.start or (place[1] != layer.size and layer.name not in WITH_BODY):
                yield f"слой {layer.name} на месте {place}, а не {layer.start, layer.size}"
        for field in layer.fields:
            if field.name not in ONLY_IN_ANSWERS or is_answer:
                yield from field_differences(field, seen, frame, inner)


def field_differences(
    field: Field, seen: Sequence[Seen], frame: bytes, inner: Sequence[int]
) -> Iterator[str]:
    """Называет, в чём поле не то."""
    if field.name in PLACED:
        places = {one.place for one in seen}
        if field.name == "data.data":  # пакет внутри ICMP tshark разбирает и дальше
            places |= {(start, field.size) for start in inner}
        if (field.start, field.size) not in places:
            yield f"на месте {field.start, field.size} нет поля ({field.name})"
        return
    same = [one for one in seen if one.name == field.name and one.place[1]]
    here = [one for one in same if one.place == (field.start, field.size)]
    if not here:
        yield f"{field.name}: {[one.place for one in same]}, а не {field.start, field.size}"
        return
    if field.name.startswith("tcp.options."):
        written = frame[field.start // 8 : (field.start + field.size) // 8]
        if here[0].show != written.hex(":"):
            yield f"{field.name}: {here[0].show}, а не {written.hex(':')}"
        return
    if field.number not in {one.number for one in here}:
        yield f"{field.name}: {here[0].number}, а не {field.number}"
    if field.name in IN_BYTES and here[0].show != str(field.number * 4):
        yield f"{field.name}: {here[0].show}, а не {field.number * 4} байт"
    if field.name.endswith("checksum"):
        # Внутри ICMP лежит ещё один заголовок IP, со своей суммой.
        name, place = f"{field.name}.status", (field.start, 0)
        (status,) = (one.show for one in seen if (one.name, one.place) == (name, place))
        if status != (BAD if field.problem else GOOD):
            yield f"{field.name}: состояние {status}, а у нас «{field.problem}»"
    elif field.problem:
        yield f"{field.name}: {field.problem}"


def warnings(packet: ElementTree.Element) -> list[str]:
    """Предупреждения tshark о кадре."""
    found = ["malformed"] if packet.find("proto[@name='_ws.malformed']") is not None else []
    for expert in packet.iter("field"):
        if expert.get("name") != "_ws.expert":
            continue
        told = {one.get("name"): one.get("show") for one in expert}
        if int(told["_ws.expert.severity"] or 0) >= WARNING and not TOLD & told.keys():
            found.append(told["_ws.expert.message"] or "")
    return found


def test_there_is_something_to_compare() -> None:
    assert CAPTURES, "нет записей: выполните под root `make record`"


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_committed_capture_is_seen_the_same(path: Path) -> None:
    frames, packets = read_capture(path.read_bytes()), tshark(path)
    assert len(frames) == len(packets)
    for number, (frame, packet) in enumerate(zip(frames, packets, strict=True), 1):
        assert list(differences(frame.data, packet)) == [], f"кадр {number}"
        assert warnings(packet) == [], f"кадр {number}"
        (at,) = (one for one in packet.iter("field") if one.get("name") == "timestamp")
        assert abs(float(at.get("value", "")) - frame.at) < 1e-6


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_segments_of_the_drawing_are_seen_the_same(path: Path) -> None:
    """Номера, подтверждения, флаги и байты сегментов — как у tshark, и в том же порядке."""
    found = segments(read_capture(path.read_bytes()))
    for ours, packet in zip(found, tshark(path), strict=True):
        seen = {one.name: one for one in seen_in(packet)}
        assert (ours.protocol == "tcp") == ("tcp.seq_raw" in seen)
        if ours.protocol != "tcp":
            continue
        theirs = [
            int(seen[f"tcp.{name}"].show)
            for name in ("srcport", "dstport", "seq", "ack", "window_size_value", "len")
        ]
        ends = ours.source_port, ours.target_port
        numbers = ours.seq, ours.ack, ours.window
        assert theirs == [*ends, *numbers, len(ours.data)], ours.number
        flags = [NAMES.get(one, one.upper()) for one in FLAGS if seen[f"tcp.flags.{one}"].number]
        assert list(ours.flags) == flags
        assert (ours.source, ours.target) == (seen["ip.src"].show, seen["ip.dst"].show)


def test_built_frames_are_seen_the_same(tmp_path: Path) -> None:
    """То, чего в записях пока нет: ICMP, IPv6, дополнения TCP, куски, неизвестное."""
    path = tmp_path / "built.pcapng"
    path.write_bytes(write_capture([Frame(1.0, one) for one in FRAMES.values()], ["шнур"]))
    for (name, frame), packet in zip(FRAMES.items(), tshark(path), strict=True):
        assert list(differences(frame, packet)) == [], name
        assert warnings(packet) == [], name


def test_wrong_bytes_are_wrong_for_both(tmp_path: Path) -> None:
    """По одному испорченному байту на каждое место: беды у контрольных сумм — те же."""
    names = ("эхо-запрос", "udp", "вопрос dns", "get", "tcp по ipv6", "udp по ipv6")
    frames = []
    for name in names:
        for at in range(14, len(FRAMES[name])):
            changed = bytearray(FRAMES[name])
            changed[at] ^= 0x11
            frames.append(bytes(changed))
    path = tmp_path / "wrong.pcapng"
    path.write_bytes(write_capture([Frame(1.0, one) for one in frames], ["шнур"]))
    compared = 0
    for frame, packet in zip(frames, tshark(path), strict=True):
        # Числа, при которых разбор расходится по праву: дальше заголовки уже не те.
        problems = {one.name for layer in dissect(frame) for one in layer.fields if one.problem} | {
            layer.problem for layer in dissect(frame) if layer.problem
        }
        sums = {one for one in problems if one.endswith("checksum")}
        if problems - sums:
            continue
        bad = {
            one.name.removesuffix(".status")
            for one in seen_in(packet)
            if one.name.endswith("checksum.status") and one.show == BAD
        }
        assert sums == bad, frame.hex()
        compared += 1
    assert compared > len(frames) * 0.7
