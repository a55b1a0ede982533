"""Беды: kill -9, нет дескрипторов, нет места на диске; и долгая ровная работа."""

from __future__ import annotations

import itertools
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from statistics import linear_regression

from netlab.bench.flags.classroom import greeted
from netlab.bench.flags.farewell import wait_for
from netlab.bench.flags.launcher import LabServer, serving
from netlab.bench.flags.load import load
from netlab.bench.flags.nuisance import MIB
from netlab.bench.flags.script import Unexpected, expect, go, solution
from netlab.bench.flags.student import Student, percentile
from netlab.flags.store import Reader
from netlab.sockets import Address, reset

# ---------------------------------------------------------------- kill -9

STUDENTS = 5
TASKS = (1, 2, 4, 7)
"""Задачи почти без пауз: решается больше, и убийство чаще застаёт запись."""


class Restless:
    """Студент, который без конца решает и сдаёт; помнит всё, что ему подтвердили."""

    def __init__(self, number: int, address: Address, leaving: threading.Event) -> None:
        self.number = number
        self.earned: set[tuple[str, int]] = set()
        self.collected: set[tuple[str, int]] = set()
        self._address = address
        self._leaving = leaving
        self._names = 1

    def run(self) -> None:
        """Приходит снова и снова: обрыв и отказ бывают, пока сервер не поднялся."""
        while not self._leaving.is_set():
            with suppress(OSError, Unexpected):
                self._visit()
            self._leaving.wait(0.01)

    def _visit(self) -> None:
        # Имён в занятии немного: новое берут, когда под прежним решено всё.
        name = f"Студент {self.number}-{self._names}"
        with Student(self._address, 2.0) as student:
            student.introduce(name)
            for task in TASKS:
                if (name, task) in self.collected:
                    continue
                flag = student.follow(solution(task))
                self.earned.add((name, task))
                expect("# Флаг".encode(), student.ask(b"submit %s\n" % flag))
                self.collected.add((name, task))
        self._names += 1


def killing(folder: Path, rounds: int) -> dict[str, float]:
    """Столько раз убивает сервер, пока студенты решают и сдают.

    seconds — худшее время от запуска процесса до первого приветствия; lost — подтверждено и
    пропало; deadlines — на сколько разных сроков больше одного.
    """
    draw, leaving = random.Random(13), threading.Event()
    deadlines, pauses = set(), []
    with ExitStack() as stack:
        server = stack.enter_context(serving(folder))
        address = server.address
        students = [Restless(number, address, leaving) for number in range(STUDENTS)]
        threads = [threading.Thread(target=student.run) for student in students]
        for thread in threads:
            thread.start()
            stack.callback(thread.join)
        stack.callback(leaving.set)
        for _ in range(rounds):
            enough = solved(students) + draw.randrange(1, 4)
            wait_for(lambda enough=enough: solved(students) >= enough)  # type: ignore[misc]
            leaving.wait(draw.random() * 0.05)
            server.kill()
            server = stack.enter_context(serving(folder, port=address[1]))
            with Student(address) as student:
                student.ask(b"")
            pauses.append(time.monotonic() - server.began)
            with Reader(folder) as reader:
                deadlines.add(reader.session())
    with Reader(folder) as reader:
        results = reader.results()
    earned = {(one.student, one.task) for one in results if one.earned is not None}
    collected = {(one.student, one.task) for one in results if one.collected is not None}
    lost = sum(len(one.earned - earned) + len(one.collected - collected) for one in students)
    return {"seconds": max(pauses), "lost": lost, "deadlines": len(deadlines) - 1}


def solved(students: list[Restless]) -> int:
    """Сколько задач решили все вместе."""
    return sum(len(student.earned) for student in students)


# ---------------------------------------------------------------- нет дескрипторов

INSIDE, SPARE, OUTSIDE = 20, 10, 40


