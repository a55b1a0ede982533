"""Законченный эхо-сервер: сначала EchoProtocol без сети, потом EchoServer, потом `netlab echo`."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

import netlab.echo
import netlab.event_loop
import netlab.sockets
from netlab import EchoServer
from netlab.cli import main
from netlab.echo_protocol import EchoProtocol
from netlab.sockets import reset

SECONDS = 10.0
"""Столько ждём того, что должно случиться сразу: медленная машина — не ошибка."""

posix = pytest.mark.skipif(sys.platform == "win32", reason="на Windows этого нет")


# ---------------------------------------------------------------- разговор без сети


def say(*chunks: bytes, line_limit: int = 65536) -> tuple[bytes, EchoProtocol]:
    protocol = EchoProtocol(line_limit)
    return b"".join(protocol.receive(chunk) for chunk in chunks), protocol


def test_line_comes_back_at_once() -> None:
    protocol = EchoProtocol()
    for line in (b"hi\r\n", b"\n", bytes(range(256)) + b"\n", b"at\nto\n"):
        assert protocol.receive(line) == line
    assert not protocol.closing


def test_unfinished_line_waits_for_its_end() -> None:
    protocol = EchoProtocol()
    assert protocol.receive(b"one\ntw") == b"one\n"
    assert protocol.receive(b"o") == b""
    assert protocol.receive(b"\nthree\nfour") == b"two\nthree\n"
    assert protocol.end_of_stream() == b"four"
    assert protocol.closing
    assert protocol.end_of_stream() == b""


@pytest.mark.parametrize("command", [b"quit", b"stop"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_command_ends_the_session(command: bytes, end: bytes) -> None:
    stream = b"one\ntwo\r\n" + command + end + b"three\n"
    for cut in range(len(stream) + 1):
        answer, protocol = say(stream[:cut], stream[cut:])
        assert answer == b"one\ntwo\r\n"
        assert protocol.closing
        assert protocol.stopping == (command == b"stop")
        assert protocol.receive(b"four\n") == b""
        assert protocol.end_of_stream() == b""


def test_command_by_one_byte() -> None:
    answer, protocol = say(*(bytes([byte]) for byte in b"hi\nquit\r\nbye\n"))
    assert answer == b"hi\n"
    assert protocol.closing


@pytest.mark.parametrize(
    "line",
    [
        b"quit now\n",
        b" quit\n",
        b"quit \n",
        b"QUIT\n",
        b"quit\r\r\n",
        b"\rquit\n",
        b"a\rquit\r\n",
        b"quits\n",
        b"stopped\n",
        b"quit\x00\n",
        b"qui\nt\n",
    ],
)
def test_command_is_the_whole_line(line: bytes) -> None:
    answer, protocol = say(b"t\n", line, b"end\n")
    assert answer == b"t\n" + line + b"end\n"
    assert not protocol.closing


def test_command_needs_its_line_end() -> None:
    answer, protocol = say(b"quit")
    assert answer == b""
    assert not protocol.closing
    assert protocol.end_of_stream() == b"quit"
    assert not protocol.stopping


def test_long_line_comes_back_in_pieces() -> None:
    protocol = EchoProtocol(line_limit=8)
    assert protocol.receive(b"0123456") == b""
    assert protocol.receive(b"7") == b"01234567"
    assert protocol.receive(b"8") == b""
    assert protocol.receive(b"9\nab") == b"89\n"
    assert protocol.end_of_stream() == b"ab"


@pytest.mark.parametrize("command", [b"quit\n", b"stop\r\n"])
def test_tail_of_long_line_is_not_a_command(command: bytes) -> None:
    for size in range(1, 20):
        stream = b"x" * 64 + command + b"hi\n" + command
        chunks = [stream[start : start + size] for start in range(0, len(stream), size)]
        answer, protocol = say(*chunks, line_limit=8)
        assert answer == b"x" * 64 + command + b"hi\n"
        assert protocol.closing


def test_after_long_line_commands_work_again() -> None:
    answer, protocol = say(b"x" * 8, b"\n", b"quit\n", line_limit=8)
    assert answer == b"x" * 8 + b"\n"
    assert protocol.closing


def test_unfinished_line_is_held_below_the_limit() -> None:
    protocol = EchoProtocol(line_limit=100)
    sent = came = 0
    for size in (1, 5, 99, 100, 101, 1000, 7, 64, 64):
        sent += size
        came += len(protocol.receive(b"x" * size))
        assert sent - came < 100


def test_limit_has_room_for_a_command() -> None:
    assert say(b"quit\r\n", line_limit=6)[1].closing
    with pytest.raises(ValueError, match="команда"):
        EchoProtocol(line_limit=5)


# ---------------------------------------------------------------- сервер


@contextlib.contextmanager
def serving(server: EchoServer) -> Iterator[EchoServer]:
    """Сервер, который работает в своём потоке и обязан остановиться в срок."""
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    with server:
        thread.start()
        yield server
        server.stop()
        thread.join(SECONDS)
        assert not thread.is_alive(), "сервер не остановился"


@pytest.fixture
def server() -> Iterator[EchoServer]:
    with serving(EchoServer("127.0.0.1", 0)) as server:
        yield server


def dial(server: EchoServer, receive_buffer: int = 0) -> socket.socket:
    sock = socket.socket()
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.settimeout(SECONDS)
    sock.connect(server.address)
    return sock


def receive_exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = sock.recv(size - len(data))
        if not chunk:
            break
        data += chunk
    return data


def receive_to_end(sock: socket.socket) -> bytes:
    chunks = []
    while chunk := sock.recv(65536):
        chunks.append(chunk)
    return b"".join(chunks)


def exchange(sock: socket.socket, line: bytes = b"hello\n") -> None:
    sock.sendall(line)
    assert receive_exactly(sock, len(line)) == line


def fill(sock: socket.socket, limit: int = 256 * 1024 * 1024) -> int:
    """Шлёт, не читая, пока ядро берёт, но не больше limit; возвращает, сколько взяло."""
    block = (b"x" * 1023 + b"\n") * 64
    sent = 0
    sock.setblocking(False)
    while sent < limit and select.select([], [sock], [], 0.5)[1]:
        with contextlib.suppress(BlockingIOError):
            sent += sock.send(block)
    sock.settimeout(SECONDS)
    return sent


def send_until_reset(sock: socket.socket) -> None:
    """Шлёт, не читая, пока сервер не оборвёт связь; sendall, которому нет места, ждёт SECONDS."""

    def send() -> None:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            sock.sendall(b"x" * 65536)

    with pytest.raises(ConnectionError):
        send()


def test_echo(server: EchoServer) -> None:
    with dial(server) as sock:
        for line in (b"hello\r\n", "привет\n".encode(), bytes(range(256)) + b"\n"):
            exchange(sock, line)


def test_megabytes_come_back_in_order(server: EchoServer) -> None:
    data = b"".join(b"%d\n" % number for number in range(500_000))
    with dial(server) as sock:
        sender = threading.Thread(target=sock.sendall, args=(data,))
        sender.start()
        assert receive_exactly(sock, len(data)) == data
        sender.join(SECONDS)


def test_half_close(server: EchoServer) -> None:
    with dial(server) as sock:
        sock.sendall(b"one\ntwo")
        sock.shutdown(socket.SHUT_WR)
        assert receive_to_end(sock) == b"one\ntwo"


def test_half_close_after_nothing(server: EchoServer) -> None:
    with dial(server) as sock:
        sock.shutdown(socket.SHUT_WR)
        assert receive_to_end(sock) == b""


def test_quit_ends_one_session(server: EchoServer) -> None:
    with dial(server) as one, dial(server) as two:
        one.sendall(b"hi\r\nquit\r\n")
        assert receive_to_end(one) == b"hi\r\n"
        exchange(two)


def test_many_clients_at_once(server: EchoServer) -> None:
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(dial(server)) for _ in range(100)]
        for number, sock in enumerate(clients):
            sock.sendall(b"%d\n" % number)
        for number, sock in enumerate(clients):
            assert receive_exactly(sock, len(b"%d\n" % number)) == b"%d\n" % number


def test_answer_survives_bytes_after_quit(server: EchoServer) -> None:
    """Непрочитанные сервером байты не превращают прощание в RST."""
    answer = b"x" * 9999 + b"\n"
    for _ in range(20):
        with dial(server) as sock:
            sock.sendall(answer + b"quit\n" + b"y" * 100_000)
            sock.sendall(b"z" * 100_000)
            assert receive_to_end(sock) == answer


def test_reset_harms_nobody(server: EchoServer) -> None:
    with dial(server) as other:
        for _ in range(20):
            sock = dial(server)
            sock.sendall(b"hello\n" * 1000)
            reset(sock)
            exchange(other)


def test_client_gone_before_accept_harms_nobody(server: EchoServer) -> None:
    for _ in range(20):
        reset(dial(server))
    with dial(server) as sock:
        exchange(sock)


def test_client_that_never_reads_is_dropped() -> None:
    server = EchoServer("127.0.0.1", 0, send_timeout=0.5)
    with serving(server), dial(server, receive_buffer=4096) as greedy, dial(server) as other:
        sender = threading.Thread(target=send_until_reset, args=(greedy,))
        sender.start()
        while sender.is_alive():
            exchange(other)
        exchange(other)


def test_answers_are_not_piled_up(server: EchoServer) -> None:
    with dial(server, receive_buffer=4096) as greedy, dial(server) as other:
        limit = 256 * 1024 * 1024
        assert fill(greedy, limit) < limit
        exchange(other)


def test_client_that_reads_late_gets_everything(server: EchoServer) -> None:
    with dial(server, receive_buffer=4096) as sock:
        sent = fill(sock)
        received = 0
        sock.setblocking(False)
        while received < sent:
            assert select.select([sock], [], [], SECONDS)[0]
            received += len(sock.recv(65536))
        sock.settimeout(SECONDS)
        # fill мог остановиться посреди строки: закончим её.
        sock.sendall(b"\nquit\n")
        assert len(receive_to_end(sock)) == 1


def test_silent_client_is_dismissed() -> None:
    server = EchoServer("127.0.0.1", 0, idle_timeout=0.3)
    with serving(server), dial(server) as sock:
        exchange(sock)
        start = time.monotonic()
        sock.sendall(b"tail")
        assert receive_to_end(sock) == b"tail"
        assert time.monotonic() - start >= 0.3


def test_talking_client_is_not_dismissed() -> None:
    server = EchoServer("127.0.0.1", 0, idle_timeout=0.5)
    with serving(server), dial(server) as sock:
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            exchange(sock)


def test_farewell_has_a_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(netlab.echo, "LINGER_TIMEOUT", 0.2)
    monkeypatch.setattr(netlab.echo, "LINGER_LIMIT", float("inf"))
    with serving(EchoServer("127.0.0.1", 0)) as server, dial(server) as sock:
        sock.sendall(b"quit\n")
        assert receive_to_end(sock) == b""
        send_until_reset(sock)


def test_farewell_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(netlab.echo, "LINGER_TIMEOUT", 10 * SECONDS)
    monkeypatch.setattr(netlab.echo, "LINGER_LIMIT", 1_000_000)
    server = EchoServer("127.0.0.1", 0)
    with serving(server), dial(server) as sock:
        sock.sendall(b"quit\n")
        assert receive_to_end(sock) == b""
        send_until_reset(sock)


# ---------------------------------------------------------------- сроки по чужим часам


class Clock:
    """Часы, которые идут, когда велят; остальное — от настоящих."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class Slow:
    """Сервер без потока: делает шаг, когда скажут, и живёт по этим часам."""

    def __init__(self, server: EchoServer, clock: Clock) -> None:
        self.server = server
        self.clock = clock

    def turn(self) -> None:
        self.server._loop.turn(self.clock.now)

    def pass_seconds(self, seconds: float) -> None:
        self.clock.now += seconds
        self.turn()

    def exchange(self, sock: socket.socket) -> None:
        sock.sendall(b"hello\n")
        self.wait_for_bytes(sock)
        assert receive_exactly(sock, 6) == b"hello\n"

    def wait_for_bytes(self, sock: socket.socket) -> None:
        """Делает шаги, пока у клиента не появится что прочесть."""
        deadline = time.monotonic() + SECONDS
        while not select.select([sock], [], [], 0)[0]:
            assert time.monotonic() < deadline
            self.turn()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    clock = Clock()
    monkeypatch.setattr(netlab.event_loop, "time", clock)
    monkeypatch.setattr(netlab.echo, "time", clock)
    with EchoServer("127.0.0.1", 0, idle_timeout=60, send_timeout=60) as server:
        yield Slow(server, clock)


