"""Рамки и эхо при любой нарезке любого потока; пример, который их ломает, ищет hypothesis."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from netlab.echo_protocol import EchoProtocol
from netlab.framing import (
    LengthPrefixReader,
    LineReader,
    LineTooLong,
    MessageTooLong,
    with_length_prefix,
    without_line_end,
)

PIECES = [b"quit", b"stop", b"qui", b"t", b"\n", b"\r\n", b"\r", b"x", b"xxxxxx", b"", b"\n\n"]

streams = st.one_of(
    st.binary(max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join),
)


@st.composite
def cut_streams(draw: st.DrawFn, of: st.SearchStrategy[bytes] = streams) -> list[bytes]:
    """Поток, разрезанный где попало; пустых кусков recv не даёт."""
    stream = draw(of)
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(stream) - 1)), max_size=len(stream))))
    edges = [0, *cuts, len(stream)]
    chunks = [stream[a:b] for a, b in itertools.pairwise(edges)]
    return [chunk for chunk in chunks if chunk]


def lines_by_split(stream: bytes) -> tuple[list[bytes], bytes]:
    """Строки так, как их назвал бы человек: всё до LF включительно, и остаток."""
    *lines, rest = stream.split(b"\n")
    return [line + b"\n" for line in lines], rest


@given(cut_streams())
def test_lines_do_not_depend_on_cuts(chunks: list[bytes]) -> None:
    reader = LineReader()
    lines = []
    for chunk in chunks:
        reader.receive(chunk)
        while (line := reader.next_line()) is not None:
            lines.append(line)
    assert (lines, reader.take()) == lines_by_split(b"".join(chunks))


@given(cut_streams())
def test_lines_at_once_do_not_depend_on_cuts(chunks: list[bytes]) -> None:
    reader = LineReader()
    got = b""
    for number, chunk in enumerate(chunks):
        got += reader.receive_lines(chunk)
        so_far = b"".join(chunks[: number + 1])
        assert got == so_far[: so_far.rfind(b"\n") + 1]
    assert got + reader.take() == b"".join(chunks)


@given(cut_streams(), st.data())
def test_ways_of_reading_may_alternate(chunks: list[bytes], data: st.DataObject) -> None:
    reader = LineReader()
    got = b""
    for chunk in chunks:
        if data.draw(st.booleans()):
            got += reader.receive_lines(chunk)
        else:
            reader.receive(chunk)
            if data.draw(st.booleans()):
                got += reader.next_line() or b""
    while (line := reader.next_line()) is not None:
        got += line
    stream = b"".join(chunks)
    assert got == stream[: stream.rfind(b"\n") + 1]
    assert got + reader.take() == stream


@given(cut_streams(), st.integers(1, 20))
def test_limit_does_not_depend_on_cuts(chunks: list[bytes], limit: int) -> None:
    stream = b"".join(chunks)
    lines, rest = lines_by_split(stream)
    fitting = []
    for line in lines:
        if len(line) > limit:
            break
        fitting.append(line)
    too_long = len(fitting) < len(lines) or len(rest) >= limit

    reader = LineReader(limit)
    got = []
    raised = False
    for chunk in chunks:
        reader.receive(chunk)
        try:
            while (line_or_none := reader.next_line()) is not None:
                got.append(line_or_none)
        except LineTooLong:
            raised = True
    assert got == fitting
    assert raised == too_long
    assert b"".join(got) + reader.take() == stream


@given(st.binary(max_size=10))
def test_line_end_is_taken_off_once(text: bytes) -> None:
    text = text.replace(b"\n", b"")
    assert without_line_end(text + b"\r\n") == text
    if not text.endswith(b"\r"):
        assert without_line_end(text + b"\n") == text
    assert without_line_end(text) == text


@given(st.lists(st.binary(max_size=300)), st.sampled_from([">I", ">H", "<Q"]), st.data())
def test_messages_do_not_depend_on_cuts(
    messages: list[bytes], prefix: str, data: st.DataObject
) -> None:
    stream = b"".join(with_length_prefix(message, prefix) for message in messages)
    reader = LengthPrefixReader(prefix=prefix)
    came = []
    for chunk in data.draw(cut_streams(of=st.just(stream))):
        reader.receive(chunk)
        while (message := reader.next_message()) is not None:
            came.append(message)
    assert came == messages
    assert len(reader) == 0


@given(st.lists(st.binary(max_size=50), min_size=1), st.binary(), st.data())
def test_reading_what_is_missing_takes_nothing_more(
    messages: list[bytes], rest: bytes, data: st.DataObject
) -> None:
    """Как ни мало отдаёт recv за раз, за последним сообщением не прочтено ни байта."""
    stream = b"".join(map(with_length_prefix, messages)) + rest
    reader = LengthPrefixReader()
    at = 0
    for expected in messages:
        while (message := reader.next_message()) is None:
            portion = data.draw(st.integers(1, reader.missing))
            reader.receive(stream[at : at + portion])
            at += portion
        assert message == expected
    assert stream[at:] == rest


@given(cut_streams(of=st.binary(max_size=300)), st.integers(1, 40))
def test_garbage_is_messages_or_too_long(chunks: list[bytes], limit: int) -> None:
    """Любые байты — это сообщения, ожидание или MessageTooLong, и ничего другого."""
    reader = LengthPrefixReader(limit, ">H")
    given_back = b""
    for chunk in chunks:
        reader.receive(chunk)
        try:
            while (message := reader.next_message()) is not None:
                assert len(message) <= limit
                given_back += with_length_prefix(message, ">H")
        except MessageTooLong:
            break
    assert b"".join(chunks).startswith(given_back)


def echo_by_hand(stream: bytes) -> tuple[bytes, bytes | None]:
    """Что должно вернуться на весь поток и какой командой он кончился."""
    answer = b""
    lines, rest = lines_by_split(stream)
    for line in lines:
        command = line.removesuffix(b"\n").removesuffix(b"\r")
        if command in (b"quit", b"stop"):
            return answer, command
        answer += line
    return answer + rest, None


@settings(max_examples=500)
@given(cut_streams(), st.integers(6, 40))
def test_echo_does_not_depend_on_cuts(chunks: list[bytes], line_limit: int) -> None:
    protocol = EchoProtocol(line_limit)
    answer = b""
    received = 0
    for chunk in chunks:
        answer += protocol.receive(chunk)
        received += len(chunk)
        if not protocol.closing:
            stream = b"".join(chunks)[:received]
            assert stream.startswith(answer)
            # Держит только незаконченную строку, и ту меньше предела.
            assert b"\n" not in stream[len(answer) :]
            assert received - len(answer) < line_limit
    command = (b"stop" if protocol.stopping else b"quit") if protocol.closing else None
    answer += protocol.end_of_stream()
    assert (answer, command) == echo_by_hand(b"".join(chunks))
    assert protocol.closing
