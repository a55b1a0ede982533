"""График: линии в логарифмическом масштабе по обеим осям, прямо в странице.

Имя линии стоит у её конца: искать цвет в легенде не надо. Сказанное линиями сказано и словами, в
<desc>. Ширина, как у рисунков, — 336 единиц.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

from netlab.pages.markup import escape, tag

WIDTH, HEIGHT = 336, 262
LEFT, RIGHT, TOP, BOTTOM = 48.0, 206.0, 26.0, 216.0
LINE_HEIGHT = 16.0
HALF_LETTER = 4.5
SPARE = 1.25
"""Во столько раз ось длиннее крайних точек."""


@dataclass(frozen=True)
class Line:
    """Линия: имя, точки и что она значит (класс в site.css)."""

    name: str
    points: tuple[tuple[float, float], ...]
    state: str
    ending: str = ""
    """Почему она кончается раньше других."""


@dataclass(frozen=True)
class Axis:
    """Ось: её имя и отметки (значение и надпись)."""

    title: str
    marks: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Scale:
    """Логарифмический масштаб: значения от low до high ложатся между start и end."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Возвращает место значения."""
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return self.start + share * (self.end - self.start)


def chart(
    anchor: str, title: str, words: str, lines: Sequence[Line], across: Axis, up: Axis
) -> str:
    """Рисует график; words — то же словами."""
    points = [point for line in lines for point in line.points]
    sizes, values = ([point[i] for point in points] for i in (0, 1))
    x = Scale(min(sizes), max(sizes), LEFT, RIGHT)
    y = Scale(min(values) / SPARE, max(values) * SPARE, BOTTOM, TOP)
    ends = [(x.place(line.points[-1][0]), y.place(line.points[-1][1])) for line in lines]
    heights = spaced([top for _, top in ends])
    inside = [
        tag("title", escape(title), id=f"{anchor}-title"),
        tag("desc", escape(words), id=f"{anchor}-desc"),
        *(level(y.place(value), word) for value, word in up.marks if y.low <= value <= y.high),
        *(stand(x.place(value), word) for value, word in across.marks),
        text(up.title, 0, TOP - 14, "note start"),
        text(across.title, (LEFT + RIGHT) / 2, BOTTOM + 38, "note"),
        *(curve(line, x, y) for line in lines),
        *(label(line, end[0], top) for line, end, top in zip(lines, ends, heights, strict=True)),
    ]
    picture = tag(
        "svg",
        *inside,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        aria_labelledby=f"{anchor}-title",
        aria_describedby=f"{anchor}-desc",
    )
    return tag("figure", picture, class_="lab lab-drawing lab-chart", id=anchor)


def spaced(wanted: Sequence[float]) -> list[float]:
    """Раздвигает имена линий по высоте: одно не ляжет на другое, и каждое — у своего места."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    # Имена, которым тесно, собираются в стопку; середина стопки — в середине их мест.
    piles: list[list[float]] = []
    for above, i in enumerate(order):
        piles.append([wanted[i] - above * LINE_HEIGHT])
        while len(piles) > 1 and mean(piles[-2]) > mean(piles[-1]):
            last = piles.pop()
            piles[-1] += last
    starts = [mean(pile) for pile in piles for _ in pile]
    placed = [start + above * LINE_HEIGHT for above, start in enumerate(starts)]
    return [placed[order.index(i)] for i in range(len(wanted))]


def level(y: float, word: str) -> str:
    """Отметка вертикальной оси и линейка от неё."""
    return rule(LEFT, y, RIGHT, y) + text(word, LEFT - 6, y + HALF_LETTER, "note end")


def stand(x: float, word: str) -> str:
    """Отметка горизонтальной оси."""
    return rule(x, BOTTOM, x, BOTTOM + 4) + text(word, x, BOTTOM + 18, "note")


def rule(left: float, top: float, right: float, bottom: float) -> str:
    """Тонкая линия разметки."""
    return tag("path", d=f"M{left:.1f} {top:.1f}L{right:.1f} {bottom:.1f}", class_="rule")


def curve(line: Line, x: Scale, y: Scale) -> str:
    """Линия и её точки."""
    places = [(x.place(size), y.place(value)) for size, value in line.points]
    path = "M" + "L".join(f"{left:.1f} {top:.1f}" for left, top in places)
    dots = (tag("circle", cx=f"{left:.1f}", cy=f"{top:.1f}", r="2.5") for left, top in places)
    return tag("g", tag("path", d=path), *dots, class_=f"curve {line.state}")


def label(line: Line, end: float, y: float) -> str:
    """Имя линии у её конца; под ним — почему она кончилась."""
    x, base = end + 8, y + HALF_LETTER
    ending = text(line.ending, x, base + LINE_HEIGHT, "note start") if line.ending else ""
    return text(line.name, x, base, f"name {line.state} start") + ending


def text(words: str, x: float, y: float, class_: str) -> str:
    """Надпись; y — её строка."""
    return tag("text", escape(words), x=f"{x:.1f}", y=f"{y:.1f}", class_=class_)
