"""Узкий канал: не больше стольких-то байт в секунду."""

from __future__ import annotations

import socket
import time

from netlab.peers.fault import Fault

TICK = 0.02
"""Порция — столько байт, сколько канал пропускает за это время, в секундах."""


class Rate(Fault):
    """Отдаёт bytes_per_second байт в секунду, понемногу; простоя впрок не копит."""

    def __init__(self, bytes_per_second: float, carrier: Fault | None = None) -> None:
        super().__init__(carrier)
        if bytes_per_second <= 0:
            raise ValueError("Скорость — больше нуля байт в секунду.")
        self.bytes_per_second = bytes_per_second

    def deliver(self, sock: socket.socket, data: bytes) -> None:
        portion = max(1, int(self.bytes_per_second * TICK))
        for start in range(0, len(data), portion):
            piece = data[start : start + portion]
            time.sleep(len(piece) / self.bytes_per_second)
            super().deliver(sock, piece)
