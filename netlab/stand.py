"""Стенд: запускает любую программу неизменной, играет её клиентов и ничего после себя не оставляет.

Сценарий видит четыре вещи: `Stand.start` запускает программу, `Stand.connect` приводит к ней
клиента, `Program` говорит, что с ней сейчас (слушает, прочла, закрыла, завершилась), `Client`
разговаривает. Ни одно ожидание не бесконечно, и ни одно не отмеряется паузой: стенд ждёт
вызова, о котором доложил лаунчер, или истечения срока.
"""

from __future__ import annotations

import errno
import json
import os
import random
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from netlab.peers import patience
from netlab.peers.client import Client
from netlab.peers.conversation import Conversation, Failed
from netlab.program import Program

LAUNCHER = Path(__file__).with_name("launcher.py")
FREE_PORTS = range(20000, 32000)
"""Ниже диапазонов эфемерных портов Linux, macOS и Windows: случайный клиент такой порт не
займёт."""

_ports_in_use: set[int] = set()
_ports_lock = threading.Lock()


class StandError(Exception):
    """Стенд не смог сделать то, о чём просили; текст — одно предложение для человека."""


@contextmanager
def reserved_port() -> Iterator[int]:
    """Держит за собой один свободный порт loopback на время запуска.

    Порт должен быть одним и тем же при перезапуске программы, поэтому порт 0 здесь не годится.

    Raises:
        StandError: свободного порта не нашлось.
    """
    for port in random.sample(FREE_PORTS, 200):
        with _ports_lock:
            if port in _ports_in_use or not is_free(port):
                continue
            _ports_in_use.add(port)
        try:
            yield port
        finally:
            with _ports_lock:
                _ports_in_use.discard(port)
        return
    raise StandError("На этой машине не нашлось свободного порта; закройте лишние программы.")


def is_free(port: int) -> bool:
    """Говорит, что порт никем не занят и не остался в TIME_WAIT."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
    return True


def has_ipv6() -> bool:
    """Говорит, есть ли на этой машине ::1."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@dataclass(frozen=True)
class Circumstances:
    """Обстоятельства, в которых идёт программа."""

    flags: tuple[str, ...] = ()
    """Ключи интерпретатора, например `-bb`."""
    hurry: int = 1
    """Во сколько раз быстрее идут часы программы."""
    short_send: int = 0
    """Сколько байт самое большее берёт один `send`; 0 — сколько захочет ядро."""


class Stand:
    """Место, где идёт один сценарий: программа, её клиенты и запись их разговора.

    `with Stand(path) as stand:` — при выходе закрываются все соединения и не остаётся ни одного
    процесса.
    """

    hosts: ClassVar[dict[bool, str]] = {False: "127.0.0.1", True: "::1"}
    """Адрес программы по IPv4 и по IPv6."""

    def __init__(self, path: Path, circumstances: Circumstances | None = None) -> None:
        # Программа запускается из своей папки, и относительный путь оттуда вёл бы не туда.
        self.path = path.resolve()
        self.circumstances = circumstances or Circumstances()
        self.conversation = Conversation()
        self.names: dict[str, tuple[str, int]] = {}
        """Куда на самом деле ведут имена: {"e1.ru:80": ("127.0.0.1", 23456)}."""
        self.programs: list[Program] = []
        self.clients: list[Client] = []
        self._port = 0
        self._resources = ExitStack()

    def __enter__(self) -> Stand:
        self._port = self._resources.enter_context(reserved_port())
        return self

    def __exit__(self, *exc: object) -> None:
        try:
            for client in self.clients:
                client.abandon()
            for program in self.programs:
                program.kill()
        finally:
            self._resources.close()

    # ------------------------------------------------------------ программа

    def start(self, *, wait: bool = True) -> Program:
        """Запускает программу и ждёт, пока она не начнёт слушать.

        Raises:
            Failed: программа завершилась или не начала слушать в срок.
        """
        program = self._launch()
        if not wait or program.wait_listening():
            return program
        if program.bind_error == "EADDRINUSE" and len(self.programs) == 1:
            # Порт перехватил кто-то посторонний, пока стенд его не держал.
            self._port = self._resources.enter_context(reserved_port())
            self.conversation = Conversation()
            program = self._launch()
            if program.wait_listening():
                return program
        raise self._silence(program)

    def interrupt(self, program: Program) -> bool:
        """Нажимает Ctrl-C и ждёт конца программы; не послушавшуюся завершает и говорит False."""
        self.conversation.add("программа", "^C")
        obeyed = program.interrupt() is not None
        if not obeyed:
            self.conversation.add("программа", "не послушалась")
            program.kill()
        return obeyed

    def _silence(self, program: Program) -> Failed:
        """Объясняет, почему программа не слушает."""
        if program.alive:
            return Failed(
                f"Программа не начала слушать порт TCP за {patience.START:.0f} с.",
                "вызовы bind и listen",
                "программа идёт, но порт не слушает",
            )
        code = program.wait_exit()
        if program.last_words:
            self.conversation.add("программа", program.last_words)
        self.conversation.add("программа", f"завершилась с кодом {code}")
        return Failed(
            "Программа завершилась, так и не начав слушать порт TCP.",
            "вызовы bind и listen",
            program.last_words or f"код завершения {code}",
        )

    def _launch(self) -> Program:
        words = ["python", *self.circumstances.flags, self.path.name]
        self.conversation.add("программа", "$ " + " ".join(words))
        program = self._spawn(self._config())
        self.programs.append(program)
        return program

    def _config(self) -> dict[str, Any]:
        return {
            "ports": [self._port],
            "names": self.names,
            "mapped": True,
            "hurry": self.circumstances.hurry,
            "short_send": self.circumstances.short_send,
            "shown": self.path.name,
        }

    def _spawn(self, config: dict[str, Any], prefix: Sequence[str] = ()) -> Program:
        read_end, write_end = os.pipe()
        options: dict[str, Any] = {}
        if sys.platform == "win32":
            import msvcrt

            handle = msvcrt.get_osfhandle(write_end)
            os.set_handle_inheritable(handle, True)
            startup = subprocess.STARTUPINFO(lpAttributeList={"handle_list": [handle]})
            options = {"startupinfo": startup}
            config["channel"] = handle
        else:
            # Своя группа процессов: потом её можно завершить целиком, не задев стенд.
            options = {"pass_fds": [write_end], "start_new_session": True}
            config["channel"] = write_end
        command = [
            *prefix,
            sys.executable,
            "-u",
            "-X",
            "utf8",
            *self.circumstances.flags,
            str(LAUNCHER),
            json.dumps(config),
            str(self.path),
        ]
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.path.parent,
            env=self._environment(),
            **options,
        )
        os.close(write_end)
        return Program(process, read_end, self.path.name)

    def _environment(self) -> dict[str, str]:
        # Программа на netlab должна найти тот netlab, который её проверяет.
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        return {**kept, "PYTHONPATH": str(LAUNCHER.parents[1]), "NO_COLOR": "1"}

    # ------------------------------------------------------------ клиенты

    def connect(self, program: Program, *, ipv6: bool = False, **options: Any) -> Client:
        """Приводит к программе ещё одного клиента.

        Raises:
            Failed: соединиться не удалось.
        """
        assert program.port is not None
        name = f"клиент {len(self.clients) + 1}"
        client = Client(name, self.conversation, program, **options)
        self.clients.append(client)
        # Сокетов может быть два, и второй начинает слушать чуть позже первого.
        program.wait(lambda: (6 if ipv6 else 4) in program.ip_versions or not program.alive)
        client.connect((self.hosts[ipv6], program.port))
        return client
