"""netlab.fetch и `netlab fetch`: страница целиком и в срок или предложение о том, почему нет."""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import netlab.http_connection
from netlab.cli import main
from netlab.deadline import Deadline
from netlab.fetch import FetchError, Session, download, fetch
from netlab.sockets import reset
from netlab.url import BadUrl, Url
from tests.scripted_site import SECONDS, Page, Site, last

OK = b"HTTP/1.1 200 OK\r\n"
HELLO = OK + b"Content-Length: 5\r\n\r\nhello"
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope"
GIB = 1 << 30

posix = pytest.mark.skipif(sys.platform == "win32", reason="на Windows этого нет")


def moved(location: str, status: int = 302, body: bytes = b"") -> bytes:
    return b"HTTP/1.1 %d Moved\r\nLocation: %b\r\nContent-Length: %d\r\n\r\n%b" % (
        status,
        location.encode(),
        len(body),
        body,
    )


def fetch_one(page: Page, **options: float | None) -> bytes:
    with Site({"/": page}) as site:
        return fetch(site.url, **options).body  # type: ignore[arg-type]


def why_not(page: Page, **options: float | None) -> str:
    """Предложение, которым кончилась попытка."""
    with pytest.raises(FetchError) as caught:
        fetch_one(page, **options)
    return str(caught.value)


def endless(head: bytes, block: bytes) -> Page:
    """Ответ, который идёт, пока клиент не уйдёт."""

    def send(sock: socket.socket) -> None:
        sock.sendall(head)
        while True:
            sock.sendall(block)

    return send


def silent(sock: socket.socket) -> None:
    """Ответ, которого нет, пока клиент не уйдёт."""
    sock.recv(1)


# ---------------------------------------------------------------- адрес


@pytest.mark.parametrize(
    ("text", "scheme", "host", "port", "target"),
    [
        ("http://e1.ru", "http", "e1.ru", 80, "/"),
        ("HTTP://E1.RU:8080/A/b?c=d&e#f", "http", "e1.ru", 8080, "/A/b?c=d&e"),
        ("https://e1.ru/", "https", "e1.ru", 443, "/"),
        ("http://пример.рф/путь", "http", "xn--e1afmkfd.xn--p1ai", 80, "/%D0%BF%D1%83%D1%82%D1%8C"),
        ("http://ПРИМЕР.РФ./", "http", "xn--e1afmkfd.xn--p1ai.", 80, "/"),
        ("http://%D1%80%D1%84.рф/", "http", "xn--p1ai.xn--p1ai", 80, "/"),
        ("http://h/?q=ы z", "http", "h", 80, "/?q=%D1%8B%20z"),
        ("http://h/%D1%8B%20a+b", "http", "h", 80, "/%D1%8B%20a+b"),
        ("http://h?q", "http", "h", 80, "/?q"),
        ("http://[::1]:8000/x", "http", "::1", 8000, "/x"),
        ("http://127.0.0.1", "http", "127.0.0.1", 80, "/"),
        ("http://h_1.local/'\"<>", "http", "h_1.local", 80, "/'%22%3C%3E"),
    ],
)
def test_url(text: str, scheme: str, host: str, port: int, target: str) -> None:
    assert Url.parse(text) == Url(scheme, host, port, target)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "e1.ru",
        "localhost:8000",
        "ftp://e1.ru/",
        "file:///etc/passwd",
        "http:",
        "http://",
        "http:///path",
        "http://:80/",
        "http://h:65536/",
        "http://h:x/",
        "http://[::1/",
        "http://[1.2.3.4]/",
        "http://a..b/",
        "http://" + "x" * 64 + ".ru/",
        "http://a b/",
        "http://a%0d%0ab/",
        "http://user:secret@h/",
    ],
)
def test_bad_url(text: str) -> None:
    with pytest.raises(BadUrl) as caught:
        Url.parse(text)
    assert str(caught.value).endswith(".")
    assert main(["fetch", text]) == 2


