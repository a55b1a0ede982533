"""Сервер практики: поток на соединение вокруг Session — та же модель, что в лекции."""

# Поток читает сокет с таймаутом и отдаёт прочитанное разговору; что разговор велел, то и делает.
# Пишет в сокет тоже только он, поэтому замков вокруг сокета нет. О том, что касается всех (слова
# преподавателя, конец занятия), поток узнаёт сам: таймаут не длиннее TICK.
#
# Память соединения ограничена: буферами ядра, которые здесь уменьшены, и тем, что Session перестаёт
# просить чтения, пока прежнее не разобрано.

from __future__ import annotations

import errno
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from netlab.closing import finish
from netlab.flags.diagnosis import Wrong
from netlab.flags.lab import FlagLab
from netlab.flags.lab import Visit as Place
from netlab.flags.session import Action, Refused, Session, Visit
from netlab.flags.store import Order, OrderKind, StoreError
from netlab.flags.visit import visit
from netlab.flags.wishes import ReceiveBuffer, Send
from netlab.progress import shown_duration
from netlab.sockets import Address, reset

CHUNK = 16384
SEND_BUFFER = 32768
"""Больше ядро за того, кто не читает, не хранит (оно удваивает это число, socket(7))."""
STACK = 262_144
"""Стек потока, байт: разговору хватает, а соединений бывает тысячи."""
PLACES = 4000
SEND_SECONDS = 10.0
"""За столько студент обязан забрать то, что ему послано."""
TICK = 0.5
"""Как часто поток смотрит, нет ли чего для всех, секунд."""
GLANCE = 0.1
SHARE = 0.1
"""Такую долю процессора разговор может занимать подолгу; тому, кто не шалит, столько не надо."""
LONGEST_BREAK = 0.25
NO_FILES_PAUSE = 0.2
"""Столько ждём, когда система не даёт новых сокетов: вертеться в accept бессмысленно."""
GOODBYE = 1.5
"""Столько секунд ждём прощаний; последние байты ядро дошлёт и без нас."""
REMINDERS = (300.0, 60.0)
FULL = "! Мест больше нет: подключитесь через минуту.\n".encode()

Visitor = Callable[[Address], Wrong | None]
"""Ходит к серверу студента и возвращает, что не так."""


class Share:
    """Следит, чтобы один разговор не занял процессор: сверх доли SHARE он уступает его другим."""

    def __init__(self) -> None:
        self._used = time.thread_time()
        self._paid = time.monotonic()

    def give_way(self) -> None:
        """Засыпает, если поток, который это зовёт, взял больше своего."""
        used, now = time.thread_time(), time.monotonic()
        # Накопить можно не больше одной паузы: долгое молчание не даёт права занять всё потом.
        self._paid = max(self._paid, now - LONGEST_BREAK) + (used - self._used) / SHARE
        self._used = used
        if self._paid > now:
            time.sleep(min(self._paid - now, LONGEST_BREAK))


