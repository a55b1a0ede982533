"""Студент с настоящим сокетом: говорит строками, читает строками и верно решает задачи 1–11."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable

from netlab.sockets import Address
from tests.flags.scripted_lab import ANSWERS

SECONDS = 30.0
QUIET = 0.7
"""Столько тишины — и данные задач 1–7 пришли все: их куски разделяют сотые доли секунды."""
LINES = 524_288
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

    def all_until_quiet(self, seconds: float = QUIET) -> bytes:
        """Читает всё, пока сервер не замолчит на столько секунд."""
        self.sock.settimeout(seconds)
        try:
            while chunk := self.sock.recv(65536):
                self._held += chunk
        except TimeoutError:
            pass
        data, self._held = self._held, b""
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
        """Решает задачу и возвращает флаг."""
        self.start(task)
        PLAYS[task](self)
        flag = self.hear()
        while not FLAG.match(flag):
            assert flag, "поток кончился"
            assert not flag.startswith("! "), flag + self.all_until_quiet().decode()
            flag = self.hear()
        assert self.hear().startswith("# Верно")
        return flag.strip()


def answer(task: int) -> Callable[[Student], None]:
    def play(student: Student) -> None:
        student.sock.sendall(ANSWERS[task](student.all_until_quiet()))

    return play


def half_close(student: Student) -> None:
    student.sock.sendall(student.hear().encode() * 4096)
    student.sock.shutdown(socket.SHUT_WR)


def send_everything(student: Student) -> None:
    tag = student.hear().strip().encode()
    student.sock.sendall(b"".join([b"%s %06d\n" % (tag, number) for number in range(LINES)]))


def answer_silences(student: Student) -> None:
    for _ in range(3):
        student.all_until_quiet(2.0)
        student.sock.sendall(b"timeout\n")


def fetch_two_pages(student: Student) -> None:
    bodies = b""
    for name in ("a", "b"):
        student.sock.sendall(b"GET /%s HTTP/1.1\r\nHost: lab\r\n\r\n" % name.encode())
        size = 0
        while (line := student.hear()) != "\r\n":
            if line.lower().startswith("content-length:"):
                size = int(line.split(":")[1])
        bodies += student.exactly(size)
    student.sock.sendall(bodies + b"\n")


PLAYS: dict[int, Callable[[Student], None]] = {
    **{task: answer(task) for task in ANSWERS},
    1: lambda student: student.sock.sendall(student.hear().encode()),
    8: half_close,
    9: send_everything,
    10: answer_silences,
    11: fetch_two_pages,
}
