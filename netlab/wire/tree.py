"""Дерево кадра в терминале: слои, поля, значения и что с ними не так."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netlab.report import BOLD, DIM, MARKS, RED, RESET, WIDTH
from netlab.wire.dissect import dissect
from netlab.wire.header import Field, Layer
from netlab.wire.segment import Segment

INDENT = " " * 4
TITLES = 28
"""Ширина столбца названий: в него входит самое длинное."""
VALUES = 12
"""Ширина столбца значений у полей, рядом с которыми нарисованы биты."""
ROW = 16
"""Столько байт в строке шестнадцатеричного вида."""


@dataclass(frozen=True)
class Look:
    """Как показывать: в цвете ли, со смыслом ли полей, с байтами ли."""

    colour: bool = False
    explain: bool = False
    hexadecimal: bool = False

    def paint(self, colour: str, text: str) -> str:
        """Красит текст, если цвет нужен."""
        return f"{colour}{text}{RESET}" if self.colour and text else text


def frame_lines(frame: bytes, summary: Segment, look: Look) -> Iterator[str]:
    """Выдаёт строки дерева: заголовок, слои снаружи внутрь и, если просили, байты."""
    for line in heading(frame, summary):
        yield look.paint(BOLD, line)
    for layer in dissect(frame):
        yield from layer_lines(frame, layer, look)
    if look.hexadecimal:
        for line in hex_lines(frame):
            yield look.paint(DIM, line)


def heading(frame: bytes, summary: Segment) -> Iterator[str]:
    """Пишет, который это кадр, когда он был, сколько в нём байт, кто кому его послал и о чём."""
    seconds = f"{summary.at:.6f}".replace(".", ",")
    first = f"Кадр {summary.number} · {seconds} с · {len(frame)} байт"
    ends = (summary.source, summary.source_port), (summary.target, summary.target_port)
    way = " → ".join(shown_end(*end) for end in ends if end[0])
    rest = visible(" · ".join(part for part in (way, summary.words) if part))
    if len(first) + len(rest) + 3 <= WIDTH:
        yield f"{first} · {rest}" if rest else first
        return
    yield first
    yield from told(rest, INDENT)


def shown_end(host: str, port: int) -> str:
    """Пишет конец разговора; у IPv6 перед портом нужны скобки (RFC 5952, 6)."""
    if not port:
        return host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def layer_lines(frame: bytes, layer: Layer, look: Look) -> Iterator[str]:
    """Выдаёт название слоя, его поля и то, что с ним не так."""
    source = f" · {layer.source}" if layer.source else ""
    yield f"  {look.paint(BOLD, layer.title)}{look.paint(DIM, f'{source} · {layer.size} байт')}"
    for field in layer.fields:
        yield from field_lines(frame, field, look)
    yield from problem_lines(layer.problem, INDENT, look)


def field_lines(frame: bytes, field: Field, look: Look) -> Iterator[str]:
    """Выдаёт поле: название, значение, биты и, если поместится, имя, каким его зовёт Wireshark."""
    head = f"{INDENT}{field.title:<{TITLES}} "
    first, *rest = wrapped(visible(field.value), WIDTH - len(head)) or [""]
    picture = bit_picture(frame, field)
    if picture:
        first = f"{first:<{VALUES}} {picture}"
    room = WIDTH - len(head) - len(first)
    name = field.name if not rest and len(field.name) + 2 <= room else ""
    value = first.removesuffix(picture)
    line = head + value + look.paint(DIM, picture + f"{name:>{room}}" if name else picture)
    yield line if name else line.rstrip()
    for line in rest:
        yield f"{' ' * len(head)}{line}"
    if look.explain:
        for line in told(field.about, INDENT + "  "):
            yield look.paint(DIM, line)
    yield from problem_lines(field.problem, INDENT + "  ", look)


def problem_lines(problem: str, indent: str, look: Look) -> Iterator[str]:
    """Выдаёт то, что не так, если не так."""
    if problem:
        for line in told(f"{MARKS[False]} {problem}", indent):
            yield look.paint(RED, line)


def told(text: str, indent: str) -> Sequence[str]:
    """Складывает предложение в строки с отступом."""
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)


def wrapped(value: str, width: int) -> Sequence[str]:
    """Режет значение на строки, не теряя ни пробела."""
    return textwrap.wrap(
        value, width, drop_whitespace=False, replace_whitespace=False, expand_tabs=False
    )


def visible(text: str) -> str:
    """Показывает управляющие символы кодами: чужое имя не должно командовать терминалом."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def bit_picture(frame: bytes, field: Field) -> str:
    """Рисует биты поля внутри его байтов, как Wireshark; у поля из целых байтов рисунка нет."""
    if field.start % 8 == 0 and field.size % 8 == 0:
        return ""
    first, last = field.start // 8, (field.start + field.size + 7) // 8
    drawn = ""
    for place in range(first * 8, last * 8):
        own = field.start <= place < field.start + field.size
        drawn += str(frame[place // 8] >> (7 - place % 8) & 1) if own else "."
        drawn += " " if place % 4 == 3 else ""
    return drawn.rstrip()


def hex_lines(frame: bytes) -> Iterator[str]:
    """Выдаёт байты по шестнадцать: место, цифры, буквы."""
    for at in range(0, len(frame), ROW):
        row = frame[at : at + ROW]
        letters = "".join(chr(one) if 32 <= one < 127 else "." for one in row)
        yield f"  {at:04x}  {row.hex(' '):<{ROW * 3}} |{letters}|"
