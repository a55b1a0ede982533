"""ChaosProxy и `netlab chaos`: посредник портит связь ровно так, как велели."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from netlab import EchoServer
from netlab.chaos import ChaosProxy
from netlab.cli import main
from netlab.peers import Delay, Drip, Fault, HalfClose, Rate, Reset, Stall, Truncate
from netlab.sockets import reset

SECONDS = 10.0

posix = pytest.mark.skipif(sys.platform == "win32", reason="на Windows этого нет")

Address = tuple[str, int]


@pytest.fixture
def echo() -> Iterator[Address]:
    server = EchoServer("127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with server:
        yield server.address
    thread.join(SECONDS)


class Target:
    """Сервер, чью сторону соединения держит в руках тест."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.address: Address = listener.getsockname()

    def accept(self) -> socket.socket:
        sock, _ = self.listener.accept()
        sock.settimeout(SECONDS)
        return sock


@pytest.fixture
def target() -> Iterator[Target]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(SECONDS)
        yield Target(listener)


def dial(proxy: ChaosProxy) -> socket.socket:
    return socket.create_connection(proxy.address, SECONDS)


def knock(address: Address) -> None:
    """Соединяется и ждёт байта; RST может прийти и раньше, чем вернётся connect."""
    with socket.create_connection(address, SECONDS) as sock:
        sock.recv(1)


def receive_exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = sock.recv(size - len(data))
        assert chunk, f"поток кончился после {data!r}"
        data += chunk
    return data


def receive_to_end(sock: socket.socket) -> bytes:
    chunks = []
    while chunk := sock.recv(65536):
        chunks.append(chunk)
    return b"".join(chunks)


def silent(sock: socket.socket) -> bool:
    """Говорит, что из сокета не приходит ни байта, ни конца потока."""
    sock.settimeout(0.1)
    try:
        sock.recv(1)
    except TimeoutError:
        return True
    finally:
        sock.settimeout(SECONDS)
    return False


# ---------------------------------------------------------------- исправный посредник


def test_bytes_pass_both_ways(echo: Address) -> None:
    data = b"".join(b"%d\n" % number for number in range(100_000))
    with ChaosProxy(echo) as proxy, dial(proxy) as sock:
        sender = threading.Thread(target=sock.sendall, args=(data,))
        sender.start()
        assert receive_exactly(sock, len(data)) == data
        sender.join(SECONDS)


def test_several_connections_at_once(echo: Address) -> None:
    with ChaosProxy(echo) as proxy, contextlib.ExitStack() as stack:
        socks = [stack.enter_context(dial(proxy)) for _ in range(10)]
        for number, sock in enumerate(socks):
            sock.sendall(b"%d\n" % number)
        for number, sock in enumerate(socks):
            assert receive_exactly(sock, 2) == b"%d\n" % number


def test_half_close_of_client_passes(target: Target) -> None:
    with ChaosProxy(target.address) as proxy, dial(proxy) as client, target.accept() as server:
        client.sendall(b"question")
        client.shutdown(socket.SHUT_WR)
        assert receive_to_end(server) == b"question"
        server.sendall(b"answer")
        assert receive_exactly(client, 6) == b"answer"
        server.close()
        assert receive_to_end(client) == b""


def test_half_close_of_server_passes(target: Target) -> None:
    with ChaosProxy(target.address) as proxy, dial(proxy) as client, target.accept() as server:
        server.sendall(b"greeting")
        server.shutdown(socket.SHUT_WR)
        assert receive_to_end(client) == b"greeting"
        client.sendall(b"question")
        assert receive_exactly(server, 8) == b"question"
        client.close()
        assert receive_to_end(server) == b""


def test_reset_of_client_passes(target: Target) -> None:
    with ChaosProxy(target.address) as proxy, dial(proxy) as client, target.accept() as server:
        client.sendall(b"hello")
        assert receive_exactly(server, 5) == b"hello"
        reset(client)
        with pytest.raises(ConnectionResetError):
            server.recv(1)