def is_over(sock: socket.socket) -> bool:
    return bool(select.select([sock], [], [], 0)[0]) and sock.recv(1, socket.MSG_PEEK) == b""


def test_idle_deadline_counts_from_the_last_byte(slow: Slow) -> None:
    with dial(slow.server) as early, dial(slow.server) as late:
        slow.exchange(early)
        slow.exchange(late)
        slow.pass_seconds(40)
        slow.exchange(late)
        slow.pass_seconds(19.5)
        assert not is_over(early)
        slow.pass_seconds(1)
        assert select.select([early], [], [], SECONDS)[0]
        assert is_over(early)
        slow.pass_seconds(38)
        assert not is_over(late)
        slow.pass_seconds(2)
        assert select.select([late], [], [], SECONDS)[0]
        assert is_over(late)


def squeeze(server: EchoServer) -> None:
    """Буферы отправки — самые тесные: ядро берёт ответ понемногу. Принятые сокеты их наследуют."""
    for listener in server._listeners:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)


def test_send_deadline_counts_from_the_last_taken_byte(slow: Slow) -> None:
    squeeze(slow.server)
    line = b"x" * 60_000 + b"\n"
    with dial(slow.server, receive_buffer=1) as sock:
        sock.sendall(line)
        came = b""
        while len(came) < len(line):
            slow.pass_seconds(15)
            slow.wait_for_bytes(sock)
            came += sock.recv(4096)
        assert came == line
        slow.exchange(sock)
    assert slow.clock.now - Clock().now > 60


