"""`netlab dissect`: дерево кадра, какими бы байты ни были, и понятные ошибки."""

import io
import re
import struct
import sys
from pathlib import Path

import pytest

from netlab.cli import main
from netlab.report import WIDTH
from netlab.wire.dissect import dissect
from netlab.wire.frame import Frame
from netlab.wire.pcapng import read_capture, write_capture
from netlab.wire.segment import segments, streams
from netlab.wire.tree import Look, frame_lines
from tests.wire_frames import FRAMES, GET, HERE, NAME, THERE, ipv4, tcp, udp

CAPTURE = (
    Path(__file__).resolve().parents[1] / "snippets/fetch/captures/fetch_original.prints.pcapng"
)


def tree(frame: bytes, **look: bool) -> str:
    """Дерево одного кадра, как его видит терминал."""
    return "\n".join(frame_lines(frame, segments([Frame(0.0, frame)])[0], Look(**look)))


def problems(frame: bytes) -> list[str]:
    """Всё, что названо неверным."""
    layers = dissect(frame)
    told = [layer.problem for layer in layers]
    return [one for one in told + [f.problem for la in layers for f in la.fields] if one]


def written_capture(folder: Path) -> Path:
    """Захват из всех собранных кадров."""
    path = folder / "a.pcapng"
    frames = [Frame(100 + number / 1000, data) for number, data in enumerate(FRAMES.values())]
    path.write_bytes(write_capture(frames, ["шнур"]))
    return path


def classic(order: str, magic: int, link: int = 1) -> bytes:
    """Тот же кадр в файле pcap."""
    data = FRAMES["get"]
    head = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 65535, link)
    return head + struct.pack(f"{order}IIII", 1, 500, len(data), len(data)) + data


# ---------------------------------------------------------------- дерево


def test_every_field_is_in_the_tree_with_its_name_and_bits() -> None:
    shown = tree(FRAMES["get"], explain=True, hexadecimal=True)
    told = " ".join(shown.split())
    for layer in dissect(FRAMES["get"]):
        assert f"{layer.title} · {layer.source} · {layer.size} байт" in told
        for field in layer.fields:
            assert f"{field.title} {field.value}" in told
            assert field.about in told
    assert re.search(r"не резать \(DF\) +0 — нет +\.0\.\. \.\.\.\. +ip\.flags\.df$", shown, re.M)
    assert re.search(r"ACK +1 — да +\.\.\.1 \.\.\.\. +tcp\.flags\.ack$", shown, re.M)
    assert re.search(r"длина заголовка +5 — 20 байт +0101 \.\.\.\. +tcp\.hdr_len$", shown, re.M)
    assert "  0000  02 00 00 00 00 0b 02 00 00 00 00 0a 08 00 45 00  |..............E.|" in shown


def test_heading_says_when_and_who(capsys: pytest.CaptureFixture[str]) -> None:
    """Время идёт от первого кадра захвата, номера те же, что в Wireshark."""
    assert main(["dissect", str(CAPTURE)]) == 0
    heads = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Кадр ")]
    frames = read_capture(CAPTURE.read_bytes())
    assert len(heads) == len(frames)
    for number, (head, one) in enumerate(zip(heads, segments(frames), strict=True), 1):
        assert head.startswith(f"Кадр {number} · {f'{one.at:.6f}'.replace('.', ',')} с · ")
    assert any(" · 10.0.1.10:50000 → 10.0.2.80:80" in head for head in heads)
    assert "[fd00::a]:50000 → [fd00::50]:80" in tree(FRAMES["tcp по ipv6"])
    assert "10.0.1.10 → 10.0.2.80 · e1.ru, A" in tree(FRAMES["вопрос dns"])
    assert "у кого 10.0.2.80?" in tree(FRAMES["arp"])


@pytest.mark.parametrize("name", FRAMES)
def test_tree_fits_the_terminal_and_finds_no_fault(name: str) -> None:
    frame = FRAMES[name]
    assert problems(frame) == []
    for look in ({}, {"explain": True, "hexadecimal": True}):
        for line in tree(frame, **look).splitlines():
            assert len(line) <= WIDTH
            assert line == line.rstrip()
    coloured = tree(frame, colour=True)
    assert re.sub(r"\x1b\[\d+m", "", coloured) == tree(frame)
    assert "\x1b" not in tree(frame)


