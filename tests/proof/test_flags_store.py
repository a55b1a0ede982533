"""Хранилище занятия под kill -9, на полном диске и рядом с другими процессами."""

from __future__ import annotations

import random
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from netlab.flags.store import Order, OrderKind, Outcome, Reader, Store, StoreError, give

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 20
SECONDS = 20.0
START, LENGTH, MORE = 1_700_000_000.0, 1800.0, 60.0
CLASS = "ИБ-21"

# Четыре потока решают и сдают задачи без конца; о каждой записи, которую хранилище подтвердило,
# процесс говорит строкой. Два запуска подряд продлевают занятие одним и тем же распоряжением.
WRITER = f"""
import os, sys, threading
from pathlib import Path
from netlab.flags.store import Order, OrderKind, Outcome, Store

store = Store(Path(sys.argv[1]))
turn = int(sys.argv[2])
store.begin({CLASS!r}, {LENGTH}, {START})

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

def solve(student):
    task = 0
    while True:
        task += 1
        attempt = store.start(student, task, {START})
        store.end(attempt, Outcome.SOLVED, {START} + task)
        say("earned", student, task)
        store.collect(student, task, {START} + task)
        say("collected", student, task)

say("ready")
for number in range(4):
    threading.Thread(target=solve, args=(f"{{turn}}-{{number}}",), daemon=True).start()
for _ in range(2):
    store.carry_out(Order(f"extend-{{turn // 2}}", OrderKind.EXTEND, "{MORE}", {START}), {START})
    say("extended", f"extend-{{turn // 2}}")
threading.Event().wait()
"""

# Предел на размер файла — тот же отказ write, что и на полном диске, но с другой ошибкой (EFBIG).
CROWDED = f"""
import resource, sys
from pathlib import Path
from netlab.flags.store import Outcome, Store, StoreError

def earned():
    return sum(result.earned is not None for result in store.results("Анна"))

_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
with Store(Path(sys.argv[1])) as store:
    attempts = [store.start("Анна", task, {START}) for task in range(100)]
    limit = (Path(sys.argv[1]) / "lab.db-wal").stat().st_size + 50_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    written = refused = 0
    while refused < 3:
        try:
            store.end(attempts[written], Outcome.SOLVED, {START})
            written += 1
        except StoreError as error:
            refused += 1
            print(error)
    print(earned() - written)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    for attempt in attempts[written:]:
        store.end(attempt, Outcome.SOLVED, {START})
    print(earned())
"""


