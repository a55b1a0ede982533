"""`netlab fetch` против чужих серверов; верно ли он понял ответ, судит curl, байт в байт."""

from __future__ import annotations

import contextlib
import functools
import http.server
import os
import re
import socket
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import h11
import pytest

from tests.proof.foreign_programs import path_of
from tests.scripted_site import SECONDS, Page, Site, last

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
BINARY = bytes(range(256)) * 40
PATIENCE = "1.5"


def length(body: bytes, *headers: bytes) -> bytes:
    lines = b"".join(header + b"\r\n" for header in headers)
    return OK + lines + b"Content-Length: %d\r\n\r\n" % len(body) + body


def moved(status: int, location: str, body: bytes = b"") -> bytes:
    head = f"HTTP/1.1 {status} X\r\nLocation: {location}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def drip(answer: bytes, pause: float = 0.001) -> Page:
    """Ответ по байту."""
    never = threading.Event()

    def send(sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in answer:
            sock.sendall(bytes([byte]))
            never.wait(pause)

    return send


def endless(head: bytes, block: bytes, pause: float = 0) -> Page:
    """Ответ, который идёт, пока клиент не уйдёт."""
    never = threading.Event()

    def send(sock: socket.socket) -> None:
        sock.sendall(head)
        while not never.wait(pause):
            sock.sendall(block)

    return send


def silent(sock: socket.socket) -> None:
    """Ответ, которого нет, пока клиент не уйдёт."""
    sock.recv(1)


# ---------------------------------------------------------------- что отвечает сервер

BOTH_ACCEPT: dict[str, Page] = {
    # длина
    "length": length(b"hello"),
    "length_binary": length(BINARY),
    "length_zero": length(b""),
    "length_big": length(BINARY * 300),
    "length_leading_zeros": OK + b"Content-Length: 00005\r\n\r\nhello",
    "length_twice": OK + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "length_and_more": length(b"hello") + b"not a part of it",
    "length_like_chunks": length(b"5\r\nhello\r\n0\r\n\r\n"),
    "length_then_close": last(length(b"hello", b"Connection: close")),
    "no_body_but_more": length(b"") + b"HTTP/1.1 200 OK\r\n\r\n",
    # до конца потока
    "close": last(OK + b"\r\nhello"),
    "close_empty": last(OK + b"\r\n"),
    "close_binary": last(OK + b"Connection: close\r\n\r\n" + BINARY),
    "close_keep_alive": last(OK + b"Connection: keep-alive\r\n\r\nhello"),
    "http10": last(b"HTTP/1.0 200 OK\r\n\r\n" + BINARY),
    "http10_length": last(b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello and more"),
    "http10_keep_alive": b"HTTP/1.0" + length(b"hello", b"Connection: keep-alive")[8:],
    # кусками
    "chunked": CHUNKED + b"5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n",
    "chunked_empty": CHUNKED + b"0\r\n\r\n",
    "chunked_binary": CHUNKED + b"2800\r\n" + BINARY + b"\r\n0\r\n\r\n",
    "chunked_hex": CHUNKED + b"A\r\n0123456789\r\n0b\r\n0123456789a\r\n000\r\n\r\n",
    "chunked_extensions": CHUNKED + b'5;a=b;c="d"\r\nhello\r\n0;last\r\n\r\n',
    "chunked_trailers": CHUNKED + b"5\r\nhello\r\n0\r\nChecksum: 1\r\nMore: 2\r\n\r\n",
    "chunked_spaces": CHUNKED + b"5   \r\nhello\r\n0\r\n\r\n",
    "chunked_crlf_inside": CHUNKED + b"4\r\n\r\n\r\n\r\n3\r\n0\r\n\r\n0\r\n\r\n",
    "chunked_by_one": CHUNKED + b"".join(b"1\r\n%c\r\n" % byte for byte in BINARY) + b"0\r\n\r\n",
    "chunked_lf": CHUNKED + b"5\nhello\n0\n\n",
    "chunked_wins": OK + b"Content-Length: 3\r\n" + CHUNKED[len(OK) :] + b"5\r\nhello\r\n0\r\n\r\n",
    "chunked_capital": OK + b"TRANSFER-ENCODING: CHUNKED\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "chunked_http10": last(b"HTTP/1.0" + CHUNKED[8:] + b"5\r\nhello\r\n0\r\n\r\n"),
    # тела нет
    "204": b"HTTP/1.1 204 No Content\r\n\r\n",
    "204_with_length": b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
    "304": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
    # странные шапки
    "headers_odd": length(b"hello", b"A:1", b"B: \t2\t ", b"C:", b"D:::", b"e!#$%&'*+-.^_`|~9: x"),
    "headers_not_ascii": length(b"hello", b"A: \xcf\xf0\xe8"),
    "headers_many": length(b"hello", *[b"X-%d: %d" % (n, n) for n in range(1000)]),
    "header_long": length(b"hello", b"A: " + b"x" * 60_000),
    "header_folded": OK + b"A: 1\r\n 2\r\n\t3\r\nContent-Length: 5\r\n\r\nhello",
    "headers_lf": OK.replace(b"\r", b"") + b"Content-Length: 5\n\nhello",
    "headers_cookies": length(b"hello", b"Set-Cookie: a=1", b"Set-Cookie: b=2"),
    "no_headers": last(b"HTTP/1.1 200 OK\r\n\r\n\r\nhello"),
    "no_reason": b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello",
    "reason_in_russian": "HTTP/1.1 200 Хорошо\r\nContent-Length: 5\r\n\r\nhello".encode(),
    "status_unknown": b"HTTP/1.1 299 X\r\nContent-Length: 5\r\n\r\nhello",
    "gzip_unasked": length(b"\x1f\x8b not really", b"Content-Encoding: gzip"),
    # промежуточные ответы
    "100": b"HTTP/1.1 100 Continue\r\n\r\n" + length(b"hello"),
    "103": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + length(b"hello"),
    "many_interim": b"HTTP/1.1 102 Processing\r\n\r\n" * 50 + length(b"hello"),
    # медленно
    "drip_length": drip(length(b"hello")),
    "drip_chunked": drip(CHUNKED + b"5\r\nhello\r\n7;x\r\n, world\r\n0\r\nA: b\r\n\r\n"),
    "drip_close": drip(OK + b"\r\nhello"),
    # перенаправления
    "301": moved(301, "/length", b"moved"),
    "302_close": last(moved(302, "/length")),
    "303": moved(303, "length"),
    "307": moved(307, "./length?"),
    "308": moved(308, "../../length"),
    "300": moved(300, "/length"),
    "redirect_chain": moved(302, "/301"),
    "redirect_chunked": b"HTTP/1.1 302 X\r\nLocation: /length\r\n"
    + CHUNKED[len(OK) :]
    + b"0\r\n\r\n",
    "redirect_nowhere": b"HTTP/1.1 302 X\r\nContent-Length: 5\r\n\r\nhello",
}

BOTH_REFUSE: dict[str, Page] = {
    "length_truncated": last(OK + b"Content-Length: 5000\r\n\r\n" + b"x" * 100),
    "length_truncated_by_one": last(OK + b"Content-Length: 6\r\n\r\nhello"),
    "chunked_truncated": last(CHUNKED + b"5\r\nhel"),
    "chunked_without_end": last(CHUNKED + b"5\r\nhello\r\n"),
    "chunked_cut_in_size": last(CHUNKED + b"5\r\nhello\r\n1"),
    "chunked_bad_size": CHUNKED + b"zz\r\nhello\r\n0\r\n\r\n",
    "chunked_0x": CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n",
    "chunked_no_size": CHUNKED + b"\r\nhello\r\n0\r\n\r\n",
    "chunked_negative": CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n",
    "chunked_huge": CHUNKED + b"F" * 40 + b"\r\nhello\r\n0\r\n\r\n",
    "chunked_longer_than_said": CHUNKED + b"5\r\nhello!\r\n0\r\n\r\n",
    "nothing": last(b""),
    "not_http": last(b"220 smtp.local ESMTP\r\n"),
    "http09": last(b"<html>hello</html>"),
    "http3": last(b"HTTP/3.7 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    "no_colon": OK + b"hello\r\nContent-Length: 5\r\n\r\nhello",
    "nul_in_header": OK + b"A: \0\r\nContent-Length: 5\r\n\r\nhello",
    "length_not_a_number": OK + b"Content-Length: five\r\n\r\nhello",
    "length_negative": OK + b"Content-Length: -5\r\n\r\nhello",
    "bomb_one_header": endless(OK + b"A: ", b"x" * 65536),
    "bomb_many_headers": endless(OK, b"A: b\r\n" * 10_000),
    "bomb_interim": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    "drip_head_for_ever": endless(OK + b"A: ", b"x", 0.01),
    "drip_body_for_ever": endless(OK + b"\r\n", b"x", 0.01),
    "silence": silent,
    "silence_in_the_body": lambda sock: (sock.sendall(length(b"hello")[:-2]), silent(sock))[1],
    "loop_to_itself": moved(302, "/loop_to_itself"),
    "loop_of_two": moved(302, "/loop_back"),
    "loop_back": moved(302, "/loop_of_two"),
    "redirect_to_file": moved(302, "file:///etc/passwd"),
    "redirect_to_404": moved(302, "/404"),
    "404": b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope",
    "500_close": last(b"HTTP/1.1 500 Oops\r\n\r\nnope"),
    "503_chunked": b"HTTP/1.1 503 Busy\r\n" + CHUNKED[len(OK) :] + b"4\r\nnope\r\n0\r\n\r\n",
}

TIMED = ["drip_body_for_ever"]
"""Сколько байт успеет прийти до срока, никто не знает."""

CURL_ACCEPTS: dict[str, tuple[Page, str]] = {
    "head_truncated": (
        last(b"HTTP/1.1 200 OK\r\nConte"),
        "curl 7.88 принимает полшапки за целую и пустое тело за страницу",
    ),
    "length_conflict": (
        OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        "curl 7.88 верит последней длине; RFC 9112, 6.3 велит не верить никакой",
    ),
    "identity": (
        last(OK + b"Transfer-Encoding: identity\r\n\r\nhello"),
        "такого кодирования с RFC 7230 нет, и где кончается тело, неизвестно",
    ),
    "chunked_twice": (
        OK + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        "дважды нельзя (RFC 9112, 6.1), и то, что сервер имел в виду, неизвестно",
    ),
    "bomb_of_70_kB": (
        length(b"hello", b"A: " + b"x" * 70_000),
        "предел шапки у нас 64 КиБ, у curl больше",
    ),
}
"""Здесь мы строже нарочно: ответ и причина."""


# ---------------------------------------------------------------- кто скачивает


def curl(url: str, *options: str) -> tuple[bool, bytes]:
    """Получилось ли у curl и что он написал."""
    done = subprocess.run(
        [path_of("curl"), "-q", "-sSfL", "--max-redirs", "10", "-m", PATIENCE, *options, url],
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    return done.returncode == 0, done.stdout


def netlab(url: str, *options: str, **environment: str) -> tuple[bool, bytes]:
    """Получилось ли у `netlab fetch` и что он написал; неудача обязана быть объяснена."""
    done = subprocess.run(
        [
            sys.executable,
            "-X",
            "utf8",
            "-m",
            "netlab",
            "fetch",
            "--timeout",
            PATIENCE,
            *options,
            url,
        ],
        capture_output=True,
        timeout=SECONDS,
        check=False,
        env={**os.environ, **environment},
    )
    assert done.returncode in (0, 1)
    assert done.stderr.count(b"\n") == done.returncode, done.stderr.decode()
    return done.returncode == 0, done.stdout


# ---------------------------------------------------------------- ответы на заказ


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    pages = {**BOTH_ACCEPT, **BOTH_REFUSE, **{name: one[0] for name, one in CURL_ACCEPTS.items()}}
    pages["length?"] = pages["length"]
    with Site({f"/{name}": page for name, page in pages.items()}) as running:
        yield running


def test_list_is_long_enough() -> None:
    assert len(BOTH_ACCEPT) + len(BOTH_REFUSE) >= 40


@pytest.mark.parametrize("name", BOTH_ACCEPT)
def test_accepted_as_by_curl(site: Site, name: str) -> None:
    expected = curl(f"{site.url}/{name}")
    assert expected[0]
    assert netlab(f"{site.url}/{name}") == expected


@pytest.mark.parametrize("name", BOTH_REFUSE)
def test_refused_as_by_curl(site: Site, name: str) -> None:
    """Начало тела, которое пришло до ошибки, — тоже одно и то же."""
    expected = curl(f"{site.url}/{name}")
    assert not expected[0]
    got = netlab(f"{site.url}/{name}")
    if name in TIMED:
        assert got[1].strip(b"x") == expected[1].strip(b"x") == b""
        got = expected
    assert got == expected


@pytest.mark.parametrize("name", CURL_ACCEPTS)
def test_refused_unlike_curl(site: Site, name: str) -> None:
    assert not netlab(f"{site.url}/{name}")[0]


def test_limit_as_by_curl(site: Site) -> None:
    url = f"{site.url}/length_binary"
    size = str(len(BINARY))
    assert netlab(url, "--limit", size) == curl(url, "--max-filesize", size) == (True, BINARY)
    size = str(len(BINARY) - 1)
    assert netlab(url, "--limit", size) == curl(url, "--max-filesize", size) == (False, b"")


# ---------------------------------------------------------------- сервер на h11

Events = list[h11.InformationalResponse | h11.Response | h11.Data | h11.EndOfMessage]


def said(
    status: int, headers: list[tuple[str, str]], *pieces: bytes, trailers: object = ()
) -> Events:
    return [
        h11.Response(status_code=status, headers=headers, reason=b"Said"),
        *[h11.Data(data=piece) for piece in pieces],
        h11.EndOfMessage(headers=trailers),  # type: ignore[arg-type]
    ]


BY_H11: dict[str, Events] = {
    "length": said(200, [("Content-Length", "5")], b"hel", b"lo"),
    "nothing": said(200, [("Content-Length", "0")]),
    "chunked": said(200, [], b"hello", b", ", BINARY),
    "chunked_nothing": said(200, []),
    "chunked_big": said(200, [], *[BINARY] * 200),
    "chunked_small": said(200, [], *[b"%d\n" % number for number in range(2000)]),
    "trailers": said(200, [("Trailer", "Sum")], b"hello", trailers=[("Sum", "1")]),
    "close": said(200, [("Connection", "close")], b"hello", b", world"),
    "204": said(204, []),
    "304": said(304, [("ETag", '"x"')]),
    "interim": [
        h11.InformationalResponse(status_code=103, headers=[("Link", "</a>")]),
        h11.InformationalResponse(status_code=102, headers=[]),
        *said(200, [], b"hello"),
    ],
    "redirect": said(301, [("Location", "/chunked")], b"go ", b"there"),
    "redirect_twice": said(308, [("Location", "redirect")]),
    "redirect_close": said(302, [("Location", "/length"), ("Connection", "close")], b"go"),
    "404": said(404, [], b"nope"),
    "500": said(500, [("Content-Length", "4")], b"nope"),
}


class H11Visit(socketserver.BaseRequestHandler):
    """Одно соединение с сервером, за которого правила HTTP соблюдает h11."""

    def handle(self) -> None:
        self.request.settimeout(SECONDS)
        connection = h11.Connection(h11.SERVER)
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(self.request.recv(65536))
            elif isinstance(event, h11.Request):
                name = event.target.decode().removeprefix("/")
                for answer in BY_H11[name]:
                    self.request.sendall(connection.send(answer) or b"")
            elif connection.our_state is h11.DONE and connection.their_state is h11.DONE:
                connection.start_next_cycle()
            elif connection.our_state is h11.MUST_CLOSE or isinstance(event, h11.ConnectionClosed):
                return


@contextlib.contextmanager
def served(server: socketserver.BaseServer) -> Iterator[None]:
    """Работающий в потоке сервер."""
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(SECONDS)


@pytest.fixture(scope="module")
def h11_url() -> Iterator[str]:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), H11Visit)
    with served(server):
        yield f"http://127.0.0.1:{server.server_address[1]}"


@pytest.mark.parametrize("name", BY_H11)
def test_h11_server(h11_url: str, name: str) -> None:
    expected = curl(f"{h11_url}/{name}")
    assert expected[0] == (name not in ("404", "500"))
    assert netlab(f"{h11_url}/{name}") == expected


# ---------------------------------------------------------------- http.server


def make_files(folder: Path) -> None:
    (folder / "empty").touch()
    (folder / "hello.txt").write_bytes(b"hello\n")
    (folder / "binary").write_bytes(BINARY)
    (folder / "big").write_bytes(os.urandom(3_000_000))
    (folder / "путь").write_bytes("привет".encode())
    (folder / "folder").mkdir()
    (folder / "folder" / "index.html").write_bytes(b"<h1>index</h1>")
    (folder / "listing").mkdir()
    (folder / "listing" / "a b&c").touch()


FILES = ["empty", "hello.txt", "binary", "big", "путь", "folder", "folder/", "listing/", "absent"]


@pytest.fixture(scope="module", params=["HTTP/1.0", "HTTP/1.1"])
def http_server_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("http_server")
    make_files(folder)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        protocol_version = request.param

        def log_message(self, *_: object) -> None: ...

    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    with served(server):
        yield f"http://127.0.0.1:{server.server_address[1]}"


@pytest.mark.parametrize("name", FILES)
def test_http_server(http_server_url: str, name: str) -> None:
    expected = curl(f"{http_server_url}/{name}")
    assert expected[0] == (name != "absent")
    assert netlab(f"{http_server_url}/{name}") == expected


# ---------------------------------------------------------------- nginx

NGINX = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/client;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        listen [::1]:{port};
        listen 127.0.0.1:{tls_port} ssl;
        ssl_certificate {folder}/certificate.pem;
        ssl_certificate_key {folder}/key.pem;
        root {folder}/files;
        location /listing/ {{ autoindex on; }}
        location /chunked/ {{ alias {folder}/files/; ssi on; ssi_types *; }}
        location /closing/ {{ alias {folder}/files/; keepalive_timeout 0; }}
        location /slow/ {{ alias {folder}/files/; limit_rate 20k; }}
        location /text {{ return 200 "текст"; }}
        location /no_content {{ return 204; }}
        location /moved {{ return 301 /hello.txt; }}
        location /moved_far {{ return 302 http://$host:$server_port/moved; }}
        location /moved_keeping_method {{ return 308 /chunked/binary; }}
        location /loop {{ return 302 /loop; }}
        location /forbidden {{ deny all; }}
        location /broken {{ return 500; }}
        location /silent {{ return 444; }}
        location /strange {{ add_header X-Strange "  a  b  " always; return 200 ok; }}
        location /gzip/ {{ alias {folder}/files/; gzip on; gzip_types *; gzip_min_length 0; }}
        location /unreachable {{ proxy_pass http://127.0.0.1:{closed_port}; }}
    }}
}}
"""


def unused_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def certificate(folder: Path) -> None:
    """Кладёт в папку сертификат localhost, который сам себя и подписал."""
    command = [path_of("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subprocess.run(
        [
            *command,
            *("-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
        ],
        check=True,
        capture_output=True,
    )


class Nginx:
    """Запущенный nginx: где его файлы и адреса."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.tls_port = unused_port(), unused_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.url_ipv6 = f"http://[::1]:{self.port}"
        self.tls_url = f"https://localhost:{self.tls_port}"
        self.certificate = folder / "certificate.pem"


@pytest.fixture(scope="module")
def nginx() -> Iterator[Nginx]:
    # Рабочий процесс nginx — не root, а папки pytest закрыты от всех.
    with tempfile.TemporaryDirectory() as name:
        running = Nginx(Path(name))
        files = running.folder / "files"
        files.mkdir()
        make_files(files)
        certificate(running.folder)
        config = running.folder / "nginx.conf"
        config.write_text(
            NGINX.format(
                folder=running.folder,
                port=running.port,
                tls_port=running.tls_port,
                closed_port=unused_port(),
                user="user root;" if os.geteuid() == 0 else "",
            ),
            encoding="utf-8",
        )
        process = subprocess.Popen(
            [path_of("nginx"), "-e", str(running.folder / "error.log"), "-c", str(config)]
        )
        try:
            wait_for(running.port, process)
            yield running
        finally:
            process.terminate()
            process.wait(SECONDS)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    due = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < due:
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), SECONDS).close()
            return
    raise AssertionError("nginx не начал слушать")


