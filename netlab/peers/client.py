"""Клиент: собеседник, который приходит к программе сам."""

from __future__ import annotations

import socket

from netlab.peers import patience
from netlab.peers.connection import Connection, Watched, reason
from netlab.peers.conversation import Conversation


class Client(Connection):
    """Клиент; receive_buffer — сколько байт вмещает его буфер приёма (0 — как решит ядро)."""

    def __init__(
        self,
        name: str,
        conversation: Conversation,
        program: Watched,
        *,
        receive_buffer: int = 0,
    ) -> None:
        super().__init__(name, conversation, program)
        self.receive_buffer = receive_buffer

    def connect(self, address: tuple[str, int]) -> None:
        """Соединяется с программой.

        Raises:
            Failed: программа соединения не приняла.
        """
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._sock = socket.socket(family, socket.SOCK_STREAM)
        if self.receive_buffer:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_buffer)
        self._sock.settimeout(patience.ANSWER)
        where = " по IPv6" if family == socket.AF_INET6 else ""
        try:
            self._sock.connect(address)
        except OSError as error:
            self._over = True
            self.say(f"не смог соединиться{where}")
            raise self._failure(
                f"К программе не удалось подключиться{where}.", "соединение", reason(error)
            ) from None
        self.port = self._sock.getsockname()[1]
        self.say(f"подключился{where}")
