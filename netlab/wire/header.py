"""Из чего складывается дерево кадра: слой, поле и таблица, по которой заголовок читают."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Field:
    """Поле: где лежит, как называется и что в нём.

    name — имя, под которым его знает Wireshark; start и size — в битах от начала кадра.
    """

    name: str
    title: str
    start: int
    size: int
    value: str
    number: int
    about: str = ""
    problem: str = ""
    """Что с полем не так, предложение; пусто — всё в порядке."""


@dataclass(frozen=True)
class Layer:
    """Слой: заголовок одного протокола; start и size — в байтах."""

    name: str
    title: str
    source: str
    """Где он описан: RFC или стандарт."""
    start: int
    size: int
    fields: tuple[Field, ...]
    problem: str = ""


Show = Callable[[int], str]


@dataclass(frozen=True)
class Column:
    """Строка таблицы заголовка: следующее поле, его размер в битах и как показать число."""

    name: str
    size: int
    title: str
    about: str
    show: Show = str


@dataclass
class Cut(Exception):
    """Байты кончились раньше, чем заголовок; fields — то, что прочесть успели."""

    need: int
    have: int
    fields: list[Field] = field(default_factory=list)


def read_columns(frame: bytes, start: int, columns: Sequence[Column]) -> list[Field]:
    """Читает поля по таблице, начиная с байта start.

    Raises:
        Cut: кадр кончился раньше.
    """
    fields: list[Field] = []
    at = start * 8
    for column in columns:
        if at + column.size > len(frame) * 8:
            need = -(-sum(one.size for one in columns) // 8)
            raise Cut(need, len(frame) - start, fields)
        number = bits(frame, at, column.size)
        fields.append(
            Field(
                column.name, column.title, at, column.size,
                column.show(number), number, column.about,
            )
        )  # fmt: skip
        at += column.size
    return fields


def bits(frame: bytes, start: int, size: int) -> int:
    """Возвращает число, которое записано в битах [start, start + size), старшие впереди."""
    first, last = start // 8, (start + size + 7) // 8
    whole = int.from_bytes(frame[first:last])
    return whole >> (last * 8 - start - size) & ((1 << size) - 1)


def marked(fields: Sequence[Field], name: str, problem: str) -> list[Field]:
    """Отмечает поле с этим именем как неверное."""
    return [replace(one, problem=problem) if one.name == name else one for one in fields]