def test_send_deadline_comes_for_those_who_take_nothing(slow: Slow) -> None:
    squeeze(slow.server)
    with dial(slow.server, receive_buffer=1) as sock:
        sock.sendall(b"x" * 60_000 + b"\n")
        slow.wait_for_bytes(sock)
        slow.pass_seconds(59)
        assert slow.server._clients
        slow.pass_seconds(2)
        assert not slow.server._clients
        with pytest.raises(ConnectionResetError):
            receive_to_end(sock)


# ---------------------------------------------------------------- когда не хватает дескрипторов


class CountingServer(EchoServer):
    """Считает, сколько раз сервер заглядывал в очередь."""

    looks = 0

    def _accept(self, listener: socket.socket) -> None:
        self.looks += 1
        super()._accept(listener)


def test_full_house_does_not_spin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(netlab.echo, "MAX_CLIENTS", 2)
    with serving(CountingServer("127.0.0.1", 0)) as server:
        start = time.monotonic()
        with dial(server) as one, dial(server) as two:
            exchange(one)
            exchange(two)
            with dial(server) as three:
                three.sendall(b"hello\n")
                three.settimeout(3 * netlab.echo.REST_TIMEOUT)
                with pytest.raises(TimeoutError):
                    three.recv(1)
                elapsed = time.monotonic() - start
                assert server.looks <= 3 + elapsed / netlab.echo.REST_TIMEOUT
                exchange(one)
                one.close()
                three.settimeout(SECONDS)
                assert receive_exactly(three, 6) == b"hello\n"


