"""Практика при любых байтах, нарезке, часах и распоряжениях; примеры ищут hypothesis и atheris."""

from __future__ import annotations

import html
import re
import tempfile
import uuid
from collections import Counter
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from netlab.bench.flags.fuzz import fuzz, hypothesis_sequences
from netlab.flags.board.pages import draw
from netlab.flags.board.pseudonyms import pseudonyms
from netlab.flags.board.scores import Standing
from netlab.flags.diagnosis import Wrong
from netlab.flags.flag import Key, Owner, parse
from netlab.flags.lab import FlagLab, Visit
from netlab.flags.rehearsal import PLAYS, Talk, payload, visit
from netlab.flags.roster import (
    NAME_LIMIT,
    NameRefused,
    RosterError,
    read_roster,
    same_looking,
    student_name,
)
from netlab.flags.store import HINTS, Order, OrderKind, Store, give
from netlab.flags.tasks import TASKS

SEQUENCES = 5000
EXECUTIONS = 3000
EXAMPLES = settings(max_examples=500, deadline=None)

# ---------------------------------------------------------------- разговор


def test_core_survives_any_story() -> None:
    figures = hypothesis_sequences(SEQUENCES)
    assert figures["tasks_solved"] == figures["tasks_failed"] == len(TASKS)


def test_core_survives_fuzzing() -> None:
    figures = fuzz(EXECUTIONS, seed=1)
    assert figures["executions"] == EXECUTIONS
    assert figures["edges"] > 400


# ---------------------------------------------------------------- занятие

CLASS, LENGTH, START = "ИБ-21", 1800.0, 1_700_000_000.0
CLOSE_CALL = 0.01
"""Ближе к сроку, секунд, не спорим: время в базе — double от 1970 года."""
students = st.sampled_from(["Анна", "Борис", "Ёжик Ёлкин"])
numbers = st.sampled_from([task.number for task in TASKS])


