"""Истории, каких никто не придумал бы: из чего они складываются и что верно в каждой."""

# События истории перебирает hypothesis, а в fuzz.py их же читает из байтов atheris. Свойства одни
# на всех: в тестах примеров по две тысячи, в замере — сколько велят.
#
# Байты до сервера несёт здесь ядро: пока разговор не читает, они ждут у Client, и часы от этого не
# идут. Поэтому разные нарезки одного потока можно сравнивать секунда в секунду.

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, cycle, islice, repeat
from typing import Any
from unittest import mock

from hypothesis import example, given, settings
from hypothesis import strategies as st

from netlab.flags.diagnosis import Wrong
from netlab.flags.dialogue import LINE_LIMIT, LINE_SECONDS
from netlab.flags.rehearsal import PLAYS, FakeLab, Talk
from netlab.flags.session import (
    IDLE_SECONDS,
    INBOX_LIMIT,
    OUTPUT_LIMIT,
    Action,
    Close,
    Lab,
    Session,
)
from netlab.flags.tasks import TASKS, partial_send
from netlab.flags.wishes import Send, Visited, Wait

Event = tuple[str, Any]
Flaw = tuple[str, int]
"""Ошибка в ответе и число байт: flip — испорчен следующий за ними, stop — посланы только они,
lose — они пропали, add — перед ответом столько же лишних.
"""

FLAWS = ["flip", "stop", "lose", "add"]

CHUNK = 16384
"""Больше сервер за раз не читает."""
SMALL_PIECES = 500
"""Столько первых кусков мелкие: мегабайт по байту ничего нового не покажет."""
ONE_SEND = 80_000
"""Столько самое большее добавляет к очереди на отправку один шаг разговора (задача 6)."""
LONGEST = IDLE_SECONDS + LINE_SECONDS + max(task.limit for task in TASKS)
"""За столько секунд кончается любой разговор, в котором студент замолчал."""
TURNS, WAKES = 20, 1000
"""Столько раз будят, самое большее, в один и тот же миг и за всю историю."""
SPOKEN = re.compile(rb"\n?(?:[#!] [^\n]*\n)+|go\n|(python\{[0-9]{2}-[A-Z2-7]{16}\})\n")
TELNET_REFUSALS = re.compile(rb"(?:\xff[\xfc\xfe][\x00-\x3f])+")

