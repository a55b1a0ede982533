"""Посредник TCP, который портит связь: стоит между клиентом и сервером и мешает обоим."""

# Устроен нарочно просто, как на лекции: блокирующие сокеты и поток на каждое направление. Что
# делает поток, написано в netlab.peers.relay.
#
# У двух потоков одного соединения сокеты общие, но дескрипторы у каждого свои (dup). Иначе
# неисправность, закрыв сокет, выдернула бы его из-под соседа, а номер дескриптора ядро тут же могло
# бы отдать другому соединению.

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from selectors import EVENT_READ
from typing import TYPE_CHECKING

from netlab.event_loop import EventLoop
from netlab.peers import Delay, Drip, Fault, HalfClose, Rate, Reset, Stall
from netlab.peers.relay import STOP_TIMEOUT, carry
from netlab.sockets import (
    Address,
    connect,
    listen,
    reset,
    shown,
    why_not_connected,
    why_not_listening,
)

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

MakeFault = Callable[[], Fault]

CONNECT_TIMEOUT = 10.0
REST_TIMEOUT = 0.2  # столько не принимаем новых, когда на них не хватило дескрипторов


class ChaosProxy:
    """Посредник перед сервером target; на каждое соединение и направление — новая неисправность.

    Порт занят, как только объект создан; port 0 — любой свободный. serve_forever работает до stop()
    или, в главном потоке, до SIGINT и SIGTERM; `with ChaosProxy(…) as proxy:` зовёт его в отдельном
    потоке. complain получает предложение о каждом соединении, которое не с кем было связать.

    Raises:
        OSError: слушать порт не вышло (см. netlab.sockets.listen).
    """

    def __init__(
        self,
        target: Address,
        *,
        host: str | None = "localhost",
        port: int = 0,
        to_server: MakeFault = Fault,
        to_client: MakeFault = Fault,
        complain: Callable[[str], object] = lambda sentence: None,
    ) -> None:
        self.target = target
        self._make_to_server = to_server
        self._make_to_client = to_client
        self._complain = complain
        self._listeners = listen(host, port)
        self.addresses: list[Address] = [sock.getsockname()[:2] for sock in self._listeners]
        self._loop = EventLoop()
        self._resting = self._loop.deadlines(REST_TIMEOUT, self._listen)
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()  # открытые соединения
        self._threads: set[threading.Thread] = set()
        self._stopped = threading.Event()
        for listener in self._listeners:
            listener.setblocking(False)
            self._listen(listener)

    @property
    def address(self) -> Address:
        """Адрес и порт; если их несколько — первый, IPv4."""
        return self.addresses[0]

    def serve_forever(self) -> None:
        """Принимает соединения, пока не остановят."""
        with self.stopped_by_signals():
            while not self._loop.stopping:
                self._loop.turn()

    def stopped_by_signals(self) -> AbstractContextManager[None]:
        """Пока действует, SIGINT и SIGTERM останавливают serve_forever."""
        return self._loop.stopped_by_signals()

    def stop(self) -> None:
        """Обрывает все соединения и освобождает порт."""
        self._loop.stop()
        self._stopped.set()
        with self._lock:
            threads = list(self._threads)
            for sock in self._sockets:
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)  # будит тех, кто ждёт recv или sendall
        for thread in threads:
            thread.join(STOP_TIMEOUT)
        for listener in self._listeners:
            listener.close()
        self._loop.close()

    def __enter__(self) -> ChaosProxy:
        self._start_thread(self.serve_forever)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # ------------------------------------------------------------ новые соединения

    def _listen(self, listener: socket.socket) -> None:
        self._loop.watch(listener, EVENT_READ, self._accept, listener)

    def _accept(self, listener: socket.socket) -> None:
        try:
            client, _ = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError:
            self._loop.forget(listener)
            self._resting.start(listener)
            return
        client.setblocking(True)
        self._start_thread(self._serve, client)

    def _start_thread(self, work: Callable[..., None], *args: object) -> threading.Thread:
        def run() -> None:
            try:
                work(*args)
            finally:
                with self._lock:
                    self._threads.discard(thread)

        thread = threading.Thread(target=run, daemon=True)
        with self._lock:
            self._threads.add(thread)
        thread.start()
        return thread

    # ------------------------------------------------------------ одно соединение

    def _serve(self, client: socket.socket) -> None:
        """Соединяет клиента с сервером и ждёт, пока закончатся оба направления."""
        with ExitStack() as stack:
            self._keep(client, stack)
            try:
                server = connect(self.target, CONNECT_TIMEOUT)
            except OSError as error:
                self._complain(why_not_connected(error, self.target))
                reset(client)
                return
            self._keep(server, stack)
            server.settimeout(None)
            client_too, server_too = client.dup(), server.dup()
            self._keep(client_too, stack)
            self._keep(server_too, stack)
            to_server, to_client = self._make_to_server(), self._make_to_client()
            back = self._start_thread(carry, server_too, client_too, to_client, to_server)
            carry(client, server, to_server, to_client)
            back.join()
            if to_server.stalled or to_client.stalled:
                # Стороны, может быть, уже простились; но зависшее соединение не закрывается.
                self._stopped.wait()

    def _keep(self, sock: socket.socket, stack: ExitStack) -> None:
        """Запоминает сокет, чтобы stop мог его разбудить, и закроет его вместе со stack."""

        def close() -> None:
            with self._lock:
                self._sockets.discard(sock)
                sock.close()

        stack.callback(close)
        with self._lock:
            self._sockets.add(sock)
            if self._stopped.is_set():
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)


