"""Ход передачи: одна строка на экране — сколько байт, с какой скоростью, сколько осталось."""

# Строка нужна тому, кто смотрит и уже ждёт: на терминале и через секунду. Рисуется она поверх самой
# себя: CR возвращает курсор в начало, пробелы стирают хвост прежней, если та была длиннее.

from __future__ import annotations

import shutil
import sys
import time
from typing import TextIO

SHOW_AFTER = 1.0
REDRAW_AFTER = 0.2


class Progress:
    """Показывает ход передачи total байт (None — сколько их, неизвестно).

    `with Progress(total) as progress:`, и progress.advance(count) после каждого куска. Пишет в
    stream (без него — в stderr), если это терминал, и не раньше чем через секунду.
    """

    def __init__(self, total: int | None, stream: TextIO | None = None) -> None:
        self._total = total
        self._stream = stream or sys.stderr  # у программы без консоли нет и его
        self._done = self._began_with = 0
        self._began = time.monotonic()
        self._redraw_at = self._began + SHOW_AFTER
        if not self._stream or not self._stream.isatty():
            self._redraw_at = float("inf")
        self._width = 0

    def start_at(self, done: int) -> None:
        """Говорит, что done байт было до начала: передача продолжена, и в скорость они не идут."""
        self._done = self._began_with = done

    def advance(self, count: int) -> None:
        """Сообщает, что передано ещё count байт."""
        self._done += count
        now = time.monotonic()
        if now >= self._redraw_at:
            self._redraw_at = now + REDRAW_AFTER
            self._draw(now - self._began)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._width:
            self._draw(time.monotonic() - self._began)
            print(file=self._stream, flush=True)

    def _draw(self, seconds: float) -> None:
        line = progress_line(self._done, self._total, (self._done - self._began_with) / seconds)
        line = line[: shutil.get_terminal_size().columns - 1]
        print(f"\r{line:<{self._width}}", end="", file=self._stream, flush=True)
        self._width = len(line)


def progress_line(done: int, total: int | None, rate: float) -> str:
    """Пишет строку: done байт из total, rate байт в секунду."""
    line = shown_size(done)
    if total:
        line += f" из {shown_size(total)} ({min(done / total, 1):.0%})"
    line += f", {shown_size(rate)}/с"
    if total and rate and done < total:
        line += f", осталось {shown_duration((total - done) / rate)}"
    return line


def shown_size(size: float) -> str:
    """Пишет размер так, чтобы его можно было прочесть: 512 Б, 1,5 КиБ, 10,0 ГиБ."""
    if size < 1024:
        return f"{size:.0f} Б"
    for unit in ("КиБ", "МиБ", "ГиБ", "ТиБ"):
        size /= 1024
        if size < 1024 or unit == "ТиБ":
            break
    return f"{size:.1f} {unit}".replace(".", ",")


def shown_bytes(count: int, missing: bool = False) -> str:
    """Пишет число байт: 1 байт, 2 байта, 65 536 байт; missing — чтобы стояло за «не хватает»."""
    number = f"{count:,}".replace(",", "\N{NO-BREAK SPACE}") if count > 9999 else f"{count}"
    last, teen = count % 10, count // 10 % 10 == 1
    paucal = not teen and (last == 1 if missing else 2 <= last <= 4)
    return f"{number} байт" + "а" * paucal


def shown_seconds(seconds: float) -> str:
    """Пишет срок: 0,5 с, 30 с."""
    return f"{seconds:g} с".replace(".", ",")


def shown_duration(seconds: float) -> str:
    """Пишет время: 0:07, 12:34, 1:02:03."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
