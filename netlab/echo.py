"""Законченный эхо-сервер: возвращает каждый байт, пока не придёт строка quit или stop."""

# Что ответить, решает EchoProtocol; когда прочесть и когда послать — EchoServer: один поток на всех
# клиентов. Клиент всегда в одном из трёх состояний, и у каждого свой срок:
#
#   слушаем    ждём его байтов                                     idle_timeout
#   отдаём     он не берёт ответ; пока не возьмёт, мы не читаем    send_timeout, заново с каждым
#              и сами, так что память ограничена                   взятым куском
#   прощаемся  FIN послан; дочитываем и выбрасываем то, что он     LINGER_TIMEOUT
#              ещё шлёт
#
# Прощание нужно потому, что close при непрочитанных байтах посылает RST (RFC 1122, 4.2.2.13), а он
# может уничтожить ответ, который клиент ещё не прочёл.

from __future__ import annotations

import sys
import threading
import time
from contextlib import AbstractContextManager, suppress
from selectors import EVENT_READ, EVENT_WRITE
from socket import IPPROTO_TCP, SHUT_WR, TCP_NODELAY, socket
from typing import TYPE_CHECKING

from netlab.echo_protocol import LINE_LIMIT, LONGEST_COMMAND, EchoProtocol
from netlab.event_loop import Deadlines, EventLoop, Handle
from netlab.sockets import BACKLOG, Address, listen, reset, shown, why_not_listening

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

PORT = 5555
IDLE_TIMEOUT = SEND_TIMEOUT = 60.0
LINGER_TIMEOUT = 1.0
LINGER_LIMIT = 16 * 1024 * 1024  # больше байт за прощающимся клиентом не дочитываем
REST_TIMEOUT = 0.2  # столько не принимаем новых, когда на них не хватило дескрипторов
RECEIVE_SIZE = 65536
ACCEPT_AT_ONCE = 64
MAX_CLIENTS = 500 if sys.platform == "win32" else sys.maxsize  # там select берёт 512 сокетов


class Client:
    """Соединение с клиентом и то, что о нём надо помнить; state — сроки его состояния."""

    __slots__ = ("drained", "protocol", "sock", "state", "unsent")

    def __init__(self, sock: socket, protocol: EchoProtocol, state: Deadlines) -> None:
        self.sock = sock
        self.protocol = protocol
        self.state = state
        self.unsent = b""
        self.drained = 0


