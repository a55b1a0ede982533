"""Цикл событий: один поток ждёт готовности многих сокетов, сроков и просьбы остановиться."""

# Это то немногое, что нужно поверх selectors: у события есть обработчик, у ожидания — сроки, а
# разбудить цикл можно из другого потока и сигналом. Обработчики зовутся по одному и не ждут ничего.

from __future__ import annotations

import selectors
import signal
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

NEVER = float("inf")

Handle = Callable[[Any], None]


class Deadlines:
    """Сроки одной длины, в секундах; с каждым, чей срок вышел, поступают одинаково.

    Кому срок назначен раньше, у того он раньше и выйдет: хватает упорядоченного словаря, и любое
    действие стоит O(1). nearest — момент (time.monotonic), раньше которого не выйдет ни один срок.
    """

    def __init__(self, seconds: float, expire: Handle) -> None:
        self.seconds = seconds
        self.nearest = NEVER
        self._expire = expire
        self._due: OrderedDict[Any, float] = OrderedDict()

    def start(self, subject: object) -> None:
        """Назначает срок или отсчитывает его заново."""
        due = time.monotonic() + self.seconds
        if not self._due:
            self.nearest = due
        self._due[subject] = due
        self._due.move_to_end(subject)

    def cancel(self, subject: object) -> None:
        """Отменяет срок, если он был."""
        self._due.pop(subject, None)

    def expire(self) -> None:
        """Обходит тех, чей срок вышел."""
        now = time.monotonic()
        while (due := next(iter(self._due.values()), NEVER)) <= now:
            self._expire(self._due.popitem(last=False)[0])
        self.nearest = due


class EventLoop:
    """Сокеты, за которыми следят, и сроки, которые идут."""

    def __init__(self) -> None:
        self.stopping = False
        self._deadlines: list[Deadlines] = []
        self._selector = selectors.DefaultSelector()
        # select не заметит, что переменная изменилась: чтобы разбудить его, сюда пишут байт.
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._woken.setblocking(False)
        self.watch(self._woken, selectors.EVENT_READ, self._wake_up, None)

    def deadlines(self, seconds: float, expire: Handle) -> Deadlines:
        """Заводит сроки этой длины."""
        self._deadlines.append(Deadlines(seconds, expire))
        return self._deadlines[-1]

    def watch(self, sock: socket.socket, event: int, handle: Handle, subject: object) -> None:
        """Начинает следить за сокетом: о событии узнает handle(subject)."""
        self._selector.register(sock, event, (handle, subject))

    def rewatch(self, sock: socket.socket, event: int, handle: Handle, subject: object) -> None:
        """Следит за тем же сокетом, но по-другому."""
        self._selector.modify(sock, event, (handle, subject))

    def forget(self, sock: socket.socket) -> None:
        """Перестаёт следить за сокетом."""
        self._selector.unregister(sock)

    def turn(self, until: float = NEVER) -> None:
        """Ждёт событий, но не дольше момента until; потом обходит тех, чей срок вышел."""
        for deadlines in self._deadlines:
            if deadlines.nearest < until:
                until = deadlines.nearest
        timeout = None if until == NEVER else max(0.0, until - time.monotonic())
        for key, _ in self._selector.select(timeout):
            handle, subject = key.data
            handle(subject)
        if time.monotonic() >= until:
            for deadlines in self._deadlines:
                deadlines.expire()

    def stop(self) -> None:
        """Просит остановиться; можно звать из любого потока и из обработчика сигнала."""
        self.stopping = True
        with suppress(OSError):  # уже закрыт или уже разбужен
            self._waker.send(b"\0")

    def _wake_up(self, _: None) -> None:
        with suppress(BlockingIOError):
            self._woken.recv(4096)

    @contextmanager
    def stopped_by_signals(self) -> Iterator[None]:
        """На это время SIGINT и SIGTERM означают stop(); вне главного потока сигналы не трогает."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            number: signal.signal(number, lambda *_: self.stop())
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        # На Windows сигнал не прерывает select; его будит байт, который Python запишет сюда сам.
        wakeup = signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(wakeup)
            for number, handler in before.items():
                signal.signal(number, handler or signal.SIG_DFL)

    def close(self) -> None:
        """Закрывает своё; сокеты, за которыми следили, закрывает их хозяин."""
        self._selector.close()
        self._waker.close()
        self._woken.close()
