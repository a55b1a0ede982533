"""Задача 11: keep-alive. Две страницы по одному соединению, которое никто не закроет."""

from __future__ import annotations

from random import Random

from netlab.flags.diagnosis import Wrong, require_line
from netlab.flags.task import PAUSE, Task, hex_digits
from netlab.flags.wishes import Conversation, Line, Send, Wait

LENGTH_NAMES = {"a": b"Content-Length", "b": b"content-length"}
QUIET = 10.0
HEADERS = 50


def play(draw: Random) -> Conversation:
    """Отвечает на два запроса и ждёт обе половины."""
    halves = {"a": hex_digits(draw, 16), "b": hex_digits(draw, 16)}
    for page, half in halves.items():
        yield from read_request(page)
        yield from Send(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n%s: %d\r\n\r\n"
            % (LENGTH_NAMES[page], len(half))
        )
        yield from Wait(PAUSE)
        yield from Send(half)
    answer = yield from Line(within=QUIET)
    if not answer:
        raise Wrong(
            "Обе страницы отданы, а ответа нет. Похоже, вторую вы читаете до конца потока; её "
            "длина — в заголовке content-length, а регистр букв в имени заголовка неважен."
        )
    first, second = halves.values()
    known = {
        b"": "Пришла пустая строка: половин в ней нет. Страница приходит не вместе с заголовками; "
        "ждите столько байт, сколько обещал Content-Length.",
        first: "Это только первая половина, из /a.",
        second: "Это только вторая половина, из /b.",
        second + first: "Половины перепутаны местами: сначала /a, потом /b.",
        first + b" " + second: "Между половинами пробел, а он не нужен.",
    }
    require_line(first + second, answer, known)


def read_request(page: str) -> Conversation:
    """Читает запрос страницы до пустой строки."""
    wanted = f"GET /{page} HTTP/1.1\r\n".encode()
    line = yield from Line(within=QUIET if page == "b" else None)
    if page == "b" and not line.endswith(b"\n"):
        raise Wrong(no_second(line))
    if line not in (wanted, wanted.replace(b"\r", b"")):
        raise Wrong("Ждали первую строку запроса.", expected=wanted, got=line)
    headers = set()
    for _ in range(HEADERS):
        line = yield from Line(within=QUIET)
        if not line.strip():
            break
        headers.add(line.strip().lower().replace(b" ", b""))
    if line not in (b"\r\n", b"\n"):
        raise Wrong(r"Запрос не закончен: после заголовков нужна пустая строка, \r\n\r\n.")
    if b"connection:close" in headers:
        raise Wrong("Вы просите закрыть соединение (Connection: close), а нужна ещё страница.")
    if not any(header.startswith(b"host:") for header in headers):
        raise Wrong("В запросе HTTP/1.1 нужен заголовок Host, например Host: lab.")


def no_second(line: bytes) -> str:
    """Объясняет, почему за второй страницей не пришли."""
    if line:
        return "Строка запроса /b не закончена: нужен перевод строки."
    return (
        "Страница /a отдана, а запрос /b не пришёл. Похоже, вы читаете ответ до конца потока, "
        "а сервер соединения не закрывает: сколько байт в теле, говорит Content-Length. И "
        "второе соединение не открывайте: запрос ждут в этом же."
    )


TASK = Task(
    number=11,
    title="keep-alive",
    lesson="Возвращаемся к скачиванию",
    page="fetch-again.md#length",
    announcement="""\
После go сервер станет сайтом и будет ждать запросов HTTP/1.1, с заголовком
Host. Запросите GET /a, прочтите страницу, в том же соединении запросите
GET /b. Соединение никто не закроет; длина страницы в заголовке. На каждой
странице половина ответа: пошлите обе подряд, одной строкой.""",
    hints=(
        "Где в ответе сказано, сколько байт в странице?",
        "Прочтите заголовки до пустой строки, найдите Content-Length (буквы любого регистра) и "
        "читайте ровно столько байт.",
        r"sock.sendall(b'GET /a HTTP/1.1\r\nHost: lab\r\n\r\n')"
        "\nwhile (line := recv_line(sock)) != b'\\r\\n':\n"
        "    if line.lower().startswith(b'content-length:'):\n"
        "        size = int(line.split(b':')[1])\n"
        "half = recv_exactly(sock, size)",
    ),
    stuck="Сервер ждал запроса: GET /a HTTP/1.1, Host и пустая строка.",
    play=play,
)
