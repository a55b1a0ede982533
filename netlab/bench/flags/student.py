"""Один студент на одном сокете: ведёт разговор по сценарию и мерит, сколько ждал."""

from __future__ import annotations

import socket
import time
from collections.abc import Generator
from typing import Self, TypeVar

from netlab.bench.flags.script import Exchange, Until, greeting, line
from netlab.sockets import Address

T = TypeVar("T")

SECONDS = 30.0


class Student:
    """Соединение с сервером; seconds — сколько ждать одного ответа.

    Raises:
        OSError: соединиться не вышло.
    """

    def __init__(self, address: Address, seconds: float = SECONDS) -> None:
        self.sock = socket.create_connection(address, seconds)
        self._held = bytearray()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def ask(self, say: bytes, until: Until = line) -> bytes:
        """Посылает и ждёт ответа.

        Raises:
            OSError: ответа нет или соединение оборвалось.
        """
        self.sock.sendall(say)
        while not (length := until(self._held)):
            chunk = self.sock.recv(65536)
            if not chunk:
                raise ConnectionResetError(f"конец потока, а пришло {bytes(self._held)!r}")
            self._held += chunk
        answer = bytes(self._held[:length])
        del self._held[:length]
        return answer

    def rest(self) -> bytes:
        """Читает до конца потока."""
        while chunk := self.sock.recv(65536):
            self._held += chunk
        return bytes(self._held)

    def follow(self, script: Generator[Exchange, bytes, T]) -> T:
        """Ведёт разговор до конца и возвращает то же, что он.

        Raises:
            OSError: соединение оборвалось, или ответа нет.
            Unexpected: сервер ответил не то.
        """
        try:
            exchange = next(script)
            while True:
                exchange = script.send(self.ask(exchange.say, exchange.until))
        except StopIteration as end:
            result: T = end.value
            return result

    def introduce(self, name: str) -> Self:
        """Слушает приветствие и называет себя."""
        self.follow(greeting(name))
        return self


def waits(address: Address, count: int, name: str = "Ёж") -> list[float]:
    """Столько раз спрашивает время; возвращает, сколько секунд ждал каждого ответа."""
    with Student(address) as student:
        student.introduce(name)
        waited = []
        for _ in range(count):
            began = time.perf_counter()
            student.ask(b"time\n")
            waited.append(time.perf_counter() - began)
    return waited


def percentile(values: list[float], share: float = 0.99) -> float:
    """Число, не больше которого такая доля values."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]
