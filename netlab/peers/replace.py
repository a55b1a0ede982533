"""Подмена: вместо одних байтов доходят другие."""

from __future__ import annotations

import socket

from netlab.peers.fault import Fault


class Replace(Fault):
    """Ставит beginning на место стольких же первых байт потока."""

    def __init__(self, beginning: bytes, carrier: Fault | None = None) -> None:
        super().__init__(carrier)
        self.beginning = beginning

    def deliver(self, sock: socket.socket, data: bytes) -> None:
        beginning = self.beginning[: len(data)]
        self.beginning = self.beginning[len(data) :]
        super().deliver(sock, beginning + data[len(beginning) :])
