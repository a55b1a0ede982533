"""LineReader и LengthPrefixReader: строки и сообщения из потока, как бы его ни нарезали."""

import time
from collections.abc import Callable

import pytest

from netlab.framing import (
    LengthPrefixReader,
    LineReader,
    LineTooLong,
    MessageTooLong,
    with_length_prefix,
    without_line_end,
)


def lines_of(reader: LineReader) -> list[bytes]:
    lines = []
    while (line := reader.next_line()) is not None:
        lines.append(line)
    return lines


def test_line_is_given_with_its_end() -> None:
    reader = LineReader()
    reader.receive(b"one\r\ntwo\n\nthree")
    assert lines_of(reader) == [b"one\r\n", b"two\n", b"\n"]
    assert len(reader) == 5
    assert reader.take() == b"three"
    assert len(reader) == 0


def test_only_lf_ends_a_line() -> None:
    reader = LineReader()
    reader.receive(b"a\rb\x0bc\x0cd\x85e\xe2\x80\xa8f\n")
    assert lines_of(reader) == [b"a\rb\x0bc\x0cd\x85e\xe2\x80\xa8f\n"]


@pytest.mark.parametrize("size", range(1, 12))
def test_cutting_does_not_matter(size: int) -> None:
    stream = b"one\r\ntwo\n\nquit\nlast"
    reader = LineReader()
    lines = []
    for start in range(0, len(stream), size):
        reader.receive(stream[start : start + size])
        lines += lines_of(reader)
    assert lines == [b"one\r\n", b"two\n", b"\n", b"quit\n"]
    assert reader.take() == b"last"


@pytest.mark.parametrize("size", range(1, 12))
def test_receive_lines_gives_the_same_bytes(size: int) -> None:
    stream = b"one\r\ntwo\n\nquit\nlast"
    reader = LineReader()
    blocks = [
        reader.receive_lines(stream[start : start + size]) for start in range(0, len(stream), size)
    ]
    assert b"".join(blocks) == b"one\r\ntwo\n\nquit\n"
    assert all(block.endswith(b"\n") for block in blocks if block)
    assert reader.take() == b"last"


def test_receive_lines_gives_lines_that_were_left_before() -> None:
    reader = LineReader()
    reader.receive(b"one\ntwo\nthr")
    assert reader.receive_lines(b"ee") == b"one\ntwo\n"
    assert reader.receive_lines(b"\nfour\nf") == b"three\nfour\n"
    assert reader.receive_lines(b"ive\n") == b"five\n"
    assert reader.next_line() is None


def test_ways_of_reading_may_alternate() -> None:
    reader = LineReader()
    assert reader.receive_lines(b"abc") == b""
    reader.receive(b"d\nef")
    assert reader.next_line() == b"abcd\n"
    assert reader.next_line() is None
    assert reader.receive_lines(b"g\nh\n") == b"efg\nh\n"
    assert reader.take() == b""


def test_line_of_exactly_the_limit_fits() -> None:
    reader = LineReader(limit=4)
    reader.receive(b"abc\nabcd\n")
    assert reader.next_line() == b"abc\n"
    with pytest.raises(LineTooLong) as caught:
        reader.next_line()
    assert caught.value.limit == 4


@pytest.mark.parametrize("size", [1, 3, 4, 5, 100])
def test_too_long_line_is_noticed_at_the_limit(size: int) -> None:
    stream = b"ok\n" + b"x" * 50 + b"\n"
    reader = LineReader(limit=10)
    lines = []
    for start in range(0, len(stream), size):
        reader.receive(stream[start : start + size])
        try:
            lines += lines_of(reader)
        except LineTooLong:
            break
    else:
        pytest.fail("длинная строка прошла")
    assert len(reader) >= 10
    assert reader.take(10) == b"x" * 10


def test_too_long_line_can_be_taken_in_pieces() -> None:
    reader = LineReader(limit=4)
    reader.receive(b"0123456789\nok\n")
    pieces = []
    for _ in range(2):
        with pytest.raises(LineTooLong):
            reader.next_line()
        pieces.append(reader.take(4))
    assert pieces == [b"0123", b"4567"]
    assert lines_of(reader) == [b"89\n", b"ok\n"]


def test_too_long_line_stays_too_long_until_taken() -> None:
    reader = LineReader(limit=4)
    reader.receive(b"01234")
    for _ in range(3):
        with pytest.raises(LineTooLong):
            reader.next_line()
    reader.receive(b"\n")
    with pytest.raises(LineTooLong):
        reader.next_line()
    assert reader.take() == b"01234\n"
    assert reader.next_line() is None


def test_limit_is_positive() -> None:
    with pytest.raises(ValueError, match="Предел"):
        LineReader(limit=0)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b"quit\n", b"quit"),
        (b"quit\r\n", b"quit"),
        (b"quit\r\r\n", b"quit\r"),
        (b"quit\r", b"quit\r"),
        (b"\n", b""),
        (b"\r\n", b""),
        (b"a\n\n", b"a\n"),
        (b"", b""),
    ],
)
def test_line_end_is_one(line: bytes, text: bytes) -> None:
    assert without_line_end(line) == text


# ---------------------------------------------------------------- длина перед сообщением


def messages_of(reader: LengthPrefixReader) -> list[bytes]:
    messages = []
    while (message := reader.next_message()) is not None:
        messages.append(message)
    return messages


def test_length_is_four_bytes_big_endian() -> None:
    assert with_length_prefix(b"hello") == b"\x00\x00\x00\x05hello"
    assert with_length_prefix(b"") == b"\x00\x00\x00\x00"
    assert with_length_prefix(b"hello", ">H") == b"\x00\x05hello"