class FlagServer:
    """Ведёт занятие lab на слушающих сокетах, пока не позовут stop.

    visitor ходит к серверам студентов (задача 12).
    """

    def __init__(
        self, lab: FlagLab, listeners: Sequence[socket.socket], visitor: Visitor = visit
    ) -> None:
        self._lab = lab
        self._listeners = listeners
        self._visitor = visitor
        self._places = threading.Semaphore(PLACES)
        self._stopping = False
        self._talks: set[threading.Thread] = set()
        self._news: list[str] = []
        self._said: set[float] = set()

    def stop(self) -> None:
        """Велит попрощаться со всеми; годится и для обработчика сигнала."""
        # Не Event: внутри него замок, и обработчик, заставший wait с замком в руках, ждал бы сам
        # себя.
        self._stopping = True

    def serve(self) -> None:
        """Принимает соединения и распоряжения преподавателя, пока не позовут stop."""
        before = threading.stack_size(STACK)
        try:
            acceptors = [
                threading.Thread(target=self._accept, args=(listener,))
                for listener in self._listeners
            ]
            for acceptor in acceptors:
                acceptor.start()
            while not self._stopping:
                self._carry_out_orders()
                self._remind()
                time.sleep(GLANCE)
            for acceptor in acceptors:
                acceptor.join()
            deadline = time.monotonic() + GOODBYE
            for talk in list(self._talks):
                talk.join(max(0.0, deadline - time.monotonic()))
        finally:
            threading.stack_size(before)

    # ------------------------------------------------------------ для всех

    def _carry_out_orders(self) -> None:
        with suppress(StoreError):  # не записалось: попробуем в следующий раз
            for order in self._lab.store.pending():
                if self._lab.store.carry_out(order, self._lab.wall(self._lab.now())):
                    self._announce(order)

    def _announce(self, order: Order) -> None:
        match order.kind:
            case OrderKind.MESSAGE:
                self._news.append(f"Преподаватель: {order.argument}")
            case OrderKind.PAUSE:
                self._news.append("Перерыв: часы остановлены.")
            case OrderKind.EXTEND | OrderKind.RESUME:
                left = self._lab.left(self._lab.now())
                if left is not None:
                    self._said = {one for one in self._said if one >= left}
                    self._news.append(f"Осталось {shown_duration(left)}.")

    def _remind(self) -> None:
        left = self._lab.left(self._lab.now())
        if left is None:
            return
        due = [one for one in (*REMINDERS, 0.0) if left <= one and one not in self._said]
        if due:
            self._said.update(due)
            self._news.append(
                f"Осталось {shown_duration(left)}." if left else "Время вышло. Спасибо!"
            )

    # ------------------------------------------------------------ соединения

    def _accept(self, listener: socket.socket) -> None:
        listener.settimeout(GLANCE)
        while not self._stopping:
            try:
                sock, address = listener.accept()
            except TimeoutError:
                continue
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                    time.sleep(NO_FILES_PAUSE)
                continue  # остальное — про одно соединение, которого уже нет (accept(2))
            self._welcome(sock, str(address[0]))

    def _welcome(self, sock: socket.socket, peer: str) -> None:
        if not self._places.acquire(blocking=False):
            with sock, suppress(OSError):
                sock.setblocking(False)
                sock.send(FULL)
            return
        try:
            talk = threading.Thread(target=self._talk, args=(sock, peer), daemon=True)
            self._talks.add(talk)
            talk.start()
        except RuntimeError:  # система не дала потока
            self._talks.discard(talk)
            self._places.release()
            sock.close()

    def _talk(self, sock: socket.socket, peer: str) -> None:
        """Один разговор, от приветствия до прощания."""
        place = Place(self._lab)
        session = Session(place, self._lab.now(), peer)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
            self._converse(sock, session, peer)
            finish(sock)
        except OSError:
            reset(sock)
            session.lost(self._lab.now())
        finally:
            sock.close()
            with suppress(Refused):  # не записалось, а сказать уже некому
                place.leave(self._lab.now())
            self._places.release()
            self._talks.discard(threading.current_thread())

    def _converse(self, sock: socket.socket, session: Session, peer: str) -> None:
        heard = len(self._news)
        share = Share()
        while True:
            share.give_way()
            if actions := session.take():
                for action in actions:
                    self._perform(action, sock, session, peer)
                continue
            if session.closed:
                return
            self._listen(sock, session)
            for text in self._news[heard:]:
                session.say(text, self._lab.now())
                heard += 1
            if self._stopping:
                session.stop("Сервер закрывается. Сданные флаги записаны.", self._lab.now())

    def _perform(self, action: Action, sock: socket.socket, session: Session, peer: str) -> None:
        match action:
            case Send(data):
                sock.settimeout(SEND_SECONDS)
                sock.sendall(data)
            case ReceiveBuffer(size):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
            case Visit(port):
                session.visited(self._visitor((peer, port)), self._lab.now())

    def _listen(self, sock: socket.socket, session: Session) -> None:
        """Ждёт байтов или срока, но не дольше TICK."""
        now = self._lab.now()
        pause = TICK if session.wake_at is None else min(TICK, session.wake_at - now)
        if session.reading:
            # И когда срок вышел: пришедшее до него могло дождаться нас в буфере ядра.
            sock.settimeout(max(pause, 0.0))
            try:
                data = sock.recv(CHUNK)
            except (TimeoutError, BlockingIOError):
                session.wake(self._lab.now())
                return
            now = self._lab.now()
            if data:
                session.receive(data, now)
            else:
                session.end(now)
        elif pause > 0:
            time.sleep(pause)
        else:
            self._check(sock)
            session.wake(now)

    @staticmethod
    def _check(sock: socket.socket) -> None:
        """Бросает OSError, если другая сторона оборвала соединение: recv об этом уже не спросят."""
        problem = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if problem:
            raise OSError(problem, "соединение оборвано")