def test_alien_words_do_not_command_the_terminal() -> None:
    name = b"\x07\x1b[2Jred\0"
    question = struct.pack(">HHHHHH", 1, 0x0100, 1, 0, 0, 0) + name + struct.pack(">HH", 1, 1)
    for frame in (
        ipv4(17, udp(HERE + THERE, 53, question)),
        ipv4(6, tcp(HERE + THERE, 0x18, b"GET /\x1b[2J HTTP/1.1\r\n\r\n")),
    ):
        shown = tree(frame)
        assert "\x1b" not in shown
        assert r"\x1b[2J" in shown


# ---------------------------------------------------------------- беда названа


@pytest.mark.parametrize("name", FRAMES)
def test_every_cut_is_named(name: str) -> None:
    """Где бы кадр ни оборвали, об этом сказано; у довеска и неизвестных данных длины нет."""
    frame = FRAMES[name]
    known = {"arp с довеском": 42, "неизвестный": 14}.get(name, len(frame))
    for size in range(known):
        assert problems(frame[:size]), size
        assert "✗" in tree(frame[:size])
    for size in range(known, len(frame)):
        assert not problems(frame[:size]), size


@pytest.mark.parametrize(
    ("name", "at", "field"),
    [
        ("get", 22, "ip.checksum"),
        ("get", -1, "tcp.checksum"),
        ("tcp по ipv6", -1, "tcp.checksum"),
        ("udp", -1, "udp.checksum"),
        ("udp по ipv6", 30, "udp.checksum"),
        ("эхо-запрос", -1, "icmp.checksum"),
    ],
)
def test_wrong_checksum_is_named_where_it_stands(name: str, at: int, field: str) -> None:
    frame = bytearray(FRAMES[name])
    frame[at] ^= 0x40
    wrong = [one for layer in dissect(bytes(frame)) for one in layer.fields if one.problem]
    assert [one.name for one in wrong] == [field]
    shown = tree(bytes(frame), colour=True).splitlines()
    place = next(number for number, line in enumerate(shown) if field in line)
    assert shown[place + 1].strip() == f"\x1b[31m{' ' * 6}✗ {wrong[0].problem}\x1b[0m"


def test_cut_header_keeps_what_was_read() -> None:
    for name in ("эхо-запрос", "порт не занят"):
        layer = dissect(FRAMES[name][:40])[-1]
        assert layer.problem == "Заголовок оборван: нужно 8 байт, а есть 6."
        assert [one.name for one in layer.fields][:3] == ["icmp.type", "icmp.code", "icmp.checksum"]


def test_checksum_of_a_cut_packet_is_not_judged() -> None:
    """Байтов не хватает — это беда длины; что они изменились, никто не знает."""
    for name, cut in (("get", 60), ("udp", 44), ("эхо-запрос", 44), ("tcp по ipv6", 80)):
        told = " ".join(problems(FRAMES[name][:cut]))
        assert "Обещано" in told
        assert "Не сходится" not in told


def test_padding_is_not_part_of_the_datagram() -> None:
    """Длину для контрольной суммы UDP говорит сам UDP, а не IP."""
    frame = ipv4(17, udp(HERE + THERE, 5555, b"hello") + b"tail")
    assert problems(frame) == []
    assert [layer.name for layer in dissect(frame)] == ["eth", "ip", "udp", "data", "padding"]


def test_unknown_is_shown_as_bytes() -> None:
    assert re.search(r"байты +b'local experiment' +data\.data$", tree(FRAMES["неизвестный"]), re.M)


def test_name_that_points_at_itself_ends() -> None:
    loop = struct.pack(">HHHHHH", 1, 0x0100, 1, 0, 0, 0) + b"\2e1\xc0\x0c" + b"\0\1\0\1"
    assert "дальше не прочесть" in tree(ipv4(17, udp(HERE + THERE, 53, loop)))
    assert NAME in FRAMES["вопрос dns"]


# ---------------------------------------------------------------- рисунок разговора


