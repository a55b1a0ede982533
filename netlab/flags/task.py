"""Задача: что о ней говорят студенту и как идёт её разговор."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from netlab.flags.wishes import Conversation, Some

PAUSE = 0.03
"""Столько секунд между кусками: довольно, чтобы recv вернул их порознь."""


@dataclass(frozen=True)
class Task:
    """Задача с номером number.

    lesson и page — где об этом на сайте: название урока и место в нём; stuck — почему ответа может
    не быть; play — разговор, все данные которого берутся из Random; limit — секунд на всё;
    needs_port — зовут её с портом студента.
    """

    number: int
    title: str
    lesson: str
    page: str
    announcement: str
    hints: tuple[str, str, str]
    stuck: str
    play: Callable[[Random], Conversation]
    limit: float = 60.0
    needs_port: bool = False


def hex_digits(draw: Random, count: int) -> bytes:
    """Возвращает count случайных шестнадцатеричных цифр."""
    return b"%0*x" % (count, draw.getrandbits(4 * count))


def cut(draw: Random, data: bytes, count: int, least: int = 1) -> list[bytes]:
    """Режет data на count кусков, каждый не короче least байт."""
    spare = len(data) - count * (least - 1)
    inner = sorted(draw.sample(range(1, spare), count - 1))
    edges = [0, *(edge + place * (least - 1) for place, edge in enumerate(inner, 1)), len(data)]
    return [data[begin:end] for begin, end in pairwise(edges)]


def discard(quiet: float) -> Conversation:
    """Читает и выбрасывает всё до конца потока или quiet секунд тишины."""
    while (yield from Some(within=quiet)):
        pass
