"""Неисправность: как именно байты доставляются через сокет."""

from __future__ import annotations

import socket


class Fault:
    """Исправная доставка: всё сразу; потомки портят её по-своему."""

    def deliver(self, sock: socket.socket, data: bytes) -> None:
        """Доставляет очередную порцию байтов."""
        sock.sendall(data)

    def finish(self, sock: socket.socket) -> None:
        """Сообщает другой стороне конец потока."""
        sock.shutdown(socket.SHUT_WR)
