"""Скачивает страницу или файл по HTTP и HTTPS: целиком и в срок, или говорит, почему не вышло."""

# Работа разделена. Адрес разбирает url, соединяется и спрашивает http_connection, где в потоке
# кончаются шапка и тело, знает http1. Здесь — то, ради чего их зовут: один срок от поиска имени до
# последнего байта, сколько бы перенаправлений ни было; предел размера; любая ошибка — одним
# предложением.
#
# Тело собирает в памяти только Session.fetch. Остальные получают его кусками, и каждый кусок — это
# отрезок одного и того же буфера.

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, BinaryIO, Protocol

from netlab.deadline import Deadline
from netlab.file_errors import what_is_wrong
from netlab.framing import Truncated
from netlab.http1 import Head, Headers, Piece, ProtocolError, ResponseReader
from netlab.http_connection import SILENCE, Connection, NotSecure, Unanswered
from netlab.progress import Progress, shown_bytes, shown_seconds
from netlab.sockets import shown, why_not_connected
from netlab.url import BadUrl, Url

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

TIMEOUT = 10.0
LIMIT = 64 * 1024 * 1024
REDIRECTS = 10
BUFFER_SIZE = 256 * 1024
DRAIN_LIMIT = 65536  # больше ненужных байт не дочитываем: дешевле соединиться заново


class FetchError(OSError):
    """Скачать не вышло: одно предложение для человека; причина, если она есть, — в __cause__."""


# ---------------------------------------------------------------- ответ


@contextmanager
def explained(url: Url, deadline: Deadline) -> Iterator[None]:
    """Пока действует, ошибка разговора с сервером становится предложением FetchError."""
    address = (url.name, url.port)
    who = shown(address)
    try:
        yield
    except FetchError:
        raise
    except ProtocolError as error:
        raise FetchError(f"{who} отвечает не по правилам HTTP: {error}.") from error
    except Truncated as error:
        lack = "ответ не целый"
        if error.missing is not None:
            lack = f"не хватает {shown_bytes(error.missing, missing=True)}"
        raise FetchError(f"{who} закрыл соединение раньше времени: {lack}.") from error
    except Unanswered as error:
        raise FetchError(f"{who} закрыл соединение и ничего не ответил.") from error
    except NotSecure as error:
        raise FetchError(f"{who}: {error}.") from error
    except TimeoutError as error:
        raise FetchError(_too_slow(who, deadline)) from error
    except OSError as error:
        raise FetchError(why_not_connected(error, address)) from error


def _too_slow(who: str, deadline: Deadline) -> str:
    try:
        deadline.left()
    except TimeoutError:
        assert deadline.seconds is not None  # срок, которого нет, не выходит
        return f"{who} не уложился в {shown_seconds(deadline.seconds)}."
    return f"{who} молчит дольше {shown_seconds(SILENCE)}."


class Answer:
    """Ответ, шапка которого прочитана, а тело ещё идёт.

    Обход отдаёт куски тела; кусок жив, пока не взят следующий. limit — предел тела в байтах. length
    — сколько байт в теле, если сервер сказал; url — кто ответил после всех перенаправлений.
    """

    def __init__(
        self, connection: Connection, url: Url, method: str, deadline: Deadline, limit: int | None
    ) -> None:
        response = ResponseReader(method)
        events = connection.ask(url, response, deadline)
        head = next(events)
        assert isinstance(head, Head)  # шапка всегда первая
        self.head = head
        self.length = response.missing
        self.url = url
        self._pieces = (event for event in events if not isinstance(event, Head))
        self._deadline = deadline
        self._limit = limit

    def __iter__(self) -> Iterator[Piece]:
        left = sys.maxsize if self._limit is None else self._limit
        too_large = f"больше предела в {shown_bytes(left)}"
        length = self.length or 0
        if length > left:
            raise FetchError(f"{self.url} — это {shown_bytes(length)}, {too_large}.")
        with explained(self.url, self._deadline):
            for piece in self._pieces:
                left -= len(piece)
                if left < 0:
                    raise FetchError(f"{self.url} — {too_large}.")
                yield piece

    @property
    def location(self) -> str | None:
        """Куда ответ отсылает, если отсылает (RFC 9110, 15.4)."""
        if self.head.status // 100 != 3:
            return None
        return self.head.headers.get("Location") or None

    @property
    def complaint(self) -> str | None:
        """Предложение о том, что вместо страницы пришла ошибка: статус от 400."""
        if self.head.status < 400:
            return None
        # Пояснение написал чужой сервер, а терминал исполняет управляющие символы.
        reason = self.head.reason.encode("latin-1").decode("utf-8", "replace")
        reason = "".join(one if one.isprintable() else "?" for one in reason)
        return f"{self.url} отвечает ошибкой: {self.head.status} {reason}".rstrip() + "."

    def drain(self) -> None:
        """Дочитывает короткое тело, которое никому не нужно: соединение ещё послужит."""
        left = DRAIN_LIMIT
        with suppress(OSError, Truncated, ProtocolError):
            while left > 0 and (piece := next(self._pieces, None)):
                left -= len(piece)

    def save(self, file: Writable) -> None:
        """Пишет тело в file; если это долго и stderr — терминал, показывает, как идут дела."""
        with Progress(self.length) as progress:
            for piece in self:
                file.write(piece)
                progress.advance(len(piece))

    def with_body(self, body: bytes) -> Response:
        """Возвращает ответ, который больше не зависит от соединения."""
        head = self.head
        return Response(head.status, head.reason, head.headers, body, str(self.url))


