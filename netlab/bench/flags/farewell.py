"""Прощания: последний ответ, остановка сервера и те, кто уходит, не простившись."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from select import select

from netlab.bench.flags.launcher import LabServer, serving
from netlab.bench.flags.nuisance import deaf, unwilling
from netlab.bench.flags.script import go
from netlab.bench.flags.student import SECONDS, Student
from netlab.bench.processes import BenchError
from netlab.sockets import Address, reset

JUNK = b"x" * 100_000
NAMES = 500
"""Имён в занятии меньше, чем соединений: под одним приходят не раз."""
GOODBYE = "# До свидания.\n".encode()
LIMITS = {"netlab.flags.session.IDLE_SECONDS": 1.0, "netlab.flags.talk.SEND_SECONDS": 1.0}
"""Сколько ждут того, кого уже нет: десять минут и десять секунд мерить долго."""


# ---------------------------------------------------------------- последний ответ


def last_words(folder: Path, count: int) -> dict[str, float]:
    """Столько раз прощается так, что у сервера лежит непрочитанное; сколько ответов пропало."""
    kinds = (after_quit, after_refusal, after_long_line, after_wrong_answer)
    lost = 0
    with serving(folder) as server:
        for number in range(count):
            with Student(server.address) as student:
                try:
                    lost += not kinds[number % len(kinds)](student, number)
                except OSError:
                    lost += 1
    return {"lost": lost}


def after_quit(student: Student, number: int) -> bool:
    """quit, а за ним ещё сто килобайт."""
    student.sock.sendall(b"quit\n" + JUNK)
    return student.rest().endswith(GOODBYE)


def after_refusal(student: Student, number: int) -> bool:
    """Сотня отказов, quit и лишнее."""
    student.sock.sendall(b"nothing\n" * 100 + b"quit\n" + JUNK)
    told = student.rest()
    return told.count("! Команды".encode()) == 100 and told.endswith(GOODBYE)


def after_long_line(student: Student, number: int) -> bool:
    """Слишком длинная строка, quit и лишнее."""
    student.sock.sendall(JUNK + b"\nquit\n" + JUNK)
    told = student.rest()
    return "! Строка длиннее".encode() in told and told.endswith(GOODBYE)


def after_wrong_answer(student: Student, number: int) -> bool:
    """Неверный ответ задаче, лишнее и конец потока."""
    student.introduce(f"Ёж {number}")
    student.ask(b"start 2\n", go)
    student.sock.sendall(b"wrong\n" + JUNK)
    student.sock.shutdown(socket.SHUT_WR)
    return "! Ещё раз: start 2".encode() in student.rest()


# ---------------------------------------------------------------- остановка


def stopping(folder: Path, idle: int, silent: int) -> dict[str, float]:
    """SIGTERM, когда столько студентов молчат и не уходят, а столько не читают."""
    with serving(folder) as server, ExitStack() as stack:
        students = [stack.enter_context(Student(server.address)) for _ in range(idle)]
        for student in students:
            student.ask(b"")
        stack.enter_context(deaf(server.address, silent))
        seconds = server.terminate(SECONDS)
        return {"seconds": seconds, "lost": sum(not told(student) for student in students)}


def told(student: Student) -> bool:
    """Услышал ли студент, что сервер закрывается."""
    with suppress(ConnectionResetError):
        return "Сервер закрывается".encode() in student.rest()
    return False


# ---------------------------------------------------------------- ушли, не простившись


def leavers(folder: Path, count: int) -> dict[str, float]:
    """Столько раз уходят каждым способом; через сколько секунд от ушедших не осталось ничего."""
    slowest = 0.0
    with serving(folder, limits=LIMITS) as server:
        for leave in (reset_before_accept, reset_in_mid_write, fin_first):
            baseline = settled(server)
            leave(server, count)
            slowest = max(slowest, until_back(server, baseline))
        baseline = settled(server)
        with ExitStack() as stack:
            for one in half_open(server.address, count):
                stack.enter_context(one)
            slowest = max(slowest, until_back(server, baseline))
        with Student(server.address) as student:
            student.introduce("Ёж")
        server.terminate(SECONDS)
        return {"seconds": slowest, "complaints": len(server.complaints().splitlines())}


def reset_before_accept(server: LabServer, count: int) -> None:
    """RST раньше, чем сервер узнал о соединении: он в это время стоит."""
    for begin in range(0, count, 100):
        server.process.send_signal(signal.SIGSTOP)
        for number in range(begin, min(begin + 100, count)):
            sock = socket.create_connection(server.address, SECONDS)
            sock.sendall(b"help\n" * (number % 2))
            reset(sock)
        server.process.send_signal(signal.SIGCONT)


def reset_in_mid_write(server: LabServer, count: int) -> None:
    """RST посреди задачи, которая ещё шлёт свои данные."""
    for number in range(count):
        with Student(server.address) as student:
            student.introduce(f"Ёж {number % NAMES}")
            student.ask(b"start 6\n", go)
            reset(student.sock)


def fin_first(server: LabServer, count: int) -> None:
    """FIN раньше, чем сервер ответил."""
    for number in range(count):
        with Student(server.address) as student:
            student.sock.sendall(b"help\n" * (number % 3))
            student.sock.shutdown(socket.SHUT_WR)
            student.rest()


def half_open(address: Address, count: int) -> Iterator[socket.socket]:
    """Пропавшие: соединение открыто, и на том конце никто уже не ответит и не прочтёт."""
    for number in range(count):
        sock = unwilling(address)
        select([sock], [], [], SECONDS)  # поздоровались: разговор уже идёт
        if number % 10 == 0:
            with suppress(BlockingIOError):
                sock.send(b"help\n" * 1000)
        yield sock


def settled(server: LabServer) -> tuple[int, int]:
    """Потоки и дескрипторы, когда разговоров нет: главный поток, принимающий и ни одного больше."""
    wait_for(lambda: server.held()[0] == 2)
    return server.held()


def until_back(server: LabServer, baseline: tuple[int, int]) -> float:
    """Сколько секунд сервер освобождался."""
    began = time.monotonic()
    with Student(server.address) as last:
        last.ask(b"")  # принимают по очереди: значит, приняты и все, кто был до него
    wait_for(lambda: server.held() <= baseline)
    return time.monotonic() - began


def wait_for(condition: Callable[[], bool], seconds: float = SECONDS) -> None:
    """Ждёт условия.

    Raises:
        BenchError: не дождались.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise BenchError(f"не дождались и за {seconds:g} с: {condition.__qualname__}.")
        time.sleep(0.01)
