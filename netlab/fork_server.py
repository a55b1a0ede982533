"""Ветвящийся сервер: процессы для программ без ожидания, пока запустится интерпретатор."""

# Сценарий короток, и половину его времени занимал бы запуск Python. Поэтому на каждый набор ключей
# интерпретатора один раз запускается launcher.py --forks: он загружает всё, что нужно ему самому, а
# потом ветвится (fork) по просьбе. Программа получает свежий интерпретатор и ничего от соседей.
#
# Есть только на POSIX. Потомков ждёт их родитель, то есть ветвящийся сервер; о конце каждого он
# сообщает, и ForkedProcess отвечает на те же вопросы, что subprocess.Popen.

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

LAUNCHER = Path(__file__).with_name("launcher.py")
AVAILABLE = hasattr(os, "fork") and hasattr(socket, "send_fds")


class ForkServer:
    """Один ветвящийся сервер: один набор ключей интерпретатора и одно окружение."""

    def __init__(self, flags: Sequence[str], environment: Mapping[str, str]) -> None:
        self._requests = threading.Lock()
        self._changed = threading.Condition()
        self._pids: list[int] = []
        self._statuses: dict[int, int] = {}
        self._ended = False
        self._stand, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-u", "-X", "utf8", *flags, str(LAUNCHER), "--forks"]
            self._process = subprocess.Popen(
                [*command, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def alive(self) -> bool:
        """Сервер ещё отвечает."""
        return not self._ended

    def start(self, config: Mapping[str, Any], path: Path, channel: int) -> ForkedProcess:
        """Запускает программу; channel — дескриптор канала лаунчера.

        Raises:
            OSError: сервера больше нет.
        """
        has_stdin = config["calls"]
        given, writing = os.pipe() if has_stdin else (os.open(os.devnull, os.O_RDONLY), -1)
        reading, printed = os.pipe()
        request = {"config": dict(config), "path": str(path), "folder": str(path.parent)}
        try:
            with self._requests:
                pid = self._fork(json.dumps(request).encode(), [channel, given, printed])
        finally:
            os.close(given)
            os.close(printed)
        stdin = os.fdopen(writing, "wb") if has_stdin else None
        return ForkedProcess(self, pid, stdin, os.fdopen(reading, "rb"))

    def _fork(self, request: bytes, descriptors: list[int]) -> int:
        socket.send_fds(self._stand, [request], descriptors)
        with self._changed:
            self._changed.wait_for(lambda: self._pids or self._ended)
            if not self._pids:
                raise ConnectionError("Ветвящийся сервер завершился.")
            return self._pids.pop()

    def _read(self) -> None:
        with self._stand.makefile("rb") as lines:
            for line in lines:
                answer = json.loads(line)
                with self._changed:
                    if "status" in answer:
                        self._statuses[answer["pid"]] = answer["status"]
                    else:
                        self._pids.append(answer["pid"])
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def status(self, pid: int, seconds: float | None = None) -> int | None:
        """Ждёт конца процесса; возвращает код, как у subprocess, None — ещё идёт."""
        with self._changed:
            self._changed.wait_for(lambda: pid in self._statuses or self._ended, seconds)
            status = self._statuses.get(pid)
        if status is None:
            return -signal.SIGKILL if self._ended else None
        return os.waitstatus_to_exitcode(status)

    def close(self) -> None:
        """Завершает сервер и всех, кого он породил."""
        # Сокет держит ещё и поток чтения: одного close мало, чтобы сервер увидел конец.
        self._stand.shutdown(socket.SHUT_WR)
        self._reader.join()
        self._stand.close()
        self._process.wait()


class ForkedProcess:
    """Процесс программы: то, что стенду нужно от subprocess.Popen."""

    def __init__(
        self, server: ForkServer, pid: int, stdin: IO[bytes] | None, stdout: IO[bytes]
    ) -> None:
        self.pid = pid
        self.stdin = stdin
        self.stdout = stdout
        self._server = server

    @property
    def returncode(self) -> int | None:
        """Код завершения или None."""
        return self.poll()

    def poll(self) -> int | None:
        """Возвращает код завершения; None — процесс ещё идёт."""
        return self._server.status(self.pid, 0)

    def wait(self, timeout: float | None = None) -> int:
        """Ждёт конца процесса.

        Raises:
            subprocess.TimeoutExpired: за timeout секунд он не завершился.
        """
        code = self._server.status(self.pid, timeout)
        if code is None:
            raise subprocess.TimeoutExpired([str(LAUNCHER)], timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Посылает сигнал, если процесс ещё идёт."""
        if self.poll() is None:
            # Процесс мог уже кончиться, а весть о том — ещё не дойти от сервера.
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


_servers: dict[tuple[tuple[str, ...], tuple[tuple[str, str], ...]], ForkServer] = {}
_servers_lock = threading.Lock()


def fork_server(flags: Sequence[str], environment: Mapping[str, str]) -> ForkServer:
    """Возвращает сервер с этими ключами и окружением; первый раз запускает его."""
    key = tuple(flags), tuple(sorted(environment.items()))
    with _servers_lock:
        if key not in _servers or not _servers[key].alive:
            _servers[key] = ForkServer(flags, environment)
        return _servers[key]


def close_all() -> None:
    """Завершает все ветвящиеся серверы."""
    with _servers_lock:
        while _servers:
            _servers.popitem()[1].close()


atexit.register(close_all)
