"""Chromium, который смотрит сайт: каждый раз новый, с пустым профилем."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from netlab.bench.processes import BenchError, Group, Unavailable, found, free_port

ARGUMENTS = (
    "--headless=new",
    "--disable-gpu",
    # Без этого браузер ходит в сеть и сам по себе.
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
)
LOADED = 30.0
"""Больше секунд страницу не ждём."""
SETTLED = 5000
"""Столько миллисекунд по часам страницы даётся тому, что она догружает сама."""


def chromium_path() -> str:
    """Возвращает путь к Chromium.

    Raises:
        BenchError: его нет.
    """
    try:
        return found("google-chrome", "chromium-browser", "chromium")
    except Unavailable:
        raise BenchError(
            "Нет Chromium, а сайт измеряет он: поставьте его "
            "(в Debian и Ubuntu: sudo apt-get install chromium)."
        ) from None


@contextmanager
def open_browser() -> Iterator[int]:
    """Запускает Chromium и отдаёт порт, на котором он слушает того, кто им управляет.

    Raises:
        Unavailable: он не запустился.
    """
    port = free_port()
    with profile() as words, Group([*words, f"--remote-debugging-port={port}"], None, port=port):
        yield port


def visit(url: str) -> None:
    """Открывает страницу и ждёт, пока она загрузит всё, что хочет.

    Raises:
        Unavailable: она не загрузилась за LOADED секунд.
    """
    with (
        profile() as words,
        Group([*words, f"--virtual-time-budget={SETTLED}", "--dump-dom", url], None) as browser,
    ):
        try:
            browser.process.wait(LOADED)
        except subprocess.TimeoutExpired:
            raise Unavailable(f"страница не загрузилась за {LOADED:.0f} с") from None


@contextmanager
def profile() -> Iterator[list[str]]:
    """Заводит пустой профиль; отдаёт начало команды."""
    with tempfile.TemporaryDirectory(prefix="netlab-bench-", ignore_cleanup_errors=True) as folder:
        # Под root песочница Chromium не работает.
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        yield [chromium_path(), *ARGUMENTS, *sandbox, f"--user-data-dir={folder}"]