class Lesson(RuleBasedStateMachine):
    """Занятие с настоящим хранилищем; рядом — что студентам сказано и что велел преподаватель."""

    def __init__(self) -> None:
        super().__init__()
        self.place = tempfile.TemporaryDirectory(prefix="netlab-lesson-")
        self.folder = Path(self.place.name) / "lab"
        self.clock = 1000.0  # монотонные часы сервера
        self.zero = START - self.clock  # и что на них прибавить до настоящего времени
        self.turned = 0.0  # на столько перевели часы машины
        self.deadline: float | None = START + LENGTH
        self.paused_left: float | None = None
        self.orders: list[Order] = []
        self.earned: dict[tuple[str, int], str] = {}
        self.collected: set[tuple[str, int]] = set()
        self.wrong: dict[tuple[str, int], list[float]] = {}
        self.hints: Counter[tuple[str, int]] = Counter()
        self.foreign: set[tuple[str, str, int]] = set()
        self.open()

    def open(self) -> None:
        self.store = Store(self.folder)
        session = self.store.begin(CLASS, LENGTH, self.wall())
        self.lab = FlagLab(
            self.store,
            Key.kept_in(self.folder),
            session,
            monotonic=lambda: self.clock,
            wall=lambda: self.wall() + self.turned,
        )
        self.talks: dict[str, Talk] = {}
        self.unheard: set[str] = set()

    def wall(self) -> float:
        return self.zero + self.clock

    def left(self) -> float:
        if self.paused_left is not None:
            return self.paused_left
        assert self.deadline is not None
        return max(0.0, self.deadline - self.wall())

    def teardown(self) -> None:
        self.store.close()
        self.place.cleanup()

    # ------------------------------------------------------------ студенты

    def talk(self, student: str) -> Talk:
        """Соединение студента, который уже представился."""
        talk = self.talks.get(student)
        if talk:
            talk.wait(self.clock - talk.now)
        if talk is None or talk.closed:
            talk = self.talks[student] = Talk(Visit(self.lab), now=self.clock)
            answer = self.ask(talk, f"hello {student}")
            assert f"# Здравствуйте, {student}." in answer
            assert ("Чем кончилось в прошлый раз" in answer) == (student in self.unheard)
            self.unheard.discard(student)
        return talk

    def ask(self, talk: Talk, command: str) -> str:
        talk.news()
        talk.send(f"{command}\n".encode())
        return talk.news()

    def refusal(self) -> str | None:
        """Почему сейчас не примут ни ответа, ни флага."""
        if self.paused_left is not None:
            return "! Сейчас перерыв"
        return None if self.left() else "! Время вышло"

    def started(self, talk: Talk, student: str, task: int) -> bool:
        """Просит задачу; ложь — отказали, и верно, что отказали."""
        failures = self.wrong.get((student, task), [])
        ready = failures[-1] + {1: 1.0, 2: 2.0}.get(len(failures), 5.0) if failures else 0.0
        close = abs(ready - self.wall()) < CLOSE_CALL or 0 < self.left() < CLOSE_CALL
        answer = self.ask(talk, f"start {task}" + " 5555" * (task == 12))
        begun = "\ngo\n" in answer
        if not close:
            expected = self.refusal()
            if not expected and ready > self.wall():
                expected = f"! Задачу {task} можно начать снова через"
            assert begun == (expected is None)
            assert begun or expected in answer
        return begun

    @rule(student=students, task=numbers)
    def solve(self, student: str, task: int) -> None:
        talk = self.talk(student)
        if self.started(talk, student, task):
            PLAYS[task](talk)
            flag = talk.flags[-1]
            assert self.earned.setdefault((student, task), flag) == flag
            self.clock = talk.now

    @rule(student=students, task=numbers, vanish=st.booleans())
    def fail(self, student: str, task: int, vanish: bool) -> None:
        talk = self.talk(student)
        if not self.started(talk, student, task):
            return
        if vanish:
            talk.lose()
            self.unheard.add(student)
        elif task == 12:
            visit(talk, Wrong("Не то."))
        else:
            payload(talk)
            talk.send(b"!\n")
        while f"! Ещё раз: start {task}" not in talk.news() and not talk.closed:
            talk.step()
        self.clock = talk.now
        self.wrong.setdefault((student, task), []).append(self.wall())

    @rule()
    @precondition(lambda self: self.wrong)
    def solve_at_once(self) -> None:
        """Не переждав паузы."""
        self.solve(*max(self.wrong, key=lambda what: self.wrong[what][-1]))

    @rule(student=students, task=numbers)
    def hint(self, student: str, task: int) -> None:
        self.hints[student, task] = min(self.hints[student, task] + 1, HINTS)
        answer = self.ask(self.talk(student), f"hint {task}")
        assert f"# Подсказка {self.hints[student, task]} из {HINTS}" in answer

    @rule(student=students, data=st.data())
    def submit(self, student: str, data: st.DataObject) -> None:
        owners = {flag: owner for owner, flag in self.earned.items()}
        nobody = "python{01-AAAAAAAAAAAAAAAA}"
        flag = data.draw(st.sampled_from([nobody, *owners]))
        owner, task = owners.get(flag, (None, 0))
        expected = self.refusal()
        if expected:
            pass
        elif owner is None:
            expected = "! Такого флага нет"
        elif owner != student:
            expected = "! Это не ваш флаг"
            self.foreign.add((student, owner, task))
        elif (student, task) in self.collected:
            expected = f"# Флаг задачи {task} вы уже сдали."
        else:
            expected = f"# Флаг задачи {task} засчитан."
            self.collected.add((student, task))
        assert expected in self.ask(self.talk(student), f"submit {flag}")

    @rule(student=students)
    def score(self, student: str) -> None:
        count = sum(owner == student for owner, _ in self.collected)
        answer = self.ask(self.talk(student), "score")
        assert f"# Сдано флагов: {count} из {len(TASKS)}" in answer

    # ------------------------------------------------------------ преподаватель и часы

    @rule(kind=st.sampled_from(OrderKind), seconds=st.sampled_from([60, 600, -300]))
    def order(self, kind: OrderKind, seconds: int) -> None:
        if kind is OrderKind.CLOSE and self.left() > 60:
            return  # иначе почти все истории шли бы после конца занятия
        argument = str(seconds) if kind is OrderKind.EXTEND else ""
        order = Order(uuid.uuid4().hex, kind, argument, self.wall())
        give(self.folder, order)
        assert self.store.pending() == [order]
        assert self.store.carry_out(order, self.lab.wall(self.clock))
        self.orders.append(order)
        now, left = self.wall(), self.left()
        match kind:
            case OrderKind.EXTEND if self.deadline is None:
                self.paused_left = max(0.0, left + seconds)
            case OrderKind.EXTEND:
                self.deadline = max(self.deadline or 0.0, now) + seconds
            case OrderKind.PAUSE:
                self.deadline, self.paused_left = None, left
            case OrderKind.RESUME:
                self.deadline, self.paused_left = now + left, None
            case OrderKind.CLOSE:
                self.deadline, self.paused_left = now, None

    @rule(data=st.data())
    def order_again(self, data: st.DataObject) -> None:
        if self.orders:
            order = data.draw(st.sampled_from(self.orders))
            give(self.folder, order)
            assert self.store.pending() == []
            assert not self.store.carry_out(order, self.lab.wall(self.clock))

    @rule(seconds=st.sampled_from([0.4, 1.5, 4.0, 65.0, 700.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock += seconds

    @rule()
    @precondition(lambda self: len(self.earned) > 1)
    def time_runs_out(self) -> None:
        self.clock += self.left() + 100

    @rule(hours=st.sampled_from([-1, 0, 1]))
    def clock_is_turned(self, hours: int) -> None:
        self.turned = hours * 3600.0

    @rule(clock=st.floats(1, 1e6))
    def server_starts_again(self, clock: float) -> None:
        """Все соединения брошены на полуслове; часы машины к этому времени верны."""
        self.store.close()
        self.zero, self.clock, self.turned = self.wall() - clock, clock, 0.0
        self.open()

    # ------------------------------------------------------------ что верно всегда

    @invariant()
    def nothing_is_lost_or_made_up(self) -> None:
        results = self.store.results()
        earned = {(one.student, one.task) for one in results if one.earned is not None}
        collected = {(one.student, one.task) for one in results if one.collected is not None}
        assert earned == set(self.earned)
        assert collected == self.collected <= earned
        asked = {(one.student, one.task): one.hints for one in results if one.hints}
        assert asked == {what: count for what, count in self.hints.items() if count}
        wrong = {(one.student, one.task): one.wrong for one in results if one.wrong}
        assert wrong == {what: len(times) for what, times in self.wrong.items()}
        foreign = {(one.student, one.owner, one.task) for one in self.store.foreign_flags()}
        assert foreign == self.foreign

    @invariant()
    def clock_is_the_one_ordered(self) -> None:
        assert self.lab.left(self.clock) == pytest.approx(self.left(), abs=CLOSE_CALL)


TestLesson = Lesson.TestCase
TestLesson.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)

# ---------------------------------------------------------------- имена, списки, флаги

any_text = st.text(st.characters(exclude_categories=()))
cells = [
    "Анна", "Ёлкин Юрий", "ФИО", "name", "x" * 50, '"', '""', ",", ";", "\t", "\n", "\r\n", "\r",
    "\0", " ", "\u202e", "\ufeff",
]  # fmt: skip
lines_of_a_table = st.lists(st.sampled_from(cells), max_size=20).map("".join)
tables = st.one_of(
    st.binary(max_size=200),
    st.builds(
        lambda text, encoding: text.encode(encoding, "replace"),
        lines_of_a_table,
        st.sampled_from(["utf-8", "utf-8-sig", "cp1251", "utf-16", "utf-16-be"]),
    ),
    st.builds(bytes.__add__, st.sampled_from([b"\xff\xfe", b"\xef\xbb\xbf"]), st.binary()),
)


def given_name(text: str) -> str | None:
    """Имя, каким его примут; None — не примут."""
    with suppress(NameRefused):
        return student_name(text)


letters = st.characters(exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"))
# NFC делает из одной буквы не больше трёх.
texts = st.text(letters, min_size=1, max_size=NAME_LIMIT // 3)
names = texts.map(given_name).filter(lambda name: name is not None)


@EXAMPLES
@given(any_text)
def test_name_is_refused_or_fit_for_the_board(text: str) -> None:
    name = given_name(text)
    if name is not None:
        assert 0 < len(name) <= NAME_LIMIT
        assert name.isprintable()
        assert any(letter.isalnum() for letter in name)
        assert same_looking(name.upper(), [name]) == name
        assert name == student_name(name)
        assert name.encode().decode() == name


@EXAMPLES
@given(tables)
def test_any_roster_is_read_or_refused_in_a_sentence(table: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "roster.csv"
        path.write_bytes(table)
        roster = None
        with suppress(RosterError):
            roster = read_roster(path)
    assert roster is None or roster.students
    for student in roster.students if roster else ():
        assert student.name == student_name(student.name)
        assert roster.find(student.name.upper()) == student


@EXAMPLES
@given(
    st.one_of(
        any_text,
        st.from_regex(r"(?i)\s*python\{\d\d-[a-z2-7]{16}\}\s*"),
        # И то, что лишь без учёта регистра похоже на латинские буквы: ſ — это S, знак кельвина — K.
        st.text("AZ2s\u017f\u212a", min_size=16, max_size=16).map("python{{01-{}}}".format),
    )
)
def test_any_flag_is_parsed_or_not(text: str) -> None:
    flag = parse(text)
    assert flag is None or parse(str(flag)) == flag
    assert Key(b"key").verify(text, CLASS, ["Анна"]) is None


@EXAMPLES
@given(names, st.lists(names), numbers, st.binary(min_size=32, max_size=32), st.booleans())
def test_flag_names_its_owner(
    name: str, others: list[str], task: int, secret: bytes, lower: bool
) -> None:
    key = Key(secret)
    flag = str(key.make(CLASS, task, name))
    typed = f" {flag.lower() if lower else flag}\n"
    assert key.verify(typed, CLASS, [*others, name]) == Owner(name, task)
    assert key.verify(typed, "ИБ-22", [*others, name]) is None
    assert key.admits(name, f" {key.token(name).lower()}")


@EXAMPLES
@given(st.lists(names, unique=True), st.binary(min_size=16, max_size=16))
def test_everybody_has_a_pseudonym_of_his_own(given_names: list[str], salt: bytes) -> None:
    given_names += [f"Студент {number}" for number in range(300)]  # столько, чтобы совпадали
    labels = pseudonyms(given_names, salt)
    assert list(labels) == given_names
    assert len(set(labels.values())) == len(given_names)
    shown = pseudonyms(given_names[:-100], salt)
    assert labels | shown == labels


@EXAMPLES
@given(st.lists(st.text(), min_size=1, max_size=5))
def test_board_shows_any_name_as_text(labels: list[str]) -> None:
    def drawn(labels: list[str]) -> str:
        rows = [Standing(label, frozenset({1}), frozenset(), 0.0) for label in labels]
        return draw("standings.html", SimpleNamespace(snapshot=SimpleNamespace(rows=rows)))

    label = re.compile(r"<bdi>([^<>]*)</bdi>")
    markup = drawn(labels)
    assert [html.unescape(shown) for shown in label.findall(markup)] == labels
    assert label.sub("", markup) == label.sub("", drawn(["Анна"] * len(labels)))
