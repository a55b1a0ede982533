"""Нагрузка: собирает программы на C и управляет load.c."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from netlab.bench.contestants import PACKAGE
from netlab.bench.processes import born_on

PROGRAMS = ("load", "epoll_echo")
FLAGS = ("-O2", "-std=gnu11")
LIMIT = 120.0
"""Сколько секунд живёт нагрузка, если сервер её не отпускает."""


class BuildError(Exception):
    """Программы на C собрать не вышло; текст говорит, что сделать."""


class LoadError(Exception):
    """Сервер не справился с нагрузкой; текст — что случилось."""


def build(folder: Path) -> None:
    """Собирает load и epoll_echo в папку.

    Raises:
        BuildError: компилятора нет, или он не собрал программу.
    """
    compiler = shlex.split(os.environ.get("CC", "cc"))
    if not shutil.which(compiler[0]):
        raise BuildError(
            f"Нет компилятора C («{compiler[0]}»), а нагрузка написана на C: поставьте его "
            "(в Debian и Ubuntu: sudo apt-get install gcc libc6-dev)."
        )
    for program in PROGRAMS:
        source, result = PACKAGE / f"{program}.c", folder / program
        ran = subprocess.run(
            [*compiler, *FLAGS, "-o", str(result), str(source)], capture_output=True, text=True
        )
        if ran.returncode:
            raise BuildError(f"Компилятор не собрал {source.name}:\n{ran.stderr.strip()}")


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
