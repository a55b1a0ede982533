"""Клиент UDP: соединения нет, и границы сообщений видны."""

from __future__ import annotations

import select
import socket
import sys
import time
from contextlib import suppress

from netlab.peers import patience
from netlab.peers.connection import CHUNK, Connection, Watched
from netlab.peers.conversation import (
    Conversation,
    Failed,
    first_difference,
    plural_bytes,
    shown,
)


class DatagramClient(Connection):
    """Клиент со своим портом; датаграммы от других до него не доходят."""

    def __init__(
        self,
        name: str,
        conversation: Conversation,
        program: Watched,
        address: tuple[str, int],
    ) -> None:
        super().__init__(name, conversation, program)
        self._address = address
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        # До первой датаграммы connect в UDP ничего не посылает.
        self._sock.connect(address)
        self.port = self._sock.getsockname()[1]

    def send_datagram(self, data: bytes) -> None:
        """Шлёт одну датаграмму.

        Raises:
            Failed: ядро её не взяло: порта программы больше нет.
        """
        self.say(f"→ датаграмму {shown(data)}")
        try:
            self.sock.send(data)
        except ConnectionError:
            # Прошлую датаграмму некому было получить, и ядро говорит об этом сейчас (ICMP).
            self._over = True
            raise self._no_answer(data) from None

    def send_and_leave(self, data: bytes) -> None:
        """Шлёт датаграмму и уходит: ответ уже некому получить.

        Датаграмму программа могла бы вернуть раньше, чем сокет закроется. Поэтому сокет не
        закрывается, а соединяется с самим собой: чужих датаграмм он больше не берёт, и ядро
        отвечает на них так же, как на посланные в свободный порт.
        """
        self.say(f"→ датаграмму {shown(data)} и ушёл, не дождавшись ответа")
        if sys.platform == "darwin":
            # Здесь sendto у соединённого сокета нет (EISCONN).
            self.sock.send(data)
            self.sock.close()
            return
        self.sock.connect(self.sock.getsockname())
        self.sock.sendto(data, self._address)

    def expect_datagram(self, data: bytes) -> None:
        """Ждёт одну датаграмму, ровно эту.

        Raises:
            Failed: пришла не та или никакой.
        """
        came = self._receive_datagram()
        if came is None:
            raise self._no_answer(data)
        if came == data:
            return
        if data.startswith(came):
            why = f"Вернулось не всё: {plural_bytes(len(came))} из {len(data)}."
        else:
            at = first_difference(data, came)
            where = f" (первое отличие — байт {at})" if at else ""
            why = f"Вернулось не то, что послали{where}."
        raise self._failure(why, shown(data), shown(came))

    def _receive_datagram(self) -> bytes | None:
        """Читает одну датаграмму; None — не пришло ничего и ждать нечего."""
        deadline = time.monotonic() + patience.ANSWER
        while True:
            # Сначала взгляд на программу, потом на сокет: её последняя датаграмма уже здесь.
            hopeless = not self.program.alive
            readable, _, _ = select.select([self.sock], [], [], patience.GLANCE)
            # Порт программы закрыт, и ядро сказало об этом (ICMP): ответа тоже не будет.
            with suppress(ConnectionError):
                if readable:
                    came = self.sock.recv(CHUNK)
                    self.say(f"← датаграмму {shown(came)}")
                    return came
            if hopeless or readable or time.monotonic() > deadline:
                self._over = hopeless or bool(readable)
                self.say("ничего не дождался")
                return None

    def _no_answer(self, data: bytes) -> Failed:
        return self._failure("Ответа нет.", shown(data), "ничего")
