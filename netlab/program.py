"""Запущенная программа: что она сказала, что сделала с сокетами и жива ли ещё.

Каждое ожидание здесь — ожидание вызова, о котором доложил лаунчер, или конца процесса, и всегда
со сроком.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any

from netlab.fork_server import ForkedProcess
from netlab.peers import patience
from netlab.peers.connection import Connection

OUTPUT_KEPT = 32 * 1024
"""Сколько байт вывода программы хранится от начала и сколько от конца; середина выбрасывается."""
SPINNING = 1000
"""Столько раз прочитанный подряд b'' означает, что программа крутится вхолостую."""


class Program:
    """Запущенная программа: её вывод, её вызовы и её конец."""

    def __init__(
        self, process: subprocess.Popen[bytes] | ForkedProcess, channel: int, shown: str
    ) -> None:
        self.process = process
        self.shown = shown
        self.port: int | None = None
        self.asked_ports: list[int] = []
        self.ip_versions: set[int] = set()
        """По каким версиям IP программа уже слушает: 4, 6."""
        self.udp_port: int | None = None
        self.asked_udp_ports: list[int] = []
        self.trace: list[dict[str, Any]] = []
        """След вызовов, по порядку; пуст, если о нём не просили."""
        self._head, self._tail = bytearray(), bytearray()
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
        """То, что программа напечатала (stdout и stderr вместе); от длинного — начало и конец."""
        with self._changed:
            printed = bytes(self._head + self._tail)
        return printed.decode("utf-8", "replace").replace("\r\n", "\n")

    @property
    def last_words(self) -> str:
        """Последняя непустая строка вывода: у трассировки это само исключение."""
        lines = [line for line in self.output.splitlines() if line.strip()]
        return lines[-1].strip() if lines else ""

    @property
    def bind_error(self) -> str | None:
        """Имя ошибки, с которой не удался bind, например EADDRINUSE."""
        return self._bind_error

    def received(self, connection: Connection) -> int:
        """Сколько байт из этого соединения программа уже прочла."""
        return self._received.get(connection.port, 0)

    def spins_on(self, connection: Connection) -> bool:
        """Программа снова и снова читает b'' после конца потока."""
        return self._ends.get(connection.port, 0) >= SPINNING

    @property
    def spins(self) -> bool:
        """Программа снова и снова читает b'' из какого-то соединения."""
        return any(times >= SPINNING for times in self._ends.values())

    def accepted(self, connection: Connection) -> bool:
        """Программа приняла это соединение (accept)."""
        return connection.port in self._accepted

    def closed(self, connection: Connection) -> bool:
        """Программа закрыла это соединение."""
        return connection.port in self._closed

    # ------------------------------------------------------------ чего можно дождаться

    def wait(self, condition: Callable[[], bool], seconds: float | None = None) -> bool:
        """Ждёт, пока условие не станет верным; False — не стало за seconds секунд."""
        deadline = time.monotonic() + (patience.ANSWER if seconds is None else seconds)
        with self._changed:
            while not condition():
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                # Конец процесса никто не объявляет, поэтому на него надо поглядывать.
                self._changed.wait(min(left, patience.GLANCE))
            return True

    def wait_listening(self, *, udp: bool = False) -> bool:
        """Ждёт, пока программа не позовёт listen (udp — пока не займёт порт UDP).

        Возвращает False, если она завершилась раньше или не успела.
        """

        def listening() -> bool:
            return (self.udp_port if udp else self.port) is not None

        self.wait(lambda: listening() or not self.alive, patience.START)
        return listening() and self.alive

    def wait_received(
        self, connection: Connection, count: int, seconds: float | None = None
    ) -> bool:
        """Ждёт, пока программа не прочтёт из соединения count байт (всего)."""
        return self.wait(lambda: self.received(connection) >= count or not self.alive, seconds)

    def wait_exit(self, seconds: float | None = None) -> int | None:
        """Ждёт конца программы; возвращает код завершения, None — ещё идёт."""
        try:
            self.process.wait(patience.ANSWER if seconds is None else seconds)
        except subprocess.TimeoutExpired:
            return None
        self._finish_reading()
        return self.process.returncode

    # ------------------------------------------------------------ что можно сделать

    def interrupt(self, seconds: float | None = None) -> int | None:
        """Нажимает Ctrl-C; возвращает код завершения, None — программа не послушалась.

        На Windows чужой программе Ctrl-C послать нельзя, не задев себя: там она завершается сразу.
        """
        patience_left = patience.ANSWER if seconds is None else seconds
        if sys.platform == "win32":
            if self.alive:
                self.process.terminate()
            return self.wait_exit(patience_left)
        self.process.send_signal(signal.SIGINT)
        # Сигнал, который пришёл за миг до recv, Python заметит, лишь когда recv вернётся. Человек
        # нажал бы Ctrl-C ещё раз; мы будим программу, чтобы знать, послушалась ли она первого.
        while (code := self.wait_exit(min(patience.NUDGE, patience_left))) is None:
            patience_left -= patience.NUDGE
            if patience_left <= 0:
                break
            self.process.send_signal(signal.SIGURG)
        return code

    def kill(self) -> None:
        """Завершает программу и всех, кого она породила."""
        if sys.platform == "win32":
            if self.alive:
                kill_tree = ["taskkill", "/F", "/T", "/PID", str(self.process.pid)]
                subprocess.run(kill_tree, capture_output=True, check=False)
        else:
            # Группа живёт, пока жив хоть один её процесс, даже если сама программа уже вышла.
            with suppress(ProcessLookupError, PermissionError):
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

    def _note(self, event: dict[str, Any]) -> None:
        with self._changed:
            call, peer = event["call"], event.get("peer", 0)
            if call == "listen":
                if event["asked"] not in self.asked_ports:
                    self.asked_ports.append(event["asked"])
                self.port = self.port or event["port"]
                self.ip_versions.update(event["versions"])
            elif call == "bound":
                self.asked_udp_ports.append(event["asked"])
                self.udp_port = self.udp_port or event["port"]
            elif call == "bind":
                self._bind_error = event["error"]
            elif call == "recv":
                self._received[peer] = event["total"]
            elif call == "accept":
                self._accepted.add(peer)
            elif call == "end":
                self._ends[peer] = event["times"]
            elif call == "close":
                self._closed.add(peer)
            elif call in ("begin", "done"):
                self.trace.append(event)
            self._changed.notify_all()

    def _read_output(self, stream: IO[bytes]) -> None:
        with stream:
            while chunk := os.read(stream.fileno(), 65536):
                with self._changed:
                    room = OUTPUT_KEPT - len(self._head)
                    self._head += chunk[:room]
                    self._tail = (self._tail + chunk[room:])[-OUTPUT_KEPT:]
                    self._changed.notify_all()

    def _finish_reading(self) -> None:
        # Потомок, унаследовавший вывод, может держать канал открытым и после конца программы.
        for reader in self._readers:
            reader.join(0.5)
