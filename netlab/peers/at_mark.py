"""Беда в назначенном месте: там, где в потоке встретится приметная строка байтов."""

from __future__ import annotations

import socket
from collections.abc import Callable

from netlab.peers.fault import Fault


class AtMark(Fault):
    """Доставляет исправно всё до mark, а с неё и дальше — через then, как бы поток ни резали.

    count — сколько байт доставлено исправно; between зовётся между исправным и остальным.
    """

    def __init__(
        self, mark: bytes, then: Fault, between: Callable[[], object] = lambda: None
    ) -> None:
        super().__init__()
        self.mark = mark
        self.then = then
        self.between = between
        self.count = 0
        self.met = False
        self._held = b""  # конец прошлой порции, похожий на начало mark

    def deliver(self, sock: socket.socket, data: bytes) -> None:
        if self.met:
            self.then.deliver(sock, data)
            return
        data = self._held + data
        place = data.find(self.mark)
        self.met = place >= 0
        end = place if self.met else len(data) - self._likeness(data)
        self._held = data[end:]
        super().deliver(sock, data[:end])
        self.count += end
        if self.met:
            self.between()
            self.then.deliver(sock, self._held)

    def finish(self, sock: socket.socket) -> None:
        if self.met:
            self.then.finish(sock)
        else:
            super().deliver(sock, self._held)
            super().finish(sock)

    @property
    def broken(self) -> bool:
        return self.then.broken

    @property
    def stalled(self) -> bool:
        return self.then.stalled

    def _likeness(self, data: bytes) -> int:
        """Считает, сколько последних байт data могут оказаться началом mark."""
        longest = min(len(self.mark) - 1, len(data))
        return next((n for n in range(longest, 0, -1) if data.endswith(self.mark[:n])), 0)
