"""Стенд в пространствах имён сети: два настоящих хоста с настоящими адресами, соединённые шнуром.

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
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from netlab.stand import Circumstances, Process, Stand, StandError

CLONE_NEWNET = 0x40000000
THIS_THREAD = Path("/proc/thread-self/ns/net")
NAMED = Path("/run/netns")
SERVER_IPV4, CLIENT_IPV4 = "10.0.0.1", "10.0.0.2"
SERVER_IPV6, CLIENT_IPV6 = "fd00::1", "fd00::2"

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


class NamespaceStand(Stand):
    """Стенд, на котором программа и клиенты — на разных хостах.

    Поток, который вошёл в `with`, до выхода живёт на хосте клиентов.
    """

    hosts: ClassVar[dict[bool, str]] = {False: SERVER_IPV4, True: SERVER_IPV6}
    peer_hosts: ClassVar[dict[bool, str]] = {False: CLIENT_IPV4, True: CLIENT_IPV6}

    def __init__(self, path: Path, circumstances: Circumstances | None = None) -> None:
        super().__init__(path, circumstances)
        number = f"{os.getpid()}-{next(_numbers)}"
        self.server, self.client = f"netlab-server-{number}", f"netlab-client-{number}"
        self._home = -1

    def __enter__(self) -> NamespaceStand:
        super().__enter__()
        try:
            self._connect_hosts()
            self._home = os.open(THIS_THREAD, os.O_RDONLY)
            enter(NAMED / self.client)
        except StandError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        try:
            super().__exit__(*exc)
        finally:
            if self._home >= 0:
                enter(Path(f"/proc/self/fd/{self._home}"))
                os.close(self._home)
                self._home = -1
            for name in (self.server, self.client):
                subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)

    def _connect_hosts(self) -> None:
        for name in (self.server, self.client):
            ip("netns", "add", name)
        wire = ("link", "add", "eth0", "netns", self.server, "type", "veth")
        ip(*wire, "peer", "name", "eth0", "netns", self.client)
        addresses = (
            (self.server, f"{SERVER_IPV4}/24", f"{SERVER_IPV6}/64"),
            (self.client, f"{CLIENT_IPV4}/24", f"{CLIENT_IPV6}/64"),
        )
        for name, ipv4, ipv6 in addresses:
            ip("-n", name, "address", "add", ipv4, "dev", "eth0")
            # nodad: адрес готов сразу, а не после секунды поиска двойников.
            ip("-n", name, "address", "add", ipv6, "dev", "eth0", "nodad")
            ip("-n", name, "link", "set", "lo", "up")
            ip("-n", name, "link", "set", "eth0", "up")

    def _config(self) -> dict[str, Any]:
        return {**super()._config(), "mapped": False}

    def _spawn(self, config: dict[str, Any], prefix: Sequence[str] = ()) -> Process:
        return super()._spawn(config, ["ip", "netns", "exec", self.server, *prefix])
