"""Посредник: переносит байты между двумя сокетами, а как доставить, решает неисправность.

У каждого направления своя неисправность и свой поток. Конец потока и обрыв передаются дальше.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

from netlab.peers.fault import Fault
from netlab.sockets import reset

RECEIVE_SIZE = 65536
STOP_TIMEOUT = 2.0  # столько ждём потоки; те, что спят в паузе, доживут своё сами


def carry(source: socket.socket, destination: socket.socket, fault: Fault, opposite: Fault) -> None:
    """Переносит байты в одну сторону, пока не кончится поток или связь."""
    broken = False
    try:
        while data := source.recv(RECEIVE_SIZE):
            fault.deliver(destination, data)
        broken = fault.broken or opposite.broken
        if not broken:
            fault.finish(destination)
    except OSError:
        broken = True
    if broken:
        reset(source)
        reset(destination)


class Relay:
    """Посредник между сокетами one и two; работает сразу, в своих потоках, до stop."""

    def __init__(
        self, one: socket.socket, two: socket.socket, to_two: Fault, to_one: Fault
    ) -> None:
        # Дескрипторы у каждого направления свои: иначе неисправность, закрыв сокет, выдернула бы
        # его из-под соседнего потока.
        one_too, two_too = one.dup(), two.dup()
        self._sockets = [one, two, one_too, two_too]
        for sock in self._sockets:
            sock.settimeout(None)
        self._threads = [
            threading.Thread(target=carry, args=(one, two, to_two, to_one), daemon=True),
            threading.Thread(target=carry, args=(two_too, one_too, to_one, to_two), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Закрывает оба соединения."""
        for sock in self._sockets:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)  # будит тех, кто ждёт recv или sendall
        for thread in self._threads:
            thread.join(STOP_TIMEOUT)
        for sock in self._sockets:
            sock.close()