PATHS = [
    *FILES,
    *(f"{how}/{name}" for how in ("chunked", "closing") for name in FILES[:4]),
    *("slow/binary", "gzip/binary", "text", "text?q=a+b", "no_content", "strange"),
    *("moved", "moved_far", "moved_keeping_method", "loop"),
    *("forbidden", "broken", "silent", "unreachable"),
]
ERRORS = ["absent", "loop", "forbidden", "broken", "silent", "unreachable"]


@pytest.mark.parametrize("path", PATHS)
def test_nginx(nginx: Nginx, path: str) -> None:
    expected = curl(f"{nginx.url}/{path}")
    assert expected[0] == (path not in ERRORS)
    assert netlab(f"{nginx.url}/{path}") == expected


@pytest.mark.parametrize("path", ["hello.txt", "chunked/binary", "moved"])
def test_nginx_ipv6(nginx: Nginx, path: str) -> None:
    expected = curl(f"{nginx.url_ipv6}/{path}")
    assert expected[0]
    assert netlab(f"{nginx.url_ipv6}/{path}") == expected


def test_nginx_head(nginx: Nginx) -> None:
    """Шапка на экране — та, что пришла."""
    ours = netlab(f"{nginx.url}/hello.txt", "-i")[1]
    theirs = curl(f"{nginx.url}/hello.txt", "-i")[1]
    date = re.compile(rb"\r\nDate: [^\r]*")
    assert date.sub(b"", ours) == date.sub(b"", theirs)
    assert date.search(ours)


