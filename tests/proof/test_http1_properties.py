"""Ответ HTTP/1.1 при любой нарезке потока; судьи — h11 и http.client, примеры ищет hypothesis."""

from __future__ import annotations

import http.client
import io
import itertools
import re
import string
from dataclasses import dataclass, replace
from unittest.mock import patch

import h11
from hypothesis import example, given, settings
from hypothesis import strategies as st

import netlab.http1
from netlab.framing import Truncated
from netlab.http1 import Head, Headers, ProtocolError, ResponseReader

# ---------------------------------------------------------------- ответы, верные и не очень

TOKEN = string.ascii_letters + string.digits + "!#$%&'*+.^_`|~-"
VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
NAMES = st.text(TOKEN, min_size=1, max_size=12)
WORDS = st.lists(st.text(VISIBLE, min_size=1, max_size=6), max_size=3)
VALUES = st.tuples(st.sampled_from([" ", "\t", "  "]), WORDS).map(
    lambda pair: pair[0].join(pair[1])
)
MEANINGFUL = {"content-length", "transfer-encoding", "connection", "upgrade", "location"}
HEADERS = st.lists(
    st.tuples(NAMES.filter(lambda name: name.lower() not in MEANINGFUL), VALUES), max_size=4
)
REASONS = WORDS.map(" ".join)
SPACE = st.sampled_from(["", " ", "\t", " \t "])
BODIES = st.binary(max_size=60)


@dataclass
class Answer:
    """Верный ответ: каким он должен получиться и какими байтами пришёл."""

    method: str
    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes
    interim: bytes
    final: bytes
    framing: str

    @property
    def stream(self) -> bytes:
        """Все байты: и промежуточные ответы, и окончательный."""
        return self.interim + self.final


@st.composite
def head_lines(draw: st.DrawFn, headers: list[tuple[str, str]]) -> bytes:
    lines = [f"{name}:{draw(SPACE)}{value}{draw(SPACE)}\r\n" for name, value in headers]
    return "".join(lines).encode("ascii")


@st.composite
def chunked(draw: st.DrawFn, body: bytes) -> bytes:
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(body) - 1)), max_size=5)))
    chunks = [body[a:b] for a, b in itertools.pairwise([0, *cuts, len(body)])]
    stream = b""
    for chunk in [*filter(None, chunks), b""]:
        size = draw(st.sampled_from(["{:x}", "{:X}", "0{:x}"])).format(len(chunk))
        extension = draw(st.sampled_from(["", ";a", ';a="b;c"', ";a=b;c=d"]))
        stream += f"{size}{extension}\r\n".encode()
        stream += chunk + b"\r\n" if chunk else draw(head_lines(draw(HEADERS))) + b"\r\n"
    return stream


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    method = draw(st.sampled_from(["GET", "GET", "GET", "HEAD"]))
    status = draw(st.sampled_from([200, 200, 204, 206, 301, 304, 404, 500, 599]))
    reason, headers, body = draw(REASONS), draw(HEADERS), draw(BODIES)
    framing = draw(st.sampled_from(["length", "chunked", "close"]))
    if framing == "length":
        name = draw(st.sampled_from(["Content-Length", "content-length"]))
        meaningful = [(name, str(len(body)))] * draw(st.integers(1, 2))
    elif framing == "chunked":
        meaningful = [("Transfer-Encoding", draw(st.sampled_from(["chunked", "Chunked"])))]
    else:
        meaningful = [("Connection", "close")]
    for one in meaningful:
        headers.insert(draw(st.integers(0, len(headers))), one)
    interim = b""
    for number in draw(st.lists(st.sampled_from([100, 102, 103]), max_size=2)):
        interim += b"HTTP/1.1 %d Wait\r\n%b\r\n" % (number, draw(head_lines(draw(HEADERS))))
    stream = f"HTTP/1.1 {status} {reason}\r\n".encode()
    stream += draw(head_lines(headers)) + b"\r\n"
    if method == "HEAD" or status in (204, 304):
        body, framing = b"", "none"
    stream += draw(chunked(body)) if framing == "chunked" else body
    return Answer(method, status, reason, headers, body, interim, stream, framing)


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """Верный ответ, в котором что-то вырезано, вставлено или заменено."""
    answer = draw(answers())
    stream = answer.stream
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(stream)))
        end = start + draw(st.integers(0, 3))
        stream = stream[:start] + draw(st.sampled_from(DEBRIS)) + stream[end:]
    return answer.method, stream


