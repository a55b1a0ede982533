"""Сервер практики: поток на соединение вокруг Session — та же модель, что в лекции."""

# Здесь принимают соединения и говорят то, что касается всех; сами разговоры — в talk.py.
#
# Мест для соединений столько, сколько даст система, и чуть меньше: остаток нужен хранилищу и
# посещениям. По адресам мест не делим — весь класс бывает за одним. Когда мест нет, а пришёл
# новый, уступает лишний: кто не назвался, потом второе и следующие соединения того, у кого их
# больше всех, потом просто самый молчаливый. Среди равных — тот, кто дольше молчит: это забытые
# окна и программы, которые подключаются в цикле.

from __future__ import annotations

import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from netlab.file_errors import what_is_wrong
from netlab.flags.lab import FlagLab
from netlab.flags.store import Order, OrderKind, StoreError
from netlab.flags.talk import VISITS, Hall, Talk, Visitor, where
from netlab.flags.visit import visit
from netlab.progress import shown_duration

STACK = 262_144
"""Стек потока, байт: разговору хватает, а соединений бывает тысячи."""
PLACES = 4000
RESERVED = 100 + 6 * VISITS
"""Дескрипторы сверх соединений: хранилище, табло, посещения."""
FILES = PLACES + RESERVED
"""Столько открытых файлов и сокетов нужно серверу, чтобы мест было PLACES."""
SWITCH_SECONDS = 1e-5
"""Столько секунд на соединение поток может не отдавать GIL, если его просят.

Просит каждый ждущий поток, просыпаясь раз в этот срок. Когда ждут тысячи, а срок обычный (5 мс), на
одни пробуждения уходит целое ядро, и очередь уже не рассасывается.
"""
SILENT_SECONDS = 60.0
"""Кто молчит дольше, уступит место, даже если соединение у него одно."""
GLANCE = 0.1
TROUBLE_PAUSE = 0.2
"""Столько ждём, когда система не даёт нового сокета: вертеться в accept бессмысленно."""
GOODBYE = 1.2
"""Столько секунд ждём прощаний; последние байты ядро дошлёт и без нас."""
REMINDERS = (300.0, 60.0)
CLOCK_TOLD = {
    OrderKind.EXTEND: "Преподаватель продлил занятие.",
    OrderKind.RESUME: "Перерыв кончился, часы снова идут.",
}
FULL = "! Мест больше нет: подключитесь через минуту.\n".encode()


