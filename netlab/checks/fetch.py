"""Загрузчик: функция, которая скачивает страницу по HTTP и ничего при этом не теряет.

Порядок свойств — порядок строк в таблице урока: сначала то, что лечит первый шаг, потом второй.
"""

import re
from contextlib import suppress

from netlab.checks.kind import Kind
from netlab.peers.conversation import Failed, first_difference, plural_bytes, shown
from netlab.peers.drip import Drip
from netlab.stand import Stand

MIB = 1024 * 1024
LARGEST = 2 * MIB
NEAR = 16
"""Столько байт показывается от того места, где тело вышло не таким."""
BODY = "<h1>Привет, e1</h1>\n".encode()
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
PLAIN = b"HTTP/1.1 200 OK\r\n"
HEAD_END = b"\r\n\r\n"
LENGTH = b"Content-Length: %d\r\n\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"

FETCH = Kind(
    id="fetch",
    title="загрузчик",
    contract="""\
Договор загрузчика. Файл определяет read_website(domain, port, timeout=10).
  * функция идёт к domain:port, просит страницу / (GET, HTTP/1.0 или 1.1, с
    заголовком Host) и возвращает bytes, которые заканчиваются телом ответа;
    заголовки перед ним могут быть, а могут и не быть;
  * порт, если он не 80, есть и в Host; имя кириллицей уходит в виде ASCII;
  * тело кончается там, где велит ответ: Content-Length, chunked или конец
    потока; сервер, который не закрывает соединение, ничего не портит;
  * тело пришло не всё — исключение EOFError или OSError; про Content-Length
    в нём сказано, скольких байт не хватает;
  * сервер молчит дольше timeout секунд или оборвал связь — исключение
    OSError; сокет закрыт и после него;
  * сервер может быть и на IPv6.
Необязательные свойства: timeout — срок всей загрузки; время растёт с
размером линейно; программа печатает страницу e1.ru; если один адрес имени
не отвечает, пробуют другой; адрес IPv6 вместо имени стоит в Host в скобках;
тела ответа 204 не ждут; Content-Length, по которому длины не узнать, —
исключение; страница больше 2 МиБ — исключение, и лишнего не читают.""",
    functions=("read_website(domain, port, timeout=10)",),
)


class Visit:
    """Загрузчик, сервер e1.ru и соединение между ними."""

    def __init__(
        self, stand: Stand, domain: str = "e1.ru", port: int = 80, timeout: float = 2
    ) -> None:
        self.stand = stand
        self.module = stand.load()
        self.call = self.module.call(stand.conversation, "read_website", domain, port, timeout)
        host = stand.servers[-1]
        self.module.wait(lambda: self.call.over or host.has_visitor)
        if not host.has_visitor:
            self.call.bytes_value()
            raise Failed("Загрузчик не пришёл к серверу.", "соединение", "ничего")
        self.server = host.accept(self.module)
        self.request = self.server.receive_until(HEAD_END)

    def send(self, *parts: bytes) -> None:
        """Шлёт всё разом, а в разговор пишет по частям: длинное там не видно целиком."""
        for part in parts:
            self.server.say(f"→ {shown(part)}")
        self.server.sock.sendall(b"".join(parts))

    def answer(self, *parts: bytes) -> None:
        """Отвечает и закрывает соединение."""
        self.send(*parts)
        self.server.half_close()

    def close_if_asked(self) -> None:
        """Закрывает соединение, если запрос об этом просил (RFC 9112, 9.6)."""
        if b"\r\nconnection: close\r\n" in self.request.lower() or b" HTTP/1.0\r\n" in self.request:
            self.server.half_close()
        else:
            self.server.say("ждёт следующего запроса")

    def drip(self, *parts: bytes) -> None:
        """Шлёт по байту; следующий — когда загрузчик прочёл предыдущий."""
        data = b"".join(parts)
        seen = iter(range(1, len(data) + 1))
        for part in parts:
            self.server.say(f"→ по байту: {shown(part)}")
        try:
            Drip(between=lambda: wait_received(self, next(seen))).deliver(self.server.sock, data)
        except OSError:
            # Загрузчик вернулся, не дочитав; с чем, скажет тот, кто ждёт его ответа.
            if not self.call.over:
                raise

    def expect_body(self, body: bytes, why: str = "Тело страницы вернулось не таким.") -> None:
        """Требует, чтобы функция вернула bytes, которые заканчиваются этим телом."""
        value = self.call.bytes_value()
        if value.endswith(body):
            return
        head, end, rest = value.partition(HEAD_END)
        received = rest if end and head.startswith(b"HTTP/") else value
        at = first_difference(body, received)
        if at:
            why += f" Первое отличие — в байте {at}, считая с нуля."
        raise Failed(why, shown_from(body, at), shown_from(received, at))