class EchoServer:
    """Эхо-сервер на всех адресах имени host (None — на всех адресах машины), IPv4 и IPv6.

    Порт занят, как только объект создан; port 0 — любой свободный. serve_forever работает, пока
    клиент не пришлёт stop, пока не позовут stop() или, в главном потоке, пока не придёт SIGINT или
    SIGTERM. Сроки — в секундах, пределы — в байтах.

    Raises:
        OSError: слушать порт не вышло (см. netlab.sockets.listen).
        ValueError: в line_limit не поместится команда.
    """

    def __init__(
        self,
        host: str | None = None,
        port: int = PORT,
        *,
        line_limit: int = LINE_LIMIT,
        idle_timeout: float = IDLE_TIMEOUT,
        send_timeout: float = SEND_TIMEOUT,
        backlog: int = BACKLOG,
    ) -> None:
        EchoProtocol(line_limit)  # неверный предел — ошибка сейчас, а не с первым клиентом
        self._line_limit = line_limit
        self._clients: set[Client] = set()
        self._serving = threading.RLock()
        self._listeners = listen(host, port, backlog)
        self.addresses: list[Address] = [sock.getsockname()[:2] for sock in self._listeners]
        self._loop = EventLoop()
        self._idle = self._loop.deadlines(idle_timeout, self._dismiss)
        self._sending = self._loop.deadlines(send_timeout, self._drop)
        self._parting = self._loop.deadlines(LINGER_TIMEOUT, self._close)
        self._resting = self._loop.deadlines(REST_TIMEOUT, self._listen)
        for listener in self._listeners:
            listener.setblocking(False)
            self._listen(listener)

    @property
    def address(self) -> Address:
        """Адрес и порт; если их несколько — первый, IPv4."""
        return self.addresses[0]

    def serve_forever(self) -> None:
        """Обслуживает клиентов до остановки; перед концом отдаёт им всё, что должен."""
        with self._serving:
            try:
                with self.stopped_by_signals():
                    while not self._loop.stopping:
                        self._loop.turn()
                    self._part_with_everyone()
            finally:
                self._close_everything()

    def stop(self) -> None:
        """Просит serve_forever закончить; можно звать из любого потока."""
        self._loop.stop()

    def stopped_by_signals(self) -> AbstractContextManager[None]:
        """Пока действует, SIGINT и SIGTERM означают stop(); serve_forever включает это и сам."""
        return self._loop.stopped_by_signals()

    def close(self) -> None:
        """Останавливает сервер, дожидается конца serve_forever и освобождает порт."""
        self.stop()
        with self._serving:
            self._close_everything()

    def __enter__(self) -> EchoServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------ новые клиенты

    def _listen(self, listener: socket) -> None:
        self._loop.watch(listener, EVENT_READ, self._accept, listener)

    def _accept(self, listener: socket) -> None:
        """Принимает тех, кто в очереди, но не всех разом: ждут и другие события."""
        try:
            for _ in range(ACCEPT_AT_ONCE):
                if len(self._clients) >= MAX_CLIENTS:
                    raise OSError("больше select не вместит")
                self._welcome(listener.accept()[0])
        except (BlockingIOError, ConnectionAbortedError):
            pass
        except OSError:
            # Дескрипторы кончились (EMFILE), а очередь не пуста: select возвращался бы сразу, снова
            # и снова. Отворачиваемся от неё на время: вдруг кто-нибудь уйдёт.
            self._loop.forget(listener)
            self._resting.start(listener)

    def _welcome(self, sock: socket) -> None:
        sock.setblocking(False)
        with suppress(OSError):  # macOS откажет, если клиент уже ушёл
            # Короткий ответ не ждёт подтверждения предыдущего (алгоритм Нейгла, RFC 896).
            sock.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        client = Client(sock, EchoProtocol(self._line_limit), self._idle)
        self._clients.add(client)
        self._idle.start(client)
        self._loop.watch(sock, EVENT_READ, self._receive, client)

    # ------------------------------------------------------------ разговор

    def _receive(self, client: Client) -> None:
        """Читает, что пришло, и отвечает."""
        try:
            data = client.sock.recv(RECEIVE_SIZE)
        except BlockingIOError:
            return
        except OSError:
            self._close(client)
            return
        protocol = client.protocol
        client.unsent = protocol.receive(data) if data else protocol.end_of_stream()
        if protocol.stopping:
            self._loop.stopping = True
        self._send(client)

    def _send(self, client: Client) -> None:
        """Шлёт, что задолжали; если ядро взяло не всё, ждёт, пока возьмёт."""
        sent = 0
        if client.unsent:
            try:
                sent = client.sock.send(client.unsent)
            except BlockingIOError:
                pass
            except OSError:
                self._close(client)
                return
            client.unsent = client.unsent[sent:]
        if client.unsent:
            if sent or client.state is not self._sending:
                self._turn_to(client, self._sending, EVENT_WRITE, self._send)
        elif client.protocol.closing:
            self._part(client)
        elif client.state is self._idle:
            self._idle.start(client)
        else:
            self._turn_to(client, self._idle, EVENT_READ, self._receive)

    def _part(self, client: Client) -> None:
        """Всё отдано: посылает FIN и прощается."""
        with suppress(OSError):
            client.sock.shutdown(SHUT_WR)
        self._turn_to(client, self._parting, EVENT_READ, self._drain)

    def _drain(self, client: Client) -> None:
        """Дочитывает за клиентом, чтобы вслед ответу не ушёл RST."""
        try:
            data = client.sock.recv(RECEIVE_SIZE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        client.drained += len(data)
        if not data or client.drained > LINGER_LIMIT:
            self._close(client)

    def _turn_to(self, client: Client, state: Deadlines, event: int, handle: Handle) -> None:
        """Переводит клиента в другое состояние: иной срок, событие и обработчик."""
        client.state.cancel(client)
        client.state = state
        state.start(client)
        self._loop.rewatch(client.sock, event, handle, client)

    # ------------------------------------------------------------ расставания

    def _dismiss(self, client: Client) -> None:
        """Больше ничего от клиента не ждёт: возвращает ему незаконченную строку и прощается."""
        client.unsent += client.protocol.end_of_stream()
        self._send(client)

    def _part_with_everyone(self) -> None:
        """Возвращает всем, что от них уже пришло, и недолго ждёт, пока заберут."""
        self._stop_listening()
        for client in list(self._clients):
            if client.state is self._idle:
                self._receive(client)
            if client in self._clients:
                self._dismiss(client)
        deadline = time.monotonic() + LINGER_TIMEOUT
        while self._clients and time.monotonic() < deadline:
            self._loop.turn(deadline)

    def _stop_listening(self) -> None:
        while self._listeners:
            listener = self._listeners.pop()
            self._resting.cancel(listener)
            with suppress(KeyError):  # за отдыхающим не следят
                self._loop.forget(listener)
            listener.close()

    def _close_everything(self) -> None:
        self._stop_listening()
        for client in list(self._clients):
            (self._close if client.state is self._parting else self._drop)(client)
        self._loop.close()

    def _close(self, client: Client) -> None:
        self._forget(client)
        client.sock.close()

    def _drop(self, client: Client) -> None:
        self._forget(client)
        reset(client.sock)

    def _forget(self, client: Client) -> None:
        self._clients.remove(client)
        client.state.cancel(client)
        self._loop.forget(client.sock)


def add_arguments(parser: ArgumentParser) -> None:
    """Описывает аргументы `netlab echo`."""
    from netlab.arguments import byte_count, port_number, seconds

    parser.add_argument("--host", metavar="АДРЕС", help="какой адрес слушать (без него — все)")
    for option, metavar, kind, default, summary in (
        ("--port", "ПОРТ", port_number, PORT, "порт"),
        ("--line-limit", "БАЙТ", byte_count(LONGEST_COMMAND), LINE_LIMIT, "предел строки"),
        ("--idle", "СЕКУНД", seconds, IDLE_TIMEOUT, "сколько ждать молчащего клиента"),
        ("--send", "СЕКУНД", seconds, SEND_TIMEOUT, "сколько ждать клиента, который не читает"),
    ):
        summary += " (%(default)s)"
        parser.add_argument(option, metavar=metavar, type=kind, default=default, help=summary)


def run(args: Namespace) -> int:
    """`netlab echo`: работает до Ctrl-C или строки stop; возвращает код завершения."""
    limits = {"line_limit": args.line_limit, "idle_timeout": args.idle, "send_timeout": args.send}
    try:
        server = EchoServer(args.host, args.port, **limits)
    except OSError as error:
        print(f"netlab echo: {why_not_listening(error, args.host, args.port)}", file=sys.stderr)
        return 1
    with server, server.stopped_by_signals():
        where = " и ".join(map(shown, server.addresses))
        call = f"python -m netlab nc {args.host or 'localhost'} {server.address[1]}"
        print(f"Эхо-сервер слушает {where}; попробуйте: {call} (команды quit и stop).", flush=True)
        server.serve_forever()
    return 0
