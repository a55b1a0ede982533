"""Ветвящийся сервер: программе не отличить его от нового интерпретатора, а стенду — от Popen."""

import os
import signal
import subprocess
import textwrap
import threading
from pathlib import Path

import pytest

from netlab import fork_server
from netlab.checks import KINDS
from netlab.checks.kind import judge
from netlab.fork_server import ForkServer
from netlab.stand import Circumstances, Stand

pytestmark = pytest.mark.skipif(not fork_server.AVAILABLE, reason="fork есть только на POSIX")


def program(folder: Path, text: str) -> Path:
    path = folder / "program.py"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


@pytest.mark.parametrize("forks", [True, False], ids=["fork", "popen"])
@pytest.mark.parametrize(
    ("flags", "text", "code", "output"),
    [
        ((), "print('да')", 0, "да\n"),
        ((), "raise SystemExit(7)", 7, ""),
        ((), "import os\nos._exit(3)", 3, ""),
        ((), "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM, ""),
        (("-bb",), "print(b'x')", 1, "BytesWarning: str() on a bytes instance\n"),
        (("-S",), "exit()", 1, "NameError: name 'exit' is not defined"),
        ((), "import sys\nprint(sys.argv, sys.stdin.read())", 0, "['program.py'] \n"),
        ((), "import os\nprint(os.getpgrp() == os.getpid())", 0, "True\n"),
        ((), "import os, sys\nprint(sys.path[0] == os.getcwd())", 0, "True\n"),
        ((), "import atexit\natexit.register(print, 'пока')", 0, "пока\n"),
    ],
    ids=["prints", "code", "exit", "signal", "bb", "S", "argv", "group", "path", "atexit"],
)
def test_both_ways_of_starting_are_alike(
    forks: bool,
    flags: tuple[str, ...],
    text: str,
    code: int,
    output: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fork_server, "AVAILABLE", forks)
    with Stand(program(tmp_path, text), Circumstances(flags=flags)) as stand:
        started = stand.start(wait=False)
        assert started.wait_exit(10) == code
        assert isinstance(started.process, subprocess.Popen) is not forks
        assert output in started.output
        assert "launcher" not in started.output


def test_verdict_does_not_depend_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(__file__).parents[1] / "snippets/echo/echo_bytes.py"
    one = KINDS["echo"].find("half_close")
    forked = judge(path, one)
    monkeypatch.setattr(fork_server, "AVAILABLE", False)
    assert judge(path, one) == forked


def test_programs_do_not_see_one_another(tmp_path: Path) -> None:
    text = "import json, sys\nprint(hasattr(json, 'spoilt'))\njson.spoilt = True\n"
    path = program(tmp_path, text)
    for _ in range(2):
        with Stand(path) as stand:
            started = stand.start(wait=False)
            assert started.wait_exit(10) == 0
            assert started.output == "False\n"


def test_dead_server_is_replaced() -> None:
    first = fork_server.fork_server(("-q",), os.environ)
    assert fork_server.fork_server(("-q",), os.environ) is first
    first._process.kill()
    first._reader.join(10)
    second = fork_server.fork_server(("-q",), os.environ)
    assert second is not first
    assert second.alive
    first._stand.close()
    first._process.wait()


def test_children_end_with_the_server(tmp_path: Path) -> None:
    path = program(tmp_path, "import threading\nprint('жив', flush=True)\nthreading.Event().wait()")
    server = ForkServer((), os.environ)
    reading, writing = os.pipe()
    config = {
        "calls": False, "ports": [], "names": {}, "mapped": True, "hurry": 1, "short_send": 0,
        "stuck_after": 0, "memory": False, "trace": False, "shown": "program.py",
    }  # fmt: skip
    process = server.start(config, path, writing)
    assert process.stdout is not None
    assert process.stdout.readline() == "жив\n".encode()
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.01)
    server.close()
    assert process.wait() == -signal.SIGKILL
    # Конец вывода виден, только когда никого из пишущих не осталось.
    assert process.stdout.read() == b""
    process.stdout.close()
    os.close(reading)
    os.close(writing)


def test_signal_to_one_that_has_just_ended_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Процесса уже нет, а сервер о том ещё не сказал: как и Popen, молчим."""
    with Stand(program(tmp_path, "print('да')")) as stand:
        started = stand.start(wait=False)
        assert started.wait_exit(10) == 0
        monkeypatch.setattr(fork_server.ForkedProcess, "poll", lambda process: None)
        started.process.send_signal(signal.SIGURG)
        monkeypatch.undo()


def test_many_threads_start_programs_at_once(tmp_path: Path) -> None:
    path = program(tmp_path, "import os\nprint(os.getpid())\n")
    outputs: list[str] = []

    def run() -> None:
        with Stand(path) as stand:
            started = stand.start(wait=False)
            assert started.wait_exit(20) == 0
            assert started.output == f"{started.process.pid}\n"
            outputs.append(started.output)

    threads = [threading.Thread(target=run) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(set(outputs)) == 20