def visit(stand: Stand, timeout: float = 2) -> Visit:
    """Приводит загрузчик к серверу e1.ru:80."""
    stand.serve("e1.ru:80")
    return Visit(stand, timeout=timeout)


@FETCH.property("loads", "Файл загружается")
def loads(stand: Stand) -> None:
    stand.load()


@FETCH.property("page", "Страница возвращается целиком")
def page(stand: Stand) -> None:
    one = visit(stand)
    one.answer(PLAIN + b"\r\n" + BODY)
    one.expect_body(BODY)


@FETCH.property("request", "Запрос — GET / с заголовком Host")
def request(stand: Stand) -> None:
    one = visit(stand)
    first, *headers = one.request.split(b"\r\n")
    if first not in (b"GET / HTTP/1.1", b"GET / HTTP/1.0"):
        raise Failed("Первая строка запроса не та.", "b'GET / HTTP/1.1'", shown(first))
    if b"host: e1.ru" not in [header.lower() for header in headers]:
        raise Failed("В запросе нет заголовка Host.", "b'Host: e1.ru'", shown(one.request))


@FETCH.property("binary", "Картинка приходит такой же, как страница: байт в байт")
def binary(stand: Stand) -> None:
    one = visit(stand)
    one.answer(PLAIN + b"\r\n", PICTURE)
    one.expect_body(PICTURE)


@FETCH.property("pieces", "Страница, пришедшая по байту, собирается")
def pieces(stand: Stand) -> None:
    one = visit(stand)
    one.drip(PLAIN + b"\r\n", BODY)
    one.server.half_close()
    one.expect_body(BODY)


@FETCH.property("silence", "Сервер молчит — исключение через timeout секунд")
def silence(stand: Stand) -> None:
    one = visit(stand, timeout=0.5)
    one.call.expect_exception("Срок вышел, а исключения нет.", "OSError")


@FETCH.property("reset", "Обрыв посреди страницы — исключение, и сокет закрыт")
def reset(stand: Stand) -> None:
    one = visit(stand)
    one.server.send(PLAIN + b"\r\n<h1>")
    one.module.wait_received(one.server, len(PLAIN) + 6)
    one.server.reset()
    one.call.expect_exception("Связь оборвана, а об ошибке не сказано.", "OSError")
    expect_closed(one)


@FETCH.property("keep_alive", "Сервер закрывает, только если попросить, — страница не пропадает")
def keep_alive(stand: Stand) -> None:
    one = visit(stand, timeout=1)
    one.send(PLAIN + LENGTH, BODY)
    one.close_if_asked()
    one.expect_body(BODY)


@FETCH.property("prints", "Программа печатает страницу e1.ru", required=False)
def prints(stand: Stand) -> None:
    server = stand.serve("e1.ru:80")
    program = stand.start(wait=False)
    connection = server.accept(program)
    connection.receive_until(HEAD_END)
    connection.send(PLAIN + b"Content-Length: 5\r\n\r\nhello")
    connection.half_close()
    code = program.wait_exit()
    for line in program.output.splitlines():
        stand.conversation.add("", line)
    if code != 0:
        raise Failed("Программа не завершилась с кодом 0.", "код 0", program.last_words or "идёт")
    if "hello" not in program.output:
        raise Failed("Программа скачала страницу и ничего не показала.", "hello", "пусто")


@FETCH.property("host_port", "Порт, если он не 80, есть и в Host")
def host_port(stand: Stand) -> None:
    stand.serve("e1.ru:8080")
    one = Visit(stand, port=8080)
    if b"\r\nhost: e1.ru:8080\r\n" not in one.request.lower():
        raise Failed("В заголовке Host нет порта.", "b'Host: e1.ru:8080'", shown(one.request))


