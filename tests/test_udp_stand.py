"""Стенд и UDP: порт программы виден, клиент различает датаграммы, об ушедшем сообщают."""

import sys
import textwrap
from pathlib import Path

import pytest

from netlab.peers.conversation import Failed
from netlab.stand import Circumstances, Stand

ECHO = """
    import socket
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(('0.0.0.0', 5555))
        print(sock.getsockname(), flush=True)
        while True:
            data, address = sock.recvfrom(65535)
            sock.sendto(data, address)
"""
CONNECTED = """
    import socket
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(('0.0.0.0', 5555))
        data, address = sock.recvfrom(65535)
        sock.connect(address)
        sock.send(data)
        sock.recv(1)
"""
TCP = """
    import socket
    with socket.create_server(('', 5555)) as listener:
        listener.accept()
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="IP_RECVERR есть только на Linux")


def stand_with(folder: Path, text: str, **circumstances: object) -> Stand:
    """Стенд для программы с таким текстом."""
    path = folder / "program.py"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return Stand(path, Circumstances(**circumstances))


def test_program_has_the_port_it_asked_for(tmp_path: Path) -> None:
    with stand_with(tmp_path, ECHO) as stand:
        program = stand.start(udp=True)
        assert program.asked_udp_ports == [5555] != [program.udp_port]
        assert program.port is None
        assert program.wait(lambda: "\n" in program.output)
        assert program.output == "('0.0.0.0', 5555)\n"


def test_tcp_port_is_not_udp_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netlab.peers.patience.START", 1.0)
    with stand_with(tmp_path, TCP) as stand, pytest.raises(Failed, match="порт UDP"):
        stand.start(udp=True)


def test_datagrams_come_one_by_one(tmp_path: Path) -> None:
    with stand_with(tmp_path, ECHO) as stand:
        client = stand.connect_udp(stand.start(udp=True))
        for data in (b"one", b"", b"two"):
            client.send_datagram(data)
        for data in (b"one", b"", b"two"):
            client.expect_datagram(data)
        assert [line.what for line in stand.conversation.lines[-3:]] == [
            "← датаграмму b'one'", "← датаграмму b''", "← датаграмму b'two'",
        ]  # fmt: skip


def test_silence_of_dead_program_is_noticed_at_once(tmp_path: Path) -> None:
    with stand_with(tmp_path, CONNECTED.replace("sock.send(data)", "raise SystemExit(5)")) as stand:
        client = stand.connect_udp(stand.start(udp=True))
        client.send_datagram(b"hello")
        with pytest.raises(Failed, match="с кодом 5"):
            client.expect_datagram(b"hello")


@linux
@pytest.mark.parametrize(
    ("text", "reported", "survives"),
    [(ECHO, False, True), (ECHO, True, False), (CONNECTED, False, False)],
    ids=["not_asked", "asked", "connected"],
)
def test_program_learns_that_client_is_gone(
    text: str, reported: bool, survives: bool, tmp_path: Path
) -> None:
    with stand_with(tmp_path, text, port_unreachable=reported) as stand:
        program = stand.start(udp=True)
        stand.connect_udp(program).send_and_leave(b"hello")
        client = stand.connect_udp(program)
        client.send_datagram(b"hello")
        if survives:
            client.expect_datagram(b"hello")
        else:
            assert program.wait_exit() == 1
            assert "ConnectionRefusedError" in program.last_words