@posix
def test_no_descriptors_left_does_not_spin() -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with serving(CountingServer("127.0.0.1", 0)) as server, contextlib.ExitStack() as stack:
        one = stack.enter_context(dial(server))
        exchange(one)
        waiting = stack.enter_context(socket.socket())
        waiting.settimeout(SECONDS)
        probe = os.dup(0)
        os.close(probe)
        resource.setrlimit(resource.RLIMIT_NOFILE, (probe + 20, before[1]))
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, before)
        taken = []
        with contextlib.suppress(OSError):
            while True:
                taken.append(os.dup(0))
        start, looks = time.monotonic(), server.looks
        waiting.connect(server.address)
        waiting.sendall(b"hello\n")
        waiting.settimeout(3 * netlab.echo.REST_TIMEOUT)
        with pytest.raises(TimeoutError):
            waiting.recv(1)
        elapsed = time.monotonic() - start
        assert 0 < server.looks - looks <= 2 + elapsed / netlab.echo.REST_TIMEOUT
        exchange(one)
        for descriptor in taken:
            os.close(descriptor)
        waiting.settimeout(SECONDS)
        assert receive_exactly(waiting, 6) == b"hello\n"


# ---------------------------------------------------------------- адреса


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="здесь нет IPv6")
def test_both_families_have_one_port() -> None:
    with serving(EchoServer(port=0)) as server:
        hosts, ports = zip(*server.addresses, strict=True)
        assert hosts == ("0.0.0.0", "::")
        assert len(set(ports)) == 1
        for host in ("127.0.0.1", "::1"):
            with socket.create_connection((host, ports[0]), SECONDS) as sock:
                exchange(sock)


def test_localhost_is_every_address_of_the_name() -> None:
    with EchoServer("localhost", 0) as server:
        assert {host for host, _ in server.addresses} <= {"127.0.0.1", "::1"}
        assert server.address == server.addresses[0]


ListenAt = Callable[[int, tuple[object, ...], int], socket.socket]


