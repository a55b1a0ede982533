"""Класс: все приходят разом, приходят и уходят, решают задачи."""

from __future__ import annotations

import selectors
import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from netlab.bench.flags.launcher import serving
from netlab.bench.flags.load import load
from netlab.bench.flags.script import CLASS_TASKS
from netlab.bench.flags.student import Student, percentile
from netlab.bench.processes import BenchError
from netlab.flags.store import Reader
from netlab.sockets import Address

SECONDS = 60.0
PROCESSES = 2


def rush(folder: Path, count: int) -> dict[str, float]:
    """Столько студентов подключаются разом: за сколько секунд услышал приветствие последний."""
    with serving(folder) as server:
        return {"seconds": greeted(server.address, count)}


def greeted(address: Address, count: int) -> float:
    """Подключает разом столько студентов; возвращает, за сколько секунд поздоровались со всеми.

    Raises:
        BenchError: поздоровались не со всеми.
    """
    with ExitStack() as opened, selectors.DefaultSelector() as selector:
        began = time.monotonic()
        for _ in range(count):
            sock = opened.enter_context(socket.socket())
            sock.setblocking(False)
            with suppress(BlockingIOError):
                sock.connect(address)
            selector.register(sock, selectors.EVENT_READ, sock)
        while selector.get_map() and time.monotonic() < began + SECONDS:
            for key, _ in selector.select(1.0):
                if key.data.recv(4096).startswith(b"# "):
                    selector.unregister(key.fileobj)
        if selector.get_map():
            raise BenchError(f"за {SECONDS:g} с приветствия не услышали {len(selector.get_map())}.")
        return time.monotonic() - began


def turnstile(folder: Path, count: int) -> dict[str, float]:
    """Столько раз подряд подключаются, слушают приветствие и уходят."""
    failures = 0
    with serving(folder) as server:
        began = time.monotonic()
        for _ in range(count):
            try:
                with Student(server.address) as student:
                    student.ask(b"")
            except OSError:
                failures += 1
        return {"seconds": time.monotonic() - began, "failures": failures}


def lesson(folder: Path, count: int, think: float) -> dict[str, float]:
    """Столько студентов решают и сдают задачи 1–7; think — до скольких секунд думает каждый.

    waits — p99 ожидания ответа без пауз, которые задача делает нарочно.
    """
    share = count // PROCESSES
    with serving(folder) as server, ExitStack() as stack:
        loads = [
            stack.enter_context(load("study", server.address, number * share, share, think))
            for number in range(PROCESSES)
        ]
        began = time.monotonic()
        for one in loads:
            one.go()
        told = [one.hear() for one in loads]
        seconds = time.monotonic() - began
    complaints = [text for one in told for text in one["complaints"]]
    if complaints:
        raise BenchError(f"студент недоволен: {complaints[0]}")
    with Reader(folder) as reader:
        kept = sum(one.collected is not None and not one.wrong for one in reader.results())
    waits = [wait for one in told for wait in one["waits"]]
    return {
        "seconds": seconds,
        "p99": percentile(waits),
        "lost": PROCESSES * share * len(CLASS_TASKS) - kept,
    }
