"""Хранилище: записанное остаётся, повторённое не считается дважды, отказ — предложение."""

import os
import sqlite3
import stat
import sys
import threading
import time

import pytest

from netlab.flags.folder import LabError
from netlab.flags.store import (
    HINTS,
    ClassSession,
    Failures,
    Order,
    OrderKind,
    Outcome,
    Reader,
    Store,
    StoreError,
    give,
)

NOW = 1_700_000_000.0
CLASS = "ИБ-21"
posix = pytest.mark.skipif(sys.platform == "win32", reason="на Windows прав доступа POSIX нет")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "занятие №1?#%"  # в адресе файла эти знаки значат другое


@pytest.fixture
def store(folder):
    with Store(folder) as store:
        yield store


def order(kind, argument="", id="1"):
    return Order(id, kind, argument, NOW)


def events(reader):
    return [(entry.event, entry.student, entry.task) for entry in reader.journal()]


# ---------------------------------------------------------------- часы


RUNNING = ClassSession(CLASS, NOW, NOW + 1800, None)
PAUSED = ClassSession(CLASS, NOW, None, 600.0)
ENDLESS = ClassSession(CLASS, NOW, None, None)


def test_time_runs_out_and_stays_out():
    assert [RUNNING.left(NOW + passed) for passed in (0, 1799, 1800, 9999)] == [1800, 1, 0, 0]
    assert PAUSED.left(NOW + 9999) == 600
    assert ENDLESS.left(NOW + 9999) is None


@pytest.mark.parametrize(
    ("session", "kind", "argument", "now", "left"),
    [
        (RUNNING, "extend", "300", NOW + 60, 2040),
        (RUNNING, "extend", "-300", NOW + 60, 1440),
        (RUNNING, "extend", "300", NOW + 2000, 300),
        (RUNNING, "pause", "", NOW + 60, 1740),
        (RUNNING, "pause", "", NOW + 2000, 0),
        (RUNNING, "resume", "", NOW + 60, 1740),
        (RUNNING, "message", "Привет", NOW + 60, 1740),
        (RUNNING, "close", "", NOW + 60, 0),
        (PAUSED, "pause", "", NOW + 60, 600),
        (PAUSED, "extend", "300", NOW + 60, 900),
        (PAUSED, "extend", "-900", NOW + 60, 0),
        (PAUSED, "resume", "", NOW + 5000, 600),
        (PAUSED, "close", "", NOW + 60, 0),
        (ENDLESS, "extend", "300", NOW + 60, None),
        (ENDLESS, "pause", "", NOW + 60, None),
        (ENDLESS, "resume", "", NOW + 60, None),
        (ENDLESS, "close", "", NOW + 60, 0),
    ],
)
def test_order_moves_the_hands(session, kind, argument, now, left):
    after = session.after(order(OrderKind(kind), argument), now)
    assert after.left(now) == left
    assert (after.class_name, after.started) == (session.class_name, session.started)


def test_pause_stops_the_clock_and_resume_starts_it():
    paused = RUNNING.after(order(OrderKind.PAUSE), NOW + 100)
    assert paused.left(NOW + 5000) == 1700
    resumed = paused.after(order(OrderKind.RESUME), NOW + 5000)
    assert resumed.deadline == NOW + 6700


@pytest.mark.parametrize("argument", ["", "много", "nan", "inf"])
def test_extending_needs_a_number(argument):
    with pytest.raises(ValueError, match=r"\S"):
        order(OrderKind.EXTEND, argument)


# ---------------------------------------------------------------- занятие


def test_session_is_continued_not_restarted(folder):
    with Store(folder) as store:
        assert store.session() is None
        begun = store.begin(CLASS, 1800, NOW)
        assert begun.deadline == NOW + 1800
    with Store(folder) as store:
        assert store.session() == begun
        assert store.begin(CLASS, 600, NOW + 900) == begun
        with pytest.raises(StoreError, match="уже занятие «ИБ-21»"):
            store.begin("ИБ-22", 1800, NOW)
        assert store.session() == begun


def test_practice_has_no_clock(store):
    assert store.begin(CLASS, None, NOW).left(NOW + 1e9) is None


def test_order_is_carried_out_once(folder):
    with Store(folder) as store:
        store.begin(CLASS, 1800, NOW)
        extend = order(OrderKind.EXTEND, "300")
        assert store.carry_out(extend, NOW + 10)
        assert not store.carry_out(extend, NOW + 20)
        assert store.session().deadline == NOW + 2100
    with Store(folder) as store:
        assert not store.carry_out(extend, NOW + 30)
        assert store.session().deadline == NOW + 2100
        assert store.carry_out(order(OrderKind.EXTEND, "300", id="2"), NOW + 40)
        assert store.session().deadline == NOW + 2400


