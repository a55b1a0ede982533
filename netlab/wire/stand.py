"""Стенд, который видит шнуры: сценарий идёт в сети первого урока, а мы смотрим и записываем.

Имена ведут по настоящим адресам: их знает файл hosts хоста. Кто слушает, сидит на Б (это e1.ru),
кто приходит — на А; программа, которая играет обе стороны сама, говорит через loopback.
"""

from __future__ import annotations

import itertools
import shutil
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from netlab.namespaces import CORDS, A, B, NamespaceStand
from netlab.peers.client import Client
from netlab.peers.conversation import Conversation
from netlab.program import Program
from netlab.stand import Circumstances, StandError
from netlab.wire.capture import QUIET, Capture, listen_to
from netlab.wire.frame import Frame
from netlab.wire.talk import Talk, from_run

FIRST_PORT = 50000
PORT = 5555
FILES = Path("/etc/netns")
"""Отсюда ip netns exec берёт /etc/hosts своего хоста (ip-netns(8))."""
HOSTS = f"127.0.0.1 localhost\n{A.ipv4} a\n{B.ipv4} e1.ru\n"
# Порты клиентов известны заранее; отметки времени TCP заняли бы 12 байт в каждом сегменте, а об
# IPv6 соседи переговаривались бы посреди разговора.
SETTINGS = {
    "ipv4/ip_local_port_range": f"{FIRST_PORT} {FIRST_PORT + 1}",
    "ipv4/tcp_timestamps": "0",
    "ipv6/conf/all/disable_ipv6": "1",
}
# veth отдаёт сегменты больше кадра и без контрольных сумм, если этого ему не запретить.
OFFLOADS = ("tx", "off", "tso", "off", "gso", "off", "gro", "off")


class TimedConversation(Conversation):
    """Разговор, который помнит ещё и время."""

    def __init__(self) -> None:
        super().__init__()
        self.acts: list[tuple[float, str, str]] = []

    def add(self, who: str, what: str) -> None:
        self.acts.append((time.time(), who, what))
        super().add(who, what)


class CaptureStand(NamespaceStand):
    """Стенд с захватом; когда контекст закрыт, в frames всё, что прошло по шнуру А.

    listens — программа слушает, и место ей на Б; иначе она приходит сама, и место ей на А.
    """

    def __init__(
        self, path: Path, circumstances: Circumstances | None = None, *, listens: bool
    ) -> None:
        home, peers = (B, A) if listens else (A, B)
        super().__init__(path, circumstances, home, peers)
        self.conversation: TimedConversation = TimedConversation()
        self.frames: list[Frame] = []
        self._trace: list[dict[str, Any]] = []
        self._ports = itertools.count(FIRST_PORT)

    def __enter__(self) -> CaptureStand:
        super().__enter__()
        try:
            for host in self.network.hosts:
                self._settle(host)
            cords = []
            for end, _ in CORDS[:1]:
                with self.network.inside(end.host):
                    cords.append(listen_to(end.name))
            self._capture = Capture(cords)
        except BaseException:
            self._resources.close()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        try:
            self._settle_down()
            # Дальше стенд прибирает за сценарием: это к разговору не относится.
            self.frames = self._capture.stop()
            self._trace = [event for program in self.programs for event in program.trace]
        finally:
            super().__exit__(*exc)

    def talk(self, scenario: str) -> Talk:
        """Возвращает записанный разговор, когда контекст уже закрыт."""
        return from_run(
            self.path, scenario, self.home.ipv4, self.peers.ipv4,
            self.frames, self._trace, self.conversation.acts,
        )  # fmt: skip

    def _settle_down(self) -> None:
        """Ждёт, пока программы не замрут: что они начали, то и закончат или будут ждать дальше."""
        pause = threading.Event()
        for program in self.programs:
            seen = -1
            while seen != len(program.trace):
                seen = len(program.trace)
                pause.wait(QUIET)

    def connect(self, program: Program, *, ipv6: bool = False, **options: Any) -> Client:
        """Приводит клиента с известного порта."""
        port = next(self._ports)
        write_settings({"ipv4/ip_local_port_range": f"{port} {port}"})
        return super().connect(program, ipv6=ipv6, **options)

    def interrupt(self, program: Program) -> bool:
        """Нажимает Ctrl-C, когда программа уже замерла: иначе каждый раз в другом вызове."""
        self._settle_down()
        return super().interrupt(program)

    def _port_of(self, names: Sequence[str]) -> int:
        return int(names[0].rpartition(":")[2]) if names else PORT

    def _settle(self, host: str) -> None:
        """Готовит хост: имена, настройки ядра, карты без ускорений."""
        name = self.network.hosts[host]
        files = FILES / name
        files.mkdir(parents=True)
        self._resources.callback(shutil.rmtree, files)
        (files / "hosts").write_text(HOSTS)
        with self.network.inside(host):
            write_settings(SETTINGS)
            for card in {one.name for cord in CORDS for one in cord if one.host == host}:
                command = ["ethtool", "-K", card, *OFFLOADS]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode:
                    raise StandError(f"Команда {' '.join(command)} не удалась: {done.stderr}")

    def _config(self) -> dict[str, Any]:
        return {**super()._config(), "trace": True}


def write_settings(settings: dict[str, str]) -> None:
    """Настраивает ядро текущего пространства имён (ip-sysctl, документация Linux)."""
    for name, value in settings.items():
        Path("/proc/sys/net", name).write_text(value)
