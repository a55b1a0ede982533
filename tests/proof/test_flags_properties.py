"""Разговор о флагах при любых байтах, нарезке и часах; примеры ищет hypothesis."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from netlab.flags.diagnosis import Wrong
from netlab.flags.dialogue import LINE_LIMIT
from netlab.flags.session import INBOX_LIMIT, OUTPUT_LIMIT, Close
from tests.flags.scripted_lab import (
    ANSWERS,
    PLAYS,
    FakeLab,
    Talk,
    flag,
    payload,
    pieces_of,
    started,
    visit,
)

SEQUENCES = settings(max_examples=2000, deadline=None)

WORDS = [
    b"help", b"hello Ann", b"hello ", b"start 1", b"start 2", b"start 3", b"start 4", b"start 5",
    b"start 6", b"start 7", b"start 8", b"start 9", b"start 10", b"start 11", b"start 12 5555",
    b"hint 1", b"submit python{x}", b"score", b"time", b"quit", b"timeout", b"GET /a HTTP/1.1",
    b"Host: x", b"\n", b"\r\n", b"\r\0", b"\r", b"\0", b"\xff", b"\xff\xfb", b"\xff\xfa",
    b"\xff\xf0", b"\x08", b"\x7f", b"\xd0", b"\xbf", b"x" * 998, b"x" * 3000,
    "ёж".encode("cp1251"),
]  # fmt: skip

streams = st.one_of(
    st.binary(max_size=100), st.lists(st.sampled_from(WORDS), max_size=12).map(b"".join)
)
lines = st.lists(st.sampled_from(WORDS).map(lambda word: word + b"\n"), max_size=8).map(b"".join)
seconds = st.one_of(st.floats(0, 3), st.sampled_from([0.03, 1.0, 2.0, 10.0, 29.9, 61.0, 601.0]))

events = st.one_of(
    st.tuples(st.just("send"), st.one_of(streams, lines)),
    st.tuples(st.just("wait"), seconds),
    st.tuples(st.sampled_from(["end", "lost", "right", "wrong", "say", "stop"]), st.none()),
)


def happen(talk: Talk, kind: str, what: object) -> None:
    """Случается одно событие; чего не читают, то ждёт в ядре."""
    session = talk.session
    if kind == "send":
        if session.reading:
            session.receive(what, talk.now)
    elif kind == "wait":
        talk.wait(what)
    elif kind == "end":
        session.end(talk.now)
    elif kind == "lost":
        session.lost(talk.now)
    elif kind in ("right", "wrong"):
        session.visited(None if kind == "right" else Wrong("Не то."), talk.now)
    elif kind == "say":
        session.say("Пять минут.", talk.now)
    else:
        session.stop("Конец.", talk.now)
    talk._collect()


def check(talk: Talk) -> None:
    """Проверяет то, что верно всегда."""
    assert len(talk.session._inbox) <= INBOX_LIMIT + 65536
    closes = [number for number, (_, action) in enumerate(talk.actions) if action == Close()]
    assert closes in ([], [len(talk.actions) - 1])
    assert bool(closes) == talk.session.closed
    if closes:
        assert talk.session.wake_at is None
        assert not talk.session.reading
    else:
        due = talk.session.wake_at
        assert due is not None
        assert due > talk.now  # иначе цикл сервера крутился бы на месте
    earned = [event[2] for event in talk.lab.events if event[0] == "earned"]
    assert [given for given in talk.flags if given.startswith("python{")] == [
        flag(task) for task in earned
    ]


@SEQUENCES
@given(st.booleans(), st.lists(events, max_size=12))
def test_nothing_breaks_the_conversation(known: bool, story: list[tuple[str, object]]) -> None:
    talk = Talk(FakeLab())
    if known:
        talk.send(b"hello Ann\n")
    for kind, what in story:
        happen(talk, kind, what)
        check(talk)


@SEQUENCES
@given(st.integers(1, 12), st.lists(events, max_size=8))
def test_nothing_breaks_a_task(task: int, story: list[tuple[str, object]]) -> None:
    talk = started(task)
    for kind, what in story:
        happen(talk, kind, what)
        check(talk)


@st.composite
def cut_streams(draw: st.DrawFn, of: st.SearchStrategy[bytes]) -> list[bytes]:
    stream = draw(of)
    cuts = draw(st.sets(st.integers(1, max(1, len(stream) - 1)), max_size=40))
    return pieces_of(stream, cuts)


@SEQUENCES
@given(cut_streams(of=streams), st.booleans())
def test_dialogue_does_not_depend_on_cuts(chunks: list[bytes], end: bool) -> None:
    stream = b"hello Ann\n" + b"".join(chunks).replace(b"start", b"stark")  # задач здесь нет
    whole, cut = Talk(FakeLab()), Talk(FakeLab())
    whole.send(stream)
    at = 0
    for chunk in [b"hello Ann\n", *chunks]:
        cut.send(stream[at : at + len(chunk)])
        at += len(chunk)
    if end:
        whole.end()
        cut.end()
    assert cut.output == whole.output
    assert cut.lab.events == whole.lab.events
    assert cut.session.wake_at == whole.session.wake_at


@settings(max_examples=400, deadline=None)
@given(st.integers(1, 7), st.text("0123456789", max_size=4), st.booleans(), st.data())
def test_answer_does_not_depend_on_cuts(
    task: int, nonce: str, right: bool, data: st.DataObject
) -> None:
    whole, cut = started(task, FakeLab(nonce)), started(task, FakeLab(nonce))
    given_data = payload(whole)
    payload(cut)
    answer = ANSWERS[task](given_data)
    if right:
        answer += data.draw(lines).replace(b"start", b"stark")
    else:
        place = data.draw(st.integers(0, len(answer) - 2))
        answer = answer[:place] + bytes([answer[place] ^ 1]) + answer[place + 1 :]
        assume(answer.count(b"\n") == ANSWERS[task](given_data).count(b"\n"))
        assume(task != 1 or answer.strip().isdigit())
    whole.send(answer)
    for piece in data.draw(cut_streams(of=st.just(answer))):
        cut.send(piece)
    for talk in (whole, cut):
        talk.wait(20)
    if right:
        assert cut.output == whole.output
        assert whole.flags == [flag(task)]
    else:
        assert whole.flags == cut.flags == []
        # Что осталось после неверного ответа, выбрасывается, а сам диагноз от нарезки не зависит.
        if task not in (4, 6, 7):
            assert cut.diagnosis == whole.diagnosis


@settings(max_examples=200, deadline=None)
@given(st.integers(1, LINE_LIMIT + 20), cut_streams(of=st.binary(min_size=1, max_size=300)))
def test_inbox_of_a_line_without_end_stays_small(size: int, chunks: list[bytes]) -> None:
    talk = Talk(FakeLab())
    talk.send(b"x" * size)
    for chunk in chunks * 20:
        talk.send(chunk.replace(b"\n", b"").replace(b"\0", b"") or b"x")
        assert len(talk.session._inbox) <= LINE_LIMIT + 300


class TwoStudents(RuleBasedStateMachine):
    """Двое с одной лабораторией: каждый получает ровно свои флаги, что бы ни делал другой."""

    def __init__(self) -> None:
        super().__init__()
        self.lab = FakeLab()
        self.talks = [Talk(self.lab), Talk(self.lab)]
        self.names = ["", ""]
        self.tasks = [0, 0]
        self.owed: list[list[str]] = [[], []]

    who = st.integers(0, 1)

    def _new(self, who: int) -> None:
        self.talks[who] = Talk(self.lab)
        self.names[who] = ""
        self.tasks[who] = 0
        self.owed[who] = []

    @rule(who=who, name=st.sampled_from(["Ann", "Боб", "Ё" * 40]))
    def hello(self, who: int, name: str) -> None:
        if not self.tasks[who]:
            self.talks[who].send(f"hello {name}\n".encode())
            self.names[who] = name
            assert f"# Здравствуйте, {name}." in self.talks[who].text

    @rule(who=who, task=st.sampled_from([1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12]))
    def start(self, who: int, task: int) -> None:
        if self.names[who] and not self.tasks[who]:
            port = " 5555" * (task == 12)
            self.talks[who].send(f"start {task}{port}\n".encode())
            self.tasks[who] = task

    @rule(who=who)
    def answer(self, who: int) -> None:
        task, self.tasks[who] = self.tasks[who], 0
        if not task:
            return
        PLAYS[task](self.talks[who])
        self.owed[who].append(flag(task))
        assert self.talks[who].flags == self.owed[who]
        if task == 8:
            self._new(who)

    @rule(who=who, answer=st.binary(min_size=1, max_size=20))
    def answer_wrong(self, who: int, answer: bytes) -> None:
        task, self.tasks[who] = self.tasks[who], 0
        if not task:
            return
        talk = self.talks[who]
        if task == 12:
            visit(talk, Wrong("Не то."))
        else:
            payload(talk)
            talk.send(b"!" + answer.replace(b"\n", b"") + b"\n")
            talk.wait(30)
        assert talk.flags == self.owed[who]
        assert "! Ещё раз" in talk.text
        if talk.closed or "Время задачи" in talk.text:
            self._new(who)
        else:
            talk.send(b"\n")
            talk.wait(40)  # недосланное в ответе могло начать строку
            if talk.closed:
                self._new(who)

    @rule(who=who, command=st.sampled_from(["help", "time", "score", "hint 3", "submit x", ""]))
    def ask(self, who: int, command: str) -> None:
        if not self.tasks[who]:
            self.talks[who].send(f"{command}\n".encode())
            assert not self.talks[who].closed

    @rule(who=who)
    @precondition(lambda self: any(self.names))
    def reconnect(self, who: int) -> None:
        talk = self.talks[who]
        talk.lose()
        assert talk.closed
        self._new(who)

    @invariant()
    def memory_is_bounded(self) -> None:
        for talk in self.talks:
            assert len(talk.session._inbox) <= INBOX_LIMIT
            assert talk.session._outgoing < OUTPUT_LIMIT


TestTwoStudents = TwoStudents.TestCase
TestTwoStudents.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
