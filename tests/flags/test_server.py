"""Сервер практики по настоящим соединениям: прощание, обрыв, слова для всех, беды."""

from __future__ import annotations

import errno
import socket
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path

import pytest

from netlab.flags import server as serving
from netlab.flags import store
from netlab.flags import talk as talking
from netlab.flags.complaints import Complaints
from netlab.flags.diagnosis import Wrong
from netlab.flags.flag import Key
from netlab.flags.lab import FlagLab
from netlab.flags.roster import Roster
from netlab.flags.roster import Student as Listed
from netlab.flags.server import FILES, PLACES, FlagServer, places
from netlab.flags.session import Session
from netlab.flags.store import Order, OrderKind, Outcome, Reader, Store, StoreError, give
from netlab.flags.talk import Hall, Share, Talk, prepare
from netlab.sockets import Address, listen, reset
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
        self.complaints: list[str] = []
        self.lab.complain = self.complaints.append
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


def careless(connect: Callable[..., sqlite3.Connection]) -> Callable[..., sqlite3.Connection]:
    """Записи не ждут диска: его проверяют в других местах."""

    def connected(*args: object) -> sqlite3.Connection:
        db = connect(*args)
        db.execute("PRAGMA synchronous = OFF")
        return db

    return connected


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Сервер оглядывается чаще обычного и не ждёт диска."""
    monkeypatch.setattr(store, "_connect", careless(store._connect))
    monkeypatch.setattr("os.fsync", lambda _: None)
    monkeypatch.setattr(talking, "TICK", 0.05)
    monkeypatch.setattr(serving, "GLANCE", 0.02)
    monkeypatch.setattr(serving, "GOODBYE", 0.3)
    monkeypatch.setattr(serving, "TROUBLE_PAUSE", 0.05)


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
        assert one.hear() == "# Решено, но флаг не сдан (задача 1).\n"
        assert one.say(f"submit {flag}") == "# Флаг задачи 1 засчитан.\n"
        assert one.say(f"submit {flag}") == "# Флаг задачи 1 вы уже сдали.\n"
        assert one.say("score") == "# Сдано флагов: 1 из 12 (задача 1).\n"


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
        assert one.say("hello Пётр 234679").startswith("! Имя или код не подошли")
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
            assert one.say("score") == "# Сдано флагов: 1 из 12 (задача 1).\n"


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


def test_no_more_sockets_is_not_a_spin(practice: Running) -> None:
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
    assert all(after - before > 0.04 for before, after in pairwise(tries))
    assert practice.complaints[0].startswith("система не даёт нового сокета")


class Waiting:
    """Разговор, у которого вышел срок, а читать он готов."""

    student = "Ёж"
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
        talk = Talk(Hall(practice.lab), near, "192.0.2.1", lambda _: None)
        talk._session = waiting  # type: ignore[assignment]
        for _ in range(2):
            talk._listen()
    assert waiting.events == ["ответ".encode(), "wake"]


# ---------------------------------------------------------------- беды


def test_error_in_one_talk_is_told_and_the_others_go_on(
    practice: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ошибка в netlab: студенту и преподавателю по предложению, попытка кончилась, сервер жив."""
    receive = Session.receive

    def broken(session: Session, data: bytes, now: float) -> None:
        assert data != b"boom\n", "слово"
        receive(session, data, now)

    monkeypatch.setattr(Session, "receive", broken)
    with Student(practice.address) as one, Student(practice.address) as other:
        one.say("hello Ёж")
        one.start(3)
        one.exactly(64)
        one.sock.sendall(b"boom\n")
        assert one.rest() == "! В сервере ошибка. Подключитесь снова, флаги за вами.\n"
        assert other.say("hello Уж").startswith("# Здравствуйте")
    wait_for(lambda: not practice.server._talks)
    (complaint,) = practice.complaints
    assert "AssertionError: слово" in complaint
    assert "test_server.py, строка" in complaint
    assert [one.outcome for one in practice.store.attempts()] == [Outcome.LEFT]
    assert capsys.readouterr().err == ""