def test_reset_of_server_passes(target: Target) -> None:
    with ChaosProxy(target.address) as proxy, dial(proxy) as client, target.accept() as server:
        client.sendall(b"hello")
        assert receive_exactly(server, 5) == b"hello"
        reset(server)
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_nobody_at_the_target() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = unused.getsockname()
        complaints: list[str] = []
        with ChaosProxy(address, complain=complaints.append) as proxy:
            with pytest.raises(ConnectionResetError):
                knock(proxy.address)
            assert len(complaints) == 1
            assert f"127.0.0.1:{address[1]} отказал" in complaints[0]


def test_both_families_have_one_port(echo: Address) -> None:
    with ChaosProxy(echo, host="localhost") as proxy:
        assert {host for host, _ in proxy.addresses} <= {"127.0.0.1", "::1"}
        for address in proxy.addresses:
            with socket.create_connection(address, SECONDS) as sock:
                sock.sendall(b"hello\n")
                assert receive_exactly(sock, 6) == b"hello\n"


# ---------------------------------------------------------------- неисправности


def test_delay(target: Target) -> None:
    with (
        ChaosProxy(target.address, to_server=lambda: Delay(0.2)) as proxy,
        dial(proxy) as client,
        target.accept() as server,
    ):
        server.sendall(b"now")
        assert receive_exactly(client, 3) == b"now"
        start = time.monotonic()
        client.sendall(b"late")
        assert receive_exactly(server, 4) == b"late"
        assert time.monotonic() - start >= 0.2


def test_drip(target: Target) -> None:
    taken = threading.Semaphore(0)
    gate = Drip(between=lambda: taken.acquire(timeout=SECONDS))
    with (
        ChaosProxy(target.address, to_client=lambda: gate) as proxy,
        dial(proxy) as client,
        target.accept() as server,
    ):
        server.sendall(b"hello")
        for byte in b"hello":
            assert client.recv(100) == bytes([byte])
            taken.release()


def test_rate(target: Target) -> None:
    with (
        ChaosProxy(target.address, to_server=lambda: Rate(1000)) as proxy,
        dial(proxy) as client,
        target.accept() as server,
    ):
        start = time.monotonic()
        client.sendall(b"x" * 300)
        assert receive_exactly(server, 300) == b"x" * 300
        assert time.monotonic() - start >= 0.3


def test_stall(target: Target) -> None:
    with (
        ChaosProxy(target.address, to_client=lambda: Stall(after=3)) as proxy,
        dial(proxy) as client,
        target.accept() as server,
    ):
        server.sendall(b"hello")
        assert receive_exactly(client, 3) == b"hel"
        client.sendall(b"question")
        assert receive_exactly(server, 8) == b"question"
        # Даже когда простились обе стороны, клиент конца потока не увидит.
        client.shutdown(socket.SHUT_WR)
        assert receive_to_end(server) == b""
        server.close()
        assert silent(client)


def test_reset_towards_client(target: Target) -> None:
    with (
        ChaosProxy(target.address, to_client=lambda: Reset(after=3)) as proxy,
        dial(proxy) as client,
        target.accept() as server,
    ):
        server.sendall(b"he")
        assert receive_exactly(client, 2) == b"he"
        server.sendall(b"llo")
        with pytest.raises(ConnectionResetError):
            receive_to_end(client)
        with pytest.raises(ConnectionResetError):
            receive_to_end(server)


def test_reset_towards_server(target: Target) -> None:
    with (
        ChaosProxy(target.address, to_server=lambda: Reset(after=3)) as proxy,
        dial(proxy) as client,
        target.accept() as server,
    ):
        client.sendall(b"hello")
        with pytest.raises(ConnectionResetError):
            receive_to_end(server)
        with pytest.raises(ConnectionResetError):
            receive_to_end(client)


def test_half_close(target: Target) -> None:
    with (
        ChaosProxy(target.address, to_client=lambda: HalfClose(after=3)) as proxy,
        dial(proxy) as client,
        target.accept() as server,
    ):
        server.sendall(b"hello")
        assert receive_to_end(client) == b"hel"
        client.sendall(b"question")
        assert receive_exactly(server, 8) == b"question"
        client.close()
        assert receive_to_end(server) == b""


