"""netlab.http1: где кончаются шапка и тело ответа, как бы поток ни был нарезан."""

from __future__ import annotations

from itertools import chain

import pytest

from netlab.framing import Truncated
from netlab.http1 import (
    HEAD_LIMIT,
    Body,
    Chunked,
    ContentLength,
    Head,
    Headers,
    ProtocolError,
    ResponseReader,
    UntilClose,
)

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


def read(stream: bytes, size: int = 1 << 20, method: str = "GET") -> tuple[Head, bytes]:
    """Ответ из потока, который приходит по size байт и кончается."""
    reader = ResponseReader(method)
    events = []
    for start in range(0, len(stream), size):
        for event in reader.receive(stream[start : start + size]):
            events.append(event if isinstance(event, Head) else bytes(event))
    reader.end_of_stream()
    head, *pieces = events
    assert isinstance(head, Head)
    assert head is reader.head
    return head, b"".join(piece for piece in pieces if isinstance(piece, bytes))


def body_of(stream: bytes, method: str = "GET") -> bytes:
    return read(stream, method=method)[1]


def pieces(body: Body, *chunks: bytes) -> bytes:
    return b"".join(bytes(piece) for chunk in chunks for piece in body.receive(chunk))


# ---------------------------------------------------------------- где кончается тело


@pytest.mark.parametrize(
    ("rest", "body"),
    [
        (b"Content-Length: 5\r\n\r\nhello", b"hello"),
        (b"Content-Length: 0\r\n\r\n", b""),
        (b"content-length:005\r\n\r\nhello", b"hello"),
        (b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
        (b"Content-Length: 5, 5\r\n\r\nhello", b"hello"),
        (b"Content-Length: 3\nServer: lf\n\nabc", b"abc"),
        (b"\r\nuntil the end\r\n\r\n", b"until the end\r\n\r\n"),
        (b"\r\n", b""),
        (CHUNKED + b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
        (CHUNKED + b"0\r\n\r\n", b""),
        (CHUNKED + b"A\r\n0123456789\r\n0a\r\n0123456789\r\n000\r\n\r\n", b"0123456789" * 2),
        (CHUNKED + b'2;a=b;c="d;e"\r\n\r\n\r\n1 \t;x\r\n!\r\n0;last\r\n\r\n', b"\r\n!"),
        (CHUNKED + b"5  \r\nhello\r\n0\r\nSum: 1\r\nMore: 2\r\n\r\n", b"hello"),
        (CHUNKED + b"5\nhello\n0\n\n", b"hello"),
        (b"transfer-encoding: Chunked\n\n0\r\n\r\n", b""),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1 << 20])
def test_body(rest: bytes, body: bytes, size: int) -> None:
    assert read(OK + rest, size)[1] == body


@pytest.mark.parametrize(
    ("status", "method"), [(204, "GET"), (304, "GET"), (200, "HEAD"), (404, "HEAD")]
)
@pytest.mark.parametrize(
    "framing", [b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b""]
)
def test_some_answers_have_no_body(status: int, method: str, framing: bytes) -> None:
    reader = ResponseReader(method)
    list(reader.receive(b"HTTP/1.1 %d X\r\n%b\r\nnext" % (status, framing)))
    assert reader.finished
    assert reader.body
    assert reader.body.rest == b"next"


def test_transfer_encoding_wins_over_length_but_once() -> None:
    """RFC 9112, 6.3: Content-Length отбрасывают, а соединению больше не верят."""
    reader = ResponseReader()
    stream = OK + b"Content-Length: 3\r\n" + CHUNKED + b"5\r\nhello\r\n0\r\n\r\n"
    assert list(reader.receive(stream))[1:] == [b"hello"]
    assert reader.finished
    assert not reader.reusable


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: 5, 6",
        b"Content-Length: 5,",
        b"Content-Length: -5",
        b"Content-Length: +5",
        b"Content-Length: 5.0",
        b"Content-Length: 0x5",
        b"Content-Length: 5_0",
        b"Content-Length: \xd9\xa5",
        b"Content-Length:",
        b"Content-Length: " + b"1" * 5000,
        b"Transfer-Encoding: gzip, chunked",
        b"Transfer-Encoding: chunked, chunked",
        b"Transfer-Encoding: chunked, identity",
        b"Transfer-Encoding: xchunked",
        b"Transfer-Encoding:",
        b"Transfer-Encoding:\r\nContent-Length: 5",
    ],
)
def test_doubtful_framing_is_refused(framing: bytes) -> None:
    with pytest.raises(ProtocolError):
        read(OK + framing + b"\r\n\r\nhello")


