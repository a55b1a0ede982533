"""Работы для load.py: `python -m netlab.bench.flags.works РАБОТА АДРЕС ПОРТ СЛОВО…`.

Работа печатает строку JSON, когда готова, и ждёт строки на stdin; второй строкой она отвечает.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from random import Random

from netlab.bench.flags.crowd import attend
from netlab.bench.flags.script import CLASS_TASKS, Script, attendance
from netlab.sockets import Address, allow_files

FILES = 20_000


def say(**figures: object) -> None:
    """Говорит тому, кто запустил."""
    print(json.dumps(figures), flush=True)


def study(address: Address, first: str, count: str, think: str) -> None:
    """Ведёт столько студентов с номерами от first через все задачи для класса."""
    collected: set[tuple[str, int]] = set()

    def script(name: str) -> Script:
        return attendance(name, CLASS_TASKS, lambda task: collected.add((name, task)))

    names = [f"Студент {int(first) + number}" for number in range(int(count))]
    say()
    sys.stdin.readline()
    waits, complaints = attend(address, map(script, names), float(think), Random(first))
    say(waits=waits, complaints=complaints, collected=len(collected))


def flood(address: Address, words: str) -> None:
    """Шлёт одно и то же без остановки, а ответы выбрасывает; {n} в словах — номер посылки."""
    sock = socket.create_connection(address)
    threading.Thread(target=discard, args=[sock], daemon=True).start()
    say()
    number = 0
    with suppress(OSError):
        while True:
            number += 1
            one = words.replace("{n}", str(number)).encode()
            sock.sendall(one if "{n}" in words else one * 10_000)


def discard(sock: socket.socket) -> None:
    """Читает и выбрасывает."""
    with suppress(OSError):
        while sock.recv(65536):
            pass


def trickle(address: Address, count: str, pause: str, patience: str) -> None:
    """Столько студентов шлют по байту раз в pause секунд, пока сервер их не выгонит.

    Не выгонит за patience секунд — перестают.
    Отвечает, сколько секунд прошло от первого байта до последнего прощания и скольких выгнали.
    """
    with selectors.DefaultSelector() as selector:
        for _ in range(int(count)):
            sock = socket.create_connection(address)
            sock.setblocking(False)
            selector.register(sock, selectors.EVENT_READ, bytearray())
        say()
        sys.stdin.readline()
        began = time.monotonic()
        told, round_at = 0, began
        while selector.get_map() and time.monotonic() < began + float(patience):
            if time.monotonic() >= round_at:
                round_at += float(pause)
                for key in list(selector.get_map().values()):
                    with suppress(OSError):
                        key.fileobj.send(b"x")  # type: ignore[union-attr]
            for key, _ in selector.select(max(round_at - time.monotonic(), 0.0)):
                with suppress(ConnectionResetError):
                    if chunk := key.fileobj.recv(4096):  # type: ignore[union-attr]
                        key.data.extend(chunk)
                        continue
                told += "Строка не закончилась".encode() in key.data
                selector.unregister(key.fileobj)
                key.fileobj.close()  # type: ignore[union-attr]
    say(seconds=time.monotonic() - began, told=told)


WORKS: dict[str, Callable[..., None]] = {"study": study, "flood": flood, "trickle": trickle}

if __name__ == "__main__":
    work, host, port, *words = sys.argv[1:]
    allow_files(FILES)
    WORKS[work]((host, int(port)), *words)