def test_truncate(target: Target) -> None:
    with (
        ChaosProxy(target.address, to_client=lambda: Truncate(after=3)) as proxy,
        dial(proxy) as client,
        target.accept() as server,
    ):
        server.sendall(b"hello")
        assert receive_to_end(client) == b"hel"
        assert receive_to_end(server) == b""


def test_fault_is_new_for_every_connection(target: Target) -> None:
    with ChaosProxy(target.address, to_server=lambda: HalfClose(after=3)) as proxy:
        for _ in range(3):
            with dial(proxy) as client, target.accept() as server:
                client.sendall(b"hello")
                assert receive_to_end(server) == b"hel"


# ---------------------------------------------------------------- остановка


def test_stop_ends_everything(target: Target) -> None:
    threads = threading.active_count()
    with ChaosProxy(target.address, to_client=lambda: Stall(after=1)) as proxy:
        address = proxy.address
        with dial(proxy) as client, target.accept() as server:
            server.sendall(b"hello")
            assert receive_exactly(client, 1) == b"h"
            proxy.stop()
            with contextlib.suppress(ConnectionError):
                assert receive_to_end(server) == b""
        proxy.stop()
    assert threading.active_count() == threads
    with ChaosProxy(target.address, port=address[1]) as proxy:
        assert proxy.address == address


def test_stop_wakes_those_who_send(target: Target) -> None:
    threads = threading.active_count()
    with ChaosProxy(target.address) as proxy, dial(proxy) as client, target.accept() as server:
        client.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            for _ in range(1000):
                client.send(b"x" * 65536)
        client.settimeout(SECONDS)
        assert server.recv(1) == b"x"
        proxy.stop()
    assert threading.active_count() == threads


def test_stop_before_start(echo: Address) -> None:
    proxy = ChaosProxy(echo)
    proxy.stop()
    proxy.serve_forever()


# ---------------------------------------------------------------- netlab chaos


@contextlib.contextmanager
def chaos(target: Address, *options: str) -> Iterator[tuple[subprocess.Popen[str], Address]]:
    """Запущенный `netlab chaos` и его адрес."""
    host, port = target
    with command("--listen", "0", *options, host, str(port)) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"127\.0\.0\.1:(\d+)", line)
        assert found, line
        yield process, ("127.0.0.1", int(found[1]))


