"""Неисправность: как именно байты доставляются через сокет."""

from __future__ import annotations

import socket


class Fault:
    """Исправная доставка: всё сразу; потомки портят её по-своему.

    Неисправности складываются: что эта решила доставить, она отдаёт carrier, а без него — сокету.
    Один объект служит одному направлению одного соединения.
    """

    def __init__(self, carrier: Fault | None = None) -> None:
        self.carrier = carrier

    def deliver(self, sock: socket.socket, data: bytes) -> None:
        """Доставляет очередную порцию байтов; OSError, если связи больше нет."""
        if self.carrier is None:
            sock.sendall(data)
        else:
            self.carrier.deliver(sock, data)

    def finish(self, sock: socket.socket) -> None:
        """Сообщает другой стороне конец потока."""
        if self.carrier is None:
            sock.shutdown(socket.SHUT_WR)
        else:
            self.carrier.finish(sock)

    @property
    def broken(self) -> bool:
        """Соединение оборвано: для обеих сторон его больше нет."""
        return self.carrier is not None and self.carrier.broken

    @property
    def stalled(self) -> bool:
        """Соединение зависло: не будет ни байтов, ни конца потока."""
        return self.carrier is not None and self.carrier.stalled


class FaultAfter(Fault):
    """Исправная доставка первых after байт, а потом беда: что за беда, знает потомок (strike).

    Остальные байты пропадают; struck — беда уже случилась.
    """

    def __init__(self, after: int, carrier: Fault | None = None) -> None:
        super().__init__(carrier)
        self.left = after
        self.struck = False

    def deliver(self, sock: socket.socket, data: bytes) -> None:
        if self.struck:
            return
        super().deliver(sock, data[: self.left])
        self.left -= min(self.left, len(data))
        if not self.left:
            self.struck = True
            self.strike(sock)

    def finish(self, sock: socket.socket) -> None:
        if not self.struck:
            super().finish(sock)

    def strike(self, sock: socket.socket) -> None:
        """Делает то, что случается после after байт."""
        raise NotImplementedError