class Writable(Protocol):
    """Файл, который берёт всё, что ему дают: буферизованный."""

    def write(self, data: Piece, /) -> int: ...


@dataclass(frozen=True, slots=True)
class Response:
    """Ответ целиком; url — откуда он пришёл после всех перенаправлений."""

    status: int
    reason: str
    headers: Headers
    body: bytes
    url: str


# ---------------------------------------------------------------- страница за страницей


class Session:
    """Скачивает страницу за страницей; с тем же сервером говорит по тому же соединению.

    timeout — секунд на страницу, None — сколько угодно, пока сервер не молчит SILENCE секунд; limit
    — предел тела в байтах, None — без предела; redirects — сколько перенаправлений терпеть.
    """

    def __init__(
        self,
        *,
        timeout: float | None = TIMEOUT,
        limit: int | None = LIMIT,
        redirects: int = REDIRECTS,
    ) -> None:
        self.timeout = timeout
        self.limit = limit
        self.redirects = redirects
        self._buffer = memoryview(bytearray(BUFFER_SIZE))
        self._connection: Connection | None = None

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Закрывает соединение, если оно осталось."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def fetch(self, url: str, method: str = "GET") -> Response:
        """Скачивает страницу в память; ответ с ошибкой (404, 500) — тоже ответ.

        Raises:
            BadUrl: адрес негоден.
            FetchError: скачать не вышло.
        """
        answer = self.open(url, method)
        return answer.with_body(b"".join(map(bytes, answer)))

    def open(self, url: str, method: str = "GET") -> Answer:
        """Спрашивает страницу; тело надо прочесть раньше, чем спрашивать следующую.

        Raises:
            BadUrl: адрес негоден.
            FetchError: скачать не вышло.
        """
        return self._follow(Url.parse(url), method, Deadline(self.timeout))

    def _follow(self, url: Url, method: str, deadline: Deadline) -> Answer:
        """Спрашивает url и дальше там, куда пошлют."""
        seen = []
        while True:
            answer = self._ask(url, method, deadline)
            if answer.location is None:
                return answer
            answer.drain()
            seen.append(url)
            try:
                url = url.join(answer.location)
            except BadUrl as error:
                raise FetchError(
                    f"{url} отсылает на негодный адрес {answer.location!a}."
                ) from error
            if url in seen:
                raise FetchError(f"Перенаправления ходят по кругу: {url} уже был.")
            if len(seen) > self.redirects:
                raise FetchError(f"Перенаправлений больше {self.redirects}: последнее на {url}.")

    def _ask(self, url: Url, method: str, deadline: Deadline) -> Answer:
        with explained(url, deadline):
            if self._connection and self._connection.suits(url):
                # Сервер мог закрыть соединение, пока вопрос был в пути: тогда его не слышали, и
                # спросить можно ещё раз (RFC 9112, 9.3.1).
                with suppress(Unanswered):
                    return Answer(self._connection, url, method, deadline, self.limit)
            self.close()
            self._connection = Connection(url, deadline, self._buffer)
            return Answer(self._connection, url, method, deadline, self.limit)


def fetch(
    url: str,
    *,
    timeout: float | None = TIMEOUT,
    limit: int | None = LIMIT,
    redirects: int = REDIRECTS,
    method: str = "GET",
) -> Response:
    """Скачивает одну страницу в память; параметры — как у Session, ошибки — как у Session.fetch."""
    with Session(timeout=timeout, limit=limit, redirects=redirects) as session:
        return session.fetch(url, method)