def patch_ipv6(monkeypatch: pytest.MonkeyPatch, errors: list[OSError]) -> list[int]:
    """Слушать IPv6 не выходит, пока не кончатся errors; возвращает порты, о которых просили."""
    listen_at: ListenAt = netlab.sockets._listen_at
    asked = []

    def failing(family: int, address: tuple[object, ...], backlog: int) -> socket.socket:
        if family == socket.AF_INET6:
            asked.append(int(str(address[1])))
            if errors:
                raise errors.pop()
            family, address = socket.AF_INET, ("127.0.0.2", address[1])
        return listen_at(family, address, backlog)

    def both(*args: object, **kwargs: object) -> list[object]:
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::", 0, 0, 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0)),
        ]

    monkeypatch.setattr(netlab.sockets.socket, "getaddrinfo", both)
    monkeypatch.setattr(netlab.sockets, "_listen_at", failing)
    return asked


@pytest.mark.parametrize("name", ["EADDRNOTAVAIL", "EAFNOSUPPORT"])
def test_without_ipv6_there_is_ipv4(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    patch_ipv6(monkeypatch, [OSError(getattr(errno, name), name)])
    with EchoServer(port=0) as server:
        assert [host for host, _ in server.addresses] == ["127.0.0.1"]


@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 без настройки есть только в Linux")
def test_port_taken_for_one_family_is_chosen_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = patch_ipv6(monkeypatch, [OSError(errno.EADDRINUSE, "") for _ in range(3)])
    with EchoServer(port=0) as server:
        assert len(asked) == 4
        assert {port for _, port in server.addresses} == {asked[-1]}


def test_busy_port_is_an_error_at_once() -> None:
    with EchoServer("127.0.0.1", 0) as server:
        with pytest.raises(OSError) as caught:  # noqa: PT011
            EchoServer("127.0.0.1", server.address[1])
        assert caught.value.errno == errno.EADDRINUSE


def test_bad_limit_is_an_error_at_once() -> None:
    with pytest.raises(ValueError, match="команда"):
        EchoServer("127.0.0.1", 0, line_limit=1)


# ---------------------------------------------------------------- остановка


def test_stop_gives_everyone_what_is_owed() -> None:
    server = EchoServer("127.0.0.1", 0)
    with serving(server), dial(server) as one, dial(server) as two, dial(server) as three:
        exchange(two)
        two.sendall(b"unfinished")
        exchange(three, b"line\n")
        one.sendall(b"bye\nstop\n")
        assert receive_to_end(one) == b"bye\n"
        assert receive_to_end(two) == b"unfinished"
        assert receive_to_end(three) == b""


def test_bytes_that_already_arrived_come_back_before_the_stop() -> None:
    """stop пришёл раньше, чем сервер дошёл до других: и им причитается их эхо."""
    server = EchoServer("127.0.0.1", 0)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(dial(server)) for _ in range(30)]
        for sock in clients:
            sock.sendall(b"hello\n")
        server.stop()
        server._loop.stopping = False
        server._loop.turn()  # принял всех, ещё никого не прочёл
        server.stop()
        with serving(server):
            for sock in clients:
                assert receive_to_end(sock) == b"hello\n"


