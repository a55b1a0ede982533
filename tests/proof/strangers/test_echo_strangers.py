"""`netlab echo` и `netlab nc` против чужих программ: socat, nc (OpenBSD) и клиента на C."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proof.foreign_programs import path_of

SECONDS = 30

TEXT = "".join(f"строка {number}\r\n" for number in range(1000)).encode() + b"no line end"
BULK = b"".join(b"%d\n" % number for number in range(700_000))


@contextlib.contextmanager
def running(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    """Запущенная программа, которая не переживёт теста."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def netlab(*arguments: str) -> list[str]:
    return [sys.executable, "-X", "dev", "-X", "utf8", "-m", "netlab", *arguments]


def run(*command: str, typed: bytes = b"") -> bytes:
    """Выполняет программу и возвращает её вывод; ошибка — если код не 0."""
    done = subprocess.run(command, input=typed, capture_output=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.fixture
def port() -> Iterator[str]:
    """Порт, на котором работает `netlab echo`; после теста он обязан чисто остановиться."""
    with running(*netlab("echo", "--port", "0")) as process:
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        found = re.search(r"nc \S+ (\d+)", line)
        assert found, line
        yield found[1]
        with socket.create_connection(("127.0.0.1", int(found[1])), SECONDS) as sock:
            sock.sendall(b"hello\nstop\n")
            assert sock.makefile("rb").read() == b"hello\n"
        out, err = process.communicate(timeout=SECONDS)
        assert (process.returncode, out, err) == (0, b"", b"")


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Клиент на C, только что собранный."""
    program = tmp_path_factory.mktemp("client") / "client"
    source = Path(__file__).with_name("client.c")
    flags = ["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([path_of("cc"), *flags, "-o", str(program), str(source)], check=True)
    return str(program)


FAMILIES = pytest.mark.parametrize("host", ["127.0.0.1", "::1"])


def socat_address(host: str, port: str, options: str = "") -> str:
    return f"TCP:[{host}]:{port}{options}" if ":" in host else f"TCP:{host}:{port}{options}"


@FAMILIES
@pytest.mark.parametrize("data", [TEXT, BULK, b""], ids=["text", "bulk", "nothing"])
def test_socat(port: str, host: str, data: bytes) -> None:
    """socat в конце ввода посылает FIN и ждёт, пока не закончит сервер."""
    assert run(path_of("socat"), "-t20", "-", socat_address(host, port), typed=data) == data


def test_socat_crlf(port: str) -> None:
    address = socat_address("127.0.0.1", port, ",crlf")
    assert run(path_of("socat"), "-t20", "-", address, typed=b"hi\nquit\nlater\n") == b"hi\n"


def test_socat_by_one_byte(port: str) -> None:
    address = socat_address("127.0.0.1", port, ",nodelay")
    typed = b"one\ntwo\nquit\nlater\n"
    assert run(path_of("socat"), "-b1", "-t20", "-", address, typed=typed) == b"one\ntwo\n"


@FAMILIES
@pytest.mark.parametrize("data", [TEXT, BULK, b""], ids=["text", "bulk", "nothing"])
def test_nc(port: str, host: str, data: bytes) -> None:
    """Ключ -N: послать FIN в конце ввода."""
    assert run(path_of("nc"), "-N", host, port, typed=data) == data


def test_nc_quit(port: str) -> None:
    assert run(path_of("nc"), "127.0.0.1", port, typed=b"hi\nquit\n") == b"hi\n"


def test_nc_crlf_quit(port: str) -> None:
    assert run(path_of("nc"), "-C", "127.0.0.1", port, typed=b"hi\nquit\n") == b"hi\r\n"


def test_nc_knocks_and_leaves(port: str) -> None:
    for _ in range(20):
        run(path_of("nc"), "-z", "127.0.0.1", port)


@FAMILIES
@pytest.mark.parametrize("size", [0, 1, 97, 65536, 20_000_000])
def test_c_client(port: str, host: str, client: str, size: int) -> None:
    run(client, host, port, str(size))


def test_c_clients_all_at_once(port: str, client: str) -> None:
    with contextlib.ExitStack() as stack:
        clients = [
            stack.enter_context(running(client, host, port, "300000"))
            for host in ("127.0.0.1", "::1")
            for _ in range(25)
        ]
        for process in clients:
            _, err = process.communicate(timeout=SECONDS)
            assert process.returncode == 0, err.decode()


def test_c_client_notices_a_wrong_server(client: str) -> None:
    """Сам клиент чего-то стоит: эхо, которое портит байт, он не пропустит."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        with running(client, "127.0.0.1", port, "97") as process:
            sock, _ = listener.accept()
            with sock:
                sock.settimeout(SECONDS)
                sock.sendall(sock.recv(98)[:96] + b"!")
            _, err = process.communicate(timeout=SECONDS)
        assert process.returncode == 1
        assert b"wrong bytes" in err


# ---------------------------------------------------------------- netlab nc у чужих серверов


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])


def test_netlab_nc_with_socat() -> None:
    port = free_port()
    listen = f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr"
    with running(path_of("socat"), "-d", "-d", "-t20", listen, "EXEC:cat") as process:
        assert process.stderr is not None
        assert b"listening" in process.stderr.readline()
        assert run(*netlab("nc", "127.0.0.1", port), typed=BULK) == BULK


def test_netlab_nc_with_nc() -> None:
    port = free_port()
    with running(path_of("nc"), "-N", "-v", "-l", "127.0.0.1", port) as process:
        assert process.stderr is not None
        assert process.stdin is not None
        assert b"Listening" in process.stderr.readline()
        process.stdin.write(b"answer")
        process.stdin.close()
        assert run(*netlab("nc", "127.0.0.1", port), typed=b"question") == b"answer"
        assert process.stdout is not None
        assert process.stdout.read() == b"question"


def test_nc_with_netlab_nc() -> None:
    with running(*netlab("nc", "-l", "0")) as process:
        assert process.stderr is not None
        assert process.stdin is not None
        assert process.stdout is not None
        found = re.search(r":(\d+)", process.stderr.readline().decode())
        assert found
        with running(path_of("nc"), "-N", "127.0.0.1", found[1]) as stranger:
            assert stranger.stdin is not None
            assert stranger.stdout is not None
            stranger.stdin.write(b"question")
            stranger.stdin.flush()
            assert os.read(process.stdout.fileno(), 100) == b"question"
            process.stdin.write(b"answer")
            process.stdin.close()
            assert os.read(stranger.stdout.fileno(), 100) == b"answer"
            stranger.stdin.close()
            assert process.wait(SECONDS) == 0