DEBRIS = [
    *(b"", b"", b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\0", b"\xff", b" ", b"\t"),
    *(b":", b";", b",", b"-", b"x", b"0", b"5"),
    *(b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"HTTP/1.1 100 \r\n\r\n"),
]
BLOCKS = [*DEBRIS, b"HTTP/1.1 200 OK\r\n", b"3\r\nabc\r\n", b"0\r\n", b"A: b\r\n"]
SOUP = st.lists(st.sampled_from(BLOCKS), max_size=12).map(
    lambda blocks: b"HTTP/1.1 200 OK\r\n" + b"".join(blocks)
)
STREAMS = st.one_of(
    answers().map(lambda answer: (answer.method, answer.stream)),
    damaged(),
    SOUP.map(lambda stream: ("GET", stream)),
)


@dataclass
class Outcome:
    """Чем кончилось чтение потока."""

    head: Head | None = None
    body: bytes = b""
    rest: bytes = b""
    end: str = "done"
    reusable: bool = False


def outcome(method: str, chunks: list[bytes]) -> Outcome:
    """Читает ответ, который пришёл этими кусками, а потом поток кончился."""
    reader = ResponseReader(method)
    result = Outcome()
    try:
        for chunk in chunks:
            for event in reader.receive(chunk):
                if isinstance(event, Head):
                    result.head = event
                else:
                    assert event
                    result.body += event
        result.reusable = reader.reusable
        reader.end_of_stream()
    except Truncated as error:
        result.end = f"truncated {error.missing}"
    except ProtocolError as error:
        result.end = f"refused {error}"
    if reader.body:
        result.rest = reader.body.rest
    return result


def cut(stream: bytes, cuts: set[int]) -> list[bytes]:
    edges = [0, *sorted(cuts), len(stream)]
    return [chunk for a, b in itertools.pairwise(edges) if (chunk := stream[a:b])]


# ---------------------------------------------------------------- нарезка


@settings(max_examples=300)
@given(STREAMS, st.data())
def test_outcome_does_not_depend_on_cuts(
    method_and_stream: tuple[str, bytes], data: st.DataObject
) -> None:
    method, stream = method_and_stream
    cuts = data.draw(st.sets(st.integers(1, max(1, len(stream) - 1)), max_size=10))
    whole = outcome(method, [stream])
    for chunks in (cut(stream, cuts), cut(stream, set(range(len(stream))))):
        got = outcome(method, chunks)
        if whole.end.startswith("refused"):
            # Что пришло после ошибки, уже никого не касается.
            got.rest = whole.rest
        assert got == whole


@settings(max_examples=300)
@given(STREAMS, st.integers(20, 100), st.data())
def test_limits_do_not_depend_on_cuts(
    method_and_stream: tuple[str, bytes], limit: int, data: st.DataObject
) -> None:
    method, stream = method_and_stream
    cuts = data.draw(st.sets(st.integers(1, max(1, len(stream) - 1)), max_size=10))
    with patch.object(netlab.http1, "HEAD_LIMIT", limit):
        whole, got = outcome(method, [stream]), outcome(method, cut(stream, cuts))
    assert (got.head, got.body, got.end) == (whole.head, whole.body, whole.end)
    if whole.head:
        assert sum(map(len, itertools.chain.from_iterable(whole.head.headers))) <= limit


# ---------------------------------------------------------------- верные ответы


@settings(max_examples=300)
@given(answers(), st.binary(max_size=5))
def test_right_answer_is_read_right(answer: Answer, after: bytes) -> None:
    if answer.framing == "close":
        after = b""
    got = outcome(answer.method, [answer.stream + after])
    assert got.end == "done"
    assert got.head
    assert (got.head.status, got.head.reason) == (answer.status, answer.reason)
    assert got.head.headers == tuple(answer.headers)
    assert (got.body, got.rest) == (answer.body, after)


@settings(max_examples=300)
@given(answers(), st.data())
def test_answer_cut_short_is_never_taken_for_whole(answer: Answer, data: st.DataObject) -> None:
    end = data.draw(st.integers(0, len(answer.stream) - 1))
    got = outcome(answer.method, [answer.stream[:end]])
    if answer.framing == "none":
        assert got.end == "truncated None"
    elif answer.framing == "close" and got.head:
        assert got.end == "done"  # такого обрыва не заметить: потому Content-Length и лучше
    else:
        assert got.end.startswith("truncated")
    assert answer.body.startswith(got.body)
    if answer.framing == "length" and got.head:
        assert got.end == f"truncated {len(answer.stream) - end}"


# ---------------------------------------------------------------- h11


def by_h11(method: str, stream: bytes) -> Outcome:
    """Тот же ответ глазами h11."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method=method, target="/", headers=[("Host", "h")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(stream)
    result = Outcome()
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Response):
                pairs = [(n.decode(), v.decode("latin-1")) for n, v in event.headers.raw_items()]
                reason = bytes(event.reason).decode("latin-1")
                version = bytes(event.http_version).decode()
                result.head = Head(event.status_code, reason, Headers(pairs), version)
            elif isinstance(event, h11.Data):
                result.body += event.data
            elif isinstance(event, h11.EndOfMessage):
                result.rest, ended = connection.trailing_data
                over = ended or result.rest or connection.our_state is not h11.DONE
                result.reusable = not over
                return result
            elif event is h11.NEED_DATA:
                if connection.trailing_data[1]:
                    result.end = "truncated"
                    return result
                connection.receive_data(b"")
    except h11.RemoteProtocolError as error:
        result.end = f"refused {error}"
    return result


def plain(result: Outcome) -> Outcome:
    """Без заголовков о длине тела: их h11 переписывает, а верно ли они поняты, скажет тело."""
    if result.head:
        headers = [
            (name, value)
            for name, value in result.head.headers
            if name.lower() not in ("content-length", "transfer-encoding")
        ]
        result.head = replace(result.head, headers=Headers(headers))
    return result


@settings(max_examples=300)
@given(answers(), st.binary(max_size=5))
def test_same_as_h11(answer: Answer, after: bytes) -> None:
    if answer.framing == "close":
        after = b""
    stream = answer.stream + after
    assert plain(outcome(answer.method, [stream])) == plain(by_h11(answer.method, stream))


@settings(max_examples=1000)
@given(STREAMS)
@example(
    ("HEAD", b"HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n"),
)
def test_damaged_answer_is_never_read_otherwise_than_by_h11(
    method_and_stream: tuple[str, bytes],
) -> None:
    """Один может отказаться от того, что примет другой; но приняли оба — значит, одно и то же."""
    method, stream = method_and_stream
    ours, theirs = outcome(method, [stream]), by_h11(method, stream)
    if ours.end == theirs.end == "done":
        # Две длины спорят: h11 выбирает одну и спрашивает дальше, мы после такого закрываем
        # соединение (RFC 9112, 6.1).
        if ours.head and {"transfer-encoding", "content-length"} <= {
            name.lower() for name, _ in ours.head.headers
        }:
            assert not ours.reusable
            theirs.reusable = False
        assert plain(ours) == plain(theirs)


# ---------------------------------------------------------------- http.client


class Wire:
    """Сокет, из которого http.client читает готовый поток."""

    def __init__(self, stream: bytes) -> None:
        self._stream = stream

    def makefile(self, mode: str) -> io.BufferedIOBase:
        return io.BytesIO(self._stream)


def understood_by_http_client(answer: Answer) -> bool:
    """http.client не узнаёт chunked с пробелом позади и ищет куски даже в ответе без тела."""
    codings = re.findall(rb"(?im)^transfer-encoding:[ \t]*(chunked.*)\r$", answer.final)
    return not codings or (answer.framing == "chunked" and codings[0].lower() == b"chunked")


@settings(max_examples=300)
@given(answers().filter(understood_by_http_client))
def test_same_as_http_client(answer: Answer) -> None:
    theirs = http.client.HTTPResponse(Wire(answer.final), method=answer.method)  # type: ignore[arg-type]
    theirs.begin()
    body = theirs.read()
    ours = outcome(answer.method, [answer.stream])
    assert ours.head
    assert (ours.head.status, ours.head.reason.strip()) == (theirs.status, theirs.reason)
    assert [name for name, _ in ours.head.headers] == [name for name, _ in theirs.getheaders()]
    assert ours.body == body


@settings(max_examples=300)
@given(answers().filter(lambda answer: answer.framing == "length" and answer.body), st.data())
def test_missing_is_counted_as_by_http_client(answer: Answer, data: st.DataObject) -> None:
    came = data.draw(st.integers(0, len(answer.body) - 1))
    stream = answer.final[: len(answer.final) - len(answer.body) + came]
    theirs = http.client.HTTPResponse(Wire(stream), method=answer.method)  # type: ignore[arg-type]
    theirs.begin()
    try:
        theirs.read()
        missing: int | None = 0
    except http.client.IncompleteRead as error:
        missing = error.expected
    assert outcome(answer.method, [stream]).end == f"truncated {missing}"