def test_pause_survives_a_restart(folder):
    with Store(folder) as store:
        store.begin(CLASS, 1800, NOW)
        store.carry_out(order(OrderKind.PAUSE), NOW + 300)
    with Store(folder) as store:
        assert store.session().left(NOW + 9000) == 1500
        store.carry_out(order(OrderKind.RESUME, id="2"), NOW + 9000)
        assert store.session().deadline == NOW + 10500


def test_orders_come_through_in_turn(store, folder):
    store.begin(CLASS, 1800, NOW)
    assert store.pending() == []
    orders = [
        order(OrderKind.PAUSE, id="z"),
        order(OrderKind.MESSAGE, "Осталось мало", id="a"),
        order(OrderKind.RESUME, id="m"),
    ]
    for each in orders:
        give(folder, each)
        give(folder, each)
    assert store.pending() == orders
    assert store.carry_out(orders[0], NOW)
    assert store.pending() == orders[1:]
    assert ("pause", None, None) in events(store)


def test_order_half_written_does_not_hold_the_lab(store, folder):
    """Табло застыло посреди записи: лаборатория не ждёт и не ошибается."""
    store.begin(CLASS, 1800, NOW)
    stuck = sqlite3.connect(folder / "orders.db", isolation_level=None)
    try:
        stuck.execute("BEGIN EXCLUSIVE")
        asked = time.monotonic()
        assert store.pending() == []
        assert time.monotonic() - asked < 2.0
        assert store.register("Анна", NOW)
    finally:
        stuck.close()


def test_no_lab_no_orders(tmp_path):
    with pytest.raises(StoreError, match="нет занятия"):
        give(tmp_path, order(OrderKind.PAUSE))
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- студенты


def test_results_tell_the_whole_story(store):
    store.register("Анна", NOW)
    first = store.start("Анна", 3, NOW + 1)
    store.end(first, Outcome.WRONG, NOW + 2, "ожидалось 'a', пришло 'b'")
    assert store.hint("Анна", 3, NOW + 3) == 1
    second = store.start("Анна", 3, NOW + 4)
    store.end(second, Outcome.SOLVED, NOW + 5)
    third = store.start("Анна", 3, NOW + 6)
    store.end(third, Outcome.SOLVED, NOW + 7)
    assert store.collect("Анна", 3, NOW + 8)
    store.hint("Борис", 1, NOW + 9)
    store.start("Борис", 2, NOW + 10)
    results = store.results()
    assert results == [
        ("Анна", 3, 3, 1, 1, NOW + 1, NOW + 5, NOW + 8),
        ("Борис", 1, 0, 0, 1, None, None, None),
        ("Борис", 2, 1, 0, 0, NOW + 10, None, None),
    ]
    assert store.results("Борис") == results[1:]
    assert events(store) == [
        ("hello", "Анна", None),
        ("start", "Анна", 3),
        ("wrong", "Анна", 3),
        ("hint", "Анна", 3),
        ("start", "Анна", 3),
        ("solved", "Анна", 3),
        ("start", "Анна", 3),
        ("solved", "Анна", 3),
        ("collected", "Анна", 3),
        ("hint", "Борис", 1),
        ("start", "Борис", 2),
    ]


def test_the_same_said_twice_counts_once(store):
    assert [store.register("Анна", NOW + at) for at in (0, 1)] == [True, False]
    assert [store.collect("Анна", 1, NOW + at) for at in (0, 1)] == [True, False]
    assert [store.report_foreign("Анна", "Борис", 1, NOW + at) for at in (0, 1)] == [True, False]
    attempt = store.start("Анна", 1, NOW)
    ends = [store.end(attempt, outcome, NOW) for outcome in (Outcome.LEFT, Outcome.SOLVED)]
    assert ends == [True, False]
    assert store.students() == ["Анна"]
    assert store.results("Анна")[0].collected == NOW
    assert store.results("Анна")[0].earned is None
    assert store.foreign_flags() == [("Анна", "Борис", 1, NOW)]


def test_attempt_numbers_never_repeat(folder):
    numbers = []
    for _ in range(3):
        with Store(folder) as store:
            numbers += [store.start("Анна", 1, NOW), store.start("Борис", 1, NOW)]
    assert len(set(numbers)) == 6


def test_hints_open_one_by_one(store):
    levels = [store.hint("Анна", 1, NOW + at) for at in range(5)]
    assert levels == [1, 2, 3, HINTS, HINTS]
    assert store.hint("Анна", 2, NOW) == 1
    assert len(store.hints()) == 4


