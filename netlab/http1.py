"""Ответ HTTP/1.1 без сокетов: байты потока на входе, шапка и куски тела на выходе."""

# Ответ в потоке TCP ничем не отделён от того, что придёт за ним. Шапка кончается пустой строкой, а
# где кончится тело, сервер говорит одним из трёх способов (RFC 9112, 6.3):
#
#   Chunked         Transfer-Encoding: chunked   кусками: перед каждым его длина, последний пуст
#   ContentLength   Content-Length: N            ровно N байт
#   UntilClose      ничего не сказано            до конца потока
#
# У каждого способа свой класс. Он принимает байты потока и отдаёт те из них, что принадлежат телу;
# что пришло за телом, остаётся в rest. О конце потока сообщают и ему: он знает, вовремя ли это.
# ResponseReader ставит впереди шапку: находит её, читает и по ней выбирает способ.
#
# ContentLength и UntilClose байтов не копируют: отдают memoryview на то, что получили. Прочитанное
# recv_into уходит в файл прямо из буфера, но кусок надо использовать до следующего чтения туда же.
#
# Граница, понятая не так, как её понимал сервер, — это чужие байты в файле или потерянные свои.
# Поэтому длинам здесь не прощается ничего, а концам строк — только LF вместо CRLF (RFC 9112, 2.2).

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from netlab.framing import LineReader, LineTooLong, Truncated, without_line_end
from netlab.progress import shown_bytes

HEAD_LIMIT = 65536
"""Предел в байтах: шапка вместе с промежуточными ответами 1xx; строка; все трейлеры."""

Piece = bytes | memoryview

_STATUS_LINE = re.compile(rb"HTTP/(1\.\d) ([1-9]\d\d)(?: (.*))?")
_FOLD = re.compile(rb"\n[ \t]+")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FORBIDDEN = re.compile(rb"[\0\r]")  # RFC 9110, 5.5
# Двадцати цифр хватит на 2**64 и десятичных, и шестнадцатеричных; дальше только баловство.
_LENGTH = re.compile("[0-9]{1,20}")
# Пробелов перед CRLF в RFC нет, но есть серверы, которые их ставят.
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,20})[ \t]*(;.*)?")


class ProtocolError(ValueError):
    """Ответ нарушает HTTP/1.1: понимать его дальше опасно."""


class Headers(tuple[tuple[str, str], ...]):
    """Заголовки по порядку, пары (имя, значение); байты прочтены как Latin-1 (RFC 9110, 5.5)."""

    __slots__ = ()

    def get(self, name: str) -> str | None:
        """Возвращает значение заголовка, повторы — через запятую (RFC 9110, 5.3), или None."""
        values = [value for known, value in self if known.lower() == name.lower()]
        return ", ".join(values) if values else None

    def members(self, name: str) -> list[str]:
        """Возвращает члены списка через запятую строчными буквами; пустые — тоже."""
        value = self.get(name)
        return [] if value is None else [one.strip(" \t").lower() for one in value.split(",")]


@dataclass(frozen=True, slots=True)
class Head:
    """Шапка ответа: строка состояния и заголовки."""

    status: int
    reason: str
    headers: Headers
    version: str = "1.1"

    @property
    def keeps_alive(self) -> bool:
        """Говорит, что после ответа можно спрашивать дальше (RFC 9112, 9.3)."""
        wishes = self.headers.members("Connection")
        if "close" in wishes:
            return False
        coded = self.headers.get("Transfer-Encoding") is not None
        if coded and (self.version == "1.0" or self.headers.get("Content-Length") is not None):
            # HTTP/1.0 кусков не знает, а две длины спорят: такой границе тела верят один раз
            # (RFC 9112, 6.1).
            return False
        return self.version != "1.0" or "keep-alive" in wishes


class Body(ABC):
    """Тело ответа, которое приходит по частям.

    finished — тело кончилось; missing — скольких байт ему точно не хватает, если это известно;
    rest — то, что пришло за телом.
    """

    finished = False
    missing: int | None = None
    rest = b""

    @abstractmethod
    def receive(self, data: Piece) -> Iterator[Piece]:
        """Принимает байты потока и отдаёт куски тела; обойти их надо до конца.

        Raises:
            ProtocolError: дальше понять поток нельзя; куски до этого места уже отданы.
        """

    def end_of_stream(self) -> None:
        """Больше ничего не придёт.

        Raises:
            Truncated: а должно было; missing говорит, скольких байт не хватило.
        """
        if not self.finished:
            raise Truncated(self.missing)


