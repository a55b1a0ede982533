"""Нагрузка: управляет load.c."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from netlab.bench.processes import born_on

LIMIT = 120.0
"""Сколько секунд живёт нагрузка, если сервер её не отпускает."""


class LoadError(Exception):
    """Сервер не справился с нагрузкой; текст — что случилось."""


class Load:
    """Запущенная нагрузка: готова, измеряет, закончила — и между шагами ждёт нас."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def until(self, word: str) -> dict[str, float]:
        """Ждёт слова «ready» или «done» и возвращает числа, сказанные до него.

        Raises:
            LoadError: нагрузка не дошла до этого слова.
        """
        assert self._process.stdout
        assert self._process.stderr
        facts: dict[str, float] = {}
        for line in self._process.stdout:
            name, _, value = line.strip().partition(" ")
            if name == word:
                return facts
            facts[name] = float(value)
        raise LoadError(self._process.stderr.read().strip() or f"не уложился в {LIMIT:.0f} секунд")

    def go_on(self) -> None:
        """Разрешает нагрузке следующий шаг."""
        assert self._process.stdin
        with suppress(BrokenPipeError):  # отчего она умерла, скажет until
            self._process.stdin.write("\n")
            self._process.stdin.flush()


@contextmanager
def load(folder: Path, core: int | None, *words: object) -> Iterator[Load]:
    """Запускает load с такими словами; в конце контекста нагрузки нет."""
    with born_on(core):
        process = subprocess.Popen(
            [str(folder / "load"), *map(str, words)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
    with process:
        # Нагрузка и сама не ждёт дольше десяти секунд, но сервер может отвечать по байту.
        watchdog = threading.Timer(LIMIT, process.kill)
        watchdog.start()
        try:
            yield Load(process)
        finally:
            watchdog.cancel()
            process.kill()
            watchdog.join()
