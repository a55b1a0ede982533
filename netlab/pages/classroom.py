"""Сайт для класса без Интернета: `python -m netlab.pages.classroom ПАПКА` (`make class`).

Отдаёт собранный сайт всей местной сети и говорит, что написать на доске. Вместе с сайтом отдаёт
netlab: файл /netlab.txt говорит pip, где его взять, и команда студента умещается на доске.
"""

# Отдаёт файлы http.server. Здесь то, чем класс отличается от одного человека: слушать по IPv4 и
# IPv6, не ждать молчащих, не показывать содержимого папок, вместо журнала молчать, а вместо того,
# чего нет, показать страницу 404 самого сайта. Потоков не больше PLACES: остальные ждут в очереди.

from __future__ import annotations

import io
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any, BinaryIO, Self

from netlab.arguments import port_number
from netlab.cli import Parser
from netlab.pages.wheel import FOLDER, REQUIREMENTS, requirements
from netlab.sockets import Address, allow_files, listen, own_address, shown, why_not_listening

OK, FAILED, WRONG_USE = 0, 1, 2
COMMAND = "python -m netlab.pages.classroom"
PORT = 8000
GLANCE = 0.1
"""Как часто (в секундах) смотрим, не пора ли закончить."""
SILENCE = 10.0
"""Столько секунд ждём молчащего браузера: он держит соединение про запас и открыл бы новое."""
PLACES = 1000
"""На класс в сто человек: браузер открывает до шести соединений."""

MISSING = "404.html"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".xml": "text/xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".py": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".gz": "application/gzip",
    ".whl": "application/zip",
}
"""Виды файлов; mimetypes спросил бы систему, а реестр Windows может счесть .js простым текстом."""


