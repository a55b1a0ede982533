"""Стенд: запускает любую программу неизменной, играет её собеседников и ничего не оставляет.

Сценарий видит несколько вещей: `Stand.start` запускает программу, `Stand.load` загружает её как
модуль, чтобы звать функции; `Stand.connect` приводит к программе клиента, `Stand.serve` заводит
сервер, к которому она придёт сама; `Program` говорит, что с ней сейчас (слушает, прочла, закрыла,
завершилась), собеседник разговаривает. Ни одно ожидание не бесконечно, и ни одно не отмеряется
паузой: стенд ждёт вызова, о котором доложил лаунчер, или истечения срока.
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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from netlab import fork_server
from netlab.fork_server import ForkedProcess
from netlab.module import Module, RemoteSocket
from netlab.peers import patience
from netlab.peers.client import Client
from netlab.peers.connection import Connection
from netlab.peers.conversation import Conversation, Failed
from netlab.peers.datagram_client import DatagramClient
from netlab.peers.server import Server
from netlab.program import Program

FREE_PORTS = range(20000, 32000)
"""Ниже диапазонов эфемерных портов Linux, macOS и Windows: случайный клиент такой порт не
займёт."""

_ports_in_use: set[int] = set()
_ports_lock = threading.Lock()


Process = tuple[subprocess.Popen[bytes] | ForkedProcess, int]
"""Процесс программы и канал, по которому лаунчер о ней докладывает."""


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
    stuck_after: int = 0
    """После стольких байт `send` больше не берёт ничего и возвращает 0; 0 — такого не бывает."""
    memory: bool = False
    """Считать, сколько памяти берёт вызов функции."""
    port_unreachable: bool = False
    """Ядро сообщает программе, что её датаграмму некому было получить; на Windows — и так."""


class Stand:
    """Место, где идёт один сценарий: программа, её клиенты и запись их разговора.

    `with Stand(path) as stand:` — при выходе закрываются все соединения и не остаётся ни одного
    процесса.
    """

    hosts: Mapping[bool, str] = MappingProxyType({False: "127.0.0.1", True: "::1"})
    """Адрес программы по IPv4 и по IPv6."""
    peer_hosts: Mapping[bool, str] = hosts
    """Адрес серверов, к которым приходит программа."""

    def __init__(self, path: Path, circumstances: Circumstances | None = None) -> None:
        # Программа запускается из своей папки, и относительный путь оттуда вёл бы не туда.
        self.path = path.resolve()
        self.circumstances = circumstances or Circumstances()
        self.conversation = Conversation()
        self.names: dict[str, list[tuple[str, int]]] = {}
        """Куда ведут имена, по порядку: {"e1.ru:80": [("::1", 34567), ("127.0.0.1", 23456)]}."""
        self.programs: list[Program] = []
        self.clients: list[Client | DatagramClient] = []
        self.servers: list[Server] = []
        self._port = 0
        self._resources = ExitStack()

    def __enter__(self) -> Stand:
        self._port = self._resources.enter_context(reserved_port())
        return self

    def __exit__(self, *exc: object) -> None:
        try:
            for client in self.clients:
                client.abandon()
            for server in self.servers:
                server.close()
            for program in self.programs:
                program.kill()
        finally:
            self._resources.close()

    # ------------------------------------------------------------ программа

    def start(self, *, wait: bool = True, udp: bool = False) -> Program:
        """Запускает программу и ждёт, пока она не начнёт слушать (udp — не займёт порт UDP).

        Raises:
            Failed: программа завершилась или не сделала этого в срок.
        """
        program = self._launch()
        if not wait or program.wait_listening(udp=udp):
            return program
        if program.bind_error == "EADDRINUSE" and len(self.programs) == 1:
            # Порт перехватил кто-то посторонний, пока стенд его не держал.
            self._port = self._resources.enter_context(reserved_port())
            self.conversation = Conversation()
            program = self._launch()
            if program.wait_listening(udp=udp):
                return program
        raise self._silence(program, udp)

    def run(self, seconds: float = patience.START) -> Program:
        """Запускает программу, ждёт её конца и записывает, что она напечатала.

        Raises:
            Failed: за seconds секунд она не кончилась.
        """
        program = self._launch()
        code = program.wait_exit(seconds)
        for line in program.output.splitlines():
            self.conversation.add("", line)
        if code is None:
            raise Failed(
                "Программа не закончилась.", "код завершения 0", f"идёт дольше {seconds:.0f} с"
            )
        return program

    def load(self, name: str = "программа") -> Module:
        """Загружает файл как модуль, функции которого можно звать; name — имя в записи.

        Raises:
            Failed: файл не загрузился.
        """
        config = {**self._config(), "calls": True}
        module = Module(*self._spawn(config), self.path.name, name)
        self.programs.append(module)
        if not module.wait_loaded():
            code = module.wait_exit(patience.DYING)
            self.conversation.add(name, module.last_words or f"завершилась с кодом {code}")
            raise Failed(
                "Файл не загрузился.",
                "import без ошибок",
                module.last_words or "программа не дошла до конца файла",
            )
        return module

    def interrupt(self, program: Program) -> bool:
        """Нажимает Ctrl-C и ждёт конца программы; не послушавшуюся завершает и говорит False."""
        self.conversation.add("программа", "^C")
        obeyed = program.interrupt() is not None
        if not obeyed:
            self.conversation.add("программа", "не послушалась")
            program.kill()
        return obeyed

    def _silence(self, program: Program, udp: bool) -> Failed:
        """Объясняет, почему программа не слушает."""
        calls = "вызов bind" if udp else "вызовы bind и listen"
        port = "порт UDP" if udp else "порт TCP"
        if program.alive:
            return Failed(
                f"Программа не начала слушать {port} за {patience.START:.0f} с.",
                calls,
                "программа идёт, но порт не слушает",
            )
        code = program.wait_exit()
        if program.last_words:
            self.conversation.add("программа", program.last_words)
        self.conversation.add("программа", f"завершилась с кодом {code}")
        return Failed(
            f"Программа завершилась, так и не начав слушать {port}.",
            calls,
            program.last_words or f"код завершения {code}",
        )

    def _launch(self) -> Program:
        words = ["python", *self.circumstances.flags, self.path.name]
        self.conversation.add("программа", "$ " + " ".join(words))
        program = Program(*self._spawn(self._config()), self.path.name)
        self.programs.append(program)
        return program

    def _config(self) -> dict[str, Any]:
        return {
            "ports": [self._port],
            "names": self.names,
            "mapped": True,
            "hurry": self.circumstances.hurry,
            "short_send": self.circumstances.short_send,
            "stuck_after": self.circumstances.stuck_after,
            "memory": self.circumstances.memory,
            "port_unreachable": self.circumstances.port_unreachable,
            "trace": False,
            "calls": False,
            "shown": self.path.name,
        }

    def _spawn(self, config: dict[str, Any], prefix: Sequence[str] = ()) -> Process:
        read_end, write_end = os.pipe()
        try:
            if fork_server.AVAILABLE and not prefix:
                return self._fork(config, write_end), read_end
            return self._popen(config, write_end, prefix), read_end
        finally:
            os.close(write_end)

    def _fork(self, config: dict[str, Any], channel: int) -> ForkedProcess:
        server = fork_server.fork_server(self.circumstances.flags, self._environment())
        return server.start(config, self.path, channel)

    def _popen(
        self, config: dict[str, Any], channel: int, prefix: Sequence[str]
    ) -> subprocess.Popen[bytes]:
        options: dict[str, Any] = {}
        if sys.platform == "win32":
            import msvcrt

            handle = msvcrt.get_osfhandle(channel)
            os.set_handle_inheritable(handle, True)
            startup = subprocess.STARTUPINFO(lpAttributeList={"handle_list": [handle]})
            options = {"startupinfo": startup}
            config["channel"] = handle
        else:
            # Своя группа процессов: потом её можно завершить целиком, не задев стенд.
            options = {"pass_fds": [channel], "start_new_session": True}
            config["channel"] = channel
        command = [
            *prefix,
            sys.executable,
            "-u",
            "-X",
            "utf8",
            *self.circumstances.flags,
            str(fork_server.LAUNCHER),
            json.dumps(config),
            str(self.path),
        ]
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE if config["calls"] else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.path.parent,
            env=self._environment(),
            **options,
        )

    def _environment(self) -> dict[str, str]:
        # Программа на netlab должна найти тот netlab, который её проверяет.
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        return {**kept, "PYTHONPATH": str(fork_server.LAUNCHER.parents[1]), "NO_COLOR": "1"}

    # ------------------------------------------------------------ собеседники

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

    def connect_udp(self, program: Program) -> DatagramClient:
        """Приводит к программе ещё одного клиента UDP."""
        assert program.udp_port is not None
        name = f"клиент {len(self.clients) + 1}"
        address = (self.hosts[False], program.udp_port)
        client = DatagramClient(name, self.conversation, program, address)
        self.clients.append(client)
        return client

    def serve(
        self, *names: str, ipv6: bool = False, who: str = "сервер", buffers: int = 0
    ) -> Server:
        """Заводит сервер; names — имена с портами, под которыми программа его найдёт."""
        port = self._port_of(names)
        server = Server(who, self.conversation, self.peer_hosts[ipv6], port, buffers)
        self.servers.append(server)
        for name in names:
            self.names.setdefault(name, []).append(server.address)
        return server

    def _port_of(self, names: Sequence[str]) -> int:
        """Порт сервера с такими именами; здесь любой: имя ведёт на него и так."""
        return 0

    def refuse(self, name: str, *, ipv6: bool = False) -> None:
        """Даёт имени ещё один адрес: по нему никто не слушает, и соединиться нельзя."""
        family = socket.AF_INET6 if ipv6 else socket.AF_INET
        # Занятый порт, на котором не слушают, отказывает всегда: другой программе он не достанется.
        taken = self._resources.enter_context(socket.socket(family, socket.SOCK_STREAM))
        taken.bind((self.peer_hosts[ipv6], 0))
        self.names.setdefault(name, []).append(taken.getsockname()[:2])

    def pair(
        self,
        module: Module,
        *,
        timeout: float | None = None,
        buffers: int = 0,
    ) -> tuple[RemoteSocket, Connection]:
        """Соединяет модуль с новым собеседником; возвращает сокет модуля и собеседника.

        timeout — таймаут сокета модуля в секундах, buffers — размер буферов ядра у обоих в байтах
        (0 — как решит ядро).

        Raises:
            Failed: соединиться не удалось.
        """
        server = self.serve(who="собеседник", buffers=buffers)
        sock, _ = module.open_socket(server.address, timeout=timeout, buffers=buffers)
        if timeout is not None:
            self.conversation.add(module.name, f">>> sock.settimeout({timeout:g})")
        return sock, server.accept(module, silently=True)

    def datagram_pair(self, module: Module) -> tuple[RemoteSocket, Connection]:
        """Соединяет модуль с собеседником по UDP: границы сообщений здесь видны.

        Raises:
            Failed: соединиться не удалось.
        """
        receiver = self._resources.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        receiver.bind((self.peer_hosts[False], 0))
        sock, port = module.open_socket(receiver.getsockname(), kind="SOCK_DGRAM")
        receiver.connect((self.hosts[False], port))
        peer = Connection("собеседник", self.conversation, module)
        peer.take(receiver)
        return sock, peer
