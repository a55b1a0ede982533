"""SocketReader и Deadline: ровно n байт, строка, срок, и ни одного потерянного байта."""

import gc
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from netlab.deadline import Deadline
from netlab.framing import LineTooLong, Truncated
from netlab.reader import SocketReader, recv_exactly, recv_line


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    here, there = socket.socketpair()
    here.settimeout(10)
    with here, there:
        yield here, there


Pair = tuple[socket.socket, socket.socket]


def test_lines_and_bytes_share_what_came(pair: Pair) -> None:
    here, there = pair
    there.sendall(b"5\nhello6\nworld!rest")
    reader = SocketReader(here)
    assert [reader.line(), reader.exactly(5), reader.line(), reader.exactly(6)] == [
        b"5\n", b"hello", b"6\n", b"world!",
    ]  # fmt: skip
    assert reader.exactly(0) == b""


def test_bytes_come_from_the_buffer_and_from_the_socket(pair: Pair) -> None:
    here, there = pair
    there.sendall(b"x\nhe")
    reader = SocketReader(here)
    assert reader.line() == b"x\n"
    there.sendall(b"llo!")
    assert reader.exactly(5) == b"hello"
    assert here.recv(10) == b"!"


def test_functions_remember_what_each_socket_left(pair: Pair) -> None:
    here, there = pair
    there.sendall(b"1\n2\n3\nxyz")
    assert [recv_line(here) for _ in range(3)] == [b"1\n", b"2\n", b"3\n"]
    assert recv_exactly(here, 3) == b"xyz"


def test_socket_is_forgotten_with_its_bytes() -> None:
    from netlab import reader

    here, there = socket.socketpair()
    with here, there:
        there.sendall(b"1\n2")
        recv_line(here)
        assert len(reader._held) == 1
    del here
    gc.collect()
    assert len(reader._held) == 0


def test_end_of_stream(pair: Pair) -> None:
    here, there = pair
    there.sendall(b"a\nbc")
    there.shutdown(socket.SHUT_WR)
    reader = SocketReader(here)
    assert reader.line() == b"a\n"
    with pytest.raises(Truncated, match="посреди строки"):
        reader.line()
    with pytest.raises(Truncated, match="не хватает 3 байт") as truncated:
        SocketReader(here).exactly(3)
    assert truncated.value.missing == 3
    assert SocketReader(here).line() == b""


def test_interrupted_call_can_be_repeated(pair: Pair) -> None:
    here, there = pair
    here.settimeout(0.05)
    for read in (recv_line, lambda sock: recv_exactly(sock, 6)):
        there.sendall(b"he")
        with pytest.raises(TimeoutError):
            read(here)
        there.sendall(b"llo\n")
        assert read(here) == b"hello\n"


def test_line_limit(pair: Pair) -> None:
    here, there = pair
    there.sendall(b"123456")
    with pytest.raises(LineTooLong):
        SocketReader(here, limit=5).line()


def test_timeout_is_for_the_whole_call(pair: Pair) -> None:
    here, there = pair
    here.settimeout(0.3)
    stop = threading.Event()

    def drip() -> None:
        while not stop.wait(0.05):
            there.send(b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        with pytest.raises(TimeoutError):
            SocketReader(here).exactly(10**6)
        with pytest.raises(TimeoutError):
            SocketReader(here).line()
    finally:
        stop.set()
        thread.join()
    assert here.gettimeout() == 0.3


def test_deadline_is_shared_by_calls(pair: Pair) -> None:
    here, there = pair
    reader = SocketReader(here, deadline=Deadline(0.1))
    there.sendall(b"a\n")
    assert reader.line() == b"a\n"
    with pytest.raises(TimeoutError):
        reader.line()
    there.sendall(b"b\n")
    with pytest.raises(TimeoutError, match=r"Срок вышел: 0.1 с"):
        reader.line()
    assert here.gettimeout() == 10


def test_deadline_counts_down() -> None:
    assert Deadline(None).left() is None
    deadline = Deadline(100)
    first = deadline.left()
    assert first is not None
    assert 99 < first <= 100
    assert (deadline.left() or 0) <= first
    assert Deadline(1e-9).seconds == 1e-9
    expired = Deadline(0)
    assert time.monotonic() > 0
    with pytest.raises(TimeoutError):
        expired.left()


def test_reset_is_an_error(pair: Pair) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        here = socket.create_connection(listener.getsockname(), 10)
        there = listener.accept()[0]
        with here:
            from netlab.sockets import reset

            reset(there)
            with pytest.raises(ConnectionResetError):
                SocketReader(here).exactly(1)