def test_stranger_gives_way_when_there_is_no_room(practice: Running) -> None:
    """Мест нет: уступает тот, кто дольше всех сидит, не назвавшись, а назвавшиеся остаются."""
    practice.server._places = 2
    with Student(practice.address) as known, Student(practice.address) as stranger:
        known.say("hello Ёж")
        with Student(practice.address) as late:
            assert stranger.rest().startswith("# Мест не хватает: закройте лишние")
            assert late.say("hello Уж").startswith("# Здравствуйте")
            with socket.create_connection(practice.address, SECONDS) as refused:
                assert refused.makefile(encoding="utf-8").read().startswith("! Мест больше нет")
            assert known.say("time").startswith("# Осталось")


def test_the_greedy_gives_way_to_the_other(practice: Running) -> None:
    """Мест нет, чужих тоже: уступает тот, у кого соединений больше всех."""
    practice.server._places = 3
    with (
        Student(practice.address) as first,
        Student(practice.address) as modest,
        Student(practice.address) as second,
    ):
        for one, name in ((first, "Жора"), (modest, "Ёж"), (second, "Жора")):
            one.say(f"hello {name}")
        with Student(practice.address) as late:
            assert first.rest().startswith("# Мест не хватает")
            assert late.say("hello Уж").startswith("# Здравствуйте")
            for one in (modest, second):
                assert one.say("time").startswith("# Осталось")


def test_deaf_stranger_is_cut_off_when_there_is_no_room(practice: Running) -> None:
    """Кто не читает, просьбы уйти не услышит: его поток стоит в отправке."""
    practice.server._places = 1
    with socket.create_connection(practice.address, SECONDS) as deaf:
        deaf.setblocking(False)
        with suppress(BlockingIOError):
            while deaf.send(b"help\n" * 10_000):
                pass
        with Student(practice.address) as late:
            assert late.say("hello Уж").startswith("# Здравствуйте")


def test_one_student_is_visited_one_at_a_time(practice: Running) -> None:
    """Пока к серверу студента ходят, второе его соединение ждёт, а чужое — нет."""
    entered, leave = threading.Semaphore(0), threading.Event()

    def visitor(address: Address) -> Wrong | None:
        entered.release()
        assert leave.wait(SECONDS)
        return None

    hall = Hall(practice.lab, visitor)
    address = ("127.0.0.1", 5555)
    with ThreadPoolExecutor(3) as pool:
        greedy = [pool.submit(hall.visit, "Жора", address) for _ in range(2)]
        other = pool.submit(hall.visit, "Ёж", address)
        assert entered.acquire(timeout=SECONDS)
        assert entered.acquire(timeout=SECONDS)
        assert not entered.acquire(blocking=False)
        leave.set()
        assert [one.result(SECONDS) for one in (*greedy, other)] == [None] * 3


def test_queue_of_visits_has_an_end(practice: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talking, "QUEUE_SECONDS", 0.01)
    hall = Hall(practice.lab, lambda _: None)
    hall._visited.add("Жора")
    wrong = hall.visit("Жора", ("127.0.0.1", 5555))
    assert wrong is not None
    assert "Очередь к серверам студентов" in wrong.lines()[0]


