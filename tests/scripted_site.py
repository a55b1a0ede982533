"""Сервер HTTP, который отвечает байт в байт тем, что ему велено, верно это или нет."""

from __future__ import annotations

import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Mapping

SECONDS = 10.0
"""Столько ждём того, что должно случиться сразу: медленная машина — не ошибка."""

Page = bytes | Callable[[socket.socket], None]
"""Ответ: байты, после которых соединение остаётся, или разговор, после которого закрывается."""


def last(answer: bytes) -> Page:
    """Ответ, после которого сервер закрывает соединение."""
    return lambda sock: sock.sendall(answer)


class Site(socketserver.ThreadingTCPServer):
    """Работает, пока открыт; pages — ответы по пути, requests — запросы, какими они пришли."""

    allow_reuse_address = sys.platform != "win32"

    def __init__(self, pages: Mapping[str, Page], host: str = "127.0.0.1") -> None:
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, 0), Visit)
        self.pages = dict(pages)
        self.requests: list[bytes] = []
        self.connections = 0
        self.failures: list[BaseException] = []
        self.port = self.server_address[1]
        self.url = f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))

    def __enter__(self) -> Site:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join(SECONDS)
        assert not self.failures, self.failures

    def handle_error(self, *_: object) -> None:
        """Запоминает ошибку; уход клиента — не ошибка."""
        error = sys.exception()
        if error is not None and not isinstance(error, ConnectionError):
            self.failures.append(error)


class Visit(socketserver.StreamRequestHandler):
    """Одно соединение."""

    timeout = SECONDS
    server: Site

    def handle(self) -> None:
        """Отвечает на запросы, пока клиент спрашивает, а ответ не велит закончить."""
        self.server.connections += 1
        while request := self.read_request():
            self.server.requests.append(request)
            page = self.server.pages[request.split(b" ", 2)[1].decode("ascii")]
            if callable(page):
                page(self.request)
                return
            self.request.sendall(page)

    def read_request(self) -> bytes:
        """Читает запрос до пустой строки; b'' — клиент ушёл."""
        lines = []
        while (line := self.rfile.readline()) not in (b"", b"\r\n"):
            lines.append(line)
        return b"".join(lines)