@FETCH.property("linear", "Время растёт с размером страницы линейно", required=False, memory=True)
def linear(stand: Stand) -> None:
    one = visit(stand, timeout=10)
    head = PLAIN + b"Content-Length: %d\r\n\r\n" % MIB
    one.server.send(head)
    # Куски по килобайту: примерно так страница приходит через Интернет.
    for start in range(0, MIB, 1024):
        one.server.sock.sendall(b"x" * 1024)
        wait_received(one, len(head) + start + 1024)
    one.server.say("→ 1 МиБ кусками по килобайту")
    one.server.half_close()
    one.expect_body(b"x" * MIB)
    if one.call.facts["allocated"] > 16 * MIB:
        raise Failed(
            "Каждый новый кусок копирует всё собранное раньше: время растёт квадратично.",
            "скопировано не больше 16 МиБ",
            "скопированы сотни мегабайт",
        )


@FETCH.property("deadline", "timeout — срок всей загрузки, а не одного recv", required=False)
def deadline(stand: Stand) -> None:
    one = visit(stand, timeout=0.5)
    one.server.say("→ по байту пять раз в секунду")
    for _ in range(8):
        one.server.sock.sendall(b"x")
        if one.call.wait(0.2):
            break
    if not one.call.over:
        raise Failed(
            "Пока байты капают, timeout не срабатывает никогда.",
            "исключение через 0,5 с",
            "в три раза позже вызов всё ещё ждёт",
        )
    one.call.expect_exception("Страница не пришла, а об ошибке не сказано.", "OSError")


@FETCH.property(
    "truncated", "Пришло меньше Content-Length — исключение, и в нём сказано, на сколько"
)
def truncated(stand: Stand) -> None:
    one = visit(stand)
    one.answer(PLAIN + b"Content-Length: 5000\r\n\r\n", b"x" * 100)
    text = one.call.expect_exception(
        "Пришло 100 байт из 5000, а об ошибке не сказано.",
        "EOFError", "OSError", expected="исключение, где сказано про 4900 байт",
    )  # fmt: skip
    if "4900" not in re.sub(r"(?<=\d)\s(?=\d)", "", text):
        raise Failed(
            "В исключении не сказано, сколько байт не хватает.", "4900 в тексте",
            one.call.exception,
        )  # fmt: skip
    expect_closed(one)


@FETCH.property("stubborn", "Сервер не закрывает, даже если попросить, — хватает Content-Length")
def stubborn(stand: Stand) -> None:
    one = visit(stand, timeout=1)
    one.send(PLAIN + LENGTH, BODY)
    one.server.say("соединения не закрывает")
    one.expect_body(BODY)


@FETCH.property("header_case", "Имя заголовка читается в любом регистре и с любыми пробелами")
def header_case(stand: Stand) -> None:
    one = visit(stand, timeout=1)
    note = b"X-Note: no Content-Length: 3 here\r\n"
    one.send(PLAIN + note, b"content-length:%d \r\n\r\n" % len(BODY), BODY)
    one.expect_body(BODY)


@FETCH.property("chunked", "Тело по частям (chunked) собирается")
def chunked(stand: Stand) -> None:
    one = visit(stand, timeout=1)
    one.send(PLAIN + CHUNKED, b"5\r\nhello\r\n8;note=x\r\n, world!\r\n0\r\n\r\n")
    one.close_if_asked()
    one.expect_body(b"hello, world!", "Размеры частей остались в теле.")


@FETCH.property("chunked_pieces", "chunked, пришедший по байту, собирается")
def chunked_pieces(stand: Stand) -> None:
    one = visit(stand)
    one.drip(PLAIN + CHUNKED, b"b\r\nhello\r\n0\r\n!\r\n0\r\nX-End: 1\r\n\r\n")
    one.expect_body(b"hello\r\n0\r\n!")


@FETCH.property("chunked_truncated", "chunked без последней части — исключение")
def chunked_truncated(stand: Stand) -> None:
    one = visit(stand)
    one.answer(PLAIN + CHUNKED, b"5\r\nhello\r\n")
    one.call.expect_exception(
        "Последней части не было, а об ошибке не сказано.", "EOFError", "OSError"
    )


@FETCH.property("second_address", "Один адрес имени не отвечает — пробуют другой", required=False)
def second_address(stand: Stand) -> None:
    stand.refuse("e1.ru:80")
    stand.serve("e1.ru:80")
    stand.conversation.add("стенд", "у имени e1.ru два адреса, и по первому никто не слушает")
    # Windows стучится по закрытому порту две секунды, прежде чем поверит.
    one = Visit(stand, timeout=10)
    one.answer(PLAIN + b"\r\n" + BODY)
    one.expect_body(BODY)


