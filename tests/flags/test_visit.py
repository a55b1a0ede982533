"""Посещение эхо-сервера: хороший проходит, у каждого плохого своя неудача."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest

from netlab.flags import visit as visiting
from netlab.flags.visit import visit
from netlab.sockets import Address, reset

Serve = Callable[[socket.socket], None]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Кусочки идут чаще: по loopback и так доходят порознь."""
    monkeypatch.setattr(visiting, "PAUSE", 0.005)


def echo(sock: socket.socket) -> None:
    while chunk := sock.recv(65536):
        sock.sendall(chunk)


def echo_once(sock: socket.socket) -> None:
    sock.sendall(sock.recv(65536))


def shout(sock: socket.socket) -> None:
    while chunk := sock.recv(65536):
        sock.sendall(chunk.upper())


def greet(sock: socket.socket) -> None:
    sock.sendall(b"hello\r\n")
    echo(sock)


def as_text(sock: socket.socket) -> None:
    while chunk := sock.recv(65536):
        sock.sendall(chunk.decode("utf-8", "ignore").encode())


def never_closes(sock: socket.socket) -> None:
    echo(sock)
    sock.settimeout(3)
    with suppress(OSError):
        while True:
            sock.sendall(b"")
            threading.Event().wait(0.05)


def adds_at_the_end(sock: socket.socket) -> None:
    echo(sock)
    sock.sendall(b"bye\r\n")


def loses_the_tail(sock: socket.socket) -> None:
    """Копит до перевода строки, а остаток в конце потока выбрасывает."""
    for line in sock.makefile("rb"):
        if line.endswith(b"\n"):
            sock.sendall(line)


def half_of_long(sock: socket.socket) -> None:
    """Отвечает так, как отвечал бы send, который взял не всё."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    while chunk := sock.recv(65536):
        sock.sendall(chunk[:1000])


def breaks(sock: socket.socket) -> None:
    sock.recv(65536)
    reset(sock)


@contextmanager
def served(serve: Serve, *, threads: bool = True, clients: int | None = None) -> Iterator[Address]:
    """Сервер на свободном порту; clients — на каком по счёту клиенте он завершится."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        socks: list[socket.socket] = []
        workers: list[threading.Thread] = []

        def work(sock: socket.socket) -> None:
            with sock, suppress(OSError):
                serve(sock)

        def accept() -> None:
            with suppress(OSError):
                while clients is None or len(socks) < clients:
                    socks.append(listener.accept()[0])
                    if threads:
                        workers.append(threading.Thread(target=work, args=[socks[-1]]))
                        workers[-1].start()
                    else:
                        work(socks[-1])
            listener.close()

        main = threading.Thread(target=accept)
        main.start()
        try:
            yield listener.getsockname()
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            for sock in socks:
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
            main.join(5)
            for worker in workers:
                worker.join(5)


def test_good_server_is_good() -> None:
    with served(echo) as address:
        assert visit(address) is None


@pytest.mark.parametrize(
    ("serve", "named"),
    [
        (shout, "Первый из троих по очереди: вернулось не то"),
        (greet, "Первый из троих по очереди: вернулось не то"),
        (as_text, "Первый из троих по очереди: вернулось не то"),
        (breaks, "Первый из троих по очереди: сервер оборвал соединение"),
        (echo_once, "Тот, кто шлёт по кусочкам"),
        (loses_the_tail, "Тот, кто закончил писать первым: сервер закончил раньше времени"),
        (never_closes, "сервер соединения не закрыл"),
        (adds_at_the_end, r"пришло лишнее: b'bye\r\n'"),
        (half_of_long, "Тот, кто принёс мегабайт"),
    ],
)
def test_bad_server_is_told_what_is_wrong(serve: Serve, named: str) -> None:
    with served(serve) as address:
        wrong = visit(address, step=0.2)
    assert wrong is not None
    assert named in "\n".join(wrong.lines())


def test_server_that_dies_with_its_first_client_is_named() -> None:
    with served(echo, threads=False, clients=1) as address:
        wrong = visit(address, step=0.3)
    assert wrong is not None
    assert "Второй из троих по очереди" in str(wrong)


def test_one_client_at_a_time_is_not_enough() -> None:
    with served(echo, threads=False) as address:
        wrong = visit(address, step=0.2)
    assert wrong is not None
    assert "Пятый из пятерых сразу: ответа не дождались" in str(wrong)
    assert "свой поток выполнения" in str(wrong)
    assert wrong.lines()[1] == "Не пришло ничего."


def test_nobody_at_home_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
    wrong = visit(address)
    assert wrong is not None
    assert "никто не слушает" in str(wrong)


def test_visit_has_a_deadline_for_everything() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wrong = visit(listener.getsockname(), seconds=0.2)
    assert wrong is not None
    assert "не дождались" in str(wrong)


def test_every_visit_brings_new_words() -> None:
    assert visiting.fresh_line() != visiting.fresh_line()
    assert b"\0" in visiting.fresh_line()
    with pytest.raises(UnicodeDecodeError):
        visiting.fresh_line().decode()