class ContentLength(Body):
    """Тело длиной ровно length байт; 0 — и тогда, когда тела не бывает вовсе."""

    missing: int

    def __init__(self, length: int) -> None:
        self.missing = length
        self.finished = not length

    def receive(self, data: Piece) -> Iterator[Piece]:
        """Отдаёт из data то, чего ещё не хватает."""
        view = memoryview(data)
        piece, rest = view[: self.missing], view[self.missing :]
        self.missing -= len(piece)
        self.finished = not self.missing
        self.rest += rest
        if piece:
            yield piece


class UntilClose(Body):
    """Тело до конца потока; если оно оборвалось, этого не узнать."""

    def receive(self, data: Piece) -> Iterator[Piece]:
        """Отдаёт всё."""
        if data:
            yield memoryview(data)

    def end_of_stream(self) -> None:
        """Больше ничего не придёт: так и должно быть."""
        self.finished = True


class Chunked(Body):
    """Тело кусками (RFC 9112, 7.1): строка с длиной, столько байт, пустая строка, и снова.

    Кусок длины 0 — последний, за ним трейлеры и пустая строка. Расширения после длины и трейлеры
    пропускаются: RFC это разрешает, а получателю файла они ни к чему.
    """

    def __init__(self) -> None:
        self._lines = LineReader(HEAD_LIMIT)
        self._state = self._size_line
        self._trailers_left = HEAD_LIMIT

    def receive(self, data: Piece) -> Iterator[Piece]:
        """Отдаёт байты кусков, сколько бы их в data ни оказалось."""
        self._lines.receive(bytes(data))
        while not self.finished:
            if self.missing:
                piece = self._lines.take(self.missing)
                if not piece:
                    return
                self.missing = self.missing - len(piece) or None
                yield piece
            else:
                line = _next_line(self._lines)
                if line is None:
                    return
                self._state(without_line_end(line))
        self.rest += self._lines.take()

    def _size_line(self, line: bytes) -> None:
        size = _CHUNK_SIZE.fullmatch(line)
        if not size:
            raise ProtocolError(f"неверная длина куска {_cut(line)}")
        self.missing = int(size[1], 16) or None
        self._state = self._line_after_chunk if self.missing else self._trailer_line

    def _line_after_chunk(self, line: bytes) -> None:
        if line:
            raise ProtocolError(f"кусок не кончился там, где обещал, за ним {_cut(line)}")
        self._state = self._size_line

    def _trailer_line(self, line: bytes) -> None:
        self._trailers_left -= len(line)
        if self._trailers_left < 0:
            raise ProtocolError(f"трейлеры длиннее {shown_bytes(HEAD_LIMIT)}")
        self.finished = not line


