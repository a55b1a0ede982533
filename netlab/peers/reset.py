"""Обрыв: связь кончается сегментом RST."""

from __future__ import annotations

import socket

from netlab.peers.fault import FaultAfter
from netlab.sockets import reset

__all__ = ["Reset", "reset"]


class Reset(FaultAfter):
    """Доставляет after байт и обрывает соединение; последние из них может забрать с собой RST."""

    def strike(self, sock: socket.socket) -> None:
        reset(sock)

    @property
    def broken(self) -> bool:
        return self.struck or super().broken