@pytest.mark.parametrize(
    ("text", "authority"),
    [
        ("http://h:80/", "h"),
        ("http://h:443/", "h:443"),
        ("https://h:443/", "h"),
        ("http://[::1]/", "[::1]"),
        ("http://[::1]:81/", "[::1]:81"),
    ],
)
def test_usual_port_is_not_written(text: str, authority: str) -> None:
    assert Url.parse(text).authority == authority


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/x?y", "http://h:8/x?y"),
        ("x", "http://h:8/a/x"),
        ("../x", "http://h:8/x"),
        ("?y", "http://h:8/a/b?y"),
        ("//other/x", "http://other/x"),
        ("https://other/#part", "https://other/"),
        ("/\xd0\xbf y", "http://h:8/%D0%BF%20y"),  # байты UTF-8, прочтённые как Latin-1
        ("http://h.\xd1\x80\xd1\x84/", "http://h.xn--p1ai/"),
    ],
)
def test_location(location: str, url: str) -> None:
    assert str(Url.parse("http://h:8/a/b?c").join(location)) == url


# ---------------------------------------------------------------- вопрос и ответ


def test_page() -> None:
    with Site({"/a?b=%D1%8B": OK + b"X-A: 1\r\nContent-Length: 5\r\n\r\nhello"}) as site:
        response = fetch(site.url + "/a?b=ы#c")
    assert (response.status, response.reason, response.body) == (200, "OK", b"hello")
    assert response.headers.get("x-a") == "1"
    assert response.url == site.url + "/a?b=%D1%8B"
    first, *headers = site.requests[0].decode("ascii").splitlines()
    assert first == "GET /a?b=%D1%8B HTTP/1.1"
    assert f"Host: 127.0.0.1:{site.port}" in headers
    assert "Accept-Encoding: identity" in headers
    assert "User-Agent: netlab" in headers


@pytest.mark.parametrize(
    "page",
    [
        HELLO,
        OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x\r\nllo\r\n0\r\nT: 1\r\n\r\n",
        last(OK + b"\r\nhello"),
        last(b"HTTP/1.0 200 OK\r\n\r\nhello"),
        b"HTTP/1.1 100 Continue\r\n\r\n" + HELLO,
    ],
    ids=["length", "chunked", "close", "http10", "interim"],
)
def test_every_framing(page: Page) -> None:
    assert fetch_one(page) == b"hello"


