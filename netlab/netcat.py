"""Маленький netcat: что набрано — в сокет, что пришло из сокета — на экран, байт в байт."""

# Два направления не должны ждать друг друга: пока человек думает, что набрать, сервер может что-то
# прислать. На Linux select следил бы и за сокетом, и за stdin, но на Windows — только за сокетами.
# Поэтому ввод читает отдельный поток, а главный читает из сокета.
#
# Конец ввода — ещё не конец разговора: послав FIN (SHUT_WR), ждём, пока закончит другая сторона. А
# когда закончила она, досылаем то, что уже набрано, но человека с его клавиатурой больше не ждём.

from __future__ import annotations

import io
import re
import socket
import sys
import threading
import time
from contextlib import suppress
from selectors import EVENT_READ, DefaultSelector
from typing import TYPE_CHECKING, Protocol

from netlab.sockets import (
    Address,
    connect,
    listen,
    shown,
    why_not_connected,
    why_not_listening,
)

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

RECEIVE_SIZE = 65536
GLANCE = 0.25
"""Как часто (в секундах) смотрим на часы и на Ctrl-C: на Windows он select не прерывает."""


class Source(Protocol):
    """Откуда читать: файл без буфера."""

    def read(self, size: int, /) -> bytes | None: ...


class Sink(Protocol):
    """Куда писать: файл без буфера."""

    def write(self, data: memoryview, /) -> int | None: ...


class SinkError(Exception):
    """Записать принятое некуда; причина — в __cause__."""


class Crlf:
    """Заменяет LF на CRLF, как telnet; готовые CRLF оставляет, хоть бы их и разрезало."""

    def __init__(self) -> None:
        self._after_cr = False

    def encode(self, data: bytes) -> bytes:
        """Возвращает то, что надо послать вместо data."""
        encoded = re.sub(rb"(?<!\r)\n", b"\r\n", data)
        if self._after_cr and data.startswith(b"\n"):
            encoded = encoded[1:]
        self._after_cr = data.endswith(b"\r")
        return encoded


class Typist(threading.Thread):
    """Поток, который читает ввод и шлёт его в сокет, а в конце ввода посылает FIN."""

    def __init__(self, sock: socket.socket, source: Source, crlf: bool) -> None:
        # Чтение с клавиатуры ничем не прервать; daemon не мешает программе закончиться.
        super().__init__(daemon=True)
        self.active_at = time.monotonic()
        self.finished = False
        self._sending = False
        self._sock = sock
        self._source = source
        self._crlf = Crlf() if crlf else None

    def run(self) -> None:
        with suppress(OSError):  # об обрыве связи скажет тот, кто читает из сокета
            while data := self._source.read(RECEIVE_SIZE):
                self._sending = True
                self._sock.sendall(self._crlf.encode(data) if self._crlf else data)
                self.active_at = time.monotonic()
                self._sending = False
            self.finished = True
            self._sock.shutdown(socket.SHUT_WR)

    def has_more(self) -> bool:
        """Говорит, что ввод ещё идёт: поток шлёт или только что слал, а не ждёт человека."""
        if not self.is_alive():
            return False
        return self._sending or time.monotonic() < self.active_at + GLANCE


def talk(
    sock: socket.socket,
    source: Source,
    sink: Sink,
    *,
    crlf: bool = False,
    timeout: float | None = None,
) -> None:
    """Переносит байты в обе стороны, пока не закончит другая сторона.

    Raises:
        TimeoutError: обе стороны молчат дольше timeout секунд.
        ConnectionError: связь оборвалась.
        SinkError: принятое не удалось записать в sink.
    """
    typist = Typist(sock, source, crlf)
    heard_at = time.monotonic()
    glance = min(GLANCE, timeout or GLANCE)

    def endure_silence() -> None:
        if timeout and time.monotonic() > max(heard_at, typist.active_at) + timeout:
            raise TimeoutError

    typist.start()
    with DefaultSelector() as selector:
        selector.register(sock, EVENT_READ)
        while True:
            if selector.select(glance):
                data = sock.recv(RECEIVE_SIZE)
                if not data:
                    break
                write_all(sink, data)
                heard_at = time.monotonic()
            else:
                endure_silence()
    while typist.has_more():
        typist.join(glance)
        endure_silence()
    if not typist.finished:
        # Ошибку обрыва ядро сообщает один раз, и её мог получить sendall в потоке Typist, а нам
        # достался b"". У оборванного соединения уже нет собеседника: getpeername даст ENOTCONN.
        sock.getpeername()