class Handler(SimpleHTTPRequestHandler):
    """Разговор с одним браузером."""

    protocol_version = "HTTP/1.1"
    server_version = "netlab"
    sys_version = ""
    timeout = SILENCE
    # Заголовки и файл уходят порознь; иначе файл ждал бы подтверждения заголовков (RFC 896).
    disable_nagle_algorithm = True
    extensions_map = TYPES

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        """Отвечает заголовками и возвращает то, что послать за ними."""
        try:
            if self.path == f"/{REQUIREMENTS}" and has_wheel(Path(self.directory)):
                # Каким был адрес, когда сайт собирали, уже не важно: ставить с того, по которому
                # пришли.
                host = self.headers["Host"] or shown(self.connection.getsockname()[:2])
                return self._send_text(requirements(f"http://{host}/").encode(), TYPES[".txt"])
            return super().send_head()
        except ValueError:  # в адресе нулевой байт или то, чего нет в Юникоде
            self.send_error(HTTPStatus.NOT_FOUND)
            return None

    def list_directory(self, path: Any) -> None:
        """Не показывает, что лежит в папке: у страницы сайта есть свой index.html."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Вместо того, чего нет, показывает страницу 404 сайта."""
        page = Path(self.directory, MISSING)
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = self._send_text(page.read_bytes(), TYPES[".html"], HTTPStatus.NOT_FOUND)
        if self.command != "HEAD":
            self.copyfile(body, self.wfile)

    def end_headers(self) -> None:
        """Просит браузер спрашивать, не изменился ли файл: сайт могли собрать заново."""
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Молчит: на экране остаётся то, что надо переписать на доску."""

    def _send_text(self, text: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK) -> io.BytesIO:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        return io.BytesIO(text)


class _Server(ThreadingHTTPServer):
    """Принимает соединения одного слушающего сокета, каждое — в свой поток."""

    def __init__(
        self, listener: socket.socket, folder: Path, places: threading.BoundedSemaphore
    ) -> None:
        handler = partial(Handler, directory=str(folder))
        super().__init__(listener.getsockname(), handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self._places = places

    def process_request(self, request: Any, client_address: Any) -> None:
        """Начинает разговор, когда для него есть место."""
        self._places.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Разговаривает и уступает место следующему."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Молчит о том, кто ушёл не дослушав; остальное — ошибка в этом файле."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Classroom:
    """Сайт из папки folder на всех адресах имени host (None — на всех адресах машины).

    Порт занят, как только объект создан; port 0 — любой свободный. Отдаёт сайт, пока не выйдут из
    with.

    Raises:
        OSError: слушать порт не вышло (см. netlab.sockets.listen).
    """

    def __init__(self, folder: Path, host: str | None = None, port: int = PORT) -> None:
        places = threading.BoundedSemaphore(PLACES)
        self._servers = [_Server(one, folder, places) for one in listen(host, port)]

    @property
    def address(self) -> Address:
        """Адрес, под которым сайт видят соседи; нет сети — адрес самой машины."""
        names = [server.socket.getsockname()[:2] for server in self._servers]
        hosts = [own_address(host) for host, _ in names]
        return next((host for host in hosts if not is_loopback(host)), hosts[0]), names[0][1]

    def __enter__(self) -> Self:
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(GLANCE,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


def is_loopback(host: str) -> bool:
    """Говорит, что по этому адресу машину видит лишь она сама."""
    return ip_address(host).is_loopback


def main(arguments: Sequence[str] | None = None) -> int:
    """Разбирает командную строку и отдаёт сайт до Ctrl-C; возвращает код завершения."""
    options = build_parser().parse_args(arguments)
    folder: Path = options.folder
    if not (folder / "index.html").is_file():
        problem = "собранного сайта здесь нет; его собирает mkdocs build --strict"
        return complain(f"«{folder}»: {problem}.", WRONG_USE)
    allow_files(2 * PLACES)  # на место — сокет и файл, который по нему уходит
    try:
        classroom = Classroom(folder, options.host, options.port)
    except OSError as error:
        return complain(why_not_listening(error, options.host, options.port), FAILED)
    try:
        with classroom:
            for line in announcement(folder, classroom.address):
                print(line, flush=True)
            while True:
                # Ctrl-C прерывает сон и на Windows, а ожидание потока — нет. Пришедший за миг до
                # сна его не прервёт, поэтому сон короток.
                time.sleep(GLANCE)
    except KeyboardInterrupt:
        return OK


def build_parser() -> Parser:
    """Описывает командную строку."""
    parser = Parser(
        prog=COMMAND,
        description="Отдаёт собранный сайт всей местной сети и говорит, что написать на доске.",
    )
    parser.add_argument("folder", metavar="ПАПКА", type=Path, help="собранный сайт")
    parser.add_argument(
        "--host",
        metavar="АДРЕС",
        help="какой адрес слушать и назвать (без него — слушать все, назвать тот, "
        "с которого эта машина выходит в сеть)",
    )
    parser.add_argument(
        "--port", metavar="ПОРТ", type=port_number, default=PORT, help="порт (%(default)s)"
    )
    return parser


def announcement(folder: Path, address: Address) -> Iterator[str]:
    """Перебирает строки для экрана: что написать на доске и чем остановить."""
    host = shown(address)
    yield from ("Сайт открыт всей сети. Напишите на доске:", "", f"    http://{host}/", "")
    if is_loopback(address[0]):
        yield "Этот адрес — только для самой машины, а другого не нашлось. Если сеть есть, её"
        yield "адрес скажет ip addr, на Windows — ipconfig: напишите на доске его."
        yield ""
    if has_wheel(folder):
        yield from (
            "Поставить netlab:",
            "",
            f"    python -m pip install -r http://{host}/{REQUIREMENTS}",
        )
    else:
        yield "netlab отсюда не поставить: когда сайт собирали, не было пакета flit_core."
    yield from ("", "Остановить: Ctrl-C")


def has_wheel(folder: Path) -> bool:
    """Говорит, есть ли в сайте пакет netlab."""
    return any((folder / FOLDER).glob("*.whl"))


def complain(sentence: str, code: int) -> int:
    """Печатает предложение об ошибке и возвращает код."""
    print(f"{COMMAND}: {sentence}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
