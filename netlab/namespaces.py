"""Стенд в пространствах имён сети: настоящие хосты с настоящими адресами.

Сеть — та, что нарисована в первом уроке: А и Б сидят в разных комнатах, между ними маршрутизатор.
Здесь ничего не подменяется: программа слушает `0.0.0.0:5555` своего хоста, клиенты приходят с
другого. Нужны Linux, root и команда ip (iproute2). Тот же сценарий даёт здесь то же, что на
стенде процессов, — это проверяет тест; отсюда же берутся захваты.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netlab.stand import Circumstances, Process, Stand, StandError

CLONE_NEWNET = 0x40000000
THIS_THREAD = Path("/proc/thread-self/ns/net")
NAMED = Path("/run/netns")

_numbers = itertools.count()


def available() -> bool:
    """Говорит, можно ли здесь делать пространства имён."""
    return sys.platform == "linux" and os.geteuid() == 0 and shutil.which("ip") is not None


def enter(namespace: Path) -> None:
    """Переводит текущий поток в пространство имён: его новые сокеты будут там (setns(2)).

    Raises:
        StandError: ядро не пустило.
    """
    with namespace.open("rb") as file:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(file.fileno(), CLONE_NEWNET) != 0:
            raise StandError(f"Ядро не пускает в {namespace}: {os.strerror(ctypes.get_errno())}.")


def ip(*words: str) -> None:
    """Выполняет команду ip.

    Raises:
        StandError: команда не удалась; в тексте её слова и ответ.
    """
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StandError(f"Команда ip {' '.join(words)} не удалась: {done.stderr.strip()}.")


@dataclass(frozen=True)
class Interface:
    """Сетевая карта в комнате: чья, как называется, её MAC и адреса."""

    host: str
    name: str
    mac: str
    ipv4: str
    ipv6: str


A = Interface("a", "eth0", "02:00:00:00:00:0a", "10.0.1.10", "fd00:1::10")
B = Interface("b", "eth0", "02:00:00:00:00:0b", "10.0.2.80", "fd00:2::80")
DOOR_A = Interface("router", "eth0", "02:00:00:00:00:0c", "10.0.1.1", "fd00:1::1")
DOOR_B = Interface("router", "eth1", "02:00:00:00:00:0d", "10.0.2.1", "fd00:2::1")
CORDS = ((A, DOOR_A), (B, DOOR_B))


class Network:
    """Две комнаты и маршрутизатор в дверях; хосты живут, пока открыт контекст."""

    def __init__(self) -> None:
        number = f"{os.getpid()}-{next(_numbers)}"
        self.hosts = {host: f"netlab-{host}-{number}" for host in ("a", "b", "router")}

    def __enter__(self) -> Network:
        try:
            self._build()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        for name in self.hosts.values():
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)

    def path(self, host: str) -> Path:
        """Возвращает файл пространства имён хоста."""
        return NAMED / self.hosts[host]

    @contextmanager
    def inside(self, host: str) -> Iterator[None]:
        """На это время переводит текущий поток на хост."""
        home = os.open(THIS_THREAD, os.O_RDONLY)
        try:
            enter(self.path(host))
            yield
        finally:
            enter(Path(f"/proc/self/fd/{home}"))
            os.close(home)

    def _build(self) -> None:
        for name in self.hosts.values():
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        for end, door in CORDS:
            ip("link", "add", *self._card(end), "type", "veth", "peer", *self._card(door))
            for one in (door, end):
                name = self.hosts[one.host]
                # nodad: адрес готов сразу, а не после секунды поиска двойников.
                ip("-n", name, "address", "add", f"{one.ipv4}/24", "dev", one.name)
                ip("-n", name, "address", "add", f"{one.ipv6}/64", "dev", one.name, "nodad")
                ip("-n", name, "link", "set", one.name, "up")
            for gateway, version in ((door.ipv4, "-4"), (door.ipv6, "-6")):
                ip("-n", self.hosts[end.host], version, "route", "add", "default", "via", gateway)
        with self.inside("router"):
            for version in ("ipv4", "ipv6"):
                Path(f"/proc/sys/net/{version}/conf/all/forwarding").write_text("1")

    def _card(self, one: Interface) -> tuple[str, ...]:
        return ("name", one.name, "address", one.mac, "netns", self.hosts[one.host])


class NamespaceStand(Stand):
    """Стенд, на котором программа и клиенты — на разных хостах.

    Программа сидит на Б, собеседники — на А. Поток, который вошёл в `with`, до выхода живёт на
    хосте собеседников.
    """

    def __init__(
        self,
        path: Path,
        circumstances: Circumstances | None = None,
        home: Interface = B,
        peers: Interface = A,
    ) -> None:
        super().__init__(path, circumstances)
        self.network, self.home, self.peers = Network(), home, peers
        self.hosts = {False: home.ipv4, True: home.ipv6}
        self.peer_hosts = {False: peers.ipv4, True: peers.ipv6}

    def __enter__(self) -> NamespaceStand:
        super().__enter__()
        try:
            self._resources.enter_context(self.network)
            self._resources.enter_context(self.network.inside(self.peers.host))
        except BaseException:
            self._resources.close()
            raise
        return self

    def _config(self) -> dict[str, Any]:
        return {**super()._config(), "mapped": False}

    def _spawn(self, config: dict[str, Any], prefix: Sequence[str] = ()) -> Process:
        inside = ["ip", "netns", "exec", self.network.hosts[self.home.host]]
        return super()._spawn(config, [*inside, *prefix])
