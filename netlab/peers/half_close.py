"""Полузакрытие: в одну сторону поток закончен, в другую идёт."""

from __future__ import annotations

import socket

from netlab.peers.fault import FaultAfter


class HalfClose(FaultAfter):
    """Доставляет after байт и посылает FIN; читать из сокета можно и дальше."""

    def strike(self, sock: socket.socket) -> None:
        sock.shutdown(socket.SHUT_WR)
