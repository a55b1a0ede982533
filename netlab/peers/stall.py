"""Зависание: соединение есть, а байты больше не идут."""

from __future__ import annotations

import socket

from netlab.peers.fault import FaultAfter


class Stall(FaultAfter):
    """Доставляет after байт, а потом молчит: ни байта, ни конца потока."""

    def strike(self, sock: socket.socket) -> None:
        pass

    @property
    def stalled(self) -> bool:
        return self.struck or super().stalled
