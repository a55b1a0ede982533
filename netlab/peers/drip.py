"""Капель: по одному байту в сегменте."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

from netlab.peers.fault import Fault


class Drip(Fault):
    """Отдаёт по одному байту; после каждого — пауза в pause секунд или вызов between.

    Если between вернёт False (байта так и не прочли), остальное уйдёт разом: ждать больше нечего.
    """

    def __init__(
        self,
        pause: float = 0.0,
        between: Callable[[], object] | None = None,
        carrier: Fault | None = None,
    ) -> None:
        super().__init__(carrier)
        self.between = between or (lambda: time.sleep(pause))

    def deliver(self, sock: socket.socket, data: bytes) -> None:
        # Иначе алгоритм Нейгла собрал бы байты в один сегмент (RFC 896).
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for end in range(1, len(data) + 1):
            super().deliver(sock, data[end - 1 : end])
            if self.between() is False:
                super().deliver(sock, data[end:])
                break
