"""Стенд выносит вердикт о любой программе в срок и не оставляет процессов."""

import os
import sys
import textwrap
import time
from pathlib import Path

import pytest

from netlab.checks import KINDS, check
from netlab.checks.kind import judge
from netlab.peers.conversation import Failed
from netlab.stand import Stand, has_ipv6

HOSTILE = {
    "hangs": """
        import time
        time.sleep(3600)
    """,
    "exits_at_once": """
        raise SystemExit(7)
    """,
    "spins": """
        while True:
            pass
    """,
    "prints_without_end": """
        while True:
            print('ещё строка ' * 100)
    """,
    "ignores_signals": """
        import signal, time
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        while True:
            time.sleep(1)
    """,
    "starts_threads": """
        import threading, time
        for _ in range(50):
            threading.Thread(target=time.sleep, args=(3600,)).start()
    """,
    "binds_nothing": """
        import socket
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.listen(1)
        input_from_nobody = sock.accept()
    """,
    "listens_to_udp": """
        import socket
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(('', 5555))
        sock.recv(1)
    """,
    "does_not_compile": """
        def listen(:
    """,
}

DEAF = """
    import socket, time
    sock = socket.socket()
    sock.bind(('', 5555))
    sock.listen()
    while True:
        time.sleep(1)
"""

CHATTERBOX = """
    import socket
    sock = socket.socket()
    sock.bind(('', 5555))
    sock.listen()
    while True:
        print('жду' * 1000)
"""

FORKS = """
    import os, socket, time
    sock = socket.socket()
    sock.bind(('', 5555))
    sock.listen()
    if os.fork() == 0:
        time.sleep(3600)
    print('child', flush=True)
    raise SystemExit
"""


def write(folder: Path, text: str) -> Path:
    """Кладёт программу в пустую папку."""
    path = folder / "program.py"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


def processes_of(path: Path) -> list[str]:
    """Находит живые процессы, которые работают в папке этого файла."""
    if sys.platform != "linux":
        return []
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            folder = os.readlink(process / "cwd")
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if folder == str(path.parent) and state != "Z":
            found.append(process.name)
    return found


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_program_gets_verdict_and_leaves_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netlab.peers.patience.START", 0.5)
    monkeypatch.setattr("netlab.checks.echo.PATIENT_MINUTE", 0.5)
    path = write(tmp_path, HOSTILE[name])
    report = check(path, KINDS["echo"])
    if name == "binds_nothing":
        # listen без bind ядро выполняет, выбрав порт само: вердикт есть, хоть и другой.
        assert not report.ok
    else:
        assert report.passed == 0
        assert "слуша" in report.verdicts[0].why
    assert processes_of(path) == []


def test_exit_code_and_last_words_are_shown(tmp_path: Path) -> None:
    path = write(tmp_path, "1 / 0")
    verdict = judge(path, KINDS["echo"].properties[0])
    assert verdict.received == "ZeroDivisionError: division by zero"
    assert "программа завершилась с кодом 1" in [
        f"{line.who} {line.what}" for line in verdict.conversation
    ]


def test_deaf_server_is_judged_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netlab.peers.patience.ANSWER", 0.5)
    monkeypatch.setattr("netlab.checks.echo.PATIENT_MINUTE", 0.5)
    path = write(tmp_path, DEAF)
    started = time.monotonic()
    report = check(path, KINDS["echo"])
    assert time.monotonic() - started < 20
    assert [verdict.id for verdict in report.verdicts if verdict.passed] == ["listens"]
    assert processes_of(path) == []


def test_last_words_survive_long_output(tmp_path: Path) -> None:
    path = write(tmp_path, "print('x' * 79 + chr(10), end='', flush=True)\n" * 3000 + "1 / 0")
    verdict = judge(path, KINDS["echo"].properties[0])
    assert verdict.received == "ZeroDivisionError: division by zero"


def test_endless_output_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netlab.peers.patience.ANSWER", 0.5)
    with Stand(write(tmp_path, CHATTERBOX)) as stand:
        program = stand.start()
        assert program.wait(lambda: len(program.output) > 10_000, 10)
        client = stand.connect(program)
        with pytest.raises(Failed):
            client.expect(b"?")
    assert len(program.output) <= 64 * 1024


@pytest.mark.skipif(sys.platform == "win32", reason="fork есть только в POSIX")
def test_children_are_killed_with_the_program(tmp_path: Path) -> None:
    path = write(tmp_path, FORKS)
    with Stand(path) as stand:
        program = stand.start(wait=False)
        assert program.wait(lambda: "child" in program.output, 10)
        assert program.wait_exit(10) == 0
        assert sys.platform != "linux" or len(processes_of(path)) == 1
    assert processes_of(path) == []


def test_interrupt_is_ctrl_c(tmp_path: Path) -> None:
    text = """
        import socket
        try:
            sock = socket.create_server(('', 5555))
            sock.accept()
        except KeyboardInterrupt:
            print('пока')
            raise SystemExit(5)
    """
    with Stand(write(tmp_path, text)) as stand:
        program = stand.start()
        code = program.interrupt()
        if sys.platform != "win32":
            assert (code, program.output) == (5, "пока\n")


def test_taken_port_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Если порт стенда успел занять посторонний, стенд берёт другой, и программа этого не видит."""
    import socket

    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        with Stand(write(tmp_path, DEAF)) as stand:
            stand._port = stranger.getsockname()[1]
            program = stand.start()
            assert program.port != stranger.getsockname()[1]


TWO_SOCKETS = """
    import socket, threading
    first, second = socket.socket(socket.AF_INET6), socket.socket()
    first.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    first.bind(('::', 5555))
    second.bind(('', 5555))
    first.listen()
    threading.Event().wait(0.5)
    second.listen()
    second.accept()
"""


@pytest.mark.skipif(not has_ipv6(), reason="на этой машине нет IPv6")
def test_client_waits_for_the_socket_of_its_own_ip_version(tmp_path: Path) -> None:
    """IPv6 слушает раньше IPv4: клиент IPv4 приходит тогда, когда есть к кому."""
    with Stand(write(tmp_path, TWO_SOCKETS)) as stand:
        program = stand.start()
        stand.connect(program)
        assert program.wait_exit(10) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="масок сигналов там нет")
def test_interrupt_is_noticed_even_if_it_did_not_wake_the_program(tmp_path: Path) -> None:
    """Сигнал достался другому потоку: главный спит в accept и сам не проснётся."""
    text = """
        import signal, socket, threading, time
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            sock = socket.create_server(('', 5555))
            sock.accept()
        except KeyboardInterrupt:
            print('пока', flush=True)
            raise SystemExit(5)
    """
    with Stand(write(tmp_path, text)) as stand:
        program = stand.start()
        assert (program.interrupt(), program.output) == (5, "пока\n")