def test_answer_byte_by_byte() -> None:
    def send(sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in HELLO:
            sock.sendall(bytes([byte]))

    assert fetch_one(send) == b"hello"


def test_error_page_is_an_answer_too() -> None:
    with Site({"/": NOT_FOUND}) as site:
        response = fetch(site.url)
    assert (response.status, response.body) == (404, b"nope")


def test_head_has_no_body() -> None:
    with Site({"/": OK + b"Content-Length: 5\r\n\r\n"}) as site:
        response = fetch(site.url, method="HEAD")
    assert (response.headers.get("content-length"), response.body) == ("5", b"")
    assert site.requests[0].startswith(b"HEAD / ")


def test_download_writes_to_a_file() -> None:
    body = os.urandom(1_000_000)
    file = io.BytesIO()
    with Site({"/": OK + b"Content-Length: 1000000\r\n\r\n" + body}) as site:
        response = download(site.url, file)
    assert (file.getvalue(), response.status, response.body) == (body, 200, b"")


def test_download_of_an_error_page_writes_nothing() -> None:
    file = io.BytesIO()
    with Site({"/": NOT_FOUND}) as site, pytest.raises(FetchError, match="404 Not Found"):
        download(site.url, file)
    assert file.getvalue() == b""


def test_pieces_live_in_one_buffer() -> None:
    """Память не зависит от размера страницы: каждый кусок — отрезок того же буфера."""
    size = 4_000_000
    with (
        Site({"/": OK + b"Content-Length: %d\r\n\r\n" % size + bytes(size)}) as site,
        Session() as session,
    ):
        next(pieces := iter(session.open(site.url)))  # этот пришёл вместе с шапкой
        buffers = {id(piece.obj) for piece in pieces if isinstance(piece, memoryview)}
    assert len(buffers) == 1


# ---------------------------------------------------------------- имя и соединение


def resolver(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[str, int]) -> list[str]:
    """Подменяет DNS: у любого имени эти адреса. Возвращает список, в котором будут имена."""
    asked: list[str] = []

    def getaddrinfo(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [
            (family, socket.SOCK_STREAM, 0, "", address)
            for address in addresses
            for family in [socket.AF_INET6 if ":" in address[0] else socket.AF_INET]
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_cyrillic_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with Site({"/%D1%8B": HELLO}) as site:
        asked = resolver(monkeypatch, ("127.0.0.1", site.port))
        assert fetch("http://пример.рф/ы").body == b"hello"
    assert asked == ["xn--e1afmkfd.xn--p1ai"]
    assert b"Host: xn--e1afmkfd.xn--p1ai\r\n" in site.requests[0]


def has_ipv6() -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as sock:
        sock.bind(("::1", 0))
        return True
    return False


@pytest.mark.skipif(not has_ipv6(), reason="здесь нет IPv6")
def test_ipv6() -> None:
    with Site({"/": HELLO}, "::1") as site:
        assert fetch(site.url).body == b"hello"
    assert f"Host: [::1]:{site.port}\r\n".encode() in site.requests[0]


def unused_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def test_next_address_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with Site({"/": HELLO}) as site:
        resolver(monkeypatch, ("127.0.0.1", unused_port()), ("127.0.0.1", site.port))
        assert fetch("http://name/").body == b"hello"


def test_silent_address_leaves_time_to_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    given = []

    def connect_to(place: object, seconds: float) -> socket.socket:
        given.append(seconds)
        raise TimeoutError

    resolver(monkeypatch, *[("127.0.0.1", number) for number in range(1, 5)])
    monkeypatch.setattr(netlab.http_connection, "SILENCE", 100)
    monkeypatch.setattr(netlab.http_connection, "_connect_to", connect_to)
    with pytest.raises(TimeoutError):
        netlab.http_connection.connect(Url.parse("http://name/"), Deadline(60))
    # Здесь отказ пришёл сразу, и доля каждого следующего — от всех шестидесяти секунд.
    assert given == pytest.approx([15, 20, 30, 60], abs=1)


def test_refused() -> None:
    port = unused_port()
    with pytest.raises(FetchError, match=f"127.0.0.1:{port} отказал в соединении"):
        fetch(f"http://127.0.0.1:{port}/")


def test_unknown_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(FetchError, match=r"Имени «нет\.рф» нет"):
        fetch("http://Нет.рф/")


def test_slow_name_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()

    def getaddrinfo(*_: object, **__: object) -> None:
        answered.wait(SECONDS)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(FetchError, match=r"не уложился в 0,1 с"):
        fetch("http://name/", timeout=0.1)
    answered.set()


def test_server_without_tls() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(SECONDS)

        def serve() -> None:
            sock, _ = listener.accept()
            with sock:
                sock.recv(1000)
                sock.sendall(HELLO)

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(FetchError, match="TLS не начался"):
            fetch(f"https://127.0.0.1:{listener.getsockname()[1]}/")
        thread.join(SECONDS)


# ---------------------------------------------------------------- соединение служит не раз


def connections(*paths: str, **pages: Page) -> int:
    """Сколько соединений понадобилось, чтобы все эти страницы ответили hello."""
    with Site({f"/{name}": page for name, page in pages.items()}) as site, Session() as session:
        for path in paths:
            assert session.fetch(f"{site.url}/{path}").body == b"hello"
    return site.connections


def test_one_connection_for_all() -> None:
    chunked = OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    assert connections("a", "b", "a", a=HELLO, b=chunked) == 1


def test_new_connection_when_the_old_one_is_over() -> None:
    close = OK + b"Connection: close\r\nContent-Length: 5\r\n\r\nhello"
    assert connections("a", "a", "b", a=close, b=HELLO) == 3


def test_new_connection_after_unasked_bytes() -> None:
    assert connections("a", "b", a=HELLO + b"HTTP/1.1 408 Timeout\r\n\r\n", b=HELLO) == 2


def test_late_parting_word_is_not_the_next_answer() -> None:
    answered, parted = threading.Event(), threading.Event()

    def part(sock: socket.socket) -> None:
        sock.sendall(HELLO)
        assert answered.wait(SECONDS)
        sock.sendall(b"HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n")
        parted.set()
        silent(sock)

    with Site({"/a": part, "/b": HELLO}) as site, Session() as session:
        assert session.fetch(site.url + "/a").body == b"hello"
        answered.set()
        assert parted.wait(SECONDS)
        assert session.fetch(site.url + "/b").body == b"hello"


def test_new_connection_when_the_server_left() -> None:
    """Закрыл молча: узнать об этом можно и до вопроса, и после."""
    assert connections("a", "a", a=last(HELLO)) == 2


def test_question_that_was_not_heard_is_asked_again() -> None:
    answers = iter([HELLO, b"", HELLO])

    def leave(sock: socket.socket) -> None:
        if answer := next(answers):
            sock.sendall(answer)

    with Site({"/a": HELLO, "/b": leave}) as site, Session() as session:
        assert session.fetch(site.url + "/a").body == b"hello"
        next(answers)
        assert session.fetch(site.url + "/b").body == b"hello"
    assert [request.split()[1] for request in site.requests] == [b"/a", b"/b", b"/b"]


def test_body_that_was_not_read_costs_a_connection() -> None:
    with Site({"/": HELLO}) as site, Session() as session:
        assert session.open(site.url).head.status == 200
        assert session.fetch(site.url).body == b"hello"
    assert site.connections == 2


def test_other_server_is_another_connection() -> None:
    with Site({"/": HELLO}) as one, Site({"/": HELLO}) as two, Session() as session:
        for site in (one, two, one):
            assert session.fetch(site.url).body == b"hello"
    assert (one.connections, two.connections) == (2, 1)


# ---------------------------------------------------------------- перенаправления


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect(status: int) -> None:
    pages = {"/": moved("/a/b", status, b"go there"), "/a/b": moved("c"), "/a/c": HELLO}
    with Site(pages) as site:
        response = fetch(site.url)
    assert (response.body, response.url) == (b"hello", site.url + "/a/c")
    assert site.connections == 1


def test_redirect_to_another_server() -> None:
    with Site({"/x": HELLO}) as there, Site({"/": moved(there.url + "/x")}) as here:
        assert fetch(here.url).body == b"hello"


def test_redirect_in_cyrillic() -> None:
    with Site({"/": moved("/ы"), "/%D1%8B": HELLO}) as site:
        assert fetch(site.url).body == b"hello"


@pytest.mark.parametrize("head", [b"HTTP/1.1 304 X\r\n", b"HTTP/1.1 302 X\r\nLocation:\r\n"])
def test_answer_that_leads_nowhere_is_the_answer(head: bytes) -> None:
    assert fetch_one(last(head + b"Content-Length: 0\r\n\r\n")) == b""


def test_redirect_with_a_long_or_broken_body() -> None:
    """Тело перенаправления никому не нужно: соединиться заново дешевле, чем дочитывать."""
    head = b"HTTP/1.1 302 X\r\nLocation: /%d\r\nContent-Length: 1000000000\r\n\r\n"

    def long(sock: socket.socket) -> None:
        sock.sendall(head % 1 + b"x" * 100_000)
        silent(sock)

    with Site({"/": long, "/1": last(head % 2 + b"x"), "/2": HELLO}) as site:
        assert fetch(site.url).body == b"hello"
    assert site.connections == 3


def test_redirect_loop() -> None:
    pages = {"/": moved("/a"), "/a": moved("/b"), "/b": moved("/a")}
    with Site(pages) as site, pytest.raises(FetchError, match=r"по кругу: http\S+/a уже"):
        fetch(site.url)
    assert len(site.requests) == 3


def test_too_many_redirects() -> None:
    pages: dict[str, Page] = {f"/{n}": moved(f"/{n + 1}") for n in range(4)}
    with Site({**pages, "/4": HELLO}) as site:
        assert fetch(site.url + "/0", redirects=4).body == b"hello"
        with pytest.raises(FetchError, match="больше 3"):
            fetch(site.url + "/0", redirects=3)


@pytest.mark.parametrize("location", ["ftp://h/x", "file:///etc/passwd", "http://a b/"])
def test_redirect_to_where_we_do_not_go(location: str) -> None:
    assert "отсылает на негодный адрес" in why_not(moved(location))


# ---------------------------------------------------------------- ответ не удался


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (last(OK + b"Content-Length: 5000\r\n\r\n" + b"x" * 100), "не хватает 4900 байт."),
        (last(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhe"), "не хватает 3 байт."),
        (last(OK + b"Content-Length: 5\r\n\r\nhell"), "не хватает 1 байта."),
        (last(OK + b"Transfer-Encoding: chunked\r\n\r\n"), "ответ не целый."),
        (last(OK + b"Content-Len"), "ответ не целый."),
        (last(b""), "закрыл соединение и ничего не ответил."),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "неверная длина куска b'zz'."),
        (OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n", "непонятна длина тела"),
        (b"220 smtp.local\r\n", "вместо строки состояния b'220 smtp.local'."),
        (endless(OK, b"X: y\r\n" * 1000), "шапка ответа длиннее 65\xa0536 байт."),
    ],
)
def test_bad_answer(page: Page, words: str) -> None:
    sentence = why_not(page)
    assert sentence.endswith(words) or words in sentence
    assert sentence.startswith("127.0.0.1:")
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("head", "words"),
    [(b"\r\n", "ответ не целый"), (b"Content-Length: 9\r\n\r\n", "не хватает 4 байт")],
)
def test_reset_in_the_middle(head: bytes, words: str) -> None:
    """Обрыв — не конец потока, и страницу до конца потока он не заканчивает."""
    read = threading.Event()

    def break_off(sock: socket.socket) -> None:
        sock.sendall(OK + head + b"hello")
        assert read.wait(SECONDS)  # RST уничтожил бы то, что ещё не прочитано
        reset(sock)

    with Site({"/": break_off}) as site, Session() as session:
        pieces = iter(session.open(site.url))
        got = b""
        while len(got) < 5:
            got += next(pieces)
        read.set()
        with pytest.raises(FetchError, match=words):
            next(pieces)
    assert got == b"hello"


def test_reset_instead_of_an_answer() -> None:
    assert "ничего не ответил" in why_not(reset)


# ---------------------------------------------------------------- сроки


@pytest.mark.parametrize("head", [OK + b"Content-Length: 1000\r\n\r\n", OK + b"X: ", b""])
def test_drip_does_not_prolong_the_deadline(head: bytes) -> None:
    never = threading.Event()

    def drip(sock: socket.socket) -> None:
        sock.sendall(head)
        while not never.wait(0.01):
            sock.sendall(b"H")

    began = time.monotonic()
    assert "не уложился в 0,2 с" in why_not(drip, timeout=0.2)
    assert time.monotonic() - began < SECONDS / 2


def test_deadline_is_one_for_all_redirects() -> None:
    never = threading.Event()

    def step(sock: socket.socket) -> None:
        never.wait(0.1)
        sock.sendall(moved(f"/?{next(numbers)}"))

    numbers = itertools.count()
    pages = {"/": step} | {f"/?{number}": step for number in range(100)}
    with Site(pages) as site, pytest.raises(FetchError, match=r"не уложился в 0,25 с"):
        fetch(site.url, timeout=0.25, redirects=100)


@pytest.mark.parametrize("timeout", [None, 60.0])
def test_silence_is_not_endured(timeout: float | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(netlab.http_connection, "SILENCE", 0.1)
    assert "молчит дольше" in why_not(silent, timeout=timeout)


def test_talk_is_endured_without_a_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Пауза короче SILENCE — не молчание, сколько бы таких пауз ни было."""
    monkeypatch.setattr(netlab.http_connection, "SILENCE", 0.7)
    never = threading.Event()

    def drip(sock: socket.socket) -> None:
        sock.sendall(OK + b"Content-Length: 4\r\n\r\n")
        for _ in range(4):
            never.wait(0.2)
            sock.sendall(b"x")

    assert fetch_one(drip, timeout=None) == b"xxxx"


# ---------------------------------------------------------------- предел


def test_limit() -> None:
    assert fetch_one(HELLO, limit=5) == b"hello"
    assert "больше предела" in why_not(HELLO, limit=4)


@pytest.mark.parametrize(
    ("head", "block"),
    [
        (OK + b"Content-Length: %d\r\n\r\n" % (10 * GIB), b"x" * 65536),
        (OK + b"\r\n", b"x" * 65536),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n"),
    ],
    ids=["length", "close", "chunked"],
)
def test_answer_over_the_limit_stops_at_once(head: bytes, block: bytes) -> None:
    sent = 0

    def send(sock: socket.socket) -> None:
        nonlocal sent
        sock.sendall(head)
        while sent < GIB:
            sock.sendall(block)
            sent += len(block)

    assert "больше предела в 10\xa0485\xa0760 байт" in why_not(send, limit=10 * 1024 * 1024)
    assert sent < GIB // 4  # предел и то, что поместилось в буферы


def test_answer_that_promises_too_much_is_not_waited_for() -> None:
    def promise(sock: socket.socket) -> None:
        sock.sendall(OK + b"Content-Length: %d\r\n\r\n" % (10 * GIB))
        silent(sock)

    assert "— это 10\xa0737\xa0418\xa0240 байт" in why_not(promise, limit=10 * 1024 * 1024)


# ---------------------------------------------------------------- командная строка


def test_to_the_screen(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with Site({"/": OK + b"Content-Length: 4\r\n\r\n\0\xff\r\n"}) as site:
        assert main(["fetch", site.url]) == 0
    assert capfdbinary.readouterr() == (b"\0\xff\r\n", b"")


def test_head_to_the_screen_and_body_to_a_file(
    capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    answer = OK + b"X: \xd1\x8b\r\nContent-Length: 5\r\n\r\nhello"
    with Site({"/": answer, "/404": NOT_FOUND}) as site:
        assert main(["fetch", "-i", site.url]) == 0
        assert capfdbinary.readouterr().out == answer
        assert main(["fetch", "-i", "-o", str(tmp_path / "x"), site.url]) == 0
        assert capfdbinary.readouterr().out == answer.removesuffix(b"hello")
        assert main(["fetch", "-i", site.url + "/404"]) == 1
        assert capfdbinary.readouterr().out == NOT_FOUND.removesuffix(b"nope")
    assert (tmp_path / "x").read_bytes() == b"hello"


def test_file_appears_whole(tmp_path: Path) -> None:
    target = tmp_path / "page"
    target.write_bytes(b"old")
    seen = []

    def look(sock: socket.socket) -> None:
        sock.sendall(OK + b"Content-Length: 200000\r\n\r\n" + b"x" * 100_000)
        seen.append(target.read_bytes())
        sock.sendall(b"x" * 100_000)

    with Site({"/": look}) as site:
        assert main(["fetch", "-o", str(target), site.url]) == 0
    assert seen == [b"old"]
    assert target.read_bytes() == b"x" * 200_000
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    "page",
    [
        last(OK + b"Content-Length: 5000\r\n\r\n" + b"x" * 100),
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n",
        OK + b"Content-Length: 1001\r\n\r\n" + b"x" * 1001,
        endless(OK + b"\r\n", b"x" * 100),
        NOT_FOUND,
        moved("/"),
        last(b""),
    ],
    ids=["truncated", "chunked", "limit", "endless", "404", "loop", "nothing"],
)
def test_failure_leaves_everything_as_it_was(
    page: Page, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "page"
    target.write_bytes(b"old")
    with Site({"/": page}) as site:
        assert main(["fetch", "--limit", "1000", "-o", str(target), site.url]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("netlab fetch: ")
    assert err.endswith(".\n")
    assert err.count("\n") == 1
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_timeout_option(capsys: pytest.CaptureFixture[str]) -> None:
    with Site({"/": silent}) as site:
        assert main(["fetch", "--timeout", "0.1", site.url]) == 1
    assert "не уложился в 0,1 с" in capsys.readouterr().err


def test_reason_cannot_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    page = "HTTP/1.1 500 \x1b[2Jсломалось\r\nContent-Length: 0\r\n\r\n".encode()
    with Site({"/": page}) as site:
        assert main(["fetch", site.url]) == 1
    assert capsys.readouterr().err.endswith("500 ?[2Jсломалось.\n")


@posix
def test_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    with Site({"/": HELLO}) as site:
        assert main(["fetch", "-o", str(tmp_path / "link"), site.url]) == 0
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"hello"


@posix
def test_file_gets_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    with Site({"/": HELLO}) as site:
        assert main(["fetch", "-o", str(tmp_path / "page"), site.url]) == 0
    assert (tmp_path / "page").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_where_nothing_can_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    with Site({"/": HELLO}) as site:
        assert main(["fetch", "-o", str(tmp_path), site.url]) == 2
        assert capsys.readouterr().err.endswith("— папка: укажите имя файла.\n")
        for absent in ("folder", "file"):
            assert main(["fetch", "-o", str(tmp_path / absent / "x"), site.url]) == 1
            assert capsys.readouterr().err.endswith(" папки.\n")


@posix
def test_what_is_not_a_file_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    came = []
    reader = threading.Thread(target=lambda: came.append(pipe.read_bytes()), daemon=True)
    reader.start()
    with Site({"/": HELLO}) as site:
        assert main(["fetch", "-o", str(pipe), site.url]) == 0
    assert pipe.is_fifo()
    reader.join(SECONDS)
    assert came == [b"hello"]


@contextlib.contextmanager
def program(
    *arguments: str, under: Sequence[str] = (), stdout: int = subprocess.PIPE
) -> Iterator[subprocess.Popen[bytes]]:
    """Запущенный `netlab fetch`, который не переживёт теста; under — кто его запустит."""
    # Кого запустили в фоне, тот SIGINT не слышит, и все, кого запустит он, — тоже.
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [*under, sys.executable, "-X", "dev", "-X", "utf8", "-m", "netlab", "fetch", *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
    )
    signal.signal(signal.SIGINT, heard)
    with process:
        try:
            yield process
        finally:
            process.kill()


@posix
def test_file_does_not_fit(tmp_path: Path) -> None:
    """Места нет: ulimit не даёт файлу вырасти."""
    page = OK + b"Content-Length: 1000000\r\n\r\n" + bytes(1_000_000)
    limited = ["sh", "-c", 'ulimit -f 8; exec "$@"', "sh"]
    target = tmp_path / "x"
    with Site({"/": page}) as site, program("-o", str(target), site.url, under=limited) as process:
        out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, out) == (1, b"")
    assert err.decode() == f"netlab fetch: Не удалось записать «{target}»: на диске нет места.\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full есть только на Linux")
def test_output_does_not_fit() -> None:
    with (
        open("/dev/full", "wb") as full,
        Site({"/": HELLO}) as site,
        program(site.url, stdout=full.fileno()) as process,
    ):
        _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert err.decode() == "netlab fetch: Не удалось записать принятое: на диске нет места.\n"


@posix
def test_interrupted(tmp_path: Path) -> None:
    never = threading.Event()

    def half(sock: socket.socket) -> None:
        sock.sendall(OK + b"Content-Length: 10\r\n\r\nhello")
        silent(sock)

    with Site({"/": half}) as site, program("-o", str(tmp_path / "x"), site.url) as process:
        due = time.monotonic() + SECONDS
        while not list(tmp_path.iterdir()):
            assert time.monotonic() < due
            never.wait(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, out, err) == (130, b"", b"")
    assert list(tmp_path.iterdir()) == []


@posix
def test_nobody_reads_the_output() -> None:
    with Site({"/": endless(OK + b"\r\n", b"x" * 65536)}) as site, program(site.url) as process:
        assert process.stdout
        assert process.stdout.read(10) == b"x" * 10
        process.stdout.close()
        assert process.wait(SECONDS) == 1
        assert process.stderr
        assert process.stderr.read() == b""
