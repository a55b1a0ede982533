"""Сроки и цикл событий: по своим часам, чтобы не ждать."""

import selectors
import signal
import socket
import threading
import time
from collections.abc import Iterator

import pytest

import netlab.event_loop
from netlab.event_loop import NEVER, Deadlines, EventLoop

SECONDS = 10.0


class Clock:
    """Часы, которые идут, когда велят."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(netlab.event_loop, "time", clock)
    return clock


@pytest.fixture
def loop() -> Iterator[EventLoop]:
    loop = EventLoop()
    yield loop
    loop.close()


def test_deadlines_come_in_order(clock: Clock) -> None:
    late: list[object] = []
    deadlines = Deadlines(60, late.append)
    assert deadlines.nearest == NEVER
    deadlines.start("a")
    clock.now += 10
    deadlines.start("b")
    assert deadlines.nearest == 1060
    clock.now = 1059.9
    deadlines.expire()
    assert late == []
    clock.now = 1060
    deadlines.expire()
    assert late == ["a"]
    assert deadlines.nearest == 1070
    clock.now = 2000
    deadlines.expire()
    assert late == ["a", "b"]
    assert deadlines.nearest == NEVER


def test_deadline_counts_anew(clock: Clock) -> None:
    late: list[object] = []
    deadlines = Deadlines(60, late.append)
    deadlines.start("a")
    deadlines.start("b")
    clock.now += 10
    deadlines.start("a")
    clock.now = 1060
    deadlines.expire()
    assert late == ["b"]
    assert deadlines.nearest == 1070


def test_deadline_may_be_cancelled(clock: Clock) -> None:
    late: list[object] = []
    deadlines = Deadlines(60, late.append)
    deadlines.start("a")
    deadlines.start("b")
    deadlines.cancel("a")
    deadlines.cancel("a")
    clock.now = 1060
    deadlines.expire()
    assert late == ["b"]


def test_deadline_may_be_started_when_another_comes(clock: Clock) -> None:
    deadlines = Deadlines(60, lambda subject: deadlines.start("again"))
    deadlines.start("a")
    clock.now = 1060
    deadlines.expire()
    assert deadlines.nearest == 1120


def test_turn_calls_whoever_is_ready(loop: EventLoop) -> None:
    one, two = socket.socketpair()
    with one, two:
        ready: list[object] = []
        loop.watch(one, selectors.EVENT_READ, ready.append, "read")
        loop.turn(0)
        assert ready == []
        two.send(b"x")
        loop.turn()
        assert ready == ["read"]
        loop.rewatch(one, selectors.EVENT_WRITE, ready.append, "write")
        loop.turn()
        assert ready == ["read", "write"]
        loop.forget(one)
        loop.turn(0)
        assert ready == ["read", "write"]


def test_turn_waits_for_the_nearest_deadline(loop: EventLoop) -> None:
    late: list[object] = []
    loop.deadlines(100, late.append).start("slow")
    loop.deadlines(0.05, late.append).start("quick")
    while not late:
        loop.turn()
    assert late == ["quick"]


def test_stop_wakes_the_loop_from_another_thread(loop: EventLoop) -> None:
    thread = threading.Thread(target=loop.turn)
    thread.start()
    loop.stop()
    thread.join(SECONDS)
    assert not thread.is_alive()
    assert loop.stopping
    for _ in range(100_000):
        loop.stop()  # буфер полон, и это не беда
    loop.turn()


def test_stopped_loop_still_waits(loop: EventLoop) -> None:
    """Проснувшись однажды, цикл не крутится впустую, пока прощается с клиентами."""
    loop.stop()
    loop.turn()
    until = time.monotonic() + 0.1
    loop.turn(until)
    assert time.monotonic() >= until


def test_stop_after_close_is_nothing() -> None:
    loop = EventLoop()
    loop.close()
    loop.stop()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_stops_the_loop(loop: EventLoop, number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with loop.stopped_by_signals():
        signal.raise_signal(number)
        loop.turn()
        assert loop.stopping
    assert signal.getsignal(number) == before


def test_signals_belong_to_the_main_thread(loop: EventLoop) -> None:
    before = signal.getsignal(signal.SIGINT)
    seen = []

    def elsewhere() -> None:
        with loop.stopped_by_signals():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join(SECONDS)
    assert seen == [before]
