"""Задержка: каждая порция байтов опаздывает."""

from __future__ import annotations

import socket
import time

from netlab.peers.fault import Fault


class Delay(Fault):
    """Ждёт seconds секунд перед каждой порцией и перед концом потока."""

    def __init__(self, seconds: float, carrier: Fault | None = None) -> None:
        super().__init__(carrier)
        self.seconds = seconds

    def deliver(self, sock: socket.socket, data: bytes) -> None:
        time.sleep(self.seconds)
        super().deliver(sock, data)

    def finish(self, sock: socket.socket) -> None:
        time.sleep(self.seconds)
        super().finish(sock)
