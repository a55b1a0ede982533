"""Неисправности: каждая — по одному соединению loopback."""

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest

from netlab.peers import Delay, Drip, Fault, FaultAfter, HalfClose, Rate, Reset, Stall, Truncate
from netlab.peers.reset import reset

SECONDS = 10.0

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Два конца соединения TCP: через первый доставляют, второй получает."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = socket.create_connection(listener.getsockname(), SECONDS)
        two, _ = listener.accept()
    two.settimeout(SECONDS)
    with one, two:
        yield one, two


def receive_exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = sock.recv(size - len(data))
        assert chunk, f"поток кончился после {data!r}"
        data += chunk
    return data


def receive_to_end(sock: socket.socket) -> bytes:
    data = b""
    while chunk := sock.recv(100):
        data += chunk
    return data


def silent(sock: socket.socket) -> bool:
    """Говорит, что из сокета не приходит ни байта, ни конца потока."""
    sock.settimeout(0.05)
    try:
        sock.recv(1)
    except TimeoutError:
        return True
    finally:
        sock.settimeout(SECONDS)
    return False


def test_no_fault_delivers_everything(pair: Pair) -> None:
    one, two = pair
    fault = Fault()
    fault.deliver(one, b"hello")
    assert receive_exactly(two, 5) == b"hello"
    fault.finish(one)
    assert two.recv(1) == b""
    two.sendall(b"answer")
    assert receive_exactly(one, 6) == b"answer"
    assert not fault.broken
    assert not fault.stalled


def test_drip_gives_one_byte_a_segment(pair: Pair) -> None:
    one, two = pair
    seen = []
    Drip(between=lambda: seen.append(two.recv(100))).deliver(one, b"hello")
    assert seen == [b"h", b"e", b"l", b"l", b"o"]
    assert one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_drip_pauses_after_each_byte(pair: Pair) -> None:
    one, two = pair
    start = time.monotonic()
    Drip(pause=0.02).deliver(one, b"hello")
    assert time.monotonic() - start >= 5 * 0.02
    assert receive_exactly(two, 5) == b"hello"


def test_drip_without_pause_loses_nothing(pair: Pair) -> None:
    one, two = pair
    fault = Drip()
    fault.deliver(one, b"hello")
    fault.finish(one)
    assert receive_exactly(two, 5) == b"hello"
    assert two.recv(1) == b""


def test_delay_delays_every_portion_and_the_end(pair: Pair) -> None:
    one, two = pair
    fault = Delay(0.05)
    for work, expected in (
        (lambda: fault.deliver(one, b"a"), b"a"),
        (lambda: fault.deliver(one, b"b"), b"b"),
        (lambda: fault.finish(one), b""),
    ):
        start = time.monotonic()
        work()
        assert time.monotonic() - start >= 0.05
        assert two.recv(100) == expected


def test_rate_gives_no_more_than_promised(pair: Pair) -> None:
    one, two = pair
    fault = Rate(1000)
    start = time.monotonic()
    fault.deliver(one, b"x" * 150)
    fault.deliver(one, b"y" * 50)
    assert time.monotonic() - start >= 0.2
    assert receive_exactly(two, 200) == b"x" * 150 + b"y" * 50


def test_rate_delivers_little_by_little(pair: Pair) -> None:
    one, _ = pair
    portions = []

    class Watching(Fault):
        def deliver(self, sock: socket.socket, data: bytes) -> None:
            portions.append(data)

    Rate(1000, carrier=Watching()).deliver(one, b"x" * 50)
    assert [len(portion) for portion in portions] == [20, 20, 10]


def test_rate_of_a_byte_in_a_while(pair: Pair) -> None:
    one, two = pair
    start = time.monotonic()
    Rate(20).deliver(one, b"abc")
    assert time.monotonic() - start >= 0.15
    assert receive_exactly(two, 3) == b"abc"


