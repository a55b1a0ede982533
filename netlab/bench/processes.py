"""Процессы: запустить на своём ядре, снять показания, закончить с потомками. Только Linux."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT = 10.0
ATTEMPTS = 3
PAUSE = 0.01

AnyGroup = TypeVar("AnyGroup", bound="Group")


class BenchError(Exception):
    """Измерять нельзя; текст — предложение: почему и что сделать."""


class Unavailable(Exception):
    """Этого измерить не вышло; текст — короткая причина для ячейки таблицы."""


@contextmanager
def born_on(core: int | None) -> Iterator[None]:
    """Пока контекст открыт, новые процессы рождаются на этом ядре; None — на любом."""
    before = os.sched_getaffinity(0)
    # Ctrl-C посреди Popen оставил бы процесс, о котором никто не знает: пусть подождёт.
    signals = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        if core is not None:
            os.sched_setaffinity(0, {core})
        yield
    finally:
        os.sched_setaffinity(0, before)
        signal.pthread_sigmask(signal.SIG_SETMASK, signals)


def cores() -> tuple[int | None, int | None]:
    """Выбирает ядра для сервера и для нагрузки; если ядро одно, выбирать нечего."""
    allowed = sorted(os.sched_getaffinity(0))
    return (allowed[1], allowed[0]) if len(allowed) > 1 else (None, None)


class Group:
    """Программа со всеми потомками: группа процессов, которой нет, когда кончается with.

    Ctrl-C ей не достаётся: он наш. output — куда идут stdout и stderr; port — порт, который она
    должна начать слушать.

    Raises:
        Unavailable: она не начала слушать порт за START_TIMEOUT секунд.
    """

    def __init__(
        self,
        command: list[str],
        core: int | None,
        *,
        port: int | None = None,
        output: int = subprocess.DEVNULL,
    ) -> None:
        with ExitStack() as cleanup:
            with born_on(core):
                self.process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                    env={**os.environ, "PYTHONPATH": str(ROOT)},
                )
                cleanup.callback(self.stop)
            if port is not None and not until_listening(port, self.process):
                raise Unavailable("не запустился")
            cleanup.pop_all()

    def __enter__(self: AnyGroup) -> AnyGroup:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Прекращает всех."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        with self.process:  # закрывает каналы и ждёт
            pass


class Server(Group):
    """Запущенный сервер и порт, который он уже слушает.

    Вывод уходит в /dev/null: программы урока печатают каждую строку, и терминал был бы
    медленнее их самих.

    Raises:
        Unavailable: сервера здесь нет, или он не запустился.
    """

    def __init__(self, command: Callable[[int], list[str]], core: int | None = None) -> None:
        for _ in range(ATTEMPTS):  # свободный порт за это время мог занять другой
            self.port = free_port()
            words = command(self.port)
            with suppress(Unavailable):
                super().__init__(words, core, port=self.port)
                return
        raise Unavailable("не запустился")

    def cpu_seconds(self) -> float:
        """Сколько времени процессора ушло у сервера и его потомков, своего и ядра вместе, с."""
        # Часы чужого процесса — clock_getcpuclockid(3); точнее, чем тики в /proc/PID/stat.
        return sum(cpu_clock(pid) for pid in self._pids())

    def memory(self) -> int:
        """Сколько памяти занимают сервер и его потомки, байт."""
        # Pss, а не Rss: страницы, общие у двух тысяч процессов socat, считаются один раз. У сервера
        # из одного процесса прирост того и другого одинаков.
        return sum(proportional_size(pid) for pid in self._pids())

    def _pids(self) -> list[int]:
        everyone = map(int, filter(str.isdigit, os.listdir("/proc")))
        return [pid for pid in everyone if self._owns(pid)]

    def _owns(self, pid: int) -> bool:
        with suppress(OSError):
            return os.getpgid(pid) == self.process.pid
        return False


def found(*names: str) -> str:
    """Возвращает путь к чужой программе: первое найденное имя подходит.

    Raises:
        Unavailable: её здесь нет.
    """
    # У обычного пользователя Debian в PATH нет /usr/sbin, где лежит nginx.
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"])
    for name in names:
        if place := shutil.which(name, path=path):
            return place
    raise Unavailable(f"нет {names[-1]}")


def until_listening(
    port: int, process: subprocess.Popen[bytes], seconds: float = START_TIMEOUT
) -> bool:
    """Ждёт, пока порт начнут слушать; False — процесс умер или не успел за столько секунд."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        if is_listening(port):
            return True
        time.sleep(PAUSE)
    return False


def is_listening(port: int) -> bool:
    """Говорит, слушает ли кто-нибудь порт; не соединяется: nc принимает одно соединение."""
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in Path("/proc/net", table).read_text().splitlines()[1:]:
                fields = line.split()  # proc_net_tcp(5): 0A — LISTEN
                if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                    return True
    return False


def free_port() -> int:
    """Находит свободный порт на loopback."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    return port


def cpu_clock(pid: int) -> float:
    """Читает часы процессорного времени процесса, с; ушедший процесс — ноль."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def proportional_size(pid: int) -> int:
    """Читает Pss процесса, байт; ушедший процесс — ноль."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            name, _, rest = line.partition(":")
            if name == "Pss":
                return int(rest.split()[0]) * 1024
    return 0