def test_no_thread_is_said(practice: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Система не дала потока: студент об этом узнаёт, а место не пропадает."""

    def no_thread(talk: Talk) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(Talk, "start", no_thread)
        with socket.create_connection(practice.address, SECONDS) as refused:
            assert refused.makefile(encoding="utf-8").read().startswith("! Мест больше нет")
    assert not practice.server._talks
    Student(practice.address).sock.close()


@pytest.mark.skipif(sys.platform == "win32", reason="на Windows предела дескрипторов нет")
@pytest.mark.parametrize(
    ("files", "expected"), [(FILES + 1, PLACES), (1024, 624), (256, 128), (-1, PLACES)]
)
def test_places_leave_descriptors_for_the_rest(
    files: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (files, files))
    assert places() == expected


@pytest.mark.parametrize("error", [ValueError("не распоряжение"), StoreError("диск полон.")])
def test_failed_order_does_not_stop_the_lab(
    practice: Running, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail() -> list[Order]:
        raise error

    monkeypatch.setattr(practice.store, "pending", fail)
    wait_for(lambda: practice.complaints)
    assert str(error) in practice.complaints[0]
    with Student(practice.address) as one:
        assert one.say("hello Ёж").startswith("# Здравствуйте")


def test_store_trouble_is_told_to_both(practice: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Записать не вышло: студента зовут к преподавателю, а тому сказано почему."""

    def fail(student: str, now: float) -> bool:
        raise StoreError("на диске кончилось место: освободите его.")

    monkeypatch.setattr(practice.store, "register", fail)
    with Student(practice.address) as one:
        assert one.say("hello Ёж").startswith("! Записать не вышло")
    assert practice.complaints == ["на диске кончилось место: освободите его."]


def test_same_complaint_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    complain = Complaints()
    for text in ("диск полон.", "диск полон.", "базу держат."):
        complain(text)
    told = capsys.readouterr().err.splitlines()
    assert told == ["netlab flags: диск полон.", "netlab flags: базу держат."]


def test_stop_ends_the_attempts_of_those_who_stay(tmp_path: Path) -> None:
    """Студент не уходит, а сервер уже остановлен: его попытка кончилась, а не пропала."""
    with running(tmp_path / "data") as practice:
        one = Student(practice.address)
        one.say("hello Ёж")
        one.start(3)
    one.sock.close()
    with Reader(tmp_path / "data") as reader:
        assert [attempt.outcome for attempt in reader.attempts()] == [Outcome.LEFT]


def test_the_noisier_the_class_the_longer_each_noisy_waits(practice: Running) -> None:
    """Один шумный ждёт вдесятеро дольше, чем занимал; полсотни делят половину процессора."""
    hall = Hall(practice.lab)
    assert hall.price() == pytest.approx(10)
    hall._debtors = 50
    assert hall.price() == pytest.approx(100)


def test_greedy_talk_sleeps(practice: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    hall = Hall(practice.lab)
    monkeypatch.setattr(hall, "hold", pauses.append)
    share = Share(hall)
    share.give_way()
    assert pauses == []
    share._used -= 0.05  # столько процессора разговор будто бы занял
    share.give_way()
    assert pauses == [talking.LONGEST_BREAK]


def test_flooder_is_made_to_wait(practice: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(practice.server._hall, "hold", pauses.append)
    with Student(practice.address) as one:
        one.sock.sendall(b"x" * 4_000_000 + b"\n")
        assert one.hear().startswith("! Строка длиннее")
        wait_for(lambda: pauses)


def test_vanished_student_is_noticed_by_the_kernel(practice: Running) -> None:
    """Ноутбук закрыли крышкой, FIN не пришёл: ядро спросит само, и место освободится."""
    with Student(practice.address) as one:
        prepare(one.sock)
        assert one.sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        if sys.platform == "linux":
            assert one.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 120
            assert one.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 60_000


# ---------------------------------------------------------------- часы


class Clocks:
    """Часы, которые переводят: монотонные и настенные."""

    def __init__(self) -> None:
        self.monotonic, self.wall = 1000.0, 1_700_000_000.0

    def lab(self, kept: Store) -> FlagLab:
        """Занятие на полчаса по этим часам."""
        session = kept.begin("проба", 1800, self.wall)
        return FlagLab(
            kept, Key(bytes(32)), session, None, lambda: self.monotonic, lambda: self.wall
        )


@pytest.mark.parametrize("shift", [3600, -3600])
def test_changed_clock_does_not_move_the_deadline(tmp_path: Path, shift: float) -> None:
    """Во время занятия срок идёт по монотонным часам: переводят настенные — всё по-прежнему."""
    clocks = Clocks()
    with Store(tmp_path / "data") as kept:
        lab = clocks.lab(kept)
        clocks.monotonic += 600
        clocks.wall += 600 + shift
        assert lab.left(lab.now()) == 1200
        lab.open_for_answers(lab.now())
        kept.carry_out(Order("1", OrderKind.EXTEND, "60", clocks.wall), lab.wall(lab.now()))
        assert lab.left(lab.now()) == 1260


@pytest.mark.parametrize(("shift", "left"), [(0, 1140), (3600, 0), (-3600, 4740)])
def test_after_a_restart_the_wall_clock_decides(tmp_path: Path, shift: float, left: float) -> None:
    """Перезапуск переживают одни настенные часы; перевели их без сервера — вместе с ними и срок."""
    clocks = Clocks()
    with Store(tmp_path / "data") as kept:
        clocks.lab(kept)
    clocks.monotonic = 5.0  # и компьютер перезапустили
    clocks.wall += 660 + shift
    with Store(tmp_path / "data") as kept:
        lab = clocks.lab(kept)
        assert lab.left(lab.now()) == left


def wait_for(condition: object) -> None:
    """Ждёт условия; не дождавшись — ошибка."""
    deadline = time.monotonic() + SECONDS
    pause = threading.Event()
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        pause.wait(0.01)
