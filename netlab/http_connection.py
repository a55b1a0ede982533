"""Соединение с сервером HTTP: найти, соединиться, зашифровать, спросить и прочесть ответ."""

# Срок у всего этого один, Deadline. Если он не назначен, большой файл может идти хоть час, но
# молчать дольше SILENCE секунд сервер не вправе. Ответ читается в один и тот же буфер (recv_into);
# разбирает его netlab.http1.

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from selectors import EVENT_READ, DefaultSelector
from typing import Any

from netlab.deadline import Deadline
from netlab.framing import Truncated
from netlab.http1 import Head, Piece, ResponseReader
from netlab.url import Url

SILENCE = 30.0
Place = tuple[Any, ...]
"""Адрес, как его описывает getaddrinfo."""


class NotSecure(OSError):
    """TLS не начался; почему — одной фразой."""


def patience(deadline: Deadline) -> float:
    """Возвращает, сколько секунд ещё можно ждать одного события; TimeoutError — уже нисколько."""
    left = deadline.left()
    return SILENCE if left is None else min(left, SILENCE)


def resolve(url: Url, deadline: Deadline) -> list[Place]:
    """Находит адреса сервера, IPv4 и IPv6, в том порядке, в каком советует система.

    Raises:
        socket.gaierror: имени нет.
        TimeoutError: вышел срок.
    """
    # Таймаута у getaddrinfo нет, и Ctrl-C её не прервёт. Поэтому ждём не её, а поток, который ждёт
    # её; если не дождались, он кончится сам.
    found: Future[list[Place]] = Future()

    def look_up() -> None:
        try:
            found.set_result(socket.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM))
        except Exception as error:
            found.set_exception(error)

    threading.Thread(target=look_up, daemon=True).start()
    return found.result(patience(deadline))


def connect(url: Url, deadline: Deadline) -> socket.socket:
    """Соединяется с сервером, перебирая все его адреса.

    Raises:
        OSError: соединиться не удалось; ошибка — от последнего из адресов.
    """
    *others, last = resolve(url, deadline)
    for number, place in enumerate(others):
        # Молчащий адрес не должен отнять время у остальных.
        share = patience(deadline) / (len(others) - number + 1)
        with suppress(OSError):
            return _connect_to(place, share)
    return _connect_to(last, patience(deadline))


def _connect_to(place: Place, seconds: float) -> socket.socket:
    family, kind, protocol, _, address = place
    sock = socket.socket(family, kind, protocol)
    try:
        sock.settimeout(seconds)
        sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock


def protect(sock: socket.socket, url: Url, deadline: Deadline) -> socket.socket:
    """Начинает на соединении TLS и проверяет, что отвечает тот, кого звали.

    Raises:
        NotSecure: верить серверу нельзя или он не понимает TLS.
        OSError: связь оборвалась.
    """
    import ssl  # грузится долго, а нужен не всем

    sock.settimeout(patience(deadline))
    context = ssl.create_default_context()
    try:
        # Без suppress_ragged_eofs=False обрыв посреди TLS выглядел бы концом потока.
        return context.wrap_socket(sock, server_hostname=url.host, suppress_ragged_eofs=False)
    except ssl.SSLCertVerificationError as error:
        raise NotSecure(f"сертификату верить нельзя ({error.verify_message})") from error
    except ssl.SSLError as error:
        raise NotSecure(f"TLS не начался ({error.reason})") from error


class Unanswered(ConnectionError):
    """Сервер закрыл соединение, не ответив ни байтом."""


class Connection:
    """Соединение с сервером, по которому можно спросить не раз; buffer — куда читать."""

    def __init__(self, url: Url, deadline: Deadline, buffer: memoryview) -> None:
        self._origin = url.origin
        self._sock = connect(url, deadline)
        if url.scheme == "https":
            self._sock = protect(self._sock, url, deadline)
        self._buffer = buffer
        self.reusable = False
        """Прошлый ответ дочитан, и сервер готов слушать дальше."""

    def suits(self, url: Url) -> bool:
        """Говорит, можно ли спросить url здесь, а не соединяться заново."""
        if not self.reusable or self._origin != url.origin:
            return False
        # Сервер, которого не спрашивали, молчит. Если там что-то есть, это конец потока или
        # прощальный ответ 408, который нельзя принять за ответ на следующий вопрос.
        with DefaultSelector() as selector:
            selector.register(self._sock, EVENT_READ)
            return not selector.select(0)

    def ask(self, url: Url, response: ResponseReader, deadline: Deadline) -> Iterator[Head | Piece]:
        """Спрашивает страницу и отдаёт шапку ответа, а за ней тело, кусок за куском.

        Raises:
            Unanswered: сервер не ответил ни байтом.
            Truncated: соединение закрылось или оборвалось раньше времени.
            ProtocolError: ответ не по правилам.
            TimeoutError: вышел срок.
        """
        self.reusable = answered = False
        try:
            self._sock.settimeout(patience(deadline))
            self._sock.sendall(request(url, response.method))
            while not response.finished:
                self._sock.settimeout(patience(deadline))
                size = self._sock.recv_into(self._buffer)
                if size:
                    answered = True
                    yield from response.receive(self._buffer[:size])
                else:
                    response.end_of_stream()
        except TimeoutError:
            raise
        except (OSError, Truncated) as error:
            raise (Truncated(response.missing) if answered else Unanswered()) from error
        self.reusable = response.reusable

    def close(self) -> None:
        """Закрывает соединение."""
        self._sock.close()


def request(url: Url, method: str) -> bytes:
    """Пишет запрос (RFC 9112, 3); тело просит не сжимать."""
    lines = (
        f"{method} {url.target} HTTP/1.1",
        f"Host: {url.authority}",
        "User-Agent: netlab",
        "Accept: */*",
        "Accept-Encoding: identity",
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii")
