"""Срок всего разговора: сколько бы вызовов в нём ни было."""

# settimeout даёт срок одному вызову. Собеседник, который присылает по байту раз в девять секунд,
# десятисекундного таймаута не заметит никогда. Поэтому момент, когда пора кончать, назначают один
# раз, а перед каждым вызовом спрашивают, сколько осталось.

from __future__ import annotations

import socket
import time


class Deadline:
    """Момент через seconds секунд, после которого ждать больше нельзя; None — ждать можно всегда.

    Часы монотонные (time.monotonic): перевод системных часов срока не сдвинет.
    """

    __slots__ = ("_due", "seconds")

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._due = None if seconds is None else time.monotonic() + seconds

    def left(self) -> float | None:
        """Возвращает, сколько секунд осталось; None — сколько угодно.

        Raises:
            TimeoutError: срок вышел.
        """
        if self._due is None:
            return None
        left = self._due - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"Срок вышел: {self.seconds:g} с.")
        return left

    def apply(self, sock: socket.socket) -> None:
        """Даёт следующему вызову на сокете ровно столько времени, сколько осталось.

        Raises:
            TimeoutError: срок вышел.
        """
        sock.settimeout(self.left())
