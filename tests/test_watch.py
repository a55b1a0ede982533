"""`netlab watch`: вызовы идущей программы по порядку, а сама она живёт как без него."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netlab.call_diagram import LANES, Diagram
from netlab.cli import main
from netlab.report import RED, WIDTH

SECONDS = 20
posix = pytest.mark.skipif(sys.platform == "win32", reason="на Windows сигналов группе не послать")


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], str]:
    """Записывает программу и возвращает путь к ней."""

    def write(text: str) -> str:
        path = tmp_path / "program.py"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return str(path)

    return write


@contextlib.contextmanager
def watching(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Запущенный `netlab watch`; вывод программы и рисунок — в одном канале, как в терминале."""
    process = subprocess.Popen(
        [sys.executable, "-X", "utf8", "-m", "netlab", "watch", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    guard = threading.Timer(SECONDS, process.kill)
    guard.start()
    with process:
        try:
            yield process
        finally:
            guard.cancel()
            process.kill()


def lines_until(process: subprocess.Popen[str], words: str) -> list[str]:
    """Читает строки до той, в которой есть words."""
    assert process.stdout is not None
    read = []
    for line in process.stdout:
        read.append(line)
        if words in line:
            return read
    raise AssertionError(f"«{words}» не дождались: {''.join(read)}")


def told(text: str) -> list[str]:
    """Строки без времени и номеров портов: они каждый раз свои."""
    text = re.sub(r"^ +\d+,\d{3}  ", "", text, flags=re.M)
    return re.sub(r"\d{5}|ждал \d+,\d", "N", text).splitlines()


def test_program_lives_as_usual_and_every_call_is_drawn(program: Callable[[str], str]) -> None:
    """Строка вызова стоит до того, что программа напечатала после него."""
    path = program("""
        import socket, sys
        print(sys.argv[1:], __name__)
        with socket.create_connection(('127.0.0.1', int(input('порт? ')))) as sock:
            print('вошёл')
            sock.sendall(b'x' * 31)
            print('послал')
            print(sock.recv(1024), sock.recv(1024))
        sys.exit(7)
    """)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with watching(path, "-h", "--два", "слова и ещё") as process:
            assert process.stdin is not None
            process.stdin.write(f"{port}\n")
            process.stdin.close()
            peer, _ = listener.accept()
            with peer:
                assert peer.recv(31, socket.MSG_WAITALL) == b"x" * 31
                peer.sendall(b"pong")
                shown = lines_until(process, "b'pong'")
            assert process.stdout is not None
            shown += process.stdout
            assert process.wait(SECONDS) == 7
    first, asked, *rest = (one for one in told("".join(shown)) if "ждёт" not in one)
    assert first == "['-h', '--два', 'слова и ещё'] __main__"
    # Ввод идёт из канала, поэтому строку после вопроса никто не перевёл.
    assert asked.startswith("порт? ")
    assert asked.endswith("● :N connect(('127.0.0.1', N))")
    assert rest == [
        "вошёл",
        "  ● :N sendall 31 байт →",
        "послал",
        "  ● :N ← recv(1024) b'pong'",
        "  ● :N ← recv(1024) b'': конец потока",
        "b'pong' b''",
        "  ● :N close()",
    ]


def test_call_that_waits_is_shown_at_once(program: Callable[[str], str]) -> None:
    """Начало видно, пока вызов ждёт, а в конце сказано, сколько он ждал."""
    path = program("""
        import socket
        server = socket.create_server(('127.0.0.1', 0))
        print(server.getsockname()[1])
        sock, _ = server.accept()
        print(sock.recv(10))
    """)
    with watching(path) as process:
        lines_until(process, "● listen()")
        port = int(lines_until(process, "\n")[0])
        lines_until(process, "┃ accept() ждёт…")
        with socket.create_connection(("127.0.0.1", port)) as client:
            own = client.getsockname()[1]
            accepted = lines_until(process, "accept()")[-1]
            assert re.search(rf"● :{own} accept\(\) → сокет, ждал \d+,\d с$", accepted)
            lines_until(process, f"┃ :{own} ← recv(10) ждёт…")
            client.sendall(b"ping")
            assert re.search(r"b'ping', ждал \d+,\d с$", lines_until(process, "b'ping'")[-1])
            assert lines_until(process, "b'ping'")[-1] == "b'ping'\n"
        assert process.wait(SECONDS) == 0


def test_exception_is_drawn_and_told_by_python(program: Callable[[str], str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # не слушает: соединиться нельзя
        port = taken.getsockname()[1]
        path = program(f"import socket\nsocket.socket().connect(('127.0.0.1', {port}))\n")
        with watching(path) as process:
            shown, _ = process.communicate(timeout=SECONDS)
            assert process.returncode == 1
    assert "● connect(('127.0.0.1', N)): ConnectionRefusedError: ECONNREFUSED" in told(shown)
    assert f'File "{path}", line 2, in <module>' in shown
    assert "launcher" not in shown


@posix
def test_ctrl_c_ends_the_program_quietly(program: Callable[[str], str]) -> None:
    path = program("import socket\nsocket.create_server(('127.0.0.1', 0)).accept()\n")
    with watching(path) as process:
        lines_until(process, "accept() ждёт…")
        os.killpg(process.pid, signal.SIGINT)
        shown, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == 130
    assert "Traceback" not in shown
    assert re.fullmatch(r"● accept\(\): KeyboardInterrupt, N с", told(shown)[0])


@posix
def test_program_may_answer_ctrl_c_itself(program: Callable[[str], str]) -> None:
    path = program("""
        import socket, sys
        try:
            socket.create_server(('127.0.0.1', 0)).accept()
        except KeyboardInterrupt:
            print('пока')
            sys.exit(5)
    """)
    with watching(path) as process:
        lines_until(process, "accept() ждёт…")
        os.killpg(process.pid, signal.SIGINT)
        shown, _ = process.communicate(timeout=SECONDS)
        assert (process.returncode, shown.splitlines()[-1]) == (5, "пока")


@posix
def test_program_does_not_outlive_the_watcher(program: Callable[[str], str]) -> None:
    path = program(
        "import os, socket\nprint(os.getpid())\nsocket.create_server(('', 0)).accept()\n"
    )
    with watching(path) as process:
        pid = int(lines_until(process, "\n")[0])
        lines_until(process, "ждёт…")
        process.terminate()
        assert process.wait(SECONDS) == 128 + signal.SIGTERM
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@posix
def test_end_by_a_signal_is_passed_on(program: Callable[[str], str]) -> None:
    with watching(program("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")) as process:
        assert process.wait(SECONDS) == 128 + signal.SIGKILL


@pytest.mark.parametrize(
    ("path", "words"), [("/нет/такого.py", "такого файла нет"), ("/", "это папка")]
)
def test_wrong_use_is_explained(path: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", path]) == 2
    assert capsys.readouterr().err == (
        f"netlab watch: «{Path(path)}»: {words}; укажите файл программы.\n"
    )


# ---------------------------------------------------------------- рисунок


def call(
    number: int, name: str, *args: str, port: int = 0, at: float = 0.0, **done: object
) -> list[dict[str, object]]:
    """Два доклада лаунчера о вызове, который сразу вернулся; done — чем кончился."""
    before = 0 if name in ("accept", "connect") else port
    begin = {"call": "begin", "number": number, "name": name, "args": args, "port": before}
    end = {"call": "done", "number": number, "port": port, **done}
    return [{**begin, "at": at}, {**end, "at": at}]


def drawn(events: list[dict[str, object]], colour: bool = False) -> list[str]:
    diagram = Diagram(0.0, colour)
    return [line for event in events for line in diagram.lines(event)]


def test_every_connection_has_its_own_column() -> None:
    events = []
    for number, port in enumerate((50001, 50002)):
        events += call(number, "accept", port=port, result="сокет")
    events += call(3, "recv", "10", port=50001, result="b'a'")
    events += call(4, "close", port=50001, result="None")
    events += call(5, "recv", "10", port=50002, result="b''")
    events += call(6, "accept", port=50003, result="сокет")
    assert told("\n".join(drawn(events))) == [
        "  ● :N accept() → сокет",
        "  ┊ ● :N accept() → сокет",
        "  ● ┊ :N ← recv(10) b'a'",
        "  ● ┊ :N close()",
        "    ● :N ← recv(10) b'': конец потока",
        "  ● ┊ :N accept() → сокет",
    ]


def test_drawing_fits_the_terminal_with_any_number_of_connections() -> None:
    events = []
    for number in range(3 * LANES):
        events += call(number, "accept", port=50001 + number, result="сокет")
    events += call(99, "sendall", "b'" + r"\xd0" * 60 + "'", port=50005, result="None")
    lines = drawn(events)
    assert max(map(len, lines)) <= WIDTH
    assert "".join(line.split(":50005 ")[-1].strip("┊● ") for line in lines).count(r"\xd0") == 60


def test_time_does_not_go_back() -> None:
    """Потоки докладывают чуть не по порядку."""
    lines = drawn([*call(1, "listen", at=2.0), *call(2, "listen", at=1.9)])
    assert [line.split()[0] for line in lines] == ["2,000", "2,000"]


def test_failure_is_red_only_in_colour() -> None:
    events = call(1, "recv", "1", port=5, error="TimeoutError")
    assert RED in drawn(events, colour=True)[0]
    assert "\x1b" not in drawn(events)[0]
