"""Желания задачи: послать, прочесть, подождать. Сокетов и часов здесь нет, исполняет их Session."""

# Задача — генератор, который читается как разговор:
#
#     yield from Send(b"482913\n")
#     line = yield from Line()
#
# Каждое желание отдаёт себя тому, кто ведёт задачу, и получает от него исполненное. Читающее
# желание само знает, исполнимо ли оно уже: met смотрит на принятое, read забирает своё и ничего
# сверх того. Поэтому разговор не зависит от того, какими кусками пришли байты.

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from netlab.flags.diagnosis import Wrong
from netlab.flags.dialogue import LINE_LIMIT, LINE_SECONDS, cleaned, line_length

T = TypeVar("T")

PATIENCE = 10.0
"""За столько секунд программа должна закончить начатый ответ."""
CHUNK = 65536


class Lost(Exception):
    """Соединения больше нет: другая сторона его оборвала (RST)."""


class Inbox:
    """Принятое и ещё не прочитанное; ended — больше ничего не придёт."""

    __slots__ = ("_data", "ended")

    def __init__(self) -> None:
        self._data = bytearray()
        self.ended = False

    def __len__(self) -> int:
        return len(self._data)

    def put(self, data: bytes) -> None:
        """Добавляет принятое."""
        self._data += data

    def peek(self, size: int) -> bytes:
        """Показывает первые size байт, не забирая их."""
        return bytes(self._data[:size])

    def take(self, size: int) -> bytes:
        """Забирает первые size байт или сколько есть."""
        taken = self.peek(size)
        del self._data[:size]
        return taken

    def clear(self) -> None:
        """Выбрасывает всё непрочитанное."""
        self._data.clear()

    def find_line(self, limit: int) -> int:
        """Возвращает длину первой строки вместе с LF; 0 — её конца в первых limit байтах нет."""
        return self._data.find(b"\n", 0, limit) + 1


class Wish(Generic[T]):
    """Чего хочет задача; `yield from` отдаёт желание и возвращает исполненное."""

    def __iter__(self) -> Generator[Wish[Any], Any, T]:
        granted: T = yield self
        return granted


Conversation = Generator[Wish[Any], Any, None]


@dataclass(frozen=True)
class Send(Wish[None]):
    """Послать байты."""

    data: bytes


@dataclass(frozen=True)
class ReceiveBuffer(Wish[None]):
    """Попросить у ядра буфер приёма в size байт (SO_RCVBUF)."""

    size: int


@dataclass(frozen=True)
class Wait(Wish[None]):
    """Подождать seconds секунд; сокета в это время никто не читает."""

    seconds: float


@dataclass(frozen=True)
class Now(Wish[float]):
    """Узнать время: секунды монотонных часов."""


@dataclass(frozen=True)
class Visited(Wish[Wrong | None]):
    """Сходить к серверу студента; возвращает, что не так, или None."""


class Reading(Wish[T]):
    """Прочесть. Ждут within секунд с начала желания и patience — с первого байта; None — без срока.

    Срок исполняет желание тем, что есть: late в met говорит, что он вышел.
    """

    within: float | None = None
    patience: float | None = None

    def met(self, inbox: Inbox, late: bool) -> bool:
        """Говорит, пора ли читать."""
        raise NotImplementedError

    def read(self, inbox: Inbox) -> T:
        """Забирает прочитанное."""
        raise NotImplementedError


@dataclass(frozen=True)
class Line(Reading[bytes]):
    """Строка до LF и вместе с ним, не длиннее limit.

    Без LF она бывает, если длиннее limit, если поток закончился или если вышел срок.
    """

    limit: int = LINE_LIMIT
    within: float | None = None
    patience: float | None = PATIENCE

    def met(self, inbox: Inbox, late: bool) -> bool:
        whole = inbox.find_line(self.limit) or len(inbox) >= self.limit
        return bool(whole) or inbox.ended or late

    def read(self, inbox: Inbox) -> bytes:
        return inbox.take(inbox.find_line(self.limit) or self.limit)


@dataclass(frozen=True)
class Typed(Reading[bytes]):
    """Строка, которую набрал человек: как в диалоге, без команд telnet и стёртых букв.

    Конец строки, если он был, превращён в LF.
    """

    patience: float | None = LINE_SECONDS

    def met(self, inbox: Inbox, late: bool) -> bool:
        raw = inbox.peek(LINE_LIMIT)
        return bool(line_length(raw)) or len(raw) == LINE_LIMIT or inbox.ended or late

    def read(self, inbox: Inbox) -> bytes:
        length = line_length(inbox.peek(LINE_LIMIT))
        line = cleaned(inbox.take(length or LINE_LIMIT))
        return line + b"\n" if length else line


@dataclass(frozen=True)
class Exactly(Reading[bytes]):
    """Ровно size байт (их немного); меньше — если поток закончился или вышел срок."""

    size: int
    patience: float | None = PATIENCE

    def met(self, inbox: Inbox, late: bool) -> bool:
        return len(inbox) >= self.size or inbox.ended or late

    def read(self, inbox: Inbox) -> bytes:
        return inbox.take(self.size)


@dataclass(frozen=True)
class Some(Reading[bytes | None]):
    """Сколько есть, но не больше size; b"" — конец потока, None — within секунд тишины."""

    within: float | None
    size: int = CHUNK

    def met(self, inbox: Inbox, late: bool) -> bool:
        return len(inbox) > 0 or inbox.ended or late

    def read(self, inbox: Inbox) -> bytes | None:
        return inbox.take(self.size) or (b"" if inbox.ended else None)
