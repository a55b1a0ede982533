"""Лаунчер: программа видит тот мир, о котором просила, а стенд — то, что она сделала."""

import socket
import sys
import textwrap
from pathlib import Path

import pytest

from netlab.stand import Circumstances, Stand

posix = pytest.mark.skipif(sys.platform == "win32", reason="номера ошибок — Linux и macOS")


def output_of(folder: Path, text: str, **circumstances: object) -> str:
    """Запускает программу до конца и возвращает её вывод."""
    path = folder / "program.py"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    with Stand(path, Circumstances(**circumstances)) as stand:
        program = stand.start(wait=False)
        assert program.wait_exit(20) is not None, "программа не завершилась"
        return program.output


@pytest.mark.parametrize("flags", [(), ("-I",), ("-S",), ("-bb",), ("-X", "dev"), ("-O",)])
def test_program_sees_itself_as_usual(flags: tuple[str, ...], tmp_path: Path) -> None:
    text = """
        import os, sys
        print(__name__, os.path.basename(__file__), sys.argv)
        print(sys.modules['__main__'].__dict__ is globals())
        print([name for name in globals() if not name.startswith('__')])
    """
    assert output_of(tmp_path, text, flags=flags).splitlines() == [
        "__main__ program.py ['program.py']",
        "True",
        "['os', 'sys']",
    ]


def test_program_imports_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "neighbour.py").write_text("word = 'сосед'", encoding="utf-8")
    text = "import neighbour; print(neighbour.word)"
    assert output_of(tmp_path, text) == "сосед\n"
    assert "ModuleNotFoundError" in output_of(tmp_path, text, flags=("-I",))


def test_addresses_look_as_asked(tmp_path: Path) -> None:
    text = """
        import socket
        server = socket.socket()
        server.bind(('0.0.0.0', 5555))
        server.listen()
        client = socket.create_connection(('127.0.0.1', 5555))
        connection, address = server.accept()
        print(server.getsockname(), connection.getsockname(), address, connection.getpeername())
        print(client.getpeername())
    """
    assert output_of(tmp_path, text).splitlines() == [
        "('0.0.0.0', 5555) ('127.0.0.1', 5555) ('127.0.0.1', 50001) ('127.0.0.1', 50001)",
        "('127.0.0.1', 5555)",
    ]


def test_port_zero_is_real(tmp_path: Path) -> None:
    text = """
        import socket
        server = socket.create_server(('', 0))
        port = server.getsockname()[1]
        socket.create_connection(('localhost', port)).close()
        print(port > 0)
    """
    assert output_of(tmp_path, text) == "True\n"


def test_names_of_the_stand(tmp_path: Path) -> None:
    """Программа идёт на e1.ru:80, а приходит к собеседнику стенда."""
    path = tmp_path / "program.py"
    path.write_text(
        textwrap.dedent("""
            import socket
            with socket.create_connection(('e1.ru', 80)) as sock:
                print(sock.getpeername())
                print(sock.recv(100))
        """),
        encoding="utf-8",
    )
    with socket.create_server(("127.0.0.1", 0)) as peer, Stand(path) as stand:
        peer.settimeout(10)
        stand.names["e1.ru:80"] = [peer.getsockname()]
        program = stand.start(wait=False)
        connection, _ = peer.accept()
        with connection:
            connection.sendall(b"hello")
        assert program.wait_exit(10) == 0
        assert program.output == "('127.0.0.1', 80)\nb'hello'\n"


@posix
def test_nothing_leaves_the_stand(tmp_path: Path) -> None:
    text = """
        import socket
        for address in (('example.com', 80), ('192.0.2.1', 80), ('2001:db8::1', 80)):
            family = socket.AF_INET6 if ':' in address[0] else socket.AF_INET
            for call in (socket.create_connection, socket.socket(family).connect):
                try:
                    call(address)
                except OSError as error:
                    print(type(error).__name__, error)
    """
    lines = output_of(tmp_path, text).splitlines()
    assert len(lines) == 6
    assert lines[0] == lines[1] == f"gaierror [Errno {socket.EAI_NONAME}] Name or service not known"
    assert all("unreachable" in line for line in lines[2:])


@posix
def test_traceback_hides_the_launcher(tmp_path: Path) -> None:
    text = """
        import socket, threading
        def work():
            socket.socket().connect(('127.0.0.1', 1))
        thread = threading.Thread(target=work, name='work')
        thread.start()
        thread.join()
        try:
            work()
        except OSError:
            raise ValueError('итог')
    """
    output = output_of(tmp_path, text)
    assert "launcher" not in output
    assert output.count("ConnectionRefusedError") == 2
    assert output.count('File "program.py"') == 4
    assert output.endswith("ValueError: итог\n")


def test_exit_codes_pass_through(tmp_path: Path) -> None:
    for text, code in (("raise SystemExit(3)", 3), ("pass", 0), ("1/0", 1)):
        path = tmp_path / "program.py"
        path.write_text(text, encoding="utf-8")
        with Stand(path) as stand:
            assert stand.start(wait=False).wait_exit(10) == code


def test_short_send(tmp_path: Path) -> None:
    text = """
        import socket
        a, b = socket.socketpair()
        print(a.send(b'x' * 5000), len(b.recv(10000)))
        a.sendall(b'x' * 5000)
        print(len(b.recv(10000)))
    """
    assert output_of(tmp_path, text, short_send=100) == "100 100\n5000\n"


def test_hurry_shortens_every_wait(tmp_path: Path) -> None:
    """За 200 с по часам программы проходит настоящая секунда-другая; все ожидания кончаются."""
    text = """
        import select, selectors, socket, threading, time
        a, b = socket.socketpair()
        started = time.monotonic()
        a.settimeout(40)
        try:
            a.recv(1)
        except TimeoutError:
            print('recv')
        time.sleep(40)
        select.select([a], [], [], 40)
        with selectors.DefaultSelector() as selector:
            selector.register(a, selectors.EVENT_READ)
            selector.select(timeout=40)
        threading.Event().wait(40)
        print(200 <= time.monotonic() - started < 2000)
    """
    assert output_of(tmp_path, text, hurry=100) == "recv\nTrue\n"


def test_stand_observes_calls(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(
        textwrap.dedent("""
            import socket
            server = socket.create_server(('', 5555))
            connection, _ = server.accept()
            buffer = bytearray(10)
            connection.recv_into(buffer, 3)
            connection.recvfrom(2)
            while connection.recv(1):
                pass
            connection.close()
            server.accept()
        """),
        encoding="utf-8",
    )
    with Stand(path) as stand:
        program = stand.start()
        assert program.asked_ports == [5555]
        client = stand.connect(program)
        client.send(b"abcdef")
        assert program.wait_received(client, 6)
        assert program.received(client) == 6
        assert not program.closed(client)
        client.half_close()
        assert program.wait(lambda: program.closed(client))
