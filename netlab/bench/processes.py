"""Сервер как процесс: запустить на своём ядре, снять показания, закончить. Только Linux."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType

from netlab.bench.contestants import ROOT, Unavailable

START_TIMEOUT = 10.0
ATTEMPTS = 3
PROBE_TIMEOUT = 0.2
PAUSE = 0.01


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


class Server:
    """Запущенный сервер: процесс со всеми потомками и порт, который он уже слушает.

    Вывод уходит в /dev/null: программы урока печатают каждую строку, и терминал был бы
    медленнее их самих.

    Raises:
        Unavailable: сервера здесь нет, или он не начал слушать порт за START_TIMEOUT секунд.
    """

    def __init__(self, command: Callable[[int], list[str]], core: int | None = None) -> None:
        for _ in range(ATTEMPTS):
            self.port = free_port()
            with ExitStack() as cleanup:
                with born_on(core):
                    self.process = start(command(self.port))
                    cleanup.callback(self.stop)
                if self._listening():
                    cleanup.pop_all()
                    return
        raise Unavailable("не запустился")

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Прекращает сервер и всех его потомков."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def cpu_seconds(self) -> float:
        """Сколько времени процессора ушло у сервера и его потомков, своего и ядра вместе, с."""
        # Часы чужого процесса — clock_getcpuclockid(3); точнее, чем тики в /proc/PID/stat.
        return sum(cpu_clock(pid) for pid in self._pids())

    def memory(self) -> int:
        """Сколько памяти занимают сервер и его потомки, байт."""
        # Pss, а не Rss: страницы, общие у двух тысяч процессов socat, считаются один раз. У сервера
        # из одного процесса прирост того и другого одинаков.
        return sum(proportional_size(pid) for pid in self._pids())

    def _listening(self) -> bool:
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline and self.process.poll() is None:
            with socket.socket() as probe:
                # С другого адреса: иначе сокет, получив этот же порт, соединился бы сам с собой.
                probe.bind(("127.0.0.2", 0))
                probe.settimeout(PROBE_TIMEOUT)
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return True
            time.sleep(PAUSE)
        return False

    def _pids(self) -> list[int]:
        everyone = map(int, filter(str.isdigit, os.listdir("/proc")))
        return [pid for pid in everyone if self._owns(pid)]

    def _owns(self, pid: int) -> bool:
        with suppress(OSError):
            return os.getpgid(pid) == self.process.pid
        return False


def start(command: list[str]) -> subprocess.Popen[bytes]:
    """Запускает сервер в своей группе процессов: Ctrl-C достаётся нам, конец — всей группе."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


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


def allow_files(count: int) -> bool:
    """Поднимает предел открытых файлов для себя и потомков; говорит, хватит ли его."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        enough = count if hard == resource.RLIM_INFINITY else min(count, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, enough), hard))
        return enough >= count
    return True
