"""Сервер практики по настоящим соединениям: приветствие, прощание, обрыв, слова для всех."""

from __future__ import annotations

import errno
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from netlab.flags.flag import Key
from netlab.flags.lab import FlagLab
from netlab.flags.roster import Roster
from netlab.flags.roster import Student as Listed
from netlab.flags.server import FlagServer
from netlab.flags.store import Order, OrderKind, Reader, Store, give
from netlab.sockets import listen, reset
from tests.flags.socket_student import Student

SECONDS = 10.0


class Running:
    """Работающий сервер и всё, на чём он стоит."""

    def __init__(self, folder: Path, minutes: float | None = 30, roster: Roster | None = None):
        self.folder = folder
        self.store = Store(folder)
        self.key = Key.kept_in(folder)
        seconds = None if minutes is None else minutes * 60
        session = self.store.begin("проба", seconds, time.time())
        self.lab = FlagLab(self.store, self.key, session, roster)
        self.listeners = listen("127.0.0.1", 0)
        self.address = self.listeners[0].getsockname()
        self.server = FlagServer(self.lab, self.listeners)
        self.thread = threading.Thread(target=self.server.serve)
        self.thread.start()

    def stop(self) -> None:
        """Останавливает сервер и ждёт, пока он попрощается."""
        self.server.stop()
        self.thread.join(SECONDS)
        assert not self.thread.is_alive()
        for listener in self.listeners:
            listener.close()
        self.store.close()


@contextmanager
def running(folder: Path, **options: object) -> Iterator[Running]:
    """Сервер, пока не выйдут из with."""
    one = Running(folder, **options)  # type: ignore[arg-type]
    try:
        yield one
    finally:
        one.stop()


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Running]:
    """Сервер в пустой папке."""
    with running(tmp_path / "data") as one:
        yield one


def test_flag_is_earned_then_collected(practice: Running) -> None:
    with Student(practice.address) as one:
        one.say("hello Ёж")
        flag = one.solve(1)
        assert one.say("score") == "# Сдано флагов: 0 из 12.\n"
        assert one.hear() == "# Решено, но флаг не сдан (1).\n"
        assert one.say(f"submit {flag}") == "# Флаг задачи 1 засчитан.\n"
        assert one.say(f"submit {flag}") == "# Флаг задачи 1 вы уже сдали.\n"
        assert one.say("score") == "# Сдано флагов: 1 из 12 (1).\n"


def test_foreign_flag_is_refused_and_noted(practice: Running) -> None:
    with Student(practice.address) as owner, Student(practice.address) as other:
        owner.say("hello Ёж")
        flag = owner.solve(1)
        other.say("hello Уж")
        assert other.say(f"submit {flag}").startswith("! Это не ваш флаг")
    with Reader(practice.folder) as reader:
        (foreign,) = reader.foreign_flags()
    assert (foreign.student, foreign.owner, foreign.task) == ("Уж", "Ёж", 1)


def test_wrong_answer_waits_and_only_for_its_task(practice: Running) -> None:
    with Student(practice.address) as one:
        one.say("hello Ёж")
        one.start(1)
        one.hear()
        assert one.say("не то").startswith("! Задача 1: неверно")
        while not one.hear().startswith("! Ещё раз"):
            pass
        assert one.say("start 1").startswith("! Задачу 1 можно начать снова через")
        one.start(2)


def test_roster_asks_for_the_code(tmp_path: Path) -> None:
    roster = Roster((Listed("Анна Ёлкина"),))
    with running(tmp_path / "data", roster=roster) as practice, Student(practice.address) as one:
        assert one.say("hello Анна Ёлкина").startswith("! ")
        assert one.say("hello Анна Ёлкина 234679").startswith("! Код не подошёл")
        assert one.say("hello Пётр 234679").startswith("! Такого имени")
        code = practice.key.token("Анна Ёлкина").lower()
        assert one.say(f"hello анна елкина {code}").startswith("# Здравствуйте, Анна Ёлкина")


