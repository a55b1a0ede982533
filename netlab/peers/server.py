"""Сервер: собеседник, к которому программа приходит сама."""

from __future__ import annotations

import select
import socket

from netlab.peers import patience
from netlab.peers.connection import Connection, Watched
from netlab.peers.conversation import Conversation, Failed


class Server:
    """Слушает один порт и отдаёт соединения по одному, в порядке прихода.

    port — порт (0 — любой свободный), buffers — буферы ядра у соединений, в байтах; 0 — как решит
    ядро.
    """

    def __init__(
        self,
        name: str,
        conversation: Conversation,
        host: str = "127.0.0.1",
        port: int = 0,
        buffers: int = 0,
    ) -> None:
        self.name = name
        self.conversation = conversation
        self.accepted: list[Connection] = []
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.socket(family, socket.SOCK_STREAM)
        if buffers:
            # Принятые сокеты берут буферы у слушающего; потом менять их поздно (tcp(7)).
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffers)
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffers)
        self._listener.bind((host, port))
        self._listener.listen()
        self._listener.settimeout(patience.ANSWER)

    @property
    def address(self) -> tuple[str, int]:
        """Адрес, на который к нему приходят."""
        host, port = self._listener.getsockname()[:2]
        return host, port

    @property
    def has_visitor(self) -> bool:
        """Кто-то уже пришёл и ждёт, чтобы его приняли."""
        return bool(select.select([self._listener], [], [], 0)[0])

    def accept(self, program: Watched, *, silently: bool = False) -> Connection:
        """Ждёт следующего соединения.

        Raises:
            Failed: в срок никто не пришёл.
        """
        try:
            sock, _ = self._listener.accept()
        except TimeoutError:
            raise Failed(
                "Программа не пришла к серверу.", "соединение", program.last_words or "ничего"
            ) from None
        connection = Connection(self.name, self.conversation, program)
        connection.take(sock)
        self.accepted.append(connection)
        if not silently:
            connection.say("принял соединение")
        return connection

    def close(self) -> None:
        """Закрывает всё."""
        self._listener.close()
        for connection in self.accepted:
            connection.abandon()
