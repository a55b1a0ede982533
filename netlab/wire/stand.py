"""Стенд, который видит шнуры: сценарий идёт в сети первого урока, а мы смотрим и записываем.

Имена ведут по настоящим адресам: их знает файл hosts хоста, а если соседи ещё незнакомы — сервер
имён на маршрутизаторе. Кто слушает, сидит на Б (это e1.ru), кто приходит — на А; программа, которая
играет обе стороны сама, сидит на А и говорит через loopback.
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

from netlab.checks.kind import Side
from netlab.namespaces import CORDS, DOOR_A, A, B, NamespaceStand, ip
from netlab.peers.client import Client
from netlab.peers.conversation import Conversation
from netlab.peers.name_server import NameServer
from netlab.program import Program
from netlab.stand import Circumstances, StandError
from netlab.wire.capture import LOOPBACK, QUIET, Capture, listen_to
from netlab.wire.frame import Frame
from netlab.wire.loopback import new_ports, renamed, renamed_trace
from netlab.wire.talk import Talk, from_run

FIRST_PORT = 50000
PORT = 5555
FILES = Path("/etc/netns")
"""Отсюда ip netns exec берёт /etc/hosts своего хоста (ip-netns(8))."""
LOCAL = "127.0.0.1"
NAMES = {"a": A.ipv4, "e1.ru": B.ipv4}
# Отметки времени TCP заняли бы 12 байт в каждом сегменте, а об IPv6 соседи переговаривались бы
# посреди разговора.
SETTINGS = {
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

    side — кто программа в разговоре. strangers — соседи ещё незнакомы: в захвате видно, как они
    узнают адрес по имени (DNS) и MAC по адресу (ARP).
    """

    def __init__(
        self,
        path: Path,
        circumstances: Circumstances | None = None,
        *,
        side: Side,
        strangers: bool = False,
    ) -> None:
        home, peers = (B, A) if side == "server" else (A, B)
        super().__init__(path, circumstances, home, peers)
        self._side, self._strangers = side, strangers
        self.conversation: TimedConversation = TimedConversation()
        self.frames: list[Frame] = []
        self._trace: list[dict[str, Any]] = []
        self._ports = itertools.count(FIRST_PORT)

    def __enter__(self) -> CaptureStand:
        super().__enter__()
        try:
            for host in self.network.hosts:
                self._settle(host)
            if self._strangers:
                with self.network.inside(DOOR_A.host):
                    names = NameServer(DOOR_A.ipv4, NAMES)
                self._resources.enter_context(names)
            with self.network.inside(A.host):
                cord = listen_to(LOOPBACK if self._side == "both" else A.name)
            self._capture = Capture([cord])
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
        frames, trace, ends = self.frames, self._trace, (self.home.ipv4, self.peers.ipv4)
        if self._side == "both":
            ports = new_ports(frames)
            frames, trace = renamed(frames, ports), renamed_trace(trace, ports)
            ends = LOCAL, LOCAL
        return from_run(self.path, scenario, *ends, frames, trace, self.conversation.acts)

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
        known = {"localhost": LOCAL} | ({} if self._strangers else NAMES)
        (files / "hosts").write_text("".join(f"{known[one]} {one}\n" for one in known))
        (files / "resolv.conf").write_text(f"nameserver {DOOR_A.ipv4}\n")
        with self.network.inside(host):
            # Через loopback говорят с портов, какие дадут: в записи они всё равно другие.
            spare = 999 if self._side == "both" else 1
            ports = f"{FIRST_PORT} {FIRST_PORT + spare}"
            write_settings({**SETTINGS, "ipv4/ip_local_port_range": ports})
            for one, other in (pair for cord in CORDS for pair in (cord, cord[::-1])):
                if one.host != host:
                    continue
                command = ["ethtool", "-K", one.name, *OFFLOADS]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode:
                    raise StandError(f"Команда {' '.join(command)} не удалась: {done.stderr}")
                if not self._strangers:
                    ip("-n", name, "neigh", "replace", other.ipv4, "lladdr", other.mac,
                       "dev", one.name, "nud", "permanent")  # fmt: skip

    def _config(self) -> dict[str, Any]:
        return {**super()._config(), "trace": True}


def write_settings(settings: dict[str, str]) -> None:
    """Настраивает ядро текущего пространства имён (ip-sysctl, документация Linux)."""
    for name, value in settings.items():
        Path("/proc/sys/net", name).write_text(value)
