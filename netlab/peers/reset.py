"""Обрыв: связь кончается сегментом RST."""

from __future__ import annotations

import socket
import struct


def reset(sock: socket.socket) -> None:
    """Обрывает соединение: SO_LINGER с нулевым сроком и close посылают RST (socket(7))."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