class Writer:
    """Пишущий процесс и всё, что он подтвердил."""

    def __init__(self, folder: Path, turn: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WRITER, folder, str(turn)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.process.stdout
        self.heard = b""
        self.wait_for(1)

    def wait_for(self, lines: int) -> None:
        """Слушает, пока не услышит столько строк."""
        assert self.process.stdout
        deadline = time.monotonic() + SECONDS
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while self.heard.count(b"\n") < lines:
                assert selector.select(deadline - time.monotonic()), "пишущий процесс замолчал"
                data = self.process.stdout.read1(4096)  # type: ignore[attr-defined]
                assert data, self.process.stderr and self.process.stderr.read().decode()
                self.heard += data

    def kill(self) -> list[list[str]]:
        """Убивает на полуслове; возвращает подтверждённое."""
        self.process.kill()
        assert self.process.stdout
        assert self.process.stderr
        with self.process:
            self.heard += self.process.stdout.read()
            assert self.process.stderr.read() == b""
        whole, _, _ = self.heard.rpartition(b"\n")
        return [line.split() for line in whole.decode().splitlines()[1:]]


@contextmanager
def writing(folder: Path, turn: int = 0) -> Iterator[Writer]:
    """Пишущий процесс, которого в конце не станет."""
    writer = Writer(folder, turn)
    try:
        yield writer
    finally:
        if writer.process.poll() is None:
            writer.kill()


def lost(reader: Reader, acknowledged: list[list[str]]) -> set[tuple[str, str, int]]:
    """Возвращает подтверждённое, которого в хранилище нет."""
    kept = {("earned", row.student, row.task) for row in reader.results() if row.earned}
    kept |= {("collected", row.student, row.task) for row in reader.results() if row.collected}
    said = {(line[0], line[1], int(line[2])) for line in acknowledged if line[0] != "extended"}
    assert said
    return said - kept


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    chance = random.Random()
    acknowledged: list[list[str]] = []
    for turn in range(ROUNDS):
        with writing(folder, turn) as writer:
            writer.wait_for(chance.randint(2, 400))
            acknowledged += writer.kill()
        with Reader(folder) as reader:  # табло бывает и раньше сервера
            assert not lost(reader, acknowledged)
        started = time.monotonic()
        store = Store(folder)
        session = store.begin(CLASS, LENGTH, START + 500)
        took = time.monotonic() - started
        with store:
            assert took < 1.0
            assert not lost(store, acknowledged)
            extended = {line[1] for line in acknowledged if line[0] == "extended"}
            carried_out = [entry for entry in store.journal() if entry.event == "extend"]
            assert len(extended) <= len(carried_out) <= turn // 2 + 1
            assert session.deadline == START + LENGTH + MORE * len(carried_out)
            assert store._db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        modes = {path.stat().st_mode & 0o777 for path in folder.iterdir()}
        assert modes == {0o600}


def test_refusing_disk_loses_nothing_and_recovers(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    done = subprocess.run(
        [sys.executable, "-c", CROWDED, folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.stderr == ""
    *complaints, earned_too_much, earned_at_last = done.stdout.splitlines()
    assert len(complaints) == 3
    for complaint in complaints:
        assert complaint == (
            "диск с папкой занятия ответил ошибкой (SQLITE_IOERR_WRITE): проверьте его и повторите."
        )
    assert (earned_too_much, earned_at_last) == ("0", "100")
    with Store(folder) as store:
        assert all(result.earned == START for result in store.results("Анна"))
        assert store._db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_second_process_is_refused_while_the_first_lives(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    with writing(folder) as writer:
        with pytest.raises(StoreError, match=r"уже ведёт другой процесс: .*\.$"):
            Store(folder)
        writer.wait_for(writer.heard.count(b"\n") + 10)
        acknowledged = writer.kill()
    with Store(folder) as store:
        assert not lost(store, acknowledged)


def test_reader_keeps_up_with_the_writer(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    with writing(folder) as writer, Reader(folder) as reader:
        before: set[tuple[str, int]] = set()
        while len(before) < 400:
            with reader.snapshot():
                results = reader.results()
                solved = {(row.student, row.task) for row in results if row.earned}
                assert {(row.student, row.task) for row in results if row.collected} <= solved
                assert solved == {
                    (row.student, row.task) for row in reader.attempts() if row.outcome == "solved"
                }
            assert before <= solved
            before = solved
            writer.wait_for(writer.heard.count(b"\n") + 1)


def test_reader_that_stands_still_does_not_stop_the_writer(tmp_path: Path) -> None:
    """Табло держит снимок дольше, чем живёт журнал: checkpoint ждёт, записи — нет."""
    folder = tmp_path / "lab"
    with Store(folder) as store, Reader(folder) as reader:
        with reader.snapshot():
            assert reader.results() == []
            for task in range(1, 1001):
                store.end(store.start("Анна", task, START), Outcome.SOLVED, START)
            assert reader.results() == []
        assert len(reader.results()) == 1000


def test_orders_reach_a_lab_that_was_killed(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    pause = Order("pause", OrderKind.PAUSE, "", START)
    with writing(folder) as writer:
        give(folder, pause)
        writer.kill()
    with Store(folder) as store:
        assert store.pending() == [pause]
        assert store.carry_out(pause, START + 100)
        assert store.pending() == []
        session = store.session()
        assert session
        assert session.left(START + 9999) in (LENGTH - 100, LENGTH + MORE - 100)
