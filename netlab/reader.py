"""Чтение из сокета: ровно n байт или строка, и ни одного потерянного байта."""

# recv возвращает столько, сколько пришло: меньше, чем надо, или больше, чем одна строка. Лишнее
# нельзя ни выбросить, ни вернуть в сокет, поэтому у каждого сокета должен быть один хозяин остатка.
# Здесь это SocketReader. Границы строк он ищет не сам: для этого есть framing.LineReader.

from __future__ import annotations

import socket
from weakref import WeakKeyDictionary

from netlab.deadline import Deadline
from netlab.framing import LineReader, Truncated

LINE_LIMIT = 65536
RECEIVE_SIZE = 65536


class SocketReader:
    """Читает поток одного сокета по частям, которые нужны программе.

    Прочитанное впрок ждёт здесь, поэтому читать из того же сокета мимо этого объекта нельзя.
    limit — предел строки в байтах. Срок каждого вызова — таймаут, который стоит на сокете, или
    deadline, общий на все вызовы.
    """

    def __init__(
        self, sock: socket.socket, *, deadline: Deadline | None = None, limit: int = LINE_LIMIT
    ) -> None:
        self._sock = sock
        self._deadline = deadline
        self.lines = LineReader(limit)

    def line(self) -> bytes:
        """Возвращает следующую строку вместе с её LF; b'' — поток кончился на границе строк.

        Raises:
            LineTooLong: строка длиннее предела.
            Truncated: поток кончился посреди строки.
            TimeoutError: вышел срок.
            OSError: связь оборвалась.
        """
        with _Term(self._sock, self._deadline) as deadline:
            while (line := self.lines.next_line()) is None:
                deadline.apply(self._sock)
                chunk = self._sock.recv(RECEIVE_SIZE)
                if not chunk and len(self.lines):
                    raise Truncated()
                if not chunk:
                    return b""
                self.lines.receive(chunk)
        return line

    def exactly(self, count: int) -> bytes:
        """Возвращает ровно count байт.

        После исключения прочитанное не пропадает: вызов можно повторить.

        Raises:
            Truncated: поток кончился раньше; missing говорит, скольких байт не хватило.
            TimeoutError: вышел срок.
            OSError: связь оборвалась.
        """
        data = bytearray(count)
        held = self.lines.take(min(count, len(self.lines)))
        data[: len(held)] = held
        with _Term(self._sock, self._deadline) as deadline, memoryview(data) as rest:
            done = len(held)
            try:
                while done < count:
                    deadline.apply(self._sock)
                    got = self._sock.recv_into(rest[done:])
                    if not got:
                        raise Truncated(count - done)
                    done += got
            except (EOFError, OSError):
                # Собранное достанется тому, кто попробует снова: буфер сейчас пуст.
                self.lines.receive(bytes(rest[:done]))
                raise
        return bytes(data)


class _Term:
    """Срок одного вызова; на выходе возвращает сокету его таймаут."""

    def __init__(self, sock: socket.socket, deadline: Deadline | None) -> None:
        self._sock = sock
        self._timeout = sock.gettimeout()
        self._deadline = deadline or Deadline(self._timeout)

    def __enter__(self) -> Deadline:
        return self._deadline

    def __exit__(self, *exc: object) -> None:
        self._sock.settimeout(self._timeout)


_held: WeakKeyDictionary[socket.socket, LineReader] = WeakKeyDictionary()
# Не сами читатели: читатель держит сокет, и слабая ссылка на сокет не ослабла бы никогда.


def reader_of(sock: socket.socket) -> SocketReader:
    """Возвращает читателя этого сокета; прочитанное впрок у всех его читателей общее."""
    reader = SocketReader(sock)
    reader.lines = _held.setdefault(sock, reader.lines)
    return reader


def recv_exactly(sock: socket.socket, count: int) -> bytes:
    """Возвращает из потока сокета ровно count байт; ошибки — как у SocketReader.exactly."""
    return reader_of(sock).exactly(count)


def recv_line(sock: socket.socket) -> bytes:
    """Возвращает из потока сокета строку; ошибки — как у SocketReader.line."""
    return reader_of(sock).line()