class ResponseReader:
    """Читает один ответ на запрос method: сначала отдаёт Head, потом куски тела.

    Промежуточные ответы 1xx пропускает (RFC 9110, 15.2). head и body появляются, когда шапка пришла
    целиком; body.rest — то, что пришло за ответом.
    """

    def __init__(self, method: str = "GET") -> None:
        self.method = method
        self.head: Head | None = None
        self.body: Body | None = None
        self._lines = LineReader(HEAD_LIMIT)
        self._head_lines: list[bytes] = []
        self._head_left = HEAD_LIMIT

    @property
    def finished(self) -> bool:
        """Говорит, что ответ пришёл целиком."""
        return self.body is not None and self.body.finished

    @property
    def missing(self) -> int | None:
        """Скольких байт тела точно не хватает, если это известно."""
        return self.body.missing if self.body else None

    @property
    def reusable(self) -> bool:
        """Говорит, что ответ кончился, а соединение — нет: можно спрашивать дальше."""
        if not self.head or not self.body or not self.body.finished or self.body.rest:
            return False
        return self.head.keeps_alive and not isinstance(self.body, UntilClose)

    def receive(self, data: Piece) -> Iterator[Head | Piece]:
        """Принимает байты потока и отдаёт то, что из них вышло; обойти это надо до конца.

        Raises:
            ProtocolError: дальше понять поток нельзя; всё до этого места уже отдано.
        """
        if not self.body:
            self._lines.receive(bytes(data))
            head = self._next_head()
            if head is None:
                return
            self.head = head
            self.body = body_after(head, self.method)
            yield head
            data = self._lines.take()
        yield from self.body.receive(data)

    def end_of_stream(self) -> None:
        """Больше ничего не придёт.

        Raises:
            Truncated: ответ ещё не кончился.
        """
        if not self.body:
            raise Truncated
        self.body.end_of_stream()

    def _next_head(self) -> Head | None:
        while (line := _next_line(self._lines)) is not None:
            self._head_left -= len(line)
            if self._head_left < 0:
                raise ProtocolError(f"шапка ответа длиннее {shown_bytes(HEAD_LIMIT)}")
            self._head_lines.append(without_line_end(line))
            if len(self._head_lines) == 1:
                _status_line(self._head_lines[0])  # не HTTP? не будем ждать пустой строки
            elif not self._head_lines[-1]:
                head = read_head(self._head_lines[:-1])
                if head.status >= 200:
                    return head
                if head.status == 101:
                    # Сменить протокол сервер вправе, только если его попросили (RFC 9110, 7.8).
                    raise ProtocolError("сервер перешёл на другой протокол, хотя его не просили")
                self._head_lines.clear()
        return None


def read_head(lines: list[bytes]) -> Head:
    """Читает шапку: строку состояния и заголовки без концов строк.

    Raises:
        ProtocolError: это не шапка ответа HTTP/1.x.
    """
    version, status, reason = _status_line(lines[0])
    # Прежде значение можно было продолжить на строке с отступом (obs-fold); теперь это пробел.
    fields = _FOLD.sub(b" ", b"\n".join(lines[1:]))
    headers = map(_header, fields.split(b"\n") if fields else [])
    return Head(int(status), reason, Headers(headers), version)


def body_after(head: Head, method: str = "GET") -> Body:
    """Выбирает, как найти конец тела, которое идёт за шапкой (RFC 9112, 6.3).

    Raises:
        ProtocolError: длина неверна, длины спорят или тело закодировано неизвестно как.
    """
    if method == "HEAD" or head.status in (204, 304):
        return ContentLength(0)
    if head.headers.get("Transfer-Encoding") is not None:
        # Content-Length, если и она есть, ничего не значит: Transfer-Encoding главнее.
        codings = head.headers.members("Transfer-Encoding")
        if codings != ["chunked"]:
            # Других мы не просили (заголовком TE) и читать не умеем.
            raise ProtocolError(f"тело закодировано как {_cut(codings)}")
        return Chunked()
    lengths = head.headers.members("Content-Length")
    if not all(map(_LENGTH.fullmatch, lengths)) or len(set(map(int, lengths))) > 1:
        raise ProtocolError(f"непонятна длина тела {_cut(lengths)}")
    return ContentLength(int(lengths[0])) if lengths else UntilClose()


def _status_line(line: bytes) -> tuple[str, str, str]:
    found = _STATUS_LINE.fullmatch(line)
    if not found or _FORBIDDEN.search(line):
        raise ProtocolError(f"вместо строки состояния {_cut(line)}")
    version, status, reason = (group.decode("latin-1") for group in found.groups(b""))
    return version, status, reason


def _header(line: bytes) -> tuple[str, str]:
    name, colon, value = line.partition(b":")
    if not colon or not _NAME.fullmatch(name) or _FORBIDDEN.search(value):
        raise ProtocolError(f"вместо заголовка {_cut(line)}")
    return name.decode("latin-1"), value.strip(b" \t").decode("latin-1")


def _next_line(lines: LineReader) -> bytes | None:
    try:
        return lines.next_line()
    except LineTooLong as error:
        raise ProtocolError(f"строка длиннее {shown_bytes(error.limit)}") from error


def _cut(value: object) -> str:
    """Показывает начало значения: в сообщении об ошибке хватит и его."""
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:60] + "…"
