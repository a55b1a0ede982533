"""Занятие для программы практики: настоящий сервер флагов и посредник перед ним."""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

from netlab.flags.diagnosis import Wrong
from netlab.flags.flag import Key
from netlab.flags.lab import FlagLab
from netlab.flags.server import FlagServer
from netlab.flags.store import Outcome, Result, Store
from netlab.flags.visit import visit
from netlab.peers import patience
from netlab.peers.conversation import Failed
from netlab.peers.fault import Fault
from netlab.peers.relay import Relay
from netlab.program import Program
from netlab.sockets import Address, connect, listen
from netlab.stand import Stand

PLACES = ("127.0.0.1:13000", "localhost:13000")
"""Где программа ищет сервер, если ей не сказали иного."""
LONGEST = 65.0
"""Минута, которую сервер даёт на задачу, и немного на его диагноз."""
GLANCE = 0.1
CLASS = "проверка"
KEY = Key(bytes(32))
"""Ключ проверки не тайна, зато флаг каждый раз один."""


class Notebook(Store):
    """Хранилище, которое помнит диагнозы и начатое: ждать их, спрашивая базу, было бы долго."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.diagnoses: list[str] = []
        self.open: set[int] = set()
        """Попытки, которые ещё идут."""

    def start(self, student: str, task: int, now: float) -> int:
        """Начинает попытку."""
        attempt = super().start(student, task, now)
        self.open.add(attempt)
        return attempt

    def end(self, attempt: int, outcome: Outcome, now: float, diagnosis: str | None = None) -> bool:
        """Записывает, чем кончилась попытка."""
        ended = super().end(attempt, outcome, now, diagnosis)
        if diagnosis is not None:
            self.diagnoses.append(diagnosis)
        self.open.discard(attempt)
        return ended


class Practice:
    """Занятие, на которое придёт программа стенда."""

    def __init__(self, stand: Stand, store: Notebook) -> None:
        self.stand = stand
        self.store = store
        self._launched = threading.Event()

    def solved_by_program(self) -> Program:
        """Запускает программу, ждёт её конца и возвращает её, если задача решена.

        Raises:
            Failed: не решена, или программа не завершилась с кодом 0.
        """
        before = len(self.store.attempts())
        self._launched.clear()
        program = self.stand.start(wait=False)
        self._launched.set()
        program.wait(lambda: not program.alive or bool(self.store.diagnoses), LONGEST)
        code = program.wait_exit()
        program.wait(lambda: not self.store.open)  # об ушедшей программе сервер узнаёт чуть позже
        for line in program.output.splitlines():
            self.stand.conversation.add("", line)
        if self.store.diagnoses:
            _, *told = self.store.diagnoses[-1].splitlines()
            raise Failed("Сервер не принял ответа.", "флаг", told[-1])
        if len(self.store.attempts()) == before:
            last = program.last_words or "ничего"
            raise Failed("Программа не начала ни одной задачи.", "start НОМЕР", last)
        if code is None:
            raise Failed("Программа не закончилась.", "код завершения 0", "программа ещё идёт")
        if code:
            raise Failed("Программа закончилась ошибкой.", "код завершения 0", program.last_words)
        return program

    def visit(self, address: Address) -> Wrong | None:
        """Ходит к серверу программы (задача 12): порт, который она назвала, на стенде другой."""
        self._launched.wait(patience.START)
        host, port = address
        program = self.stand.programs[-1]
        program.wait(lambda: port in program.asked_ports, patience.DYING)
        listening = port in program.asked_ports and program.port is not None
        return visit((host, program.port or port) if listening else address)

    @property
    def result(self) -> Result:
        """Что занятие помнит о решённой задаче."""
        return self.store.results()[-1]

    @property
    def flag(self) -> str:
        """Флаг за неё."""
        return str(KEY.make(CLASS, self.result.task, self.result.student))


@contextmanager
def practice(
    stand: Stand, fault: Callable[[socket.socket], Fault] | None = None
) -> Iterator[Practice]:
    """Ведёт занятие; fault по сокету сервера даёт неисправность на пути от сервера к программе."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        store = opened.enter_context(Notebook(folder / "data"))
        session = store.begin(CLASS, None, time.time())
        numbers = map(str, count(1))
        lab = FlagLab(store, KEY, session, nonce=lambda: next(numbers))
        practice = Practice(stand, store)
        listeners = listen("127.0.0.1", 0)
        server = FlagServer(lab, listeners, practice.visit)
        for listener in listeners:
            opened.enter_context(listener)
        address = listeners[0].getsockname()
        opened.enter_context(running(server.serve, server.stop))
        if fault:
            address = opened.enter_context(relayed(address, fault))
        stand.names.update({place: [address] for place in PLACES})
        yield practice


@contextmanager
def running(work: Callable[[], None], stop: Callable[[], None]) -> Iterator[None]:
    """Выполняет work в своём потоке, пока не позовут stop."""
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop()
        thread.join()


@contextmanager
def relayed(address: Address, fault: Callable[[socket.socket], Fault]) -> Iterator[Address]:
    """Ставит перед address посредника и возвращает его адрес."""
    relays: list[Relay] = []
    leaving = threading.Event()

    def usher() -> None:
        while not leaving.is_set():
            try:
                near, _ = door.accept()
            except TimeoutError:
                continue
            far = connect(address, patience.ANSWER)
            relays.append(Relay(near, far, Fault(), fault(far)))

    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(GLANCE)
        try:
            with running(usher, leaving.set):
                yield door.getsockname()
        finally:
            for relay in relays:
                relay.stop()
