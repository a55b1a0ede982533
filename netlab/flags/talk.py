"""Один разговор по-настоящему: поток, сокет и Session между ними."""

# Поток читает сокет с таймаутом и отдаёт прочитанное разговору; что разговор велел, то и делает.
# Пишет в сокет тоже только он, поэтому замков вокруг сокета нет. О том, что касается всех (слова
# преподавателя, конец занятия), поток узнаёт сам: таймаут не длиннее TICK.
#
# Память соединения ограничена: буферами ядра, которые здесь уменьшены, и тем, что Session перестаёт
# просить чтения, пока прежнее не разобрано. Время — тоже: у строки, задачи, тишины, отправки и
# прощания есть сроки, поэтому и тот, чей компьютер пропал из сети, место освободит.

from __future__ import annotations

import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from netlab.closing import finish
from netlab.flags.diagnosis import Wrong
from netlab.flags.lab import FlagLab
from netlab.flags.lab import Visit as Place
from netlab.flags.session import Action, Refused, Session, Visit
from netlab.flags.visit import visit
from netlab.flags.wishes import ReceiveBuffer, Send
from netlab.sockets import Address, reset

CHUNK = 16384
SEND_BUFFER = 32768
"""Больше ядро за того, кто не читает, не хранит (оно удваивает это число, socket(7))."""
SEND_SECONDS = 10.0
"""За столько студент обязан забрать то, что ему послано."""
FAREWELL = 2.0
"""Столько секунд прощаемся с тем, кто не уходит."""
TICK = 0.5
"""Как часто поток смотрит, нет ли чего для всех, секунд."""
SHARE, SHARE_OF_ALL = 0.1, 0.5
"""Доли процессора, которые подолгу могут занимать один разговор и все шумные вместе."""
SHORTEST_BREAK, LONGEST_BREAK = 0.005, 0.25
VISITS = 50
"""К стольким серверам студентов ходим сразу: у одного посещения шесть сокетов."""
QUEUE_SECONDS = 20.0
"""Столько студент ждёт, пока до его сервера дойдёт очередь."""
CROWDED = Wrong(
    "Очередь к серверам студентов не дошла до вас за 20 секунд: повторите. Если посещение уже идёт "
    "в другом вашем соединении, дождитесь его."
)
# Ноутбук закрыли крышкой: через две минуты тишины ядро спросит, жив ли он (tcp(7)).
KEEPALIVE = {"TCP_KEEPIDLE": 120, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
UNANSWERED_MS = 60_000
"""Столько миллисекунд ядро повторяет то, чего другая сторона не подтвердила."""

Visitor = Callable[[Address], Wrong | None]
"""Ходит к серверу студента и возвращает, что не так."""


class Hall:
    """Общее у всех разговоров занятия lab: слова для всех, конец, очередь на процессор.

    visitor ходит к серверам студентов (задача 12).
    """

    def __init__(self, lab: FlagLab, visitor: Visitor = visit) -> None:
        self.lab = lab
        self.news: list[str] = []
        self.closing = False
        self._visitor = visitor
        self._guides = threading.Semaphore(VISITS)
        self._changed = threading.Condition()
        self._visited: set[str] = set()
        self._lock = threading.Lock()
        self._debtors = 0

    def visit(self, student: str, address: Address) -> Wrong | None:
        """Ходит к серверу студента, когда дойдёт очередь; к одному — по разу за раз."""
        deadline = time.monotonic() + QUEUE_SECONDS
        with self._changed:
            if not self._changed.wait_for(lambda: student not in self._visited, QUEUE_SECONDS):
                return CROWDED
            self._visited.add(student)
        try:
            if not self._guides.acquire(timeout=max(0.0, deadline - time.monotonic())):
                return CROWDED
            try:
                return self._visitor(address)
            finally:
                self._guides.release()
        finally:
            with self._changed:
                self._visited.discard(student)
                self._changed.notify_all()

    def price(self) -> float:
        """Во сколько раз дольше занятого времени разговор должен ждать, чтобы хватило всем."""
        return max(1 / SHARE, self._debtors / SHARE_OF_ALL)

    def hold(self, seconds: float) -> None:
        """Задерживает того, кто занял больше своего."""
        with self._lock:
            self._debtors += 1
        time.sleep(seconds)
        with self._lock:
            self._debtors -= 1


class Share:
    """Следит, чтобы один разговор не занял процессор: сверх своей доли он уступает его другим."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._used = time.thread_time()
        self._paid = time.monotonic()

    def give_way(self) -> None:
        """Засыпает, если поток, который это зовёт, взял больше своего."""
        used, now = time.thread_time(), time.monotonic()
        # Накопить можно не больше одной паузы: долгое молчание не даёт права занять всё потом.
        self._paid = max(self._paid, now - LONGEST_BREAK)
        self._paid += (used - self._used) * self._hall.price()
        self._used = used
        if self._paid > now + SHORTEST_BREAK:
            self._hall.hold(min(self._paid - now, LONGEST_BREAK))


class Talk:
    """Разговор с тем, кто пришёл с адреса peer; left зовут, когда он кончился."""

    def __init__(
        self, hall: Hall, sock: socket.socket, peer: str, left: Callable[[Talk], None]
    ) -> None:
        self.heard_at = time.monotonic()
        """Когда от него приходили байты."""
        self._hall = hall
        self._lab = hall.lab
        self._sock = sock
        self._peer = peer
        self._left = left
        self._place = Place(self._lab)
        self._session = Session(self._place, self._lab.now(), peer)
        self._heard = len(hall.news)
        self._asked_to_leave = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Начинает разговор.

        Raises:
            RuntimeError: система не дала потока.
        """
        self._thread.start()

    def join(self, seconds: float) -> bool:
        """Ждёт конца разговора не дольше стольких секунд; истина — он кончился."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def student(self) -> str | None:
        """Кто это; None — так и не назвался."""
        return self._session.student

    def make_leave(self, seconds: float) -> bool:
        """Просит уступить место, а если не слушается, обрывает; истина — место свободно.

        Зовут из другого потока; seconds — сколько ждать, и просьбы, и обрыва.
        """
        self._asked_to_leave = True
        for way in (socket.SHUT_RD, socket.SHUT_RDWR):  # первое будит recv, второе — и send
            with suppress(OSError):
                self._sock.shutdown(way)
            if self.join(seconds):
                return True
        return False

    # ------------------------------------------------------------ свой поток

    def _run(self) -> None:
        try:
            with self._sock:
                self._talk()
        except Exception as error:  # ошибка наша: остальные разговоры она задеть не должна
            self._lab.complain(
                f"разговор с {self._peer} прервала ошибка в netlab ({where(error)}). "
                "Остальные идут; сообщите о ней тем, кто пишет netlab."
            )
        finally:
            self._left(self)

    def _talk(self) -> None:
        """Весь разговор, от приветствия до прощания."""
        try:
            prepare(self._sock)
            self._converse()
        except OSError:
            reset(self._sock)
            self._session.lost(self._lab.now())
        except Exception:
            self._apologize()
            raise
        finally:
            with suppress(Refused):  # не записалось, а сказать уже некому
                self._place.leave(self._lab.now())
        finish(self._sock, timeout=FAREWELL)

    def _apologize(self) -> None:
        with suppress(OSError):
            self._sock.settimeout(SEND_SECONDS)
            self._sock.sendall("! В сервере ошибка. Подключитесь снова, флаги за вами.\n".encode())

    def _converse(self) -> None:
        share = Share(self._hall)
        session = self._session
        while True:
            share.give_way()
            if actions := session.take():
                for action in actions:
                    self._perform(action)
                continue
            if session.closed:
                return
            self._listen()
            for text in self._hall.news[self._heard :]:
                session.say(text, self._lab.now())
                self._heard += 1
            if self._asked_to_leave:
                session.stop(
                    "Мест не хватает: закройте лишние соединения и подключитесь снова.",
                    self._lab.now(),
                )
            if self._hall.closing:
                session.stop("Сервер закрывается. Сданные флаги записаны.", self._lab.now())

    def _perform(self, action: Action) -> None:
        match action:
            case Send(data):
                self._sock.settimeout(SEND_SECONDS)
                self._sock.sendall(data)
            case ReceiveBuffer(size):
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
            case Visit(port):
                wrong = self._hall.visit(self._session.student or "", (self._peer, port))
                self._session.visited(wrong, self._lab.now())

    def _listen(self) -> None:
        """Ждёт байтов или срока, но не дольше TICK."""
        session, now = self._session, self._lab.now()
        pause = TICK if session.wake_at is None else min(TICK, session.wake_at - now)
        if session.reading:
            # И когда срок вышел: пришедшее до него могло дождаться нас в буфере ядра.
            self._sock.settimeout(max(pause, 0.0))
            try:
                data = self._sock.recv(CHUNK)
            except (TimeoutError, BlockingIOError):
                session.wake(self._lab.now())
                return
            now = self._lab.now()
            if data:
                self.heard_at = time.monotonic()
                session.receive(data, now)
            elif not self._asked_to_leave:
                session.end(now)
        elif pause > 0:
            time.sleep(pause)
        else:
            self._check()
            session.wake(now)

    def _check(self) -> None:
        """Бросает OSError, если другая сторона оборвала соединение: recv об этом уже не спросят."""
        problem = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if problem:
            raise OSError(problem, "соединение оборвано")


def prepare(sock: socket.socket) -> None:
    """Настраивает принятый сокет.

    Raises:
        OSError: соединения уже нет.
    """
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    # Не всякая система знает эти имена; где не знает, пропавшего выгонит IDLE_SECONDS.
    for name, value in KEEPALIVE.items():
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    if sys.platform == "linux":
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNANSWERED_MS)


def where(error: BaseException) -> str:
    """Называет ошибку и место, где она случилась."""
    (*_, last) = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__}: {error}; {Path(last.filename).name}, строка {last.lineno}"
