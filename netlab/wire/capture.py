"""Захват: все кадры, которые проходят по шнурам, пока он открыт."""

# Сокет AF_PACKET получает копию каждого кадра своей сетевой карты, входящего и исходящего
# (packet(7)), и время ему ставит само ядро. Он живёт там, где его создали: поток потом может
# перейти в другое пространство имён.

from __future__ import annotations

import select
import socket
import struct
import threading
from collections.abc import Sequence

from netlab.wire.frame import Frame

EVERY_PROTOCOL = 0x0003  # ETH_P_ALL, linux/if_ether.h
TIMESTAMP = 35  # SO_TIMESTAMPNS, asm-generic/socket.h; в модуле socket его нет
LOOPBACK = "lo"
LARGEST = 65536 + 64  # MTU loopback и заголовок кадра
QUEUE = 64 * 1024 * 1024
GLANCE = 0.05
QUIET = 0.1
"""Столько секунд без единого кадра — и разговор окончен: последние FIN и ACK уже прошли."""


def listen_to(interface: str) -> socket.socket:
    """Открывает захват на сетевой карте текущего пространства имён.

    Raises:
        OSError: такой карты нет, или на это нет прав.
    """
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERY_PROTOCOL))
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, QUEUE)
        sock.setsockopt(socket.SOL_SOCKET, TIMESTAMP, 1)
        sock.bind((interface, 0))
    except BaseException:
        sock.close()
        raise
    return sock


class Capture:
    """Собирает кадры с сокетов cords, пока не остановят; закрывает их сам."""

    def __init__(self, cords: Sequence[socket.socket]) -> None:
        self._cords = cords
        self._frames: list[Frame] = []
        self._stopping = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def stop(self) -> list[Frame]:
        """Дожидается тишины и возвращает кадры по порядку времени."""
        self._stopping.set()
        self._reader.join()
        for cord in self._cords:
            cord.close()
        return sorted(self._frames, key=lambda frame: frame.at)

    def _read(self) -> None:
        while True:
            # Сначала взгляд на приказ, потом на сокеты: кадры до приказа уже в очереди.
            stopping = self._stopping.is_set()
            ready, _, _ = select.select(self._cords, [], [], QUIET if stopping else GLANCE)
            if stopping and not ready:
                return
            for sock in ready:
                frame = read_frame(sock, self._cords.index(sock))
                if frame is not None:
                    self._frames.append(frame)


def read_frame(sock: socket.socket, cord: int) -> Frame | None:
    """Читает кадр и его время (timespec, SO_TIMESTAMPNS).

    None — кадр loopback, который только уходит: он же сейчас и придёт.
    """
    data, notes, _, (interface, _, way, *_) = sock.recvmsg(LARGEST, socket.CMSG_SPACE(16))
    if interface == LOOPBACK and way == socket.PACKET_OUTGOING:
        return None
    at = 0.0
    for level, kind, value in notes:
        if (level, kind) == (socket.SOL_SOCKET, TIMESTAMP):
            seconds, nanoseconds = struct.unpack("=qq", value)
            at = seconds + nanoseconds / 1e9
    return Frame(at, data, cord)
