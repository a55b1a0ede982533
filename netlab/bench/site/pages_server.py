"""Отдаёт собранный сайт так, как отдаёт его GitHub Pages: сжатым и с разрешением хранить."""

from __future__ import annotations

import gzip
import mimetypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

MAX_AGE = 600
"""Столько секунд GitHub Pages разрешает хранить ответ."""
COMPRESSED = ("text/", "application/javascript", "application/json", "application/xml", "image/svg")
MISSING = "/404.html"
POLL = 0.01
"""Раз в столько секунд сервер смотрит, не пора ли кончать."""


@dataclass(frozen=True)
class Answer:
    """Файл, каким он уходит в сеть."""

    kind: str
    body: bytes


@dataclass
class PagesSite:
    """Сайт по адресу url; sent — что у него попросили и что он отдал, по порядку."""

    url: str
    answers: dict[str, Answer] = field(default_factory=dict)
    sent: list[tuple[str, Answer]] = field(default_factory=list)

    def publish(self, folder: Path) -> None:
        """Выкладывает собранный сайт; сжимает его один раз, до первого запроса."""
        for file in folder.rglob("*"):
            if file.is_file():
                address = f"/{file.relative_to(folder).as_posix()}"
                self.answers[address.removesuffix("index.html")] = answer(file)


def answer(file: Path) -> Answer:
    """Читает файл и сжимает его, если такие сжимают."""
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    content = file.read_bytes()
    return Answer(kind, gzip.compress(content) if kind.startswith(COMPRESSED) else content)


class Handler(BaseHTTPRequestHandler):
    """Отвечает на GET; вместо того, чего нет, — страница 404 самого сайта."""

    protocol_version = "HTTP/1.1"

    def __init__(self, site: PagesSite, *words: Any) -> None:
        self.site = site
        super().__init__(*words)

    def do_GET(self) -> None:
        """Отдаёт файл."""
        address = unquote(urlsplit(self.path).path)
        known = address in self.site.answers
        found = self.site.answers[address if known else MISSING]
        self.site.sent.append((address, found))
        self.send_response(HTTPStatus.OK if known else HTTPStatus.NOT_FOUND)
        self.send_header("Content-Type", found.kind)
        self.send_header("Content-Length", str(len(found.body)))
        self.send_header("Cache-Control", f"max-age={MAX_AGE}")
        if found.kind.startswith(COMPRESSED):
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Vary", "Accept-Encoding")
        self.end_headers()
        with suppress(ConnectionError):
            self.wfile.write(found.body)

    def log_message(self, format: str, *words: object) -> None:
        """Молчит: журнал здесь — sent."""


class Server(ThreadingHTTPServer):
    """Сервер, которому не в новость, что браузер закрыли посреди разговора."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Молчит: чего браузеру не хватило, покажет сам замер."""


@contextmanager
def published() -> Iterator[PagesSite]:
    """Открывает пустой сайт; отдаёт его, пока не выйдут из with."""
    site = PagesSite("")
    with Server(("127.0.0.1", 0), partial(Handler, site)) as server:
        site.url = f"http://127.0.0.1:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever, args=[POLL])
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