def add_arguments(parser: ArgumentParser) -> None:
    """Описывает аргументы `netlab chaos`."""
    from netlab.arguments import byte_count, port_number, seconds

    parser.add_argument("host", metavar="АДРЕС", help="куда передавать: имя или адрес сервера")
    parser.add_argument("port", metavar="ПОРТ", type=port_number, help="порт сервера")
    parser.add_argument(
        "--listen",
        metavar="ПОРТ",
        type=port_number,
        required=True,
        help="какой порт слушать самому",
    )
    parser.add_argument("--delay", metavar="СЕКУНД", type=seconds, help="задержка каждой порции")
    parser.add_argument("--rate", metavar="БАЙТ/С", type=byte_count(1), help="скорость")
    parser.add_argument("--drip", action="store_true", help="по одному байту в сегменте")
    ending = parser.add_mutually_exclusive_group()
    for option, summary in (
        ("--stall-after", "зависнуть после стольких байт"),
        ("--reset-after", "оборвать связь (RST) после стольких байт"),
        ("--half-close-after", "закончить поток (FIN) после стольких байт"),
    ):
        ending.add_argument(option, metavar="БАЙТ", type=byte_count(0), help=summary)
    parser.add_argument(
        "--direction",
        choices=("both", "to-server", "to-client"),
        default="both",
        help="какое направление портить (%(default)s)",
    )


def make_fault(args: Namespace) -> Fault:
    """Складывает неисправности, о которых просили в командной строке."""
    fault = Fault()
    if args.drip:
        fault = Drip(carrier=fault)
    if args.rate is not None:
        fault = Rate(args.rate, carrier=fault)
    if args.delay is not None:
        fault = Delay(args.delay, carrier=fault)
    if args.stall_after is not None:
        fault = Stall(args.stall_after, carrier=fault)
    if args.reset_after is not None:
        fault = Reset(args.reset_after, carrier=fault)
    if args.half_close_after is not None:
        fault = HalfClose(args.half_close_after, carrier=fault)
    return fault


def run(args: Namespace) -> int:
    """`netlab chaos`: работает до Ctrl-C; возвращает код завершения."""

    def spoil() -> Fault:
        return make_fault(args)

    target = (args.host, args.port)
    try:
        proxy = ChaosProxy(
            target,
            port=args.listen,
            to_server=Fault if args.direction == "to-client" else spoil,
            to_client=Fault if args.direction == "to-server" else spoil,
            complain=lambda sentence: print(f"netlab chaos: {sentence}", file=sys.stderr),
        )
    except OSError as error:
        print(f"netlab chaos: {why_not_listening(error, None, args.listen)}", file=sys.stderr)
        return 1
    with proxy.stopped_by_signals():
        print(
            f"Посредник слушает {' и '.join(map(shown, proxy.addresses))} "
            f"и передаёт на {shown(target)}; остановить — Ctrl-C.",
            flush=True,
        )
        try:
            proxy.serve_forever()
        finally:
            proxy.stop()
    return 0
