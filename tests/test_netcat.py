"""`netlab nc`: байты без изменений в обе стороны, half-close, понятные ошибки."""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from netlab.cli import main
from netlab.netcat import GLANCE, Crlf, SinkError, talk, write_all
from netlab.sockets import reset, why_not_connected

SECONDS = 10.0

posix = pytest.mark.skipif(sys.platform == "win32", reason="на Windows этого нет")


@contextlib.contextmanager
def server(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """Сервер на одного клиента; даёт номер порта, а в конце — ошибку, если serve не удался."""
    failures: list[BaseException] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(SECONDS)

        def accept() -> None:
            try:
                sock, _ = listener.accept()
                with sock:
                    sock.settimeout(SECONDS)
                    serve(sock)
            except BaseException as error:
                failures.append(error)

        thread = threading.Thread(target=accept)
        thread.start()
        yield str(listener.getsockname()[1])
        thread.join(SECONDS)
    assert not thread.is_alive()
    assert not failures, failures


def receive_to_end(sock: socket.socket) -> bytes:
    chunks = []
    while chunk := sock.recv(65536):
        chunks.append(chunk)
    return b"".join(chunks)


def receive_exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = sock.recv(size - len(data))
        assert chunk, f"поток кончился после {data!r}"
        data += chunk
    return data


@contextlib.contextmanager
def nc(*arguments: str, **streams: int) -> Iterator[subprocess.Popen[bytes]]:
    """Запущенный `netlab nc`, который не переживёт теста."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(
        [sys.executable, "-X", "dev", "-X", "utf8", "-m", "netlab", "nc", *arguments],
        **{**pipes, **streams},  # type: ignore[call-overload]
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def run_nc(*arguments: str, typed: bytes = b"") -> tuple[int, bytes, str]:
    with nc(*arguments) as process:
        out, err = process.communicate(typed, timeout=SECONDS)
    return process.returncode, out, err.decode()


EVERY_BYTE = bytes(range(256)) * 300 + b"\r\n\n\r"


def test_bytes_are_untouched_and_half_closed() -> None:
    came = []

    def answer_after_the_end(sock: socket.socket) -> None:
        came.append(receive_to_end(sock))
        sock.sendall(EVERY_BYTE[::-1])

    with server(answer_after_the_end) as port:
        result = run_nc("127.0.0.1", port, typed=EVERY_BYTE)
    assert result == (0, EVERY_BYTE[::-1], "")
    assert came == [EVERY_BYTE]


def test_line_by_line() -> None:
    def echo(sock: socket.socket) -> None:
        while data := sock.recv(100):
            sock.sendall(data)

    with server(echo) as port, nc("127.0.0.1", port) as process:
        assert process.stdin
        assert process.stdout
        for line in (b"one\n", b"two\r\n", b"\n"):
            process.stdin.write(line)
            process.stdin.flush()
            assert os.read(process.stdout.fileno(), 100) == line
        process.stdin.close()
        assert process.wait(SECONDS) == 0


@posix
def test_on_a_terminal() -> None:
    import pty

    came = []

    def greet(sock: socket.socket) -> None:
        sock.sendall(b"name?\n")
        came.append(receive_exactly(sock, 5))
        sock.sendall(b"hello\n")
        came.append(receive_to_end(sock))

    ours, theirs = pty.openpty()
    with server(greet) as port, nc("127.0.0.1", port, stdin=theirs) as process:
        os.close(theirs)
        assert process.stdout
        assert os.read(process.stdout.fileno(), 100) == b"name?\n"
        os.write(ours, b"Anna\n")
        assert os.read(process.stdout.fileno(), 100) == b"hello\n"
        os.write(ours, b"\x04")  # Ctrl-D
        assert process.wait(SECONDS) == 0
    os.close(ours)
    assert came == [b"Anna\n", b""]


def test_end_of_the_peer_is_the_end() -> None:
    def say_goodbye(sock: socket.socket) -> None:
        sock.sendall(b"bye\n")

    with server(say_goodbye) as port, nc("127.0.0.1", port) as process:
        assert process.stdout
        assert process.stdout.read() == b"bye\n"
        assert process.wait(SECONDS) == 0  # хотя stdin не кончился


def test_input_is_sent_even_after_the_end_of_the_peer() -> None:
    """Конец потока оттуда не мешает дослать файл туда, даже если там читают не сразу."""
    came = []
    pause = threading.Event()

    def finish_first(sock: socket.socket) -> None:
        sock.sendall(b"enough\n")
        sock.shutdown(socket.SHUT_WR)
        pause.wait(3 * GLANCE)
        came.append(receive_to_end(sock))

    data = os.urandom(20_000_000)
    with server(finish_first) as port:
        assert run_nc("127.0.0.1", port, typed=data) == (0, b"enough\n", "")
    assert came == [data]


def test_patience_has_an_end_even_after_the_end_of_the_peer() -> None:
    """Сервер закончил писать, но и не читает: -w действует и тут."""
    done = threading.Event()

    def neither_read_nor_write(sock: socket.socket) -> None:
        sock.shutdown(socket.SHUT_WR)
        assert done.wait(SECONDS)

    with server(neither_read_nor_write) as port:
        code, _, err = run_nc("-w", "0.3", "127.0.0.1", port, typed=b"x" * 30_000_000)
        done.set()
    assert code == 1
    assert "молчит слишком долго" in err


def test_big_stream_both_ways() -> None:
    data = os.urandom(3_000_000)

    def echo(sock: socket.socket) -> None:
        while chunk := sock.recv(65536):
            sock.sendall(chunk)

    with server(echo) as port:
        assert run_nc("127.0.0.1", port, typed=data) == (0, data, "")


# ---------------------------------------------------------------- ошибки


def unused_port() -> str:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return str(sock.getsockname()[1])


def test_refused() -> None:
    port = unused_port()
    code, out, err = run_nc("127.0.0.1", port)
    assert (code, out) == (1, b"")
    assert err == (
        f"netlab nc: 127.0.0.1:{port} отказал в соединении: этот порт там никто не слушает.\n"
    )


def test_unknown_host() -> None:
    code, out, err = run_nc("нет..такого", "5555")
    assert (code, out) == (1, b"")
    assert err.startswith("netlab nc: Имени «нет..такого» нет")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "Имени «host» нет"),
        (ConnectionRefusedError(), "отказал"),
        (TimeoutError(), "host:80 не ответил вовремя"),
        (ConnectionResetError(), "оборвал"),
        (OSError(101, "Network is unreachable"), "host:80"),
        (OSError(5, "Input/output error"), "Input/output error"),
    ],
)
def test_reasons_not_to_connect(error: OSError, words: str) -> None:
    sentence = why_not_connected(error, ("host", 80))
    assert words in sentence
    assert sentence.endswith(".")


def test_silence_is_not_endured_for_ever() -> None:
    def keep_silent(sock: socket.socket) -> None:
        assert receive_to_end(sock) == b"hello\n"

    with server(keep_silent) as port, nc("-w", "0.3", "127.0.0.1", port) as process:
        assert process.stdin
        process.stdin.write(b"hello\n")
        process.stdin.flush()
        assert process.wait(SECONDS) == 1
        assert process.stderr
        assert process.stderr.read().decode() == (
            f"netlab nc: 127.0.0.1:{port} молчит слишком долго.\n"
        )


def test_talk_resets_the_patience() -> None:
    """Пауза короче срока — не молчание, сколько бы таких пауз ни было."""

    class Slow(io.RawIOBase):
        left = 6

        def read(self, size: int = -1) -> bytes:
            pause.wait(0.2)
            self.left -= 1
            return b"x" if self.left else b""

    pause = threading.Event()
    one, two = socket.socketpair()
    with one, two:
        peer = threading.Thread(target=lambda: (receive_to_end(two), two.close()))
        peer.start()
        talk(one, Slow(), io.BytesIO(), timeout=0.7)
        peer.join(SECONDS)


def test_talk_is_patient_while_the_peer_talks() -> None:
    pause = threading.Event()

    def talk_slowly(sock: socket.socket) -> None:
        for _ in range(4):
            pause.wait(0.3)
            sock.sendall(b"x")
        sock.close()

    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            pause.wait(SECONDS)
            return b""

    one, two = socket.socketpair()
    with one, two:
        peer = threading.Thread(target=talk_slowly, args=(two,))
        peer.start()
        heard = io.BytesIO()
        talk(one, Endless(), heard, timeout=0.7)
        peer.join(SECONDS)
        assert heard.getvalue() == b"xxxx"
        pause.set()


def test_reset_by_peer() -> None:
    def break_off(sock: socket.socket) -> None:
        assert receive_exactly(sock, 6) == b"hello\n"
        reset(sock)

    with server(break_off) as port:
        code, out, err = run_nc("127.0.0.1", port, typed=b"hello\n")
    assert (code, out) == (1, b"")
    assert err == f"netlab nc: 127.0.0.1:{port} оборвал соединение.\n"


@pytest.mark.parametrize("attempt", range(5))
def test_reset_in_the_middle_of_sending(attempt: int) -> None:
    """Ошибку ядро сообщает один раз; кому бы она ни досталась, nc о ней скажет."""

    def break_off(sock: socket.socket) -> None:
        receive_exactly(sock, 100_000)
        reset(sock)

    with server(break_off) as port:
        code, _, err = run_nc("127.0.0.1", port, typed=b"x" * 20_000_000)
    assert code == 1
    assert err == f"netlab nc: 127.0.0.1:{port} оборвал соединение.\n"


def test_nobody_reads_the_output() -> None:
    stop = threading.Event()

    def talk_much(sock: socket.socket) -> None:
        stop.wait(SECONDS)
        with contextlib.suppress(OSError):
            while True:
                sock.sendall(b"x" * 1000)

    with server(talk_much) as port, nc("127.0.0.1", port) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        stop.set()
        assert process.wait(SECONDS) == 1
        assert process.stderr.read() == b""


def test_output_that_cannot_be_written() -> None:
    class Full:
        def write(self, data: memoryview) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(SinkError):
        write_all(Full(), b"hello")


def test_output_may_take_less_than_given() -> None:
    taken = []

    class Narrow:
        def write(self, data: memoryview) -> int:
            taken.append(bytes(data[:3]))
            return len(taken[-1])

    write_all(Narrow(), b"hello, world")
    assert taken == [b"hel", b"lo,", b" wo", b"rld"]


@posix
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="нет /dev/full")
def test_full_disk() -> None:
    def say(sock: socket.socket) -> None:
        sock.sendall(b"hello\n")
        receive_to_end(sock)

    full = os.open("/dev/full", os.O_WRONLY)
    with server(say) as port, nc("127.0.0.1", port, stdout=full) as process:
        os.close(full)
        assert process.wait(SECONDS) == 1
        assert process.stderr
        err = process.stderr.read().decode()
    assert err.startswith("netlab nc: Не удалось записать принятое")
    assert err.count("\n") == 1


@posix
def test_ctrl_c_is_quiet() -> None:
    connected = threading.Event()

    def wait_for_end(sock: socket.socket) -> None:
        sock.sendall(b"hello\n")
        connected.set()
        receive_to_end(sock)

    with server(wait_for_end) as port, nc("127.0.0.1", port) as process:
        assert connected.wait(SECONDS)
        assert process.stdout
        assert os.read(process.stdout.fileno(), 100) == b"hello\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 130
        assert process.stderr
        assert process.stderr.read() == b""


@posix
def test_without_standard_streams() -> None:
    came = []

    def answer(sock: socket.socket) -> None:
        came.append(receive_to_end(sock))
        sock.sendall(b"answer")

    with server(answer) as port:
        done = subprocess.run(
            f'exec "{sys.executable}" -m netlab nc 127.0.0.1 {port} <&- >&-',
            shell=True,
            stderr=subprocess.PIPE,
            timeout=SECONDS,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, b"")
    assert came == [b""]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("localhost",),
        ("localhost", "70000"),
        ("localhost", "http"),
        ("-l", "0", "localhost", "5555"),
        ("-w", "0", "localhost", "5555"),
    ],
)
def test_wrong_use(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code: object = main(["nc", *arguments])
    except SystemExit as error:
        code = error.code
    assert code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "netlab nc" in err


# ---------------------------------------------------------------- -l и --crlf


def test_listening_for_one_client() -> None:
    with nc("-l", "0") as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        line = process.stderr.readline().decode()
        found = re.search(r":(\d+)", line)
        assert found, line
        address = ("127.0.0.1", int(found[1]))
        with socket.create_connection(address, SECONDS) as sock:
            sock.sendall(b"question\n")
            assert os.read(process.stdout.fileno(), 100) == b"question\n"
            process.stdin.write(b"answer\n")
            process.stdin.close()
            assert receive_to_end(sock) == b"answer\n"
            with pytest.raises(ConnectionError):  # второй не нужен
                socket.create_connection(address, SECONDS)
        assert process.wait(SECONDS) == 0
        assert process.stderr.read() == b""


def test_listening_port_is_busy() -> None:
    with socket.create_server(("0.0.0.0", 0)) as busy:
        port = str(busy.getsockname()[1])
        code, _, err = run_nc("-l", port)
    assert code == 1
    assert err.startswith(f"netlab nc: Порт {port} занят")


def test_crlf_is_sent_instead_of_lf() -> None:
    came = []
    with server(lambda sock: came.append(receive_to_end(sock))) as port:
        assert run_nc("--crlf", "127.0.0.1", port, typed=b"one\ntwo\r\n\nx") == (0, b"", "")
    assert came == [b"one\r\ntwo\r\n\r\nx"]


def test_crlf_however_cut() -> None:
    text = b"\none\ntwo\r\n\r\n\n\r\r\nx\r"
    expected = b"\r\none\r\ntwo\r\n\r\n\r\n\r\r\nx\r"
    for first in range(len(text) + 1):
        for second in range(first, len(text) + 1):
            crlf = Crlf()
            pieces = (text[:first], text[first:second], text[second:])
            assert b"".join(crlf.encode(piece) for piece in pieces if piece) == expected