def test_message_is_given_without_its_length() -> None:
    reader = LengthPrefixReader()
    reader.receive(with_length_prefix(b"a\n\x00") + with_length_prefix(b"") + b"\x00\x00\x00\x02t")
    assert messages_of(reader) == [b"a\n\x00", b""]
    assert len(reader) == 5
    reader.receive(b"w")
    assert messages_of(reader) == [b"tw"]
    assert len(reader) == 0


@pytest.mark.parametrize("size", range(1, 16))
@pytest.mark.parametrize("prefix", [">I", ">H", "B", "<Q"])
def test_cutting_does_not_matter_to_messages(size: int, prefix: str) -> None:
    sent = [b"one", b"", b"x" * 200, b"\x00\x00\x00\x01"]
    stream = b"".join(with_length_prefix(message, prefix) for message in sent)
    reader = LengthPrefixReader(prefix=prefix)
    came = []
    for start in range(0, len(stream), size):
        reader.receive(stream[start : start + size])
        came += messages_of(reader)
    assert came == sent


def test_missing_bytes_never_take_the_next_message() -> None:
    stream = with_length_prefix(b"hello") + with_length_prefix(b"") + b"raw bytes"
    reader = LengthPrefixReader()
    at = 0
    steps = []
    for expected in (b"hello", b""):
        while (message := reader.next_message()) is None:
            steps.append(reader.missing)
            reader.receive(stream[at : at + reader.missing])
            at += steps[-1]
        assert message == expected
    assert steps == [4, 5, 4]
    assert stream[at:] == b"raw bytes"


def test_missing_counts_what_has_come() -> None:
    reader = LengthPrefixReader()
    reader.receive(b"\x00\x00")
    assert reader.missing == 2
    reader.receive(b"\x00\x05he")
    assert reader.missing == 3
    reader.receive(b"llo and more")
    assert reader.missing == 0


def test_message_of_exactly_the_limit_fits() -> None:
    reader = LengthPrefixReader(limit=5)
    reader.receive(with_length_prefix(b"hello") + with_length_prefix(b"hello!"))
    assert reader.next_message() == b"hello"
    with pytest.raises(MessageTooLong) as caught:
        reader.next_message()
    assert caught.value.limit == 5


def test_too_long_message_is_refused_by_its_length_alone() -> None:
    reader = LengthPrefixReader(limit=5)
    reader.receive(b"HTTP")  # 0x48545450 байт — больше гигабайта
    for _ in range(2):
        with pytest.raises(MessageTooLong):
            reader.next_message()
    with pytest.raises(MessageTooLong):
        assert reader.missing


@pytest.mark.parametrize(("prefix", "limit"), [("B", 255), (">H", 65535)])
def test_message_must_fit_its_prefix(prefix: str, limit: int) -> None:
    reader = LengthPrefixReader(prefix=prefix)
    reader.receive(with_length_prefix(b"x" * limit, prefix))
    assert reader.next_message() == b"x" * limit
    with pytest.raises(MessageTooLong) as caught:
        with_length_prefix(b"x" * (limit + 1), prefix)
    assert caught.value.limit == limit


def test_limit_of_a_message_is_positive() -> None:
    with pytest.raises(ValueError, match="Предел"):
        LengthPrefixReader(limit=0)


# ---------------------------------------------------------------- время

# Квадратичный алгоритм на вчетверо большем входе работает в 16 раз дольше, линейный — в 4. Считаем
# время процессора, а не часов; полсекунды — на помехи и на грубые часы Windows.


def cpu_seconds(work: Callable[[int], None], size: int) -> float:
    start = time.process_time()
    work(size)
    return time.process_time() - start


def line_by_bytes(size: int) -> None:
    reader = LineReader(limit=size + 1)
    for _ in range(size):
        reader.receive(b"x")
        assert reader.next_line() is None
    reader.receive(b"\n")
    line = reader.next_line()
    assert line is not None
    assert len(line) == size + 1


def line_by_bytes_at_once(size: int) -> None:
    reader = LineReader(limit=size + 1)
    for _ in range(size):
        assert reader.receive_lines(b"x") == b""
    assert len(reader.receive_lines(b"\n")) == size + 1


def block_of_lines(size: int) -> None:
    reader = LineReader()
    reader.receive((b"x" * 1023 + b"\n") * (size // 1024))
    count = 0
    while reader.next_line() is not None:
        count += 1
    assert count == size // 1024


def block_without_lines(size: int) -> None:
    reader = LineReader(limit=1024)
    reader.receive(b"x" * size)
    while len(reader):
        with pytest.raises(LineTooLong):
            reader.next_line()
        reader.take(1024)


def message_by_bytes(size: int) -> None:
    reader = LengthPrefixReader(limit=size)
    reader.receive(with_length_prefix(b"x" * size)[:4])
    for _ in range(size):
        assert reader.next_message() is None
        reader.receive(b"x")
    message = reader.next_message()
    assert message is not None
    assert len(message) == size


def block_of_messages(size: int) -> None:
    reader = LengthPrefixReader()
    reader.receive(with_length_prefix(b"x" * 1020) * (size // 1024))
    assert len(messages_of(reader)) == size // 1024


@pytest.mark.parametrize(
    ("work", "size"),
    [
        (line_by_bytes, 1024 * 1024),
        (line_by_bytes_at_once, 1024 * 1024),
        (block_of_lines, 64 * 1024 * 1024),
        (block_without_lines, 16 * 1024 * 1024),
        (message_by_bytes, 256 * 1024),
        (block_of_messages, 16 * 1024 * 1024),
    ],
)
def test_time_is_linear(work: Callable[[int], None], size: int) -> None:
    assert cpu_seconds(work, size) < 8 * cpu_seconds(work, size // 4) + 0.5