def test_last_reply_arrives_though_the_student_keeps_writing(practice: Running) -> None:
    """Непрочитанное на сервере не превращает прощание в обрыв."""
    for _ in range(50):
        with Student(practice.address) as one:
            one.sock.sendall(b"quit\n" + b"x" * 100_000)
            one.sock.shutdown(socket.SHUT_WR)
            assert one.rest() == "# До свидания.\n"


def test_orders_reach_everybody(practice: Running) -> None:
    with Student(practice.address) as one, Student(practice.address) as other:
        give(practice.folder, Order("1", OrderKind.MESSAGE, "Пять минут!", time.time()))
        for student in (one, other):
            assert student.hear() == "# Преподаватель: Пять минут!\n"
        give(practice.folder, Order("2", OrderKind.CLOSE, "", time.time()))
        for student in (one, other):
            assert student.hear() == "# Время вышло. Спасибо!\n"
            assert student.say("hello Ёж").startswith("# ")
            assert student.say("start 1").startswith("! Время вышло")


def test_stop_says_goodbye_and_frees_the_port(tmp_path: Path) -> None:
    with running(tmp_path / "data") as practice:
        one = Student(practice.address)
    with one:
        assert one.hear().startswith("# Сервер закрывается")
        assert one.hear() == ""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(practice.address, SECONDS).close()


def test_restart_keeps_flags_and_the_deadline(tmp_path: Path) -> None:
    with running(tmp_path / "data") as practice:
        before = practice.store.session()
        with Student(practice.address) as one:
            one.say("hello Ёж")
            one.say(f"submit {one.solve(1)}")
    with running(tmp_path / "data", minutes=5) as practice:
        assert practice.store.session() == before
        with Student(practice.address) as one:
            one.say("hello Ёж")
            assert one.say("score") == "# Сдано флагов: 1 из 12 (1).\n"


def test_reset_leaves_nothing_behind(practice: Running) -> None:
    """Оборвавшиеся разговоры освобождают потоки и сокеты; сервер жив."""
    for number in range(50):
        one = Student(practice.address)
        if number % 2:
            one.say(f"hello Ёж {number}")
            one.start(3)
        reset(one.sock)
    wait_for(lambda: not practice.server._talks)
    with Student(practice.address) as one:
        assert one.say("hello Уж").startswith("# Здравствуйте")


def test_no_more_sockets_is_not_a_spin(practice: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Системе не хватает сокетов: сервер ждёт, а не крутится, и потом принимает дальше."""
    tries: list[float] = []

    class Exhausted:
        def settimeout(self, seconds: float) -> None:
            pass

        def accept(self) -> object:
            tries.append(time.monotonic())
            if len(tries) == 4:
                practice.server.stop()
            raise OSError(errno.EMFILE, "Too many open files")

    practice.server._accept(Exhausted())  # type: ignore[arg-type]
    assert all(after - before > 0.1 for before, after in pairwise(tries))


class Waiting:
    """Разговор, у которого вышел срок, а читать он готов."""

    wake_at = 0.0
    reading = True

    def __init__(self) -> None:
        self.events: list[object] = []

    def receive(self, data: bytes, now: float) -> None:
        self.events.append(data)

    def wake(self, now: float) -> None:
        self.events.append("wake")


def test_what_came_in_time_is_not_taken_for_silence(practice: Running) -> None:
    """Поток опоздал, срок прошёл, а ответ студента уже лежит в ядре: его сначала читают."""
    near, far = socket.socketpair()
    waiting = Waiting()
    with near, far:
        far.sendall("ответ".encode())
        for _ in range(2):
            practice.server._listen(near, waiting)  # type: ignore[arg-type]
    assert waiting.events == ["ответ".encode(), "wake"]


def wait_for(condition: object) -> None:
    """Ждёт условия; не дождавшись — ошибка."""
    deadline = time.monotonic() + SECONDS
    pause = threading.Event()
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        pause.wait(0.01)
