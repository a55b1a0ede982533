"""Сервер имён для стенда: знает одно-два имени и отвечает на вопросы об их адресах (RFC 1035)."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Mapping
from ipaddress import IPv4Address

PORT = 53
ADDRESS, INTERNET = 1, 1  # QTYPE A, QCLASS IN
ANSWER, NO_SUCH_NAME = 0x8580, 0x8583  # ответ хозяина имени; кто спросил рекурсию, её получил
TO_THE_QUESTION = 0xC00C  # «имя — то же, что в вопросе»
HOUR = 3600
GLANCE = 0.1


class NameServer:
    """Отвечает на адресе host, пока открыт контекст; names — адреса IPv4 по именам."""

    def __init__(self, host: str, names: Mapping[str, str]) -> None:
        self._names = {
            name.encode(): IPv4Address(address).packed for name, address in names.items()
        }
        self._closing = threading.Event()
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.bind((host, PORT))
        self._sock.settimeout(GLANCE)
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> NameServer:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._closing.set()
        self._thread.join()
        self._sock.close()

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                question, client = self._sock.recvfrom(512)
            except TimeoutError:
                continue
            self._sock.sendto(answer(question, self._names), client)


def answer(question: bytes, names: Mapping[bytes, bytes]) -> bytes:
    """Составляет ответ на вопрос об одном имени; names — адреса по именам."""
    name, end = read_name(question)
    address = names.get(name)
    (kind,) = struct.unpack_from(">H", question, end)
    found = address is not None and kind == ADDRESS
    flags = NO_SUCH_NAME if address is None else ANSWER
    head = question[:2] + struct.pack(">HHHHH", flags, 1, int(found), 0, 0)
    asked = question[12 : end + 4]
    if not found or address is None:
        return head + asked
    record = struct.pack(">HHHIH", TO_THE_QUESTION, ADDRESS, INTERNET, HOUR, len(address))
    return head + asked + record + address


def read_name(question: bytes) -> tuple[bytes, int]:
    """Читает имя из вопроса: части, перед каждой её длина; возвращает имя и где оно кончилось."""
    at, parts = 12, []
    while size := question[at]:
        parts.append(question[at + 1 : at + 1 + size])
        at += 1 + size
    return b".".join(parts).lower(), at + 1