@pytest.mark.parametrize("path", ["hello.txt", "big", "chunked/big", "moved", "absent"])
def test_nginx_tls(nginx: Nginx, path: str) -> None:
    expected = curl(f"{nginx.tls_url}/{path}", "--cacert", str(nginx.certificate))
    assert expected[0] == (path != "absent")
    got = netlab(f"{nginx.tls_url}/{path}", SSL_CERT_FILE=str(nginx.certificate))
    assert got == expected


def test_tls_is_refused_to_a_stranger(nginx: Nginx) -> None:
    """Сертификат никем не заверен или выписан не на это имя."""
    by_address = nginx.tls_url.replace("localhost", "127.0.0.1")
    certificate = str(nginx.certificate)
    assert curl(f"{nginx.tls_url}/hello.txt") == (False, b"")
    assert netlab(f"{nginx.tls_url}/hello.txt") == (False, b"")
    assert curl(f"{by_address}/hello.txt", "--cacert", certificate) == (False, b"")
    assert netlab(f"{by_address}/hello.txt", SSL_CERT_FILE=certificate) == (False, b"")


@pytest.mark.parametrize("properly", [True, False], ids=["close_notify", "cut"])
def test_end_of_tls_is_told_from_a_cut(nginx: Nginx, properly: bool) -> None:
    """Конец потока пошлёт и злоумышленник, подписанное прощание (close_notify) — только сервер.

    Обрыв страницы до конца потока curl 7.88 принимает за её конец; RFC 9112, 9.8 — за обрыв.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(nginx.certificate, nginx.folder / "key.pem")
    with socket.create_server(("localhost", 0)) as listener:
        listener.settimeout(SECONDS)

        def serve() -> None:
            sock, _ = listener.accept()
            with context.wrap_socket(sock, server_side=True) as secure:
                secure.recv(65536)
                secure.sendall(OK + b"\r\nhello")
                if properly:
                    with contextlib.suppress(OSError):  # наш ответного прощания не шлёт
                        secure.unwrap()

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"https://localhost:{listener.getsockname()[1]}/"
        assert netlab(url, SSL_CERT_FILE=str(nginx.certificate)) == (properly, b"hello")
        thread.join(SECONDS)