def write_all(sink: Sink, data: bytes) -> None:
    """Пишет всё: файл без буфера, как и send, может взять не всё сразу."""
    view = memoryview(data)
    try:
        while view:
            view = view[sink.write(view) or 0 :]
    except OSError as error:
        raise SinkError from error


def accept_one(port: int) -> socket.socket:
    """Ждёт одного соединения на порту; OSError, если слушать его не вышло."""
    listeners = listen(None, port, backlog=1)
    try:
        addresses = " и ".join(shown(listener.getsockname()[:2]) for listener in listeners)
        print(f"Жду соединения на {addresses}.", file=sys.stderr, flush=True)
        with DefaultSelector() as selector:
            for listener in listeners:
                selector.register(listener, EVENT_READ, listener)
            while not (ready := selector.select(GLANCE)):
                pass
        sock: socket.socket = ready[0][0].data.accept()[0]
        return sock
    finally:
        for listener in listeners:
            listener.close()


def add_arguments(parser: ArgumentParser) -> None:
    """Описывает аргументы `netlab nc`."""
    from netlab.arguments import port_number, seconds

    parser.add_argument("host", metavar="АДРЕС", nargs="?", help="имя или адрес сервера")
    parser.add_argument("port", metavar="ПОРТ", nargs="?", type=port_number, help="порт сервера")
    parser.add_argument(
        "-l", metavar="ПОРТ", dest="listen", type=port_number, help="самому ждать одного соединения"
    )
    parser.add_argument(
        "-w",
        metavar="СЕКУНД",
        dest="timeout",
        type=seconds,
        help="сколько ждать соединения и терпеть молчание (без него — сколько угодно)",
    )
    parser.add_argument(
        "--crlf", action="store_true", help="конец строки — CRLF, как в telnet, а не LF"
    )


def run(args: Namespace) -> int:
    """`netlab nc`: возвращает 0, 1 при неудаче, 2 при неверном вызове."""
    if (args.host is None) != (args.listen is not None) or (args.host and args.port is None):
        return complain("Нужны АДРЕС и ПОРТ сервера или -l и свой ПОРТ.", 2)
    address: Address = (args.host, args.port)
    try:
        if args.listen is None:
            sock = connect(address, args.timeout)
            sock.settimeout(None)
        else:
            sock = accept_one(args.listen)
            address = sock.getpeername()[:2]
    except OSError as error:
        if args.listen is None:
            return complain(why_not_connected(error, address), 1)
        return complain(why_not_listening(error, None, args.listen), 1)
    with sock:
        try:
            talk(sock, stdin(), stdout(), crlf=args.crlf, timeout=args.timeout)
        except TimeoutError:
            return complain(f"{shown(address)} молчит слишком долго.", 1)
        except OSError:
            return complain(f"{shown(address)} оборвал соединение.", 1)
        except SinkError as error:
            # Читатель ушёл (`netlab nc … | head -1`): дело обычное. EINVAL — то же на Windows.
            if isinstance(error.__cause__, BrokenPipeError) or sys.platform == "win32":
                return 1
            return complain(f"Не удалось записать принятое: {error.__cause__}.", 1)
    return 0


def stdin() -> Source:
    """Стандартный ввод без буфера; если его закрыли, он пуст."""
    # Буферизованный sys.stdin.buffer держал бы замок, пока поток ждёт ввода, и уронил бы
    # интерпретатор на выходе.
    return open(0, "rb", buffering=0, closefd=False) if sys.stdin else io.BytesIO()


def stdout() -> Sink:
    """Стандартный вывод без буфера; если его закрыли, написанное пропадает."""
    return open(1, "wb", buffering=0, closefd=False) if sys.stdout else io.BytesIO()


def complain(sentence: str, code: int) -> int:
    """Печатает предложение об ошибке и возвращает код завершения."""
    print(f"netlab nc: {sentence}", file=sys.stderr)
    return code