def test_failures_are_counted_per_student_and_task(store):
    for student, task, outcome in (
        ("Анна", 1, Outcome.WRONG),
        ("Анна", 1, Outcome.LEFT),
        ("Анна", 1, Outcome.WRONG),
        ("Анна", 2, Outcome.WRONG),
        ("Борис", 1, Outcome.WRONG),
    ):
        store.end(store.start(student, task, NOW), outcome, NOW + task)
    assert store.failures("Анна", 1) == Failures(2, NOW + 1)
    assert store.failures("Анна", 3) == Failures(0, None)


def test_names_are_text_never_sql(store):
    name = "Роберт'); DROP TABLE students;--"
    store.register(name, NOW)
    store.note("wrong code", name, "с адреса '; --", NOW)
    assert store.students() == [name]
    assert store.journal()[-1].detail == "с адреса '; --"


def test_many_threads_write_at_once(store):
    def work(student):
        for task in range(1, 13):
            store.end(store.start(student, task, NOW), Outcome.SOLVED, NOW)
            store.collect(student, task, NOW)

    threads = [threading.Thread(target=work, args=(f"Студент {n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sum(result.collected is not None for result in store.results()) == 8 * 12
    assert len({attempt.id for attempt in store.attempts()}) == 8 * 12


# ---------------------------------------------------------------- папка


@posix
def test_databases_are_closed_to_others(folder):
    before = os.umask(0)
    try:
        with Store(folder) as store:
            store.begin(CLASS, 1800, NOW)
            give(folder, order(OrderKind.PAUSE))
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    finally:
        os.umask(before)
    assert {"lab.db", "lab.db-wal", "lab.db-shm", "orders.db", "lock.db"} <= modes.keys()
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@posix
@pytest.mark.parametrize("name", ["lab.db", "orders.db"])
def test_database_open_to_others_is_refused(folder, name):
    Store(folder).close()
    (folder / name).chmod(0o644)
    with pytest.raises(LabError, match="chmod 600"):
        Store(folder)


def test_busy_folder_is_refused_and_freed(folder):
    with Store(folder) as store:
        with pytest.raises(StoreError, match="уже ведёт другой процесс"):
            Store(folder)
        assert store.register("Анна", NOW)
    Store(folder).close()


def test_reader_sees_what_is_written_and_writes_nothing(store, folder):
    store.begin(CLASS, 1800, NOW)
    with Reader(folder) as reader:
        assert reader.session() == store.session()
        version = reader.version()
        assert reader.version() == version
        store.register("Анна", NOW)
        assert reader.version() != version
        assert reader.students() == ["Анна"]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader._db.execute("DELETE FROM students")


def test_snapshot_stands_still(store, folder):
    with Reader(folder) as reader:
        with reader.snapshot():
            assert reader.students() == []
            store.register("Анна", NOW)
            assert reader.students() == []
        assert reader.students() == ["Анна"]


def test_reader_needs_a_lab(tmp_path):
    with pytest.raises(StoreError, match="нет занятия"):
        Reader(tmp_path / "пусто")
    (tmp_path / "lab.db").touch()
    with pytest.raises(StoreError, match="ещё не начато"):
        Reader(tmp_path)


def test_reader_comes_after_the_lab_is_over(folder):
    with Store(folder) as store:
        store.register("Анна", NOW)
    with Reader(folder) as reader:
        assert reader.students() == ["Анна"]


def test_other_version_and_foreign_file_are_refused(folder):
    with Store(folder) as store:
        store._db.execute("PRAGMA user_version = 99")
    for opened in (Store, Reader):
        with pytest.raises(StoreError, match="другой версией"):
            opened(folder)
    (folder / "lab.db").write_bytes(b"not a database " * 1000)
    for opened in (Store, Reader):
        with pytest.raises(StoreError, match="испорчена"):
            opened(folder)


def test_full_disk_refuses_and_then_works_again(store):
    store.begin(CLASS, 1800, NOW)
    (pages,) = store._db.execute("PRAGMA page_count").fetchone()
    store._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match=r"^на диске .* кончилось место: .*\.$"):
        store.note("big", "", "x" * 100_000, NOW)
    with pytest.raises(StoreError, match="кончилось место"):
        store.carry_out(order(OrderKind.MESSAGE, "x" * 100_000), NOW)
    assert store.session() == ClassSession(CLASS, NOW, NOW + 1800, None)
    store._db.execute("PRAGMA max_page_count = 1000000")
    store.note("big", "", "x" * 100_000, NOW + 1)
    assert store.carry_out(order(OrderKind.EXTEND, "60"), NOW + 2)
    assert [entry.event for entry in store.journal()] == ["session", "big", "extend"]


def test_closed_store_refuses_with_a_sentence(folder):
    store = Store(folder)
    store.close()
    with pytest.raises(StoreError, match=r"\.$"):
        store.register("Анна", NOW)


def test_every_write_is_on_the_disk_before_it_is_promised(store):
    """FULL: то же, что обещает страница SQLite о COMMIT; проверить можно только настройку."""
    assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert store._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