@FETCH.property("ipv6", "Сервер на IPv6 отвечает", needs_ipv6=True)
def ipv6(stand: Stand) -> None:
    stand.serve("e1.ru:80", ipv6=True)
    one = Visit(stand)
    one.answer(PLAIN + b"\r\n" + BODY)
    one.expect_body(BODY)


@FETCH.property(
    "ipv6_literal", "Адрес IPv6 вместо имени: в Host он в квадратных скобках", required=False,
    needs_ipv6=True,
)  # fmt: skip
def ipv6_literal(stand: Stand) -> None:
    stand.serve("::1:80", ipv6=True)
    one = Visit(stand, "::1")
    if b"\r\nhost: [::1]\r\n" not in one.request.lower():
        raise Failed("Адрес ушёл в Host без скобок.", "b'[::1]'", shown(host_in(one.request)))
    one.answer(PLAIN + b"\r\n" + BODY)
    one.expect_body(BODY)


@FETCH.property("idna", "Имя кириллицей уходит в Host как ASCII")
def idna(stand: Stand) -> None:
    stand.serve("пример.рф:80", "xn--e1afmkfd.xn--p1ai:80")
    one = Visit(stand, "пример.рф")
    if b"\r\nhost: xn--e1afmkfd.xn--p1ai\r\n" not in one.request.lower():
        received = shown(host_in(one.request))
        raise Failed("Имя ушло в Host не в том виде.", "b'xn--e1afmkfd.xn--p1ai'", received)


@FETCH.property("no_content", "Ответ без тела (204) не ждут", required=False)
def no_content(stand: Stand) -> None:
    one = visit(stand, timeout=1)
    one.server.send(b"HTTP/1.1 204 No Content\r\n\r\n")
    one.server.say("соединения не закрывает")
    one.call.bytes_value()


@FETCH.property(
    "bad_length", "Content-Length, по которому длины не узнать, — исключение", required=False
)
def bad_length(stand: Stand) -> None:
    stand.serve("e1.ru:80")
    for lengths in ((b"-1",), (b"1_0",), (b"5", b"10")):
        one = Visit(stand, timeout=1)
        headers = b"".join(b"Content-Length: %b\r\n" % length for length in lengths)
        one.answer(PLAIN + headers + b"\r\n0123456789")
        why = (
            "Длин две, и они разные, а об ошибке не сказано."
            if len(lengths) > 1
            else f"Длина {lengths[0].decode()} — не число байт, а об ошибке не сказано."
        )
        one.call.expect_exception(why)


@FETCH.property("limit", "Страница больше 2 МиБ — исключение, и дальше не читают", required=False)
def limit(stand: Stand) -> None:
    one = visit(stand, timeout=10)
    one.server.say("→ байты без конца")
    block, sent = PLAIN + b"\r\n", 0
    with suppress(OSError):  # прочитав достаточно, загрузчик закрывает сокет
        while sent < LARGEST + MIB // 2 and not one.call.over:
            one.server.sock.sendall(block)
            sent += len(block)
            wait_received(one, sent)
            block = b"x" * 65536
    if not one.call.wait(0.3):
        raise Failed(
            "Прочитано больше 2 МиБ, а загрузка идёт.", "исключение", "функция читает дальше"
        )
    one.call.expect_exception("Страница больше 2 МиБ, а об ошибке не сказано.")


def wait_received(one: Visit, count: int) -> None:
    """Ждёт, пока загрузчик не прочтёт count байт или не вернётся."""
    one.module.wait(lambda: one.call.over or one.module.received(one.server) >= count)


def shown_from(data: bytes, at: int) -> str:
    """Показывает байты с номера at; если их там нет, говорит об этом."""
    if not at:
        return shown(data)
    rest = data[at:]
    if not rest:
        return f"конец: всего {plural_bytes(at)}"
    return f"…{rest[:NEAR]!r}" + "…" * (len(rest) > NEAR)


def host_in(request: bytes) -> bytes:
    """Достаёт из запроса значение заголовка Host."""
    return request.partition(b"Host: ")[2].partition(b"\r\n")[0]


def expect_closed(one: Visit) -> None:
    """Требует, чтобы сокет загрузчика был закрыт."""
    if not one.module.wait(lambda: one.module.closed(one.server), 1):
        raise Failed("Исключение брошено, а сокет не закрыт.", "close", "сокет открыт")
