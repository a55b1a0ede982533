"""Те, кто мешает: цедят по байту, заваливают, не читают, не кончают строку."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from select import select

from netlab.bench.flags.classroom import greeted
from netlab.bench.flags.launcher import serving
from netlab.bench.flags.load import load
from netlab.bench.flags.student import SECONDS, Student, percentile, waits
from netlab.sockets import Address

KIB, MIB = 1024, 1024**2
FLOODS = ("help\n", "y\n", "x", "hello Уж {n}\n", "submit python{{01-ABCDEFGHIJKLMNOP}}\n")
"""Чем заваливают: длинными ответами, отказами, бесконечной строкой, записями, поиском хозяина."""
SMALL_BUFFER = 4096


def tricklers(folder: Path, count: int, seconds: float, pause: float) -> dict[str, float]:
    """Столько студентов шлют строку по байту раз в pause секунд; её срок — seconds."""
    limits = {"netlab.flags.session.LINE_SECONDS": seconds}
    with (
        serving(folder, limits=limits) as server,
        load("trickle", server.address, count, pause, 2 * seconds + 10) as trickling,
    ):
        trickling.go()
        with Watch(server.address) as watch:
            told = trickling.hear()
    return {
        "left": count - told["told"],
        "late": told["seconds"] - seconds,
        "p99": percentile(watch.waited),
    }


class Watch:
    """Студент, который, пока не выйдут из with, ведёт обычный разговор и мерит ожидания."""

    def __init__(self, address: Address) -> None:
        self.waited: list[float] = []
        self._address = address
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._leaving.wait(0.01):
            self.waited += waits(self._address, 10)


def flooders(folder: Path, count: int, questions: int) -> dict[str, float]:
    """Столько студентов заваливают сервер без остановки; худшее p99 остальных."""
    worst = 0.0
    for number, words in enumerate(FLOODS):
        with serving(folder / str(number)) as server, ExitStack() as stack:
            for _ in range(count):
                stack.enter_context(load("flood", server.address, words))
            worst = max(worst, percentile(waits(server.address, questions)))
    return {"p99": worst}


def deaf_students(folder: Path, count: int) -> dict[str, float]:
    """Столько студентов спрашивают и не читают: сколько памяти сервера на каждого, КиБ."""
    with serving(folder) as server:
        greeted(server.address, count)
        before = server.memory()
        with deaf(server.address, count):
            each = (server.memory() - before) / count / KIB
            waits(server.address, 1)
    return {"memory": max(each, 0.0)}


@contextmanager
def deaf(address: Address, count: int) -> Iterator[None]:
    """Столько студентов просят, пока просьбы берут, и не читают ничего."""
    with ExitStack() as opened:
        socks = [opened.enter_context(unwilling(address)) for _ in range(count)]
        # Взять больше нечего, когда сервер, подавившись ответами, уже и не читает.
        while ready := select([], socks, [], 0.3)[1]:
            for sock in ready:
                with suppress(BlockingIOError):
                    sock.send(b"help\n" * SMALL_BUFFER)
        yield


def unwilling(address: Address) -> socket.socket:
    """Подключается с маленьким буфером приёма."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    sock.settimeout(SECONDS)
    sock.connect(address)
    sock.setblocking(False)
    return sock


def endless_line(folder: Path, mib: int) -> dict[str, float]:
    """Столько МиБ без единого конца строки: на сколько МиБ выросла память сервера."""
    limits = {"netlab.flags.session.LINE_SECONDS": 600.0}
    with serving(folder, limits=limits) as server, Student(server.address) as student:
        student.introduce("Ёж")
        student.sock.sendall(b"x" * MIB)
        before = server.memory()
        for _ in range(mib - 1):
            student.sock.sendall(b"x" * MIB)
        growth = server.memory() - before
        student.ask(b"\n")
        student.ask(b"time\n")
    return {"memory": max(growth / MIB, 0.0)}
