"""Посредник между двумя сокетами и беды, назначенные месту в потоке."""

import socket
from collections.abc import Callable, Iterator

import pytest

from netlab.peers import Fault, Reset, Stall, Truncate
from netlab.peers.at_mark import AtMark
from netlab.peers.relay import Relay
from netlab.peers.replace import Replace

SECONDS = 10.0
Ends = tuple[socket.socket, socket.socket]
Join = Callable[..., Ends]


def connected() -> Ends:
    """Два конца соединения TCP."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = socket.create_connection(listener.getsockname(), SECONDS)
        two, _ = listener.accept()
    two.settimeout(SECONDS)
    return one, two


@pytest.fixture
def join() -> Iterator[Join]:
    """Соединяет посредником два соединения и отдаёт их дальние концы."""
    relays: list[Relay] = []
    ends: list[socket.socket] = []

    def join(there: Fault | None = None, back: Fault | None = None) -> Ends:
        one, near_one = connected()
        two, near_two = connected()
        ends.extend((one, two))
        relays.append(Relay(near_one, near_two, there or Fault(), back or Fault()))
        return one, two

    yield join
    for relay in relays:
        relay.stop()
    for end in ends:
        end.close()


def to_end(sock: socket.socket) -> bytes:
    data = b""
    while chunk := sock.recv(100):
        data += chunk
    return data


def sent(fault: Fault, *portions: bytes) -> bytes:
    """Что дойдёт, если послать порции и закончить поток."""
    one, two = connected()
    with one, two:
        for portion in portions:
            fault.deliver(one, portion)
        fault.finish(one)
        return to_end(two)


def test_bytes_and_ends_go_both_ways(join: Join) -> None:
    one, two = join()
    one.sendall(b"question")
    one.shutdown(socket.SHUT_WR)
    assert to_end(two) == b"question"
    two.sendall(b"answer")
    two.shutdown(socket.SHUT_WR)
    assert to_end(one) == b"answer"


def test_reset_passes_on(join: Join) -> None:
    one, two = join(Reset(after=0))
    one.sendall(b"x")
    for end in (one, two):
        with pytest.raises(ConnectionError):
            to_end(end)


def test_truncation_ends_both_sides(join: Join) -> None:
    one, two = join(Truncate(after=3))
    one.sendall(b"hello")
    assert to_end(two) == b"hel"
    assert to_end(one) == b""


def test_stop_ends_everything(join: Join) -> None:
    one, near_one = connected()
    two, near_two = connected()
    with one, two:
        relay = Relay(near_one, near_two, Stall(after=0), Fault())
        one.sendall(b"x")
        relay.stop()
        assert (near_one.fileno(), near_two.fileno()) == (-1, -1)
        assert to_end(two) == b""


# ---------------------------------------------------------------- место в потоке


PORTIONS = [
    (b"before MARK after",),
    (b"before MA", b"RK after"),
    (b"before M", b"A", b"R", b"K after"),
    (b"before MMA", b"RK after"),
    tuple(bytes([byte]) for byte in b"before MAMARK after"),
]


@pytest.mark.parametrize("portions", PORTIONS)
def test_mark_is_found_however_the_stream_is_cut(portions: tuple[bytes, ...]) -> None:
    whole = b"".join(portions)
    fault = AtMark(b"MARK", Replace(b"mark"))
    assert sent(fault, *portions) == whole.replace(b"MARK", b"mark")
    assert fault.met
    assert fault.count == whole.index(b"MARK")


def test_without_mark_everything_arrives() -> None:
    fault = AtMark(b"MARK", Stall(after=0))
    assert sent(fault, b"no mark, only MA", b"R") == b"no mark, only MAR"
    assert not fault.met
    assert not fault.stalled


def test_disaster_strikes_right_before_the_mark() -> None:
    seen = []
    stall = Stall(after=0)
    fault = AtMark(b"MARK", stall, lambda: seen.append(stall.struck))
    one, two = connected()
    with one, two:
        fault.deliver(one, b"before MARK after")
        assert two.recv(100) == b"before "
    assert fault.stalled
    assert seen == [False]


@pytest.mark.parametrize("portions", [(b"hello world",), (b"h", b"e", b"llo wor", b"ld")])
def test_replace_changes_the_beginning_only(portions: tuple[bytes, ...]) -> None:
    assert sent(Replace(b"HEL"), *portions) == b"HELlo world"
