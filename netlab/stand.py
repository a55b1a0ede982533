"""Стенд: запускает любую программу неизменной, играет её клиентов и ничего после себя не оставляет.

Сценарий видит четыре вещи: `Stand.start` запускает программу, `Stand.connect` приводит к ней клиента, `Program`
говорит, что с ней сейчас (слушает, прочла, закрыла, завершилась), `Client` разговаривает. Ни одно ожидание не
бесконечно, и ни одно не отмеряется паузой: стенд ждёт вызова, о котором доложил лаунчер, или истечения срока.
"""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netlab.peers.client import Client
from netlab.peers.conversation import Conversation, Failed

LAUNCHER = Path(__file__).with_name("launcher.py")
PATIENCE = 3.0
"""Сколько секунд ждать того, что должно произойти сразу."""
START_PATIENCE = 10.0
"""Сколько секунд программе даётся, чтобы начать слушать."""
GLANCE = 0.05
"""Как часто (в секундах) ожидание смотрит, жива ли программа."""
OUTPUT_LIMIT = 64 * 1024
"""Сколько байт вывода программы хранится; остальное читается и выбрасывается."""
SPINNING = 1000
"""Столько раз прочитанный подряд b'' означает, что программа крутится вхолостую."""
FREE_PORTS = range(20000, 32000)
"""Ниже диапазонов эфемерных портов Linux, macOS и Windows: случайный клиент такой порт не займёт."""

Event = dict[str, Any]

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