# Восемь мегабайт — две секунды на пример, а разговор тот же.
SHORT = 3 * partial_send.PORTION
SHORTER: dict[str, Any] = {"TOTAL": SHORT, "STOPS": (0, SHORT // 4, SHORT // 2)}


class Watched(Session):
    """Разговор, о котором известно, что в нём сказано человеку, а что послала задача."""

    def __init__(self, lab: Lab, now: float, peer: str) -> None:
        self.sent: list[tuple[bool, bytes]] = []
        super().__init__(lab, now, peer)

    def _do(self, action: Action) -> None:
        if isinstance(action, Send):
            from_task = self._attempt is not None and action is self._attempt.wish
            self.sent.append((from_task, action.data))
        super()._do(action)
        assert self._outgoing <= OUTPUT_LIMIT + ONE_SEND


class Client(Talk):
    """Студент, между которым и сервером стоит ядро; sizes — по сколько байт оно отдаёт, по кругу.

    deaf — студент ничего не забирает.
    """

    def __init__(self, lab: FakeLab, sizes: Iterable[int] = (CHUNK,)) -> None:
        self.sizes = chain(islice(cycle(sizes), SMALL_PIECES), repeat(CHUNK))
        self.deaf = False
        self.cut_off = False
        self.wakes = 0
        self.flags_seen: list[str] = []
        self._fresh = False  # задача началась только что, и в неё ещё ничего не послано
        self._flaw: Flaw | None = None
        self._queued = bytearray()
        self._finished = False
        self._checked = 0
        super().__init__(lab, kind=Watched)

    @property
    def sent(self) -> list[tuple[bool, bytes]]:
        """Всё, что велено послать: от задачи ли это и сами байты."""
        assert isinstance(self.session, Watched)
        return self.session.sent

    # ------------------------------------------------------------ что делает студент

    def send(self, data: bytes) -> None:
        """Шлёт байты; ядро отдаёт серверу, сколько тот прочтёт."""
        self._queued += self._spoilt(data)
        self.settle()

    def end(self) -> None:
        """Заканчивает писать: FIN дойдёт вслед за байтами."""
        self._finished = True
        self.settle()

    def lose(self) -> None:
        """Обрывает связь."""
        self.cut_off = True
        super().lose()
        self._fresh = False

    def answer(self, flaw: Flaw | None) -> None:
        """Отвечает на задачу, если она началась только что, верно или с ошибкой."""
        if self._fresh and not self.deaf:
            _, _, task = self.lab.events[-1]
            assert isinstance(task, int)
            self._flaw = flaw
            PLAYS[task](self)
            self._flaw = None

    def step(self, until: float = float("inf")) -> None:
        """Переводит часы к ближайшему сроку, но не дальше until."""
        self.wakes += 1
        super().step(until)
        self.settle()

    def wait(self, seconds: float) -> None:
        """Ждёт; пока студент не читает, сервер стоит в send и сроков не видит."""
        if self.deaf:
            self.now += seconds
        else:
            super().wait(seconds)
        self._fresh = False

    def jump(self, seconds: float) -> None:
        """Переводит часы разом: сервер опоздал ко всем срокам."""
        self.now += seconds
        self.session.wake(self.now)
        self.settle()

    def settle(self) -> None:
        """Забирает сказанное и отдаёт серверу то, что он готов прочесть."""
        known = len(self.lab.events)
        self._collect()
        while self._queued and self.session.reading:
            size = next(self.sizes)
            piece = bytes(self._queued[:size])
            del self._queued[:size]
            self.session.receive(piece, self.now)
            self._collect()
        if self._finished and not self._queued and self.session.reading:
            self.session.end(self.now)
            self._collect()
        news = self.lab.events[known:]
        begun = bool(news) and news[-1][0] == "begin"
        self._fresh = begun and not self._queued and not len(self.session._inbox)

    def _collect(self) -> None:
        """Как сервер: забирает сказанное, а если срок уже настал, будит разговор тут же."""
        if self.deaf:
            return
        super()._collect()
        for _ in range(TURNS):
            due = self.session.wake_at
            if due is None or due > self.now:
                return
            self.session.wake(self.now)
            super()._collect()
        raise AssertionError("срок настал, разговор разбудили, а он не сдвинулся")

    def _spoilt(self, data: bytes) -> bytes:
        if self._flaw is None:
            return data
        kind, left = self._flaw
        if kind == "add":
            self._flaw = None
            return b"x" * left + data
        if kind == "lose":
            self._flaw = (kind, left - len(data)) if left > len(data) else None
            return data[left:]
        if left >= len(data):
            self._flaw = kind, left - len(data)
            return data
        if kind == "stop":
            self._flaw = kind, 0
            return data[:left]
        self._flaw = None
        return data[:left] + bytes([data[left] ^ 1]) + data[left + 1 :]

    # ------------------------------------------------------------ что верно всегда

    def check(self) -> None:
        """Проверяет то, что верно после каждого события."""
        session = self.session
        assert len(session._inbox) <= INBOX_LIMIT + CHUNK
        self._check_spoken()
        if session.closed:
            assert session.wake_at is None
            assert not session.reading
        elif not self.deaf:
            assert session.wake_at is not None
            assert session.wake_at > self.now
            if not session.reading:
                # Чтение отложено только до срока, а после FIN читать нечего.
                assert session._attempt is not None
                assert session._inbox.ended or isinstance(session._attempt.wish, Wait | Visited)

    def _check_spoken(self) -> None:
        """Сказанное человеку — строки с «# » и «! », go и флаги.

        Каждая начинается с новой строки; лишь флаг стоит сразу за данными задачи: их прочли все.
        """
        for number in range(self._checked, len(self.sent)):
            from_task, data = self.sent[number]
            if from_task or TELNET_REFUSALS.fullmatch(data):
                continue
            spoken = SPOKEN.fullmatch(data)
            assert spoken, data
            assert "байт -".encode() not in data
            assert "байте -".encode() not in data
            shown = (one for _, one in reversed(self.sent[:number]))
            before = next((one for one in shown if not TELNET_REFUSALS.fullmatch(one)), b"\n")
            if spoken[1]:
                self.flags_seen.append(spoken[1].decode())
            else:
                assert data.startswith(b"\n") != before.endswith(b"\n")
        self._checked = len(self.sent)
        earned = [event[2] for event in self.lab.events if event[0] == "earned"]
        assert [int(flag[7:9]) for flag in self.flags_seen] == earned

    def finish(self) -> None:
        """Молчит, пока разговор не кончится, и проверяет его целиком."""
        self.deaf = False
        self.settle()
        self.wait(LONGEST)
        self.check()
        assert self.session.closed
        assert self.wakes < WAKES
        closes = [number for number, (_, one) in enumerate(self.actions) if one == Close()]
        assert closes == [len(self.actions) - 1] or (self.cut_off and not closes)
        told = b"".join(data for _, data in self.sent)
        assert told.startswith(self.output)
        assert self.cut_off or told == self.output
        self._check_order()

    def _check_order(self) -> None:
        """Без hello не начинается ничего, а решена или нет только начатая задача."""
        student = None
        running: list[object] = []
        for kind, *words in self.lab.events:
            if kind == "hello":
                student = words[0]
                continue
            assert words[0] == student
            if kind == "begin":
                running = [words[1]]
            elif kind in ("earned", "failed"):
                assert running == [words[1]]
                running = []


# ---------------------------------------------------------------- истории


def happen(client: Client, event: Event) -> None:
    """Случается одно событие."""
    kind, value = event
    session = client.session
    match kind:
        case "send":
            client.send(value)
        case "start":
            client.send(b"start %d%s\n" % (value, b" 5555" * (value == 12)))
        case "answer":
            client.answer(value)
        case "wait":
            client.wait(value)
        case "jump":
            client.jump(value)
        case "end":
            client.end()
        case "lost":
            client.lose()
        case "deaf":
            client.deaf = value
            client.settle()
        case "lab":
            setattr(client.lab, *value)
        case "unheard":
            client.lab.last_unheard["Ann"] = "Задача 1: неверно.\nНе то."
        case "visited":
            session.visited(None if value else Wrong("Не то."), client.now)
            client.settle()
        case "say":
            session.say("Преподаватель: осталось\nпять минут.", client.now)
            client.settle()
        case "stop":
            session.stop("Сервер закрывается.", client.now)
            client.settle()


REACHED: Counter[tuple[str, int]] = Counter()
"""Сколько раз какая задача в пройденных историях решена (earned) и не решена (failed)."""


def live_through(client: Client, story: Sequence[Event]) -> None:
    """Проходит историю, проверяя разговор на каждом шагу."""
    with mock.patch.multiple(partial_send, **SHORTER):
        client.check()
        for event in story:
            happen(client, event)
            client.check()
        client.finish()
    for kind, *words in client.lab.events:
        if kind in ("earned", "failed"):
            REACHED[str(kind), int(str(words[1]))] += 1


WORDS = [
    b"help", b"hello Ann", b"hello ", b"start 1", b"start 2", b"start 3", b"start 4", b"start 5",
    b"start 6", b"start 7", b"start 8", b"start 9", b"start 10", b"start 11", b"start 12 5555",
    b"start 12 99999", b"start 1 5555", b"hint 1", b"submit python{x}", b"submit", b"score",
    b"time", b"quit", b"timeout", b"GET /a HTTP/1.1", b"get", b"Host: x", b"Connection: close",
    b"\n", b"\r\n", b"\r\0", b"\r", b"\0", b"\xff", b"\xff\xfb", b"\xff\xfa", b"\xff\xf0",
    b"\x08", b"\x7f", b"\xd0", b"\xbf", b"x" * 998, b"x" * 3000, b"help\n" * 100,
    "ёж".encode("cp1251"), "ёж".encode("cp866"),
    b"GET /a HTTP/1.1\r\n\r\n", b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /b HTTP/1.1\r\nHost: x\r\n\r\n",
]  # fmt: skip
REFUSALS = [None, "hello", "begin", "earned", "failed", "hint", "submit", "score"]
LAB_CHANGES: list[tuple[str, Any]] = [
    *(("refusing", what) for what in REFUSALS),
    *(("nonce", str(number)) for number in range(10)),
    *(("seconds", left) for left in (None, 0.0, 1e6)),
]
"""Что может перемениться в практике: в чём откажет, какие дадут данные, сколько осталось."""

streams = st.one_of(
    st.binary(max_size=100),
    st.lists(st.sampled_from(WORDS), max_size=12).map(b"".join),
    st.lists(st.sampled_from(WORDS).map(lambda word: word + b"\n"), max_size=8).map(b"".join),
)
seconds = st.one_of(st.floats(0, 3), st.sampled_from([0.03, 1.0, 2.0, 10.0, 29.9, 61.0, 601.0]))
flaws = st.tuples(st.sampled_from(FLAWS), st.one_of(st.integers(0, 70), st.integers(0, 70_000)))
tasks = st.integers(1, len(TASKS))
nonces = st.integers(0, 999).map(str)
# Не переводят часов и не оглушают: такие истории у двух нарезок одинаковы.
plain_events = st.one_of(
    st.tuples(st.just("send"), streams),
    st.tuples(st.just("start"), tasks),
    st.tuples(st.just("answer"), st.one_of(st.none(), flaws)),
    st.tuples(st.just("wait"), seconds),
    st.tuples(st.sampled_from(["end", "lost", "say", "stop", "unheard"]), st.none()),
    st.tuples(st.just("visited"), st.booleans()),
    st.tuples(st.just("lab"), st.sampled_from(LAB_CHANGES)),
)
events = st.one_of(
    plain_events,
    st.tuples(st.just("jump"), st.one_of(seconds, st.just(1e9))),
    st.tuples(st.just("deaf"), st.booleans()),
)
pieces = st.lists(st.integers(1, 40), min_size=1, max_size=8)


# ---------------------------------------------------------------- свойства


@dataclass(frozen=True)
class Property:
    """Свойство: что проверить и какие для этого взять примеры; name — предложение о нём.

    found — примеры, на которых оно когда-то нарушалось.
    """

    check: Callable[..., None]
    examples: tuple[st.SearchStrategy[Any], ...]
    found: Sequence[tuple[Any, ...]]

    @property
    def name(self) -> str:
        return (self.check.__doc__ or "").partition("\n")[0]

    def hold(self, count: int) -> None:
        """Проверяет на стольких примерах; исключение называет тот, на котором не вышло."""
        checked = given(*self.examples)(self.check)
        for values in self.found:
            checked = example(*values)(checked)
        settings(max_examples=count, deadline=None)(checked)()


PROPERTIES: list[Property] = []


def for_all(
    *examples: st.SearchStrategy[Any], found: Sequence[tuple[Any, ...]] = ()
) -> Callable[[Callable[..., None]], Property]:
    """Объявляет свойство."""

    def declared(check: Callable[..., None]) -> Property:
        PROPERTIES.append(Property(check, examples, found))
        return PROPERTIES[-1]

    return declared


@for_all(st.booleans(), st.lists(events, max_size=12))
def nothing_breaks_the_conversation(known: bool, story: list[Event]) -> None:
    """Разговор выдерживает любые байты, часы и отказы и кончается."""
    client = Client(FakeLab())
    live_through(client, [("send", b"hello Ann\n")] * known + story)


@for_all(
    nonces,
    tasks,
    st.lists(events, max_size=8),
    found=[
        ("1", 1, [("deaf", True), ("wait", 61.0), ("visited", False)]),
        ("1", 9, [("answer", ("add", 9))]),
    ],
)
def nothing_breaks_a_task(nonce: str, task: int, story: list[Event]) -> None:
    """Задача выдерживает то же самое."""
    live_through(Client(FakeLab(nonce)), [("send", b"hello Ann\n"), ("start", task), *story])


@for_all(nonces, tasks, st.lists(events, max_size=3), streams)
def right_answer_earns_the_flag(nonce: str, task: int, story: list[Event], rest: bytes) -> None:
    """Верный ответ решает задачу, что бы ни было после него."""
    client = Client(FakeLab(nonce))
    opening: list[Event] = [("send", b"hello Ann\n"), ("start", task), ("answer", None)]
    live_through(client, [*opening, ("send", rest), *story])
    assert ("earned", "Ann", task) in client.lab.events


@for_all(st.integers(1, LINE_LIMIT + 20), st.lists(st.binary(min_size=1), min_size=1, max_size=9))
def endless_line_takes_no_memory(size: int, chunks: list[bytes]) -> None:
    """Строка без конца места не занимает, какими бы кусками ни пришла."""
    client = Client(FakeLab())
    client.send(b"x" * size)
    for chunk in chunks * 20:
        client.send(chunk.replace(b"\n", b"").replace(b"\0", b"") or b"x")
        assert len(client.session._inbox) <= LINE_LIMIT
    client.finish()


@for_all(
    nonces,
    st.integers(0, len(TASKS)),
    st.lists(plain_events, max_size=8),
    pieces,
    found=[
        ("1", 8, [("answer", ("flip", 0))], [1]),
        ("18", 10, [("send", b"timeout\n")], [1]),
        ("0", 9, [("answer", ("add", 17))], [1]),
        ("0", 0, [("send", b"start\t12\t1030\n\x00"), ("wait", 61.0)], [1]),
    ],
)
def cuts_do_not_matter(nonce: str, task: int, story: list[Event], sizes: list[int]) -> None:
    """Как ни нарежь байты, сервер говорит то же самое и тогда же — до первой неудачи.

    Что осталось в буфере после неверного ответа, выбрасывается, а что ещё не дошло — нет.
    """
    whole, cut = Client(FakeLab(nonce)), Client(FakeLab(nonce), sizes)
    opening: list[Event] = [("send", b"hello Ann\n")] + [("start", task)] * bool(task)
    with mock.patch.multiple(partial_send, **SHORTER):
        for event in opening + story:
            happen(whole, event)
            happen(cut, event)
            diagnosis = first_diagnosis(whole)
            assert first_diagnosis(cut) == diagnosis
            if diagnosis:
                return
            assert timed(cut) == timed(whole)
            assert cut.lab.events == whole.lab.events
            assert (cut.now, cut.session.wake_at) == (whole.now, whole.session.wake_at)


def first_diagnosis(client: Client) -> bytes | None:
    """Что сказано о первой неудаче."""
    said = (data for from_task, data in client.sent if not from_task)
    return next((data for data in said if "неверно.".encode() in data), None)


def timed(client: Client) -> dict[float, bytes]:
    """Что и когда сказано."""
    said: dict[float, bytes] = {}
    for now, action in client.actions:
        words = action.data if isinstance(action, Send) else repr(action).encode()
        said[now] = said.get(now, b"") + words
    return said