class FlagServer:
    """Ведёт занятие lab на слушающих сокетах, пока не позовут stop.

    visitor ходит к серверам студентов (задача 12).
    """

    def __init__(
        self, lab: FlagLab, listeners: Sequence[socket.socket], visitor: Visitor = visit
    ) -> None:
        self._lab = lab
        self._listeners = listeners
        self._hall = Hall(lab, visitor)
        self._places = places()
        self._talks: set[Talk] = set()
        self._said: set[float] = set()

    def stop(self) -> None:
        """Велит попрощаться со всеми; годится и для обработчика сигнала."""
        # Не Event: внутри него замок, и обработчик, заставший wait с замком в руках, ждал бы сам
        # себя.
        self._hall.closing = True

    def serve(self) -> None:
        """Принимает соединения и распоряжения преподавателя, пока не позовут stop."""
        stack, usual_switch = threading.stack_size(STACK), sys.getswitchinterval()
        acceptors = [
            threading.Thread(target=self._accept, args=(listener,)) for listener in self._listeners
        ]
        try:
            for acceptor in acceptors:
                acceptor.start()
            while not self._hall.closing:
                self._look_around()
                sys.setswitchinterval(max(usual_switch, SWITCH_SECONDS * len(self._talks)))
                time.sleep(GLANCE)
        finally:
            self.stop()
            for acceptor in acceptors:
                acceptor.join()
            self._say_goodbye()
            threading.stack_size(stack)
            sys.setswitchinterval(usual_switch)

    def _say_goodbye(self) -> None:
        deadline = time.monotonic() + GOODBYE
        for talk in list(self._talks):
            talk.join(max(0.0, deadline - time.monotonic()))

    # ------------------------------------------------------------ для всех

    def _look_around(self) -> None:
        """Выполняет распоряжения и напоминает о времени; студенты от ошибок здесь не пострадают."""
        try:
            self._carry_out_orders()
            self._remind()
        except StoreError as error:  # попробуем в следующий раз
            self._lab.complain(f"распоряжение не выполнено: {error}")
        except Exception as error:
            self._lab.complain(
                f"распоряжение не выполнено, в netlab ошибка ({where(error)}). Занятие идёт; "
                "сообщите о ней тем, кто пишет netlab."
            )

    def _carry_out_orders(self) -> None:
        for order in self._lab.store.pending():
            if self._lab.store.carry_out(order, self._lab.wall(self._lab.now())):
                self._announce(order)

    def _announce(self, order: Order) -> None:
        match order.kind:
            case OrderKind.MESSAGE:
                self._hall.news.append(f"Преподаватель: {order.argument}")
            case OrderKind.PAUSE:
                self._hall.news.append("Перерыв: часы остановлены.")
            case OrderKind.EXTEND | OrderKind.RESUME:
                left = self._lab.left(self._lab.now())
                if left is not None:
                    self._said = {one for one in self._said if one >= left}
                    told = CLOCK_TOLD[order.kind]
                    self._hall.news.append(f"{told} Осталось {shown_duration(left)}.")

    def _remind(self) -> None:
        left = self._lab.left(self._lab.now())
        if left is None:
            return
        due = [one for one in (*REMINDERS, 0.0) if left <= one and one not in self._said]
        if due:
            self._said.update(due)
            self._hall.news.append(
                f"Осталось {shown_duration(left)}." if left else "Время вышло. Спасибо!"
            )

    # ------------------------------------------------------------ соединения

    def _accept(self, listener: socket.socket) -> None:
        listener.settimeout(GLANCE)
        while not self._hall.closing:
            try:
                sock, address = listener.accept()
            except (TimeoutError, ConnectionError):
                continue  # никого, или соединения уже нет (accept(2))
            except OSError as error:
                self._lab.complain(
                    f"система не даёт нового сокета ({what_is_wrong(error)}): пришедшие ждут, "
                    "остальные работают."
                )
                time.sleep(TROUBLE_PAUSE)
                continue
            self._welcome(sock, str(address[0]))

    def _welcome(self, sock: socket.socket, peer: str) -> None:
        if len(self._talks) >= self._places and not self._make_room():
            refuse(sock)
            return
        talk = Talk(self._hall, sock, peer, self._talks.discard)
        self._talks.add(talk)
        try:
            talk.start()
        except RuntimeError:  # система не дала потока
            self._talks.discard(talk)
            refuse(sock)

    def _make_room(self) -> bool:
        """Заставляет уступить место самого лишнего; ложь — не вышло."""
        talks = list(self._talks)
        held = Counter(talk.student for talk in talks)
        silent = time.monotonic() - SILENT_SECONDS

        def superfluity(talk: Talk) -> tuple[bool, int, float]:
            return talk.student is None, held[talk.student], -talk.heard_at

        superfluous = max(talks, key=superfluity)
        if held[superfluous.student] == 1 and superfluous.student is not None:
            superfluous = min(talks, key=lambda talk: talk.heard_at)
            if superfluous.heard_at > silent:
                return False  # все при деле, у каждого соединение одно
        return superfluous.make_leave(GLANCE)


def places() -> int:
    """Считает, сколько соединений можно держать, оставив дескрипторы на остальное."""
    if sys.platform == "win32":
        return PLACES
    import resource

    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return PLACES
    return min(PLACES, max(files - RESERVED, files // 2))


def refuse(sock: socket.socket) -> None:
    """Говорит, что мест нет, и закрывает."""
    with sock, suppress(OSError):
        sock.setblocking(False)
        sock.send(FULL)
