"""Студент с настоящим сокетом: говорит строками и решает первые две задачи."""

from __future__ import annotations

import re
import socket

from netlab.sockets import Address

SECONDS = 30.0
FLAG = re.compile(r"python\{.*\}")


class Student:
    """Соединение с сервером; что пришло лишнего, ждёт в буфере."""

    def __init__(self, address: Address, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self.sock = socket.create_connection(address, seconds)
        self._held = b""
        try:
            assert self.hear().startswith("# Это сервер флагов")
        except BaseException:
            self.sock.close()
            raise

    def __enter__(self) -> Student:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def hear(self) -> str:
        """Читает строку; в конце потока — сколько есть."""
        self.sock.settimeout(self.seconds)
        while b"\n" not in self._held and (chunk := self.sock.recv(65536)):
            self._held += chunk
        line, end, self._held = self._held.partition(b"\n")
        return (line + end).decode()

    def exactly(self, count: int) -> bytes:
        """Читает count байт."""
        self.sock.settimeout(self.seconds)
        while len(self._held) < count:
            chunk = self.sock.recv(65536)
            assert chunk, f"поток кончился, а пришло {self._held!r}"
            self._held += chunk
        data, self._held = self._held[:count], self._held[count:]
        return data

    def rest(self) -> str:
        """Читает всё до конца потока."""
        lines = []
        while line := self.hear():
            lines.append(line)
        return "".join(lines)

    def say(self, text: str) -> str:
        """Посылает строку и возвращает первую строку ответа."""
        self.sock.sendall(f"{text}\n".encode())
        return self.hear()

    def start(self, task: int) -> None:
        """Начинает задачу и дочитывает до go."""
        line = self.say(f"start {task}")
        while line != "go\n":
            assert line.startswith("# "), line
            line = self.hear()

    def solve(self, task: int) -> str:
        """Решает задачу, в которой надо вернуть строку, и возвращает флаг."""
        self.start(task)
        self.sock.sendall(self.hear().encode())
        flag = self.hear()
        while not FLAG.match(flag):
            assert flag, "поток кончился"
            assert not flag.startswith("! "), flag
            flag = self.hear()
        assert self.hear().startswith("# Верно")
        return flag.strip()