def test_stop_does_not_wait_for_those_who_never_leave() -> None:
    server = EchoServer("127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with server, dial(server) as silent, dial(server, receive_buffer=4096) as greedy:
        exchange(silent)
        fill(greedy)
        server.stop()
        thread.join(SECONDS)
        assert not thread.is_alive()


def test_stop_by_client_that_never_reads() -> None:
    server = EchoServer("127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with server, dial(server) as sock:
        sock.sendall(b"x" * 1000 + b"\nstop\n")
        thread.join(SECONDS)
        assert not thread.is_alive()


def test_stop_before_start_and_close_twice() -> None:
    server = EchoServer("127.0.0.1", 0)
    server.stop()
    server.serve_forever()
    server.stop()
    server.close()
    server.close()


def test_close_waits_for_the_end_of_service() -> None:
    server = EchoServer("127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with dial(server) as sock:
        exchange(sock)
        sock.sendall(b"tail")
        server.close()
        assert receive_to_end(sock) == b"tail"
    EchoServer("127.0.0.1", server.address[1]).close()
    thread.join(SECONDS)


def test_restart_at_once() -> None:
    port = 0
    for _ in range(3):
        with serving(EchoServer("127.0.0.1", port)) as server, dial(server) as sock:
            port = server.address[1]
            sock.sendall(b"hello\nstop\n")
            # Первым закрывает сервер: TIME_WAIT останется на его порту.
            assert receive_to_end(sock) == b"hello\n"


def test_main_thread_gets_its_signals_back() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    server = EchoServer("127.0.0.1", 0)
    during = []

    def client() -> None:
        with dial(server) as sock:
            exchange(sock)
            during.append(signal.getsignal(signal.SIGINT))
            sock.sendall(b"stop\n")
            receive_to_end(sock)

    thread = threading.Thread(target=client)
    thread.start()
    with server:
        server.serve_forever()
    thread.join(SECONDS)
    assert during
    assert during[0] != before[0]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


# ---------------------------------------------------------------- netlab echo


@contextlib.contextmanager
def command(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Запущенная команда netlab, которая не переживёт теста."""
    process = subprocess.Popen(
        [sys.executable, "-X", "dev", "-X", "utf8", "-m", "netlab", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=SECONDS)
    return process.returncode, out, err


def announced_port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r"nc \S+ (\d+)", line)
    assert found, line
    return int(found[1])


def knock(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), SECONDS)


def test_command_serves_until_stop() -> None:
    with command("echo", "--port", "0") as process:
        port = announced_port(process)
        with knock(port) as one, knock(port) as two:
            exchange(one)
            two.sendall(b"stop\r\n")
            assert receive_to_end(two) == b""
        assert finish(process) == (0, "", "")


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_command_stops_cleanly_on_signal(number: signal.Signals) -> None:
    with command("echo", "--port", "0") as process:
        port = announced_port(process)
        with knock(port) as sock:
            exchange(sock)
            sock.sendall(b"tail")
            process.send_signal(number)
            assert receive_to_end(sock) == b"tail"
        assert finish(process) == (0, "", "")


def test_command_stops_on_signal_right_after_its_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    serve_forever = EchoServer.serve_forever

    def interrupted(server: EchoServer) -> None:
        signal.raise_signal(signal.SIGINT)
        serve_forever(server)

    monkeypatch.setattr(EchoServer, "serve_forever", interrupted)
    assert main(["echo", "--host", "127.0.0.1", "--port", "0"]) == 0
    assert "Эхо-сервер слушает 127.0.0.1:" in capsys.readouterr().out


def test_command_options() -> None:
    options = ("--host", "127.0.0.1", "--line-limit", "100", "--idle", "0.3", "--send", "0.3")
    with command("echo", "--port", "0", *options) as process:
        port = announced_port(process)
        with knock(port) as sock:
            sock.sendall(b"x" * 100)
            assert receive_exactly(sock, 100) == b"x" * 100
            assert receive_to_end(sock) == b""
        with knock(port) as greedy:
            send_until_reset(greedy)
        with knock(port) as sock:
            sock.sendall(b"stop\n")
            assert receive_to_end(sock) == b""
        assert finish(process) == (0, "", "")


def test_command_says_that_port_is_busy() -> None:
    with EchoServer("127.0.0.1", 0) as server:
        port = str(server.address[1])
        with command("echo", "--host", "127.0.0.1", "--port", port) as process:
            code, out, err = finish(process)
    assert (code, out) == (1, "")
    assert err.startswith(f"netlab echo: Порт {port} занят")
    assert "выберите другой" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("host", ["нет..такого", "192.0.2.1"])
def test_command_says_that_address_is_wrong(host: str) -> None:
    with command("echo", "--host", host, "--port", "0") as process:
        code, out, err = finish(process)
    assert (code, out) == (1, "")
    assert host in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--port", "70000"), "порт — это число от 0 до 65535, а не «70000»"),
        (("--port", "http"), "порт — это число от 0 до 65535, а не «http»"),
        (("--line-limit", "5"), "байты — это целое число от 6, а не «5»"),
        (("--idle", "0"), "секунды — это число больше нуля, а не «0»"),
        (("--send", "nan"), "секунды — это число больше нуля, а не «nan»"),
        (("--send", "inf"), "секунды — это число больше нуля, а не «inf»"),
    ],
)
def test_command_says_that_argument_is_wrong(
    arguments: tuple[str, ...], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["echo", *arguments])
    assert caught.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert reason in err


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(13, "Permission denied"), "без прав администратора"),
        (OSError(12, "Cannot allocate memory"), "Cannot allocate memory"),
    ],
)
def test_reasons_not_to_listen(error: OSError, words: str) -> None:
    sentence = netlab.sockets.why_not_listening(error, None, 80)
    assert "80" in sentence
    assert words in sentence