@contextlib.contextmanager
def command(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-X", "dev", "-X", "utf8", "-m", "netlab", "chaos", *arguments],
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


def to_end(client: socket.socket, server: socket.socket) -> None:
    assert receive_to_end(client) == b"ans"
    client.sendall(b"question")
    assert receive_exactly(server, 8) == b"question"


def to_silence(client: socket.socket, server: socket.socket) -> None:
    assert receive_exactly(client, 3) == b"ans"
    server.close()
    assert silent(client)


def to_reset(client: socket.socket, server: socket.socket) -> None:
    with pytest.raises(ConnectionResetError):
        receive_to_end(client)


@pytest.mark.parametrize(
    ("option", "check"),
    [
        ("--half-close-after", to_end),
        ("--stall-after", to_silence),
        ("--reset-after", to_reset),
    ],
)
def test_command_ends_the_stream(
    target: Target,
    option: str,
    check: Callable[[socket.socket, socket.socket], None],
) -> None:
    with (
        chaos(target.address, option, "3", "--direction", "to-client") as (_, address),
        socket.create_connection(address, SECONDS) as client,
        target.accept() as server,
    ):
        server.sendall(b"answer")
        check(client, server)


@pytest.mark.parametrize(
    ("options", "seconds"),
    [
        (("--delay", "0.2"), 0.2),
        (("--rate", "50"), 0.2),
        (("--drip", "--delay", "0.1", "--rate", "100"), 0.2),
        (("--drip",), 0),
    ],
)
def test_command_slows_the_stream(target: Target, options: tuple[str, ...], seconds: float) -> None:
    with (
        chaos(target.address, *options) as (_, address),
        socket.create_connection(address, SECONDS) as client,
        target.accept() as server,
    ):
        for one, two in ((client, server), (server, client)):
            start = time.monotonic()
            one.sendall(b"0123456789")
            assert receive_exactly(two, 10) == b"0123456789"
            assert time.monotonic() - start >= seconds


@pytest.mark.parametrize(
    ("direction", "to_server", "to_client"),
    [
        ("both", b"que", b"ans"),
        ("to-server", b"que", b"answer"),
        ("to-client", b"question", b"ans"),
    ],
)
def test_command_direction(
    target: Target, direction: str, to_server: bytes, to_client: bytes
) -> None:
    options = ("--half-close-after", "3", "--direction", direction)
    with (
        chaos(target.address, *options) as (_, address),
        socket.create_connection(address, SECONDS) as client,
        target.accept() as server,
    ):
        client.sendall(b"question")
        server.sendall(b"answer")
        client.shutdown(socket.SHUT_WR)
        server.shutdown(socket.SHUT_WR)
        assert receive_to_end(server) == to_server
        assert receive_to_end(client) == to_client


@pytest.mark.parametrize(
    ("options", "chain"),
    [
        ((), [Fault]),
        (("--drip",), [Drip, Fault]),
        (("--delay", "1", "--rate", "5"), [Delay, Rate, Fault]),
        (("--drip", "--stall-after", "0"), [Stall, Drip, Fault]),
        (("--reset-after", "7", "--delay", "1"), [Reset, Delay, Fault]),
        (("--half-close-after", "7", "--rate", "5"), [HalfClose, Rate, Fault]),
    ],
)
def test_options_make_faults(options: tuple[str, ...], chain: list[type[Fault]]) -> None:
    import argparse

    from netlab.chaos import add_arguments, make_fault

    parser = argparse.ArgumentParser()
    add_arguments(parser)
    fault: Fault | None = make_fault(
        parser.parse_args(["--listen", "0", *options, "localhost", "80"])
    )
    made = []
    while fault is not None:
        made.append(type(fault))
        fault = fault.carrier
    assert made == chain


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_command_stops_cleanly_on_signal(target: Target, number: signal.Signals) -> None:
    with (
        chaos(target.address) as (process, address),
        socket.create_connection(address, SECONDS) as client,
        target.accept() as server,
    ):
        client.sendall(b"hello")
        assert receive_exactly(server, 5) == b"hello"
        process.send_signal(number)
        assert process.communicate(timeout=SECONDS) == ("", "")
        assert process.returncode == 0


def test_command_stops_on_signal_right_after_its_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    serve_forever = ChaosProxy.serve_forever

    def interrupted(proxy: ChaosProxy) -> None:
        signal.raise_signal(signal.SIGINT)
        serve_forever(proxy)

    monkeypatch.setattr(ChaosProxy, "serve_forever", interrupted)
    assert main(["chaos", "--listen", "0", "localhost", "80"]) == 0
    assert "Посредник слушает" in capsys.readouterr().out


def test_command_says_that_there_is_no_server() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with chaos(unused.getsockname()) as (process, address):
            with pytest.raises(ConnectionResetError):
                knock(address)
            assert process.stderr is not None
            assert "отказал в соединении" in process.stderr.readline()


def test_command_says_that_port_is_busy(target: Target) -> None:
    port = str(target.address[1])
    with command("--listen", port, "localhost", "80") as process:
        out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, out) == (1, "")
    assert err.startswith(f"netlab chaos: Порт {port} занят")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("localhost", "80"),
        ("--listen", "0", "localhost"),
        ("--listen", "0", "localhost", "70000"),
        ("--listen", "0", "--rate", "0", "localhost", "80"),
        ("--listen", "0", "--delay", "-1", "localhost", "80"),
        ("--listen", "0", "--stall-after", "x", "localhost", "80"),
        ("--listen", "0", "--stall-after", "1", "--reset-after", "1", "localhost", "80"),
        ("--listen", "0", "--direction", "up", "localhost", "80"),
    ],
)
def test_wrong_use(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["chaos", *arguments])
    assert caught.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "netlab chaos" in err
