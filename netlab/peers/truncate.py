"""Усечение: поток кончается раньше, чем обещано."""

from __future__ import annotations

import socket

from netlab.peers.fault import FaultAfter


class Truncate(FaultAfter):
    """Доставляет after байт и закрывает соединение в обе стороны."""

    def strike(self, sock: socket.socket) -> None:
        # Одного close мало, если сокет держит ещё кто-то: FIN ушёл бы, когда закроют все.
        sock.shutdown(socket.SHUT_RDWR)
        sock.close()