@pytest.mark.parametrize(
    "body",
    [
        b"x\r\n",
        b"\r\n",
        b" 5\r\nhello\r\n",
        b"-5\r\nhello\r\n",
        b"+5\r\nhello\r\n",
        b"0x5\r\nhello\r\n",
        b"5_0\r\nhello\r\n",
        b"5 hello\r\nhello\r\n",
        b"\xd9\xa5\r\nhello\r\n",
        b"5\rhello\r\n",
        b"F" * 21 + b"\r\n",
        b"5;" + b"x" * HEAD_LIMIT,
        b"5\r\nhelloXX0\r\n\r\n",
        b"5\r\nhello\rX0\r\n\r\n",
        b"5\r\nhello!\r\n0\r\n\r\n",
        b"5\r\nhello\r\n\r\n0\r\n\r\n",
        b"0\r\n" + b"Trailer: x\r\n" * (HEAD_LIMIT // 10 + 1) + b"\r\n",
        b"0\r\n" + b"x" * HEAD_LIMIT,
    ],
)
def test_bad_chunks_are_refused(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        pieces(Chunked(), body)


def test_what_came_before_the_error_is_given() -> None:
    events = ResponseReader().receive(OK + CHUNKED + b"5\r\nhello\r\n2\r\n, \r\nworld\r\n")
    assert [next(events), next(events), next(events)][1:] == [b"hello", b", "]
    with pytest.raises(ProtocolError, match="world"):
        next(events)


# ---------------------------------------------------------------- тело без шапки


def test_content_length_alone() -> None:
    body = ContentLength(5)
    assert pieces(body, b"hel") == b"hel"
    assert (body.finished, body.missing) == (False, 2)
    assert pieces(body, b"lo!", b"!") == b"lo"
    assert (body.finished, body.missing, body.rest) == (True, 0, b"!!")
    body.end_of_stream()


def test_chunked_alone() -> None:
    body = Chunked()
    assert pieces(body, b"5\r\nhel") == b"hel"
    assert (body.finished, body.missing) == (False, 2)
    assert pieces(body, b"lo\r", b"\n0\r\n\r\nnext", b"!") == b"lo"
    assert (body.finished, body.missing, body.rest) == (True, None, b"next!")
    body.end_of_stream()


def test_until_close_alone() -> None:
    body = UntilClose()
    assert pieces(body, b"a", b"", b"b") == b"ab"
    assert not body.finished
    body.end_of_stream()
    assert body.finished


@pytest.mark.parametrize("body", [ContentLength(8), UntilClose()])
def test_body_is_not_copied(body: Body) -> None:
    buffer = bytearray(b"12345678")
    (piece,) = body.receive(memoryview(buffer)[:5])
    assert isinstance(piece, memoryview)
    assert piece.obj is buffer


@pytest.mark.parametrize(
    ("body", "came", "missing"),
    [
        (ContentLength(5000), b"x" * 100, 4900),
        (ContentLength(1), b"", 1),
        (Chunked(), b"5\r\nhel", 2),
        (Chunked(), b"5\r\nhello", None),
        (Chunked(), b"5\r\nhello\r\n", None),
        (Chunked(), b"", None),
        (Chunked(), b"0\r\n", None),
        (Chunked(), b"0\r\nSum: 1\r\n", None),
    ],
)
def test_truncated_body_says_how_much_is_missing(
    body: Body, came: bytes, missing: int | None
) -> None:
    pieces(body, came)
    with pytest.raises(Truncated) as caught:
        body.end_of_stream()
    assert caught.value.missing == missing
    assert missing is None or str(missing) in str(caught.value)


@pytest.mark.parametrize("stream", [b"", b"HT", OK, OK + b"A: b\r\n", b"HTTP/1.1 100 X\r\n\r\n"])
def test_truncated_head(stream: bytes) -> None:
    with pytest.raises(Truncated):
        read(stream)


# ---------------------------------------------------------------- шапка


def test_head() -> None:
    stream = b"HTTP/1.0 404 Not  Found \r\nA: 1\r\nb-c:\r\nA: \t2 \t3\t \r\nD: \xff:\r\n\r\n"
    head, _ = read(stream)
    assert (head.version, head.status, head.reason) == ("1.0", 404, "Not  Found ")
    assert head.headers == (("A", "1"), ("b-c", ""), ("A", "2 \t3"), ("D", "ÿ:"))
    assert head.headers.get("a") == "1, 2 \t3"
    assert head.headers.get("B-C") == ""
    assert head.headers.get("nothing") is None


def test_members_of_a_list() -> None:
    headers = Headers([("X", "One,two ,"), ("x", "THREE")])
    assert headers.members("X") == ["one", "two", "", "three"]
    assert headers.members("Y") == []


@pytest.mark.parametrize("line", [b"HTTP/1.1 200", b"HTTP/1.1 200 ", b"HTTP/1.9 200"])
def test_reason_may_be_absent(line: bytes) -> None:
    head, _ = read(line + b"\r\n\r\n")
    assert (head.status, head.reason) == (200, "")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"hello",
        b"SSH-2.0-OpenSSH_9.6",
        b"<html>",
        b"ICY 200 OK",
        b"http/1.1 200 OK",
        b"HTTP/2.0 200 OK",
        b"HTTP/1 200 OK",
        b"HTTP/1.1  200 OK",
        b"HTTP/1.1 20 OK",
        b"HTTP/1.1 2000 OK",
        b"HTTP/1.1 099 OK",
        b"HTTP/1.1 200OK",
        b"HTTP/1.1 200 O\0K",
        b"HTTP/1.1 200 O\rK",
        b" HTTP/1.1 200 OK",
    ],
)
def test_stranger_is_known_by_the_first_line(line: bytes) -> None:
    """Пустой строки, которой кончается шапка, такой собеседник не пришлёт: ждать её нельзя."""
    with pytest.raises(ProtocolError):
        list(ResponseReader().receive(line + b"\r\n"))