def test_rate_is_positive() -> None:
    with pytest.raises(ValueError, match="Скорость"):
        Rate(0)


def test_stall_delivers_and_then_nothing(pair: Pair) -> None:
    one, two = pair
    fault = Stall(after=3)
    fault.deliver(one, b"he")
    assert not fault.stalled
    fault.deliver(one, b"llo")
    assert fault.stalled
    fault.deliver(one, b"more")
    fault.finish(one)
    assert receive_exactly(two, 3) == b"hel"
    assert silent(two)
    two.sendall(b"answer")
    assert receive_exactly(one, 6) == b"answer"


def test_reset_delivers_and_then_breaks(pair: Pair) -> None:
    one, two = pair
    fault = Reset(after=3)
    fault.deliver(one, b"he")
    assert receive_exactly(two, 2) == b"he"
    assert not fault.broken
    fault.deliver(one, b"llo")
    assert fault.broken
    fault.deliver(one, b"more")
    fault.finish(one)
    with pytest.raises(ConnectionResetError):
        receive_to_end(two)
    assert one.fileno() == -1


def test_half_close_ends_one_direction(pair: Pair) -> None:
    one, two = pair
    fault = HalfClose(after=3)
    fault.deliver(one, b"hello")
    fault.deliver(one, b"more")
    fault.finish(one)
    assert receive_exactly(two, 3) == b"hel"
    assert two.recv(1) == b""
    two.sendall(b"answer")
    assert receive_exactly(one, 6) == b"answer"
    assert not fault.broken


def test_truncate_ends_both_directions(pair: Pair) -> None:
    one, two = pair
    fault = Truncate(after=3)
    fault.deliver(one, b"hello")
    fault.deliver(one, b"more")
    fault.finish(one)
    assert receive_exactly(two, 3) == b"hel"
    assert two.recv(1) == b""
    assert one.fileno() == -1
    with pytest.raises(ConnectionError):
        two.sendall(b"x" * 16 * 1024 * 1024)


@pytest.mark.parametrize("kind", [Stall, Reset, HalfClose, Truncate])
def test_nothing_happens_before_that_many_bytes(pair: Pair, kind: type[FaultAfter]) -> None:
    one, two = pair
    fault = kind(6)
    fault.deliver(one, b"hello")
    fault.finish(one)
    assert receive_exactly(two, 5) == b"hello"
    assert two.recv(1) == b""


@pytest.mark.parametrize("kind", [HalfClose, Truncate])
def test_after_nothing(pair: Pair, kind: type[FaultAfter]) -> None:
    one, two = pair
    kind(0).deliver(one, b"hello")
    assert two.recv(1) == b""


def test_faults_add_up(pair: Pair) -> None:
    one, two = pair
    seen = []
    drip = Drip(between=lambda: seen.append(two.recv(100)))
    fault = HalfClose(after=3, carrier=drip)
    fault.deliver(one, b"hello")
    assert seen == [b"h", b"e", b"l"]
    assert two.recv(1) == b""


def test_inner_fault_is_seen_from_outside(pair: Pair) -> None:
    one, _ = pair
    stalled = Delay(0, carrier=Stall(after=1))
    stalled.deliver(one, b"hello")
    assert stalled.stalled
    assert not stalled.broken
    broken = Delay(0, carrier=Reset(after=1))
    broken.deliver(one, b"hello")
    assert broken.broken
    assert not broken.stalled


def test_reset_function_sends_rst(pair: Pair) -> None:
    one, two = pair
    one.sendall(b"hello")
    assert receive_exactly(two, 5) == b"hello"
    reset(one)
    with pytest.raises(ConnectionResetError):
        two.recv(1)
    reset(one)
    assert one.fileno() == -1


def test_reset_function_closes_what_the_peer_has_reset(pair: Pair) -> None:
    one, two = pair
    reset(two)
    with contextlib.suppress(ConnectionError):
        one.recv(1)
    reset(one)
    assert one.fileno() == -1