def test_broken_frames_do_not_break_the_conversation() -> None:
    """Оборванный кадр виден на рисунке, но в поток ничего не добавляет."""
    whole = FRAMES["get"]
    for frame in FRAMES.values():
        for size in range(len(frame) + 1):
            one = segments([Frame(0.0, frame[:size])])[0]
            assert one.protocol
    found = segments([Frame(0.0, whole[:40]), Frame(1.0, whole)])
    assert [one.protocol for one in found] == ["ip", "tcp"]
    assert list(streams(found).values()) == [GET]


def test_ipv6_segment_is_a_segment() -> None:
    one = segments([Frame(0.0, FRAMES["tcp по ipv6"])])[0]
    assert (one.source, one.source_port, one.target_port) == ("fd00::a", 50000, 80)
    assert (one.flags, one.data) == (("ACK", "PSH"), GET)


# ---------------------------------------------------------------- что указать


def test_bytes_may_be_written_in_any_way(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    data = FRAMES["get"]
    path = tmp_path / "frame.txt"
    path.write_text(data.hex("\n"))
    ways = [[data.hex()], [data.hex().upper()], [data.hex(":")], [data.hex(" ")]]
    ways += [data.hex(" ").split(), [str(path)], ["-"]]
    shown = set()
    for way in ways:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data.hex(" ", 2).encode())))
        assert main(["dissect", *way]) == 0
        shown.add(capsys.readouterr().out)
    assert shown == {tree(data) + "\n\n"}


@pytest.mark.parametrize(
    ("order", "magic"), [(">", 0xA1B2C3D4), ("<", 0xA1B2C3D4), (">", 0xA1B23C4D), ("<", 0xA1B23C4D)]
)
def test_classic_pcap_is_read(
    order: str, magic: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(classic(order, magic))
    assert main(["dissect", str(path)]) == 0
    assert capsys.readouterr().out == tree(FRAMES["get"]) + "\n\n"


def test_one_frame_is_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written_capture(tmp_path)
    assert main(["dissect", str(path), "--frame", "3"]) == 0
    assert re.findall(r"^Кадр .*", capsys.readouterr().out, re.M) == [
        "Кадр 3 · 0,002000 с · 50 байт · 10.0.1.10 → 10.0.2.80"
    ]


@pytest.mark.parametrize("cut", [5, 30, -1, -3])
def test_cut_capture_is_read_as_far_as_it_goes(
    cut: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written_capture(tmp_path)
    for content in (path.read_bytes()[:cut], classic("<", 0xA1B2C3D4)[:cut]):
        path.write_bytes(content)
        assert main(["dissect", str(path)]) == 1
        said = capsys.readouterr()
        count = said.out.count("\n\n")
        assert said.err.startswith("netlab dissect: Захват оборван: ")
        assert said.err.endswith(f". Прочитано кадров: {count}.\n")
    assert main(["dissect", str(CAPTURE), "--frame", "1"]) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["/нет/такого"], "«/нет/такого»: нет такого файла или папки; укажите"),
        ([str(Path(__file__).parent)], "это папка; укажите"),
        ([__file__], "Это не захват и не байты кадра"),
        (["02", "0z"], "Это не байты кадра"),
        (["020"], "«020»: нет такого файла"),
        ([str(CAPTURE), "--frame", "1000"], "Кадра 1000 нет: последний — "),
        (["a\0b"], "Это не байты кадра"),
        ([""], "укажите файл захвата"),
    ],
)
def test_wrong_use_is_explained(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dissect", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("number", ["0", "-1", "x"])
def test_wrong_frame_number_is_explained(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["dissect", "00", f"--frame={number}"])
    assert stopped.value.code == 2
    assert "номер кадра — это целое число от 1" in capsys.readouterr().err


def test_other_networks_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.pcap"
    ng = (
        written_capture(tmp_path)
        .read_bytes()
        .replace(b"\0\1\0\0\0\0\0\0\0\2", b"\0\x71" + bytes(7) + b"\2")
    )
    for content in (classic(">", 0xA1B2C3D4, link=113), ng):
        path.write_bytes(content)
        assert main(["dissect", str(path)]) == 1
        assert "Захват не с Ethernet" in capsys.readouterr().err


def test_empty_capture_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.pcapng"
    path.write_bytes(write_capture([], ["шнур"]))
    assert main(["dissect", str(path)]) == 1
    assert capsys.readouterr().err == "netlab dissect: В захвате нет ни одного кадра.\n"