@pytest.mark.parametrize(
    "line",
    [
        b"no colon",
        b": no name",
        b"Name : space",
        b"Na me: space",
        b"N\xc3\xa4me: not ASCII",
        b"Na(me: bracket",
        b"Name: nul \0",
        b"Name: lonely \r cr",
        b"\r",
    ],
)
def test_bad_header_is_refused(line: bytes) -> None:
    with pytest.raises(ProtocolError):
        read(OK + b"Good: 1\r\n" + line + b"\r\n\r\n")


def test_folded_header() -> None:
    head, body = read(OK + b"A: 1\r\n  2\r\n\t\r\n \t3 \r\nContent-Length:\r\n 2\r\n\r\nhi")
    assert head.headers == (("A", "1 2  3"), ("Content-Length", "2"))
    assert body == b"hi"


def test_first_header_cannot_be_folded() -> None:
    with pytest.raises(ProtocolError):
        read(OK + b" A: 1\r\n\r\n")


@pytest.mark.parametrize("size", [1, 5, 1 << 20])
def test_interim_answers_are_skipped(size: int) -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    head, body = read(interim + OK + b"Content-Length: 2\r\n\r\nhi", size)
    assert (head.status, body) == (200, b"hi")
    assert head.headers == (("Content-Length", "2"),)


def test_protocol_is_not_switched_unasked() -> None:
    with pytest.raises(ProtocolError):
        read(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")


def bomb(size: int) -> bytes:
    """Шапка ровно в size байт."""
    ending = b"Content-Length: 2\r\n\r\n"
    return OK + b"A:" + b"x" * (size - len(OK) - len(ending) - 4) + b"\r\n" + ending


def test_head_has_a_limit() -> None:
    assert body_of(bomb(HEAD_LIMIT) + b"hi") == b"hi"
    with pytest.raises(ProtocolError):
        read(bomb(HEAD_LIMIT + 1) + b"hi")


@pytest.mark.parametrize("block", [b"x" * 100, b"a:b\r\n", b"A: b\r\n ", b"HTTP/1.1 100 \r\n\r\n"])
def test_endless_head_stops(block: bytes) -> None:
    reader = ResponseReader()
    start = b"" if block.startswith(b"HTTP") else OK + b"A: b\r\n"
    endless = (reader.receive(block) for _ in range(2 * HEAD_LIMIT // len(block)))
    list(reader.receive(start))
    with pytest.raises(ProtocolError):
        list(chain.from_iterable(endless))


# ---------------------------------------------------------------- после ответа


@pytest.mark.parametrize(
    ("version", "headers", "keeps"),
    [
        ("1.1", [], True),
        ("1.1", [("Connection", "close")], False),
        ("1.1", [("Connection", "Keep-Alive, CLOSE")], False),
        ("1.1", [("Connection", "x"), ("connection", "close")], False),
        ("1.1", [("Connection", "closed")], True),
        ("1.0", [], False),
        ("1.0", [("Connection", "Keep-Alive")], True),
        ("1.0", [("Connection", "keep-alive"), ("Transfer-Encoding", "chunked")], False),
        ("1.1", [("Transfer-Encoding", "chunked")], True),
        ("1.1", [("Transfer-Encoding", "chunked"), ("Content-Length", "1")], False),
    ],
)
def test_keep_alive(version: str, headers: list[tuple[str, str]], keeps: bool) -> None:
    assert Head(200, "OK", Headers(headers), version).keeps_alive == keeps


@pytest.mark.parametrize(
    ("rest", "reusable"),
    [
        (b"Content-Length: 2\r\n\r\nhi", True),
        (b"Content-Length: 2\r\n\r\nhi!", False),
        (b"Content-Length: 2\r\n\r\nh", False),
        (b"Content-Length: 2\r\nConnection: close\r\n\r\nhi", False),
        (b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", True),
        (b"Transfer-Encoding: chunked\r\n\r\n0\r\n", False),
        (b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1 408 X\r\n", False),
        (b"\r\nhi", False),
        (b"", False),
    ],
)
def test_reusable(rest: bytes, reusable: bool) -> None:
    reader = ResponseReader()
    list(reader.receive(OK + rest))
    assert reader.reusable == reusable


def test_connection_that_ended_is_not_reusable() -> None:
    reader = ResponseReader()
    list(reader.receive(OK + b"\r\nhi"))
    reader.end_of_stream()
    assert reader.finished
    assert not reader.reusable