def download(
    url: str,
    file: Writable,
    *,
    timeout: float | None = None,
    limit: int | None = None,
    redirects: int = REDIRECTS,
) -> Response:
    """Скачивает страницу в открытый файл, не собирая её в памяти; body в ответе пуст.

    Raises:
        BadUrl: адрес негоден.
        FetchError: скачать не вышло или сервер ответил ошибкой (тогда в файле ничего); начало тела,
            которое успело прийти, в файле осталось.
        OSError: записать в файл не вышло.
    """
    with Session(timeout=timeout, limit=limit, redirects=redirects) as session:
        answer = session.open(url)
        if answer.complaint:
            raise FetchError(answer.complaint)
        answer.save(file)
        return answer.with_body(b"")


# ---------------------------------------------------------------- командная строка


def add_arguments(parser: ArgumentParser) -> None:
    """Описывает аргументы `netlab fetch`."""
    from netlab.arguments import byte_count, seconds

    parser.epilog = """Ответ с ошибкой (404, 500) — неудача: тела не будет, код завершения 1.
Файл появляется под своим именем, только когда пришёл целиком."""
    parser.add_argument("url", metavar="АДРЕС", help="http://… или https://…")
    parser.add_argument(
        "-o", metavar="ФАЙЛ", dest="output", type=Path, help="куда сохранить (без него — на экран)"
    )
    parser.add_argument(
        "-i", "--include", action="store_true", help="показать на экране и шапку ответа"
    )
    parser.add_argument(
        "--timeout",
        metavar="СЕКУНД",
        type=seconds,
        help=f"срок на всё (без него — пока сервер не замолчит на {shown_seconds(SILENCE)})",
    )
    parser.add_argument(
        "--limit", metavar="БАЙТ", type=byte_count(0), help="больше байт тела не принимать"
    )


def run(args: Namespace) -> int:
    """`netlab fetch`: возвращает 0, 1 при неудаче, 2 при неверном вызове."""
    if args.output and args.output.is_dir():
        return complain(f"«{args.output}» — папка: укажите имя файла.", 2)
    try:
        with Session(timeout=args.timeout, limit=args.limit) as session:
            answer = session.open(args.url)
            if args.include:
                with stdout() as screen:
                    screen.write(shown_head(answer.head))
            if answer.complaint:
                return complain(answer.complaint, 1)
            if args.output:
                with appearing(args.output) as file:
                    answer.save(file)
            else:
                with stdout() as screen:
                    screen.writelines(answer)
    except BadUrl as error:
        return complain(str(error), 2)
    except FetchError as error:
        return complain(str(error), 1)
    except BrokenPipeError:
        return 1  # читатель ушёл (`netlab fetch … | head -1`): дело обычное
    except OSError as error:
        return complain(why_not_written(error, args.output), 1)
    return 0


def stdout() -> BinaryIO:
    """Стандартный вывод для байтов; на выходе из with дописывает всё, что должен."""
    return open(1, "wb", closefd=False)


@contextmanager
def appearing(path: Path) -> Iterator[BinaryIO]:
    """Даёт файл, который займёт имя path, только если всё получилось; иначе не останется ничего."""
    path = Path(os.path.realpath(path))  # по ссылке пишем туда, куда она ведёт
    if path.exists() and not path.is_file():
        with open(path, "wb") as device:  # /dev/null или канал: подменять их файлом нельзя
            yield device
        return
    part = path.with_name(f".netlab-{token_hex(8)}.part")
    try:
        with open(part, "xb") as file:
            yield file
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def shown_head(head: Head) -> bytes:
    """Пишет шапку так, как она пришла."""
    lines = [f"HTTP/{head.version} {head.status} {head.reason}"]
    lines += [f"{name}: {value}" for name, value in head.headers]
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("latin-1")


def why_not_written(error: OSError, path: Path | None) -> str:
    """Объясняет одним предложением, почему не вышло записать файл; None — стандартный вывод."""
    what = "принятое" if path is None else f"«{path}»"
    return f"Не удалось записать {what}: {what_is_wrong(error)}."


def complain(sentence: str, code: int) -> int:
    """Печатает предложение об ошибке и возвращает код завершения."""
    print(f"netlab fetch: {sentence}", file=sys.stderr)
    return code
