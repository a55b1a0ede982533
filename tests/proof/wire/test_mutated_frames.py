"""Испорченные кадры: разбор идёт, докуда может, и называет беду; упасть ему нельзя."""

import io
import random
import re
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from netlab.cli import main
from netlab.report import WIDTH
from netlab.wire.dissect import dissect
from netlab.wire.frame import Frame
from netlab.wire.pcap import CLOCKS, frames_in_pcap
from netlab.wire.pcapng import CaptureFileError, frames_in_pcapng, read_capture, write_capture
from netlab.wire.segment import segments, streams
from netlab.wire.tree import Look, frame_lines
from tests.wire_frames import FRAMES

SNIPPETS = Path(__file__).resolve().parents[3] / "snippets"
CAPTURES = sorted(SNIPPETS.glob("*/captures/*.pcapng"))
MUTANTS = 10_000
SEED = 6
SHORT = 200
"""Длинные кадры режем: портить стоит заголовки, а не сто килобайт данных."""


def whole_frames() -> list[bytes]:
    """Кадры, которые портим: из записей и собранные; одинаковые не нужны."""
    recorded = [one.data for path in CAPTURES for one in read_capture(path.read_bytes())]
    return [*dict.fromkeys(one[:SHORT] for one in recorded), *FRAMES.values()]


def mutant(chance: random.Random, frames: Sequence[bytes]) -> bytes:
    """Портит кадр в одном–четырёх местах."""
    frame = bytearray(chance.choice(frames))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(frame) + 1)
        match chance.randrange(5):
            case 0 if at < len(frame):
                frame[at] ^= 1 << chance.randrange(8)
            case 1 if at < len(frame):
                frame[at] = chance.choice((0, 1, 0x45, 0x7F, 0x80, 0xC0, 0xFF))
            case 2:
                frame[at:at] = chance.randbytes(chance.randint(1, 8))
            case 3:
                del frame[at : at + chance.randint(1, 8)]
            case _:
                del frame[at:]
    return bytes(frame)


def judge(frame: bytes) -> None:
    """Проверяет всё, что обязано быть верно для любых байтов."""
    layers = dissect(frame)
    assert layers[0].name == "eth"
    edge = 0
    for layer in layers:
        # Слои лежат подряд и покрывают кадр целиком.
        assert layer.start == edge
        assert layer.size >= 0
        edge = layer.start + layer.size
        place = layer.start * 8
        for field in layer.fields:
            assert field.start == place, (layer.name, field.name)
            assert field.size >= 0
            place = field.start + field.size
        assert place <= edge * 8
        if place < edge * 8:
            assert layer.problem, f"{layer.name}: поля кончились раньше слоя, а беда не названа"
    assert edge == len(frame)
    summary = segments([Frame(0.0, frame)])
    streams(summary)
    for look in (Look(), Look(colour=True, explain=True, hexadecimal=True)):
        for line in frame_lines(frame, summary[0], look):
            plain = re.sub(r"\x1b\[\d+m", "", line)
            assert plain.isprintable()
            assert len(plain) <= WIDTH


def test_mutants_are_dissected_as_far_as_they_go() -> None:
    chance, frames = random.Random(SEED), whole_frames()
    mutants = [mutant(chance, frames) for _ in range(MUTANTS)]
    for one in mutants:
        judge(one)
    # Вместе они — испорченный разговор: номера и потоки считаются и для него.
    streams(segments(Frame(float(at), one) for at, one in enumerate(mutants)))


def test_command_shows_every_mutant(tmp_path: Path) -> None:
    """Команда показывает все десять тысяч: ни одного исключения, ни одного пропуска."""
    chance, frames = random.Random(SEED + 1), whole_frames()
    mutants = [Frame(float(at), mutant(chance, frames)) for at in range(MUTANTS)]
    path = tmp_path / "mutants.pcapng"
    path.write_bytes(write_capture(mutants, ["шнур"]))
    with redirect_stdout(io.StringIO()) as printed, redirect_stderr(io.StringIO()) as said:
        assert main(["dissect", str(path)]) == 0
    heads = re.findall(r"^Кадр (\d+) ", printed.getvalue(), re.M)
    assert [int(one) for one in heads] == list(range(1, MUTANTS + 1))
    assert said.getvalue() == ""


@given(st.binary(max_size=200))
@example(b"")
@settings(max_examples=1000, deadline=None)
def test_any_bytes_are_dissected(frame: bytes) -> None:
    judge(frame)


@given(st.sampled_from(sorted(FRAMES)), st.data())
@settings(max_examples=1000, deadline=None)
def test_header_with_any_bytes_inside(name: str, data: st.DataObject) -> None:
    """Заголовки настоящие, а дальше — что угодно: так глубже всего."""
    at = data.draw(st.integers(14, len(FRAMES[name])))
    judge(FRAMES[name][:at] + data.draw(st.binary(max_size=60)))


@given(st.binary(max_size=120), st.integers(0, 400), st.integers(0, 400))
@settings(max_examples=1000, deadline=None)
def test_broken_capture_is_refused_or_read(garbage: bytes, start: int, stop: int) -> None:
    """Испорченный файл захвата — предложение, а не трассировка."""
    good = write_capture([Frame(1.0, one) for one in FRAMES.values()], ["шнур"])
    for content in (good[:start] + garbage + good[stop:], good[:start], garbage):
        for one in read_or_refuse(frames_in_pcapng(content)):
            judge(one.data)
    for magic in CLOCKS:
        for link in (b"\0\0\0\1", b"\1\0\0\0"):
            read_or_refuse(frames_in_pcap(magic + bytes(16) + link + garbage))


def read_or_refuse(frames: Iterator[Frame]) -> list[Frame]:
    """Читает, докуда можно; отказ — одно предложение."""
    read = []
    with suppress(CaptureFileError):
        for one in frames:
            read.append(one)
    return read
