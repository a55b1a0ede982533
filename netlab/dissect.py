"""Показывает кадры слой за слоем: из файла захвата (pcapng, pcap) или из набранных байтов."""

# Захват пишут `tcpdump -w`, tshark и Wireshark; байты одного кадра Wireshark копирует командой
# «Copy → as a Hex Stream».

from __future__ import annotations

import sys
from argparse import ArgumentTypeError
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from netlab import file_errors, report
from netlab.wire.frame import Frame
from netlab.wire.pcap import CLOCKS, frames_in_pcap
from netlab.wire.pcapng import SECTION, CaptureFileError, frames_in_pcapng
from netlab.wire.segment import segments
from netlab.wire.tree import Look, frame_lines

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


class SourceError(Exception):
    """Разбирать нечего; текст — одно предложение: почему и что указать."""


def add_arguments(parser: ArgumentParser) -> None:
    """Описывает аргументы `netlab dissect`."""
    parser.add_argument(
        "source",
        metavar="ФАЙЛ|БАЙТЫ",
        nargs="+",
        help="захват или байты одного кадра шестнадцатеричными цифрами; - — читать их со stdin",
    )
    parser.add_argument(
        "--frame", metavar="НОМЕР", type=frame_number, help="только этот кадр; первый — 1"
    )
    parser.add_argument("--explain", action="store_true", help="объяснить каждое поле")
    parser.add_argument("--hex", action="store_true", help="показать и сами байты")


def frame_number(text: str) -> int:
    """Читает номер кадра: с единицы, как в Wireshark."""
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise ArgumentTypeError(f"номер кадра — это целое число от 1, а не «{text}»")


def run(args: Namespace) -> int:
    """`netlab dissect`: возвращает 0, 1 для испорченного захвата, 2 при неверном вызове."""
    try:
        content = content_of(args.source)
        frames, problem = frames_of(content)
    except SourceError as error:
        return complain(str(error), 2)
    if args.frame and args.frame > len(frames) and not problem:
        return complain(f"Кадра {args.frame} нет: последний — {len(frames)}.", 2)
    look = Look(report.wants_colour(sys.stdout), args.explain, args.hex)
    shown = [args.frame] if args.frame else range(1, len(frames) + 1)
    summaries = segments(frames)
    for number in (one for one in shown if one <= len(frames)):
        for line in frame_lines(frames[number - 1].data, summaries[number - 1], look):
            print(line)
        print()
    if problem:
        sys.stdout.flush()
        return complain(f"{problem} Прочитано кадров: {len(frames)}.", 1)
    if not frames:
        return complain("В захвате нет ни одного кадра.", 1)
    return 0


def content_of(source: list[str]) -> bytes:
    """Читает то, что указано: файл, ввод или сами байты.

    Raises:
        SourceError: файл не читается, или это не файл и не байты.
    """
    if source == ["-"]:
        # Закрытый ввод (`<&-`) пуст.
        return sys.stdin.buffer.read() if sys.stdin else b""
    text = " ".join(source)
    path = Path(text)
    try:
        # Имя бывает похоже на байты (cafe), поэтому сначала смотрим, нет ли такого файла.
        return path.read_bytes()
    except (OSError, ValueError) as error:
        if bytes_written(text) is not None:
            return text.encode()
        if len(source) > 1 or not isinstance(error, OSError):
            raise SourceError("Это не байты кадра: нужны пары шестнадцатеричных цифр.") from None
        reason = file_errors.what_is_wrong(error)
        raise SourceError(
            f"«{text}»: {reason}; укажите файл захвата или байты кадра цифрами."
        ) from None


def frames_of(content: bytes) -> tuple[list[Frame], str]:
    """Возвращает кадры и, если захват испорчен, предложение о том, чем.

    Raises:
        SourceError: это не захват и не байты.
    """
    frames: list[Frame] = []
    try:
        for frame in frames_in(content):
            frames.append(frame)  # не extend: прочитанное до порчи остаётся
    except CaptureFileError as error:
        return frames, str(error)
    return frames, ""


def frames_in(content: bytes) -> Iterator[Frame]:
    """Выдаёт кадры захвата, а из набранных байтов — один кадр.

    Raises:
        CaptureFileError: дальше захват не прочесть.
        SourceError: это не захват и не байты.
    """
    if content[:4] == SECTION.to_bytes(4):
        return frames_in_pcapng(content)
    if content[:4] in CLOCKS:
        return frames_in_pcap(content)
    data = bytes_written(content.decode("ascii", "replace"))
    if data is None:
        raise SourceError(
            "Это не захват и не байты кадра: нужен файл pcapng или pcap либо пары"
            " шестнадцатеричных цифр."
        )
    return iter([Frame(0.0, data)])


def bytes_written(text: str) -> bytes | None:
    """Читает байты, написанные цифрами, хоть слитно, хоть через пробелы или двоеточия.

    Возвращает None, если это не байты или их нет.
    """
    try:
        return bytes.fromhex(text.replace(":", " ")) or None
    except ValueError:
        return None


def complain(sentence: str, code: int) -> int:
    """Печатает предложение об ошибке и возвращает код завершения."""
    print(f"netlab dissect: {sentence}", file=sys.stderr)
    return code