def no_files(folder: Path, seconds: float) -> dict[str, float]:
    """У процесса кончились дескрипторы, а в дверь стучат: столько секунд смотрит, что будет."""
    with serving(folder) as server, ExitStack() as stack:
        inside = [
            stack.enter_context(Student(server.address)).introduce(f"Ёж {number}")
            for number in range(INSIDE)
        ]
        with limited(server, "RLIMIT_NOFILE", server.held()[1] + SPARE), ExitStack() as out:
            for _ in range(OUTSIDE):
                out.enter_context(socket.create_connection(server.address))
            wait_for(lambda: server.held()[1] >= SPARE + INSIDE)
            spent, began, waited = server.cpu_seconds(), time.monotonic(), []
            while time.monotonic() < began + seconds:
                for student in inside:
                    asked = time.perf_counter()
                    student.ask(b"time\n")
                    waited.append(time.perf_counter() - asked)
                time.sleep(0.05)
            spent = server.cpu_seconds() - spent
            out.close()
            began = time.monotonic()
            with Student(server.address) as late:
                late.ask(b"")
            pause = time.monotonic() - began
    return {"cpu": spent / seconds, "p99": percentile(waited), "seconds": pause}


@contextmanager
def limited(server: LabServer, what: str, limit: int) -> Iterator[None]:
    """Пока не выйдут из with, у работающего процесса такой предел (prlimit(2))."""
    import resource  # на Windows его нет

    kind = getattr(resource, what)
    soft, hard = resource.prlimit(server.process.pid, kind)
    resource.prlimit(server.process.pid, kind, (limit, hard))
    try:
        yield
    finally:
        resource.prlimit(server.process.pid, kind, (soft, hard))


# ---------------------------------------------------------------- нет места

NOT_KEPT = "! Записать не вышло".encode()


def full_disk(folder: Path, count: int) -> dict[str, float]:
    """Диск перестал принимать записи посреди задачи у стольких студентов, а потом снова стал.

    unsaid — кому не сказали, что записать не вышло; lost — чьё решение потом пропало.
    """
    with serving(folder) as server, ExitStack() as stack:
        students = [
            stack.enter_context(Student(server.address)).introduce(f"Ёж {number}")
            for number in range(count)
        ]
        numbers = [begun(student) for student in students]
        unsaid = 0
        with limited(server, "RLIMIT_FSIZE", (folder / "lab.db-wal").stat().st_size):
            for student, number in zip(students, numbers, strict=True):
                unsaid += not student.ask(number).startswith(NOT_KEPT)
        for student in students:
            student.follow(solution(1))
    with Reader(folder) as reader:
        kept = sum(one.earned is not None for one in reader.results())
    return {"unsaid": unsaid, "lost": count - kept}


def begun(student: Student) -> bytes:
    """Начинает задачу 1 и возвращает её строку."""
    expect(b"# ", student.ask(b"start 1\n", go))
    return student.ask(b"")


# ---------------------------------------------------------------- долго

EVERYONE = 800
"""Столько разных студентов."""
CACHED = 3 * MIB
"""При базе такого размера кеш SQLite уже полон (2 МиБ, cache_size): дальше памяти не прибавит."""


def soak(folder: Path, minutes: float) -> dict[str, float]:
    """Столько минут класс решает, приходит, обрывается: прирост памяти за 10 минут, МиБ."""
    with serving(folder, "--minutes", "1440") as server:
        # Имён в занятии немного, и одну задачу без конца не начинают: классы приходят по кругу.
        everyone = itertools.cycle(range(0, EVERYONE, 100))
        while (folder / "lab.db").stat().st_size < CACHED:
            routine(server.address, next(everyone), 100)
        groups = itertools.cycle(range(0, EVERYONE, 20))
        moments: list[float] = []
        sizes: list[float] = []
        end = time.monotonic() + minutes * 60
        while time.monotonic() < end:
            routine(server.address, next(groups), 20)
            moments.append(time.monotonic())
            sizes.append(server.memory() / MIB)
        slope = linear_regression(moments, sizes).slope
    return {"growth": max(slope * 600, 0.0)}


def routine(address: Address, first: int, students: int) -> None:
    """Минутка обычной жизни: толпа у двери, студенты с номерами от first решают, пять обрывов."""
    greeted(address, 50)
    with load("study", address, first, students, 0.0) as studying:
        studying.go()
        if complaints := studying.hear()["complaints"]:
            raise Unexpected(complaints[0])
    for _ in range(5):
        with Student(address) as student:
            student.ask(b"")
            reset(student.sock)
