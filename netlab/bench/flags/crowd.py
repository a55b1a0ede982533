"""Толпа: много студентов в одном потоке, каждый ведёт разговор по сценарию."""

from __future__ import annotations

import heapq
import selectors
import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from random import Random

from netlab.bench.flags.script import Exchange, Script, Unexpected
from netlab.sockets import Address

SECONDS = 120.0


class Attendant:
    """Студент из толпы; waits — сюда он пишет, сколько секунд ждал каждого ответа."""

    def __init__(self, address: Address, script: Script, waits: list[float]) -> None:
        self._address = address
        self._script = script
        self._held = bytearray()
        self._waits = waits
        self._exchange: Exchange = next(script)
        self._asked = 0.0
        self.sock = socket.socket()

    def come(self) -> None:
        """Подключается, не дожидаясь этого."""
        self.sock.setblocking(False)
        self._asked = time.perf_counter()
        with suppress(BlockingIOError):
            self.sock.connect(self._address)

    def ask(self) -> None:
        """Говорит, что собирался."""
        self._asked = time.perf_counter()
        self.sock.sendall(self._exchange.say)  # коротко: буфер ядра возьмёт всё

    def receive(self) -> bool:
        """Читает, что пришло; истина — теперь очередь говорить.

        Raises:
            OSError: соединение оборвалось.
            StopIteration: разговор окончен.
            Unexpected: сервер ответил не то.
        """
        chunk = self.sock.recv(65536)
        if not chunk:
            raise Unexpected(f"конец потока, а пришло {bytes(self._held)!r}")
        self._held += chunk
        while length := self._exchange.until(self._held):
            now = time.perf_counter()
            self._waits.append(max(now - self._asked - self._exchange.excused, 0.0))
            answer = bytes(self._held[:length])
            del self._held[:length]
            self._exchange = self._script.send(answer)
            if self._exchange.say:
                return True
            self._asked = now
        return False


def attend(
    address: Address, scripts: Iterable[Script], think: float, draw: Random
) -> tuple[list[float], list[str]]:
    """Ведёт все разговоры до конца; возвращает ожидания ответов (с) и жалобы.

    Прийти и заговорить каждый раз собираются до think секунд.
    """
    waits: list[float] = []
    complaints: list[str] = []
    began = time.monotonic()
    everyone = [Attendant(address, script, waits) for script in scripts]
    # Когда и кому приходить или говорить; номер — чтобы не сравнивать самих студентов.
    plans = [(began + think * draw.random(), number) for number in range(len(everyone))]
    heapq.heapify(plans)
    with selectors.DefaultSelector() as selector:
        while (plans or selector.get_map()) and time.monotonic() < began + SECONDS:
            while plans and plans[0][0] <= time.monotonic():
                one = everyone[number := heapq.heappop(plans)[1]]
                if one.sock in selector.get_map():
                    one.ask()
                else:
                    one.come()
                    selector.register(one.sock, selectors.EVENT_READ, number)
            pause = plans[0][0] - time.monotonic() if plans else 1.0
            for key, _ in selector.select(max(pause, 0.0)):
                one = everyone[key.data]
                try:
                    if one.receive():
                        heapq.heappush(plans, (time.monotonic() + think * draw.random(), key.data))
                    continue
                except StopIteration:
                    pass
                except (OSError, Unexpected) as error:
                    complaints.append(str(error))
                selector.unregister(one.sock)
                one.sock.close()
        left = len(selector.get_map()) + len(plans)
    complaints += [f"не кончил и за {SECONDS:g} с"] * left
    for one in everyone:
        one.sock.close()
    return waits, complaints
