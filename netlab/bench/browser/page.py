"""Страница с лабораторией в Chromium: что на ней нажимают и что измеряют."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from netlab.bench.processes import ROOT, BenchError, proportional_size
from netlab.bench.samples import Announce
from netlab.bench.site.chromium import chromium_path
from netlab.bench.site.pages_server import published
from netlab.pages.run_in_browser import installed

SECONDS = 120
MACHINES = 4
"""По стольким машинам считается память одной."""
OPENINGS = 50
PAGE = "echo/"
SNIPPET = "echo/echo_bytes.py"
DONE = "готово"
SAYS = f"print('{DONE}')\n"
ECHO = """import socket

with socket.create_server(("", 5555)) as listener:
    print("готово")
    sock, _ = listener.accept()
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while data := sock.recv(1):
        sock.sendall(data)
    sock, _ = listener.accept()
    part = bytes(1 << 20)
    for _ in range(200):
        sock.sendall(part)
    sock.close()
"""
CLIENT = """import socket
import time

with socket.create_connection(("server", 5555)) as sock:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    times = []
    for _ in range(500):
        begin = time.perf_counter()
        sock.sendall(b"x")
        sock.recv(1)
        times.append(time.perf_counter() - begin)
    print("круг", sorted(times)[250] * 1000)
with socket.create_connection(("server", 5555)) as sock:
    begin, size = time.perf_counter(), 0
    while data := sock.recv(1 << 20):
        size += len(data)
    print("поток", size / 1e6 / (time.perf_counter() - begin))
print("готово")
"""

PRESSED = """async ([button, pane]) => {
  const begin = performance.now();
  document.querySelectorAll(button)[0].click();
  const said = () => document.querySelectorAll('.run-screen')[pane]?.textContent.includes('готово');
  while (!said()) await new Promise(resolve => setTimeout(resolve, 5));
  return (performance.now() - begin) / 1000;
}"""
"""Нажимает кнопку и ждёт первой строки; возвращает секунды."""


def measured(folder: Path, announce: Announce, rounds: int, quick: bool) -> dict[str, float]:
    """Проводит все измерения; folder — куда собрать сайт.

    Raises:
        BenchError: сайт не собрался, или измерять нечем.
    """
    if not (installed(ROOT) / "editor.mjs").is_file():
        raise BenchError("Нет CPython для браузера: его ставит make bench-browser.")
    announce("собираю сайт")
    build(folder / "site")
    values: dict[str, list[float]] = {}
    with published() as site:
        site.publish(folder / "site")
        values["weight"] = [weight(folder / "site")]
        for number in range(rounds):
            announce(f"раунд {number + 1} из {rounds}")
            with opened(site.url) as (page, memory):
                for name, value in starts(page, memory):
                    values.setdefault(name, []).append(value)
            with opened(site.url) as (page, _):
                for name, value in speeds(page):
                    values.setdefault(name, []).append(value)
        announce("открываю и закрываю")
        with opened(site.url) as (page, memory):
            values["leak"] = [leak(page, memory, 5 if quick else OPENINGS)]
    return {name: median(found) for name, found in values.items()}


def build(folder: Path) -> None:
    """Собирает сайт."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"Сайт не собрался: {done.stderr.strip().splitlines()[-1]}.")


def weight(site: Path) -> float:
    """На сколько килобайт ▶ утяжеляет страницу: программа и её вид."""
    return (
        sum((site / "assets/run/lab" / name).stat().st_size for name in ("run.js", "lab.css"))
        / 1000
    )


@contextmanager
def opened(url: str) -> Iterator[tuple[Any, Callable[[], float]]]:
    """Открывает урок в новом браузере; отдаёт страницу и измеритель её памяти, МиБ."""
    from playwright.sync_api import sync_playwright

    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=sandbox)
        page = browser.new_page()
        page.set_default_timeout(SECONDS * 1000)
        key = f"lab {SNIPPET} 1"
        page.add_init_script(
            f"localStorage.getItem('{key}') ?? localStorage.setItem('{key}', {SAYS!r})"
        )
        page.goto(url + PAGE)
        session = browser.new_browser_cdp_session()

        def memory() -> float:
            found = session.send("SystemInfo.getProcessInfo")["processInfo"]
            renderers = [one["id"] for one in found if one["type"] == "renderer"]
            return sum(proportional_size(pid) for pid in renderers) / (1 << 20)

        yield page, memory
        browser.close()


def starts(page: Any, memory: Callable[[], float]) -> Iterator[tuple[str, float]]:
    """Первый запуск, следующая машина, запуск на готовом и память."""
    block = f'[data-snippet="{SNIPPET}"] .run-start'
    yield "first", page.evaluate(PRESSED, [block, 0])
    write(page, 1, SAYS)
    yield "next", page.evaluate(PRESSED, [pane_button(3), 2])
    page.wait_for_timeout(4000)
    before = memory()
    yield "warm", page.evaluate(PRESSED, [pane_button(1), 0])
    waiting = "print('готово')\ninput()\n"
    for number in range(MACHINES):
        write(page, 2 + number, waiting)
        page.evaluate(PRESSED, [pane_button(4 + number), 3 + number])
    page.wait_for_timeout(4000)
    yield "memory", (memory() - before) / MACHINES


def speeds(page: Any) -> Iterator[tuple[str, float]]:
    """Круг одного байта и поток."""
    page.evaluate(PRESSED, [f'[data-snippet="{SNIPPET}"] .run-start', 0])
    write(page, 1, CLIENT)
    paste(page, 0, ECHO)
    page.wait_for_timeout(4000)
    page.evaluate(PRESSED, [pane_button(1), 0])
    page.evaluate(PRESSED, [pane_button(3), 2])
    said = page.locator(".run-screen").nth(2).inner_text()
    found = dict(line.split() for line in said.splitlines() if line.startswith(("круг", "поток")))
    yield "round_trip", float(found["круг"])
    yield "bulk", float(found["поток"])


def leak(page: Any, memory: Callable[[], float], openings: int) -> float:
    """На сколько МиБ выросла страница после стольких открытий."""
    before = 0.0
    for number in range(openings):
        page.evaluate(PRESSED, [f'[data-snippet="{SNIPPET}"] .run-start', 0])
        page.locator(".run-toolbar").get_by_role("button", name="Закрыть").click()
        if number == openings // 5:
            before = memory()
    page.wait_for_timeout(2000)
    return max(0.0, memory() - before)


def pane_button(number: int) -> str:
    """▶ окна лаборатории, считая с единицы."""
    return f".run-pane:nth-child({number}) .run-buttons .run-button"


def write(page: Any, number: int, text: str) -> None:
    """Добавляет окно и вставляет в него программу; number — какое оно среди окон с редактором."""
    page.get_by_role("button", name="+ Программа").click()
    paste(page, number, text)


def paste(page: Any, number: int, text: str) -> None:
    """Вставляет программу в редактор."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.locator(".cm-content").nth(number).click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("ControlOrMeta+v")
