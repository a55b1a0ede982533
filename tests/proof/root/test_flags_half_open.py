"""Студент пропал из настоящей сети: ни FIN, ни RST. Место в практике освобождает ядро."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from netlab.bench.flags.farewell import settled, wait_for
from netlab.bench.flags.launcher import serving
from netlab.bench.flags.student import Student
from netlab.namespaces import NAMED, enter, ip
from netlab.sockets import Address

NAME = f"vanish{os.getpid()}"
NEAR, FAR = "10.213.7.1", "10.213.7.2"
LIMITS = {
    "netlab.flags.talk.KEEPALIVE": {"TCP_KEEPIDLE": 1, "TCP_KEEPINTVL": 1, "TCP_KEEPCNT": 2},
    "netlab.flags.talk.UNANSWERED_MS": 2000,
}
"""Две минуты и минута ждать долго; десять минут тишины остаются десятью минутами."""


@pytest.fixture
def cable() -> Iterator[str]:
    """Шнур между нами и другим хостом; возвращает имя его дальнего конца."""
    near, far = f"{NAME}n"[-15:], f"{NAME}f"[-15:]
    ip("netns", "add", NAME)
    try:
        ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", NAME)
        ip("address", "add", f"{NEAR}/30", "dev", near)
        ip("-n", NAME, "address", "add", f"{FAR}/30", "dev", far)
        ip("link", "set", near, "up")
        ip("-n", NAME, "link", "set", far, "up")
        yield far
    finally:
        ip("netns", "delete", NAME)


def from_afar(address: Address) -> Student:
    """Подключается с другого хоста."""
    come: list[Student] = []

    def connect() -> None:
        enter(NAMED / NAME)  # только этот поток
        come.append(Student(address))

    thread = threading.Thread(target=connect)
    thread.start()
    thread.join()
    return come[0]


def test_vanished_students_free_their_places(cable: str, tmp_path: Path) -> None:
    """Один молчал, другому ещё шлют ответ, третий решает задачу."""
    with serving(tmp_path / "data", "--host", NEAR, limits=LIMITS) as server:
        baseline = settled(server)
        silent, asking, solving = (from_afar(server.address) for _ in range(3))
        silent.introduce("Ёж")
        asking.introduce("Уж").sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        solving.introduce("Чиж").ask(b"start 3\n")
        asking.sock.sendall(b"help\n" * 200)
        ip("-n", NAME, "link", "set", cable, "down")
        wait_for(lambda: server.held() <= baseline, 15.0)
        for student in (silent, asking, solving):
            student.sock.close()
