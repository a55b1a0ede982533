"""Запись разговора: кто, что и в каком порядке сделал, и на чём разговор сорвался."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

SHOWN_BYTES = 60
"""Столько байт сообщения показывается целиком; у более длинных — начало и длина."""


class Failed(Exception):
    """Свойство не выполнено: почему, чего ждали и что получили."""

    def __init__(self, why: str, expected: str, received: str) -> None:
        super().__init__(why)
        self.why = why
        self.expected = expected
        self.received = received


@dataclass(frozen=True)
class Line:
    """Одна строка разговора."""

    who: str
    what: str


@dataclass
class Conversation:
    """Разговор сценария; дополняется из любых потоков."""

    lines: list[Line] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _incoming: dict[str, bytes] = field(default_factory=dict, repr=False)

    def add(self, who: str, what: str) -> None:
        """Записывает поступок."""
        with self._lock:
            self._incoming.pop(who, None)
            self.lines.append(Line(who, what))

    def add_received(self, who: str, data: bytes) -> None:
        """Записывает полученное; подряд идущие куски сливаются в один.

        Где ядро разрезало поток, от запуска к запуску меняется, и разговор от этого зависеть не
        должен.
        """
        with self._lock:
            if who in self._incoming and self.lines and self.lines[-1].who == who:
                self.lines.pop()
            else:
                self._incoming.pop(who, None)
            self._incoming[who] = self._incoming.get(who, b"") + data
            self.lines.append(Line(who, f"← {shown(self._incoming[who])}"))


def shown(data: bytes) -> str:
    """Показывает байты так, как их написал бы Python; длинные — началом и длиной."""
    if len(data) <= SHOWN_BYTES:
        return repr(data)
    return f"{data[:24]!r}… всего {plural_bytes(len(data))}"


def plural_bytes(count: int) -> str:
    """Пишет число байт по-русски: 1 байт, 2 байта, 1 048 576 байт."""
    last, last_two = count % 10, count % 100
    few = last in (2, 3, 4) and last_two not in (12, 13, 14)
    return f"{count:,}".replace(",", "\N{NO-BREAK SPACE}") + (" байта" if few else " байт")


def first_difference(expected: bytes, received: bytes) -> int:
    """Находит номер первого байта (с нуля), в котором строки расходятся."""
    for index, (a, b) in enumerate(zip(expected, received, strict=False)):
        if a != b:
            return index
    return min(len(expected), len(received))