class Program:
    """Запущенная программа: её вывод, её вызовы и её конец."""

    def __init__(self, process: subprocess.Popen[bytes], channel: int, shown: str) -> None:
        self.process = process
        self.shown = shown
        self.address: tuple[str, int] | None = None
        self.asked_ports: list[int] = []
        self.stopped_by_stand = False
        self._output = bytearray()
        self._received: dict[int, int] = {}
        self._ends: dict[int, int] = {}
        self._accepted: set[int] = set()
        self._closed: set[int] = set()
        self._bind_error: str | None = None
        self._changed = threading.Condition()
        assert process.stdout is not None
        self._readers = [
            threading.Thread(target=self._read_events, args=(channel,), daemon=True),
            threading.Thread(target=self._read_output, args=(process.stdout,), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    # ------------------------------------------------------------ что видно

    @property
    def alive(self) -> bool:
        """Процесс ещё идёт."""
        return self.process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """Код завершения или None, пока программа идёт."""
        return self.process.poll()

    @property
    def output(self) -> str:
        """То, что программа напечатала (stdout и stderr вместе), не больше OUTPUT_LIMIT байт."""
        with self._changed:
            return self._output.decode("utf-8", "replace").replace("\r\n", "\n")

    @property
    def last_words(self) -> str:
        """Последняя непустая строка вывода: у трассировки это само исключение."""
        lines = [line for line in self.output.splitlines() if line.strip()]
        return lines[-1].strip() if lines else ""

    @property
    def bind_error(self) -> str | None:
        """Имя ошибки, с которой не удался bind, например EADDRINUSE."""
        return self._bind_error

    def received(self, client: Client) -> int:
        """Сколько байт этого клиента программа уже прочла."""
        return self._received.get(client.port, 0)

    def spins_on(self, client: Client) -> bool:
        """Программа снова и снова читает b'' после конца потока."""
        return self._ends.get(client.port, 0) >= SPINNING

    def closed(self, client: Client) -> bool:
        """Программа закрыла соединение с этим клиентом."""
        return client.port in self._closed

    # ------------------------------------------------------------ чего можно дождаться

    def wait(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
        """Ждёт, пока условие не станет верным; False — не стало за seconds секунд."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while not condition():
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                # Конец процесса никто не объявляет, поэтому на него надо поглядывать.
                self._changed.wait(min(left, GLANCE))
            return True

    def wait_listening(self, seconds: float = START_PATIENCE) -> bool:
        """Ждёт, пока программа не позовёт listen; False — завершилась раньше или не успела."""
        self.wait(lambda: self.address is not None or not self.alive, seconds)
        return self.address is not None and self.alive

    def wait_received(self, client: Client, count: int, seconds: float = PATIENCE) -> bool:
        """Ждёт, пока программа не прочтёт от клиента count байт (всего)."""
        return self.wait(lambda: self.received(client) >= count or not self.alive, seconds)

    def wait_exit(self, seconds: float = PATIENCE) -> int | None:
        """Ждёт конца программы; возвращает код завершения, None — ещё идёт."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        self._finish_reading()
        return self.process.returncode

    # ------------------------------------------------------------ что можно сделать

    def interrupt(self, seconds: float = PATIENCE) -> int | None:
        """Нажимает Ctrl-C; возвращает код завершения, None — программа не послушалась.

        На Windows чужой программе Ctrl-C послать нельзя, не задев себя: там она завершается сразу.
        """
        self.stopped_by_stand = True
        if self.alive:
            if os.name == "nt":
                self.process.terminate()
            else:
                self.process.send_signal(signal.SIGINT)
        return self.wait_exit(seconds)

    def kill(self) -> None:
        """Завершает программу и всех, кого она породила."""
        self.stopped_by_stand = True
        if os.name == "nt":
            if self.alive:
                kill_tree = ["taskkill", "/F", "/T", "/PID", str(self.process.pid)]
                subprocess.run(kill_tree, capture_output=True, check=False)
        else:
            # Группа живёт, пока жив хоть один её процесс, даже если сама программа уже вышла.
            with suppress_no_process():
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._finish_reading()

    # ------------------------------------------------------------ чтение каналов

    def _read_events(self, channel: int) -> None:
        with os.fdopen(channel, "rb") as lines:
            for line in lines:
                if line.endswith(b"\n"):
                    self._note(json.loads(line))
        with self._changed:
            self._changed.notify_all()

    def _note(self, event: Event) -> None:
        with self._changed:
            call, peer = event["call"], event.get("peer", 0)
            if call == "listen":
                if event["asked"] not in self.asked_ports:
                    self.asked_ports.append(event["asked"])
                self.address = self.address or ("127.0.0.1", event["port"])
            elif call == "bind":
                self._bind_error = event["error"]
            elif call == "accept":
                self._accepted.add(peer)
            elif call == "recv":
                self._received[peer] = event["total"]
            elif call == "end":
                self._ends[peer] = event["times"]
            elif call == "close":
                self._closed.add(peer)
            self._changed.notify_all()

    def _read_output(self, stream: Any) -> None:
        with stream:
            while chunk := os.read(stream.fileno(), 65536):
                with self._changed:
                    self._output += chunk[: OUTPUT_LIMIT - len(self._output)]
                    self._changed.notify_all()

    def _finish_reading(self) -> None:
        # Потомок, унаследовавший вывод, может держать канал открытым и после конца программы.
        for reader in self._readers:
            reader.join(0.5)


@contextmanager
def suppress_no_process() -> Iterator[None]:
    """Молчит, если процесса уже нет."""
    try:
        yield
    except (ProcessLookupError, PermissionError):
        pass


class Stand:
    """Место, где идёт один сценарий: программа, её клиенты и запись их разговора.

    `with Stand(path) as stand:` — при выходе закрываются все соединения и не остаётся ни одного процесса.
    """

    def __init__(self, path: Path, circumstances: Circumstances | None = None) -> None:
        self.path = path
        self.circumstances = circumstances or Circumstances()
        self.conversation = Conversation()
        self.programs: list[Program] = []
        self.clients: list[Client] = []
        self._port = 0
        self._reservation = reserved_port()

    def __enter__(self) -> Stand:
        self._port = self._reservation.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        try:
            for client in self.clients:
                client.abandon()
            for program in self.programs:
                program.kill()
        finally:
            self._reservation.__exit__(None, None, None)

    # ------------------------------------------------------------ программа

    def start(self, *, wait: bool = True) -> Program:
        """Запускает программу и ждёт, пока она не начнёт слушать.

        Raises:
            Failed: программа завершилась или не начала слушать в срок.
        """
        program = self._launch()
        if wait and not program.wait_listening():
            if program.bind_error == "EADDRINUSE" and len(self.programs) == 1:
                # Порт перехватил кто-то посторонний, пока стенд его не держал.
                self.programs.pop().kill()
                self.__exit__()
                self._reservation = reserved_port()
                self._port = self._reservation.__enter__()
                program = self._launch()
                program.wait_listening()
            self._explain_silence(program)
        return program

    def interrupt(self, program: Program) -> None:
        """Нажимает Ctrl-C и ждёт конца программы; не послушавшуюся завершает силой."""
        self.conversation.add("программа", "^C")
        if program.interrupt() is None:
            self.conversation.add("программа", "не послушалась")
            program.kill()

    def _explain_silence(self, program: Program) -> None:
        if program.address is not None and program.alive:
            return
        if program.alive:
            raise Failed(
                f"Программа не начала слушать порт TCP за {START_PATIENCE:.0f} с.",
                "вызовы bind и listen",
                "программа идёт, но порт не слушает",
            )
        program.wait_exit()
        code = program.exit_code
        if program.last_words:
            self.conversation.add("программа", program.last_words)
        self.conversation.add("программа", f"завершилась с кодом {code}")
        raise Failed(
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
            "names": {},
            "mapped": True,
            "hurry": self.circumstances.hurry,
            "short_send": self.circumstances.short_send,
            "shown": self.path.name,
        }

    def _spawn(self, config: dict[str, Any], prefix: Sequence[str] = ()) -> Program:
        read_end, write_end = os.pipe()
        options: dict[str, Any] = {}
        if os.name == "nt":
            import msvcrt

            handle = msvcrt.get_osfhandle(write_end)  # type: ignore[attr-defined]
            os.set_handle_inheritable(handle, True)  # type: ignore[attr-defined]
            startup = subprocess.STARTUPINFO(lpAttributeList={"handle_list": [handle]})  # type: ignore[attr-defined]
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

    def connect(self, program: Program, host: str = "127.0.0.1", **options: Any) -> Client:
        """Приводит к программе ещё одного клиента.

        Raises:
            Failed: соединиться не удалось.
        """
        assert program.address is not None
        name = f"клиент {len(self.clients) + 1}"
        client = Client(name, self.conversation, program, **options)
        self.clients.append(client)
        client.connect((host, program.address[1]))
        return client
