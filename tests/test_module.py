"""Файл, загруженный как модуль: стенд зовёт его функции и видит, чем кончилось."""

import textwrap
from pathlib import Path

import pytest

from netlab.checks.kind import Kind, WrongKind, names_of
from netlab.module import Shown
from netlab.peers.conversation import Failed
from netlab.stand import Circumstances, Stand


def stand_of(folder: Path, text: str, **circumstances: object) -> Stand:
    path = folder / "program.py"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return Stand(path, Circumstances(**circumstances))  # type: ignore[arg-type]


def said(stand: Stand) -> list[str]:
    return [f"{line.who}: {line.what}" for line in stand.conversation.lines]


def test_values_come_back_as_they_were(tmp_path: Path) -> None:
    text = """
        def same(value):
            return value
        def two():
            return [b'1', 2]
        if __name__ == '__main__':
            raise SystemExit('модуль запустили как программу')
    """
    with stand_of(tmp_path, text) as stand:
        module = stand.load()
        for value in (b"\x00\xff", bytearray(b"x"), "Ёж", 5, 1.5, True, None):
            module.call(stand.conversation, "same", value).expect(value)
        module.call(stand.conversation, "two").expect((b"1", 2))
        module.call(stand.conversation, "same", Shown(1, "секрет")).expect(1)
    assert said(stand)[:2] == [
        r"программа: >>> same(b'\x00\xff')",
        r"программа: вернула b'\x00\xff'",
    ]
    assert "программа: >>> same(секрет)" in said(stand)


def test_bytearray_is_not_bytes(tmp_path: Path) -> None:
    text = "def give():\n    return bytearray(b'x')\n"
    with stand_of(tmp_path, text) as stand, pytest.raises(Failed) as failed:
        stand.load().call(stand.conversation, "give").expect(b"x")
    assert (failed.value.expected, failed.value.received) == ("b'x'", "bytearray(b'x')")


def test_exception_is_reported_with_its_text(tmp_path: Path) -> None:
    text = """
        class Short(OSError):
            pass
        def fail():
            raise Short('не хватает 7 байт')
    """
    with stand_of(tmp_path, text) as stand:
        call = stand.load().call(stand.conversation, "fail")
        assert call.expect_exception("почему") == "не хватает 7 байт"
        assert call.raised[:2] == ["Short", "OSError"]
        with pytest.raises(Failed, match="fail бросила исключение"):
            call.bytes_value()
    assert said(stand)[-1] == "программа: исключение Short: не хватает 7 байт"


@pytest.mark.parametrize("mistake", ["1 / 0", "unknown", "fail()", "[][0]"])
def test_mistake_of_the_program_is_not_bad_news_from_the_network(
    mistake: str, tmp_path: Path
) -> None:
    with stand_of(tmp_path, f"def fail():\n    return {mistake}\n") as stand:
        call = stand.load().call(stand.conversation, "fail")
        with pytest.raises(Failed, match="сломалась сама"):
            call.expect_exception("почему")


def test_module_that_does_not_load(tmp_path: Path) -> None:
    with stand_of(tmp_path, "import nonsense\n") as stand, pytest.raises(Failed) as failed:
        stand.load()
    assert failed.value.received == "ModuleNotFoundError: No module named 'nonsense'"


def test_module_that_exits_in_a_call(tmp_path: Path) -> None:
    with stand_of(tmp_path, "import os\ndef leave():\n    os._exit(3)\n") as stand:
        call = stand.load().call(stand.conversation, "leave")
        with pytest.raises(Failed, match="кодом 3"):
            call.expect(None)


def test_program_reads_an_empty_stdin(tmp_path: Path) -> None:
    """Команды стенда идут по стандартному вводу, но программе не достаются."""
    text = "import sys\nfirst = sys.stdin.read()\ndef read():\n    return first\n"
    with stand_of(tmp_path, text) as stand:
        stand.load().call(stand.conversation, "read").expect("")


def test_call_waits_for_the_peer(tmp_path: Path) -> None:
    text = "def read(sock):\n    return sock.recv(10)\n"
    with stand_of(tmp_path, text) as stand:
        module = stand.load()
        sock, peer = stand.pair(module)
        call = module.call(stand.conversation, "read", sock)
        assert not call.wait(0.05)
        peer.send(b"hello")
        call.expect(b"hello")
        assert call.facts["recvs"] == 1
    assert said(stand) == [
        "программа: >>> read(sock)",
        "собеседник: → b'hello'",
        "программа: вернула b'hello'",
    ]


def test_spinning_call_is_named(tmp_path: Path) -> None:
    text = "def read(sock):\n    while True:\n        sock.recv(10)\n"
    with stand_of(tmp_path, text) as stand:
        module = stand.load()
        sock, peer = stand.pair(module)
        call = module.call(stand.conversation, "read", sock)
        peer.close()
        with pytest.raises(Failed, match="не вернулась") as failed:
            call.bytes_value(seconds=10)
    assert failed.value.received == "ничего: функция снова и снова читает b''"


def test_closed_socket_is_closed(tmp_path: Path) -> None:
    with stand_of(tmp_path, "") as stand:
        module = stand.load()
        sock, peer = stand.pair(module)
        assert module.close_socket(sock)
        peer.expect_end("close")
        assert module.wait(lambda: module.closed(peer))


def test_socket_kept_by_the_program_is_noticed(tmp_path: Path) -> None:
    with stand_of(tmp_path, "kept = []\nkeep = kept.append\n") as stand:
        module = stand.load()
        sock, _ = stand.pair(module)
        module.call(stand.conversation, "keep", sock).expect(None)
        assert not module.close_socket(sock)


def test_wrong_kind_of_exception_is_named(tmp_path: Path) -> None:
    with stand_of(tmp_path, "def fail():\n    raise ValueError('нет')\n") as stand:
        call = stand.load().call(stand.conversation, "fail")
        with pytest.raises(Failed, match="не то исключение") as failed:
            call.expect_exception("почему", "EOFError", "OSError")
    assert failed.value.expected == "EOFError или OSError"


def test_memory_is_measured(tmp_path: Path) -> None:
    text = """
        def grow(count):
            data = b''
            for _ in range(count):
                data += b'x' * 1000
            return len(data)
        def hold(size):
            return len(bytearray(size))
    """
    with stand_of(tmp_path, text, memory=True) as stand:
        module = stand.load()
        held = module.call(stand.conversation, "hold", 1_000_000)
        held.expect(1_000_000)
        assert 1_000_000 <= held.facts["peak"] < 1_100_000
        grown = module.call(stand.conversation, "grow", 100)
        grown.expect(100_000)
        assert grown.facts["peak"] < 300_000


def test_copies_between_two_recv_are_counted(tmp_path: Path) -> None:
    text = """
        def read(sock):
            data = b''
            while chunk := sock.recv(1024):
                data += chunk
            return len(data)
    """
    with stand_of(tmp_path, text, memory=True) as stand:
        module = stand.load()
        sock, peer = stand.pair(module)
        call = module.call(stand.conversation, "read", sock)
        for count in range(1, 101):
            peer.sock.sendall(b"x" * 1024)
            assert module.wait_received(peer, count * 1024)
        peer.close()
        call.expect(102400)
    # 1 + 2 + … + 100 кусков.
    assert call.facts["allocated"] > 4500 * 1024


def test_send_that_takes_nothing(tmp_path: Path) -> None:
    text = "def put(sock, data):\n    return [sock.send(data), sock.send(data)]\n"
    with stand_of(tmp_path, text, stuck_after=3) as stand:
        module = stand.load()
        sock, peer = stand.pair(module)
        module.call(stand.conversation, "put", sock, b"hello").expect((3, 0))
        peer.expect(b"hel")


def test_server_hears_the_program_by_name(tmp_path: Path) -> None:
    text = """
        import socket
        def visit(name, port):
            with socket.create_connection((name, port)) as sock:
                return sock.recv(10), sock.getpeername()[1], sock.family.name
    """
    with stand_of(tmp_path, text) as stand:
        server = stand.serve("e1.ru:80")
        module = stand.load()
        call = module.call(stand.conversation, "visit", "e1.ru", 80)
        connection = server.accept(module)
        connection.send(b"hello")
        call.expect((b"hello", 80, "AF_INET"))
        assert module.wait(lambda: module.closed(connection))


def test_name_without_ipv4_is_not_found_by_ipv4(tmp_path: Path) -> None:
    text = """
        import socket
        def visit(name, port):
            with socket.socket() as sock:
                sock.connect((name, port))
    """
    with stand_of(tmp_path, text) as stand:
        stand.names["six.ru:80"] = [("::1", 9)]
        call = stand.load().call(stand.conversation, "visit", "six.ru", 80)
        call.expect_exception("почему")
        assert "gaierror" in call.raised


def test_server_says_nobody_came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netlab.peers.patience.ANSWER", 0.05)
    with stand_of(tmp_path, "") as stand:
        server = stand.serve()
        module = stand.load()
        with pytest.raises(Failed, match="не пришла"):
            server.accept(module)


def test_output_of_a_program_is_kept_without_a_speaker(tmp_path: Path) -> None:
    with stand_of(tmp_path, "print('один')\nprint('два')\n") as stand:
        assert stand.run().exit_code == 0
    assert said(stand) == ["программа: $ python program.py", ": один", ": два"]


def test_program_that_does_not_end(tmp_path: Path) -> None:
    text = "import socket\nhere, there = socket.socketpair()\nhere.recv(1)\n"
    with stand_of(tmp_path, text) as stand, pytest.raises(Failed, match="не закончилась"):
        stand.run(0.5)


# ---------------------------------------------------------------- какие функции есть в файле

KIND = Kind("both", "обе", "", functions=("one(a)", "two(b)"))
EITHER = Kind("either", "любая", "", functions=("one(a)", "two(b)"), all_functions=False)


def file_of(folder: Path, text: str) -> Path:
    path = folder / "answer.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_names_are_found_without_running(tmp_path: Path) -> None:
    text = "from a import b as one\ntwo = len\nclass C: pass\ndef d(): pass\nraise SystemExit\n"
    assert names_of(file_of(tmp_path, text)) == {"one", "two", "C", "d"}


def test_missing_function_is_named(tmp_path: Path) -> None:
    file = file_of(tmp_path, "def one(a): pass\n")
    with pytest.raises(WrongKind, match=r"«answer.py» нет функции two\(b\)"):
        KIND.defined_in(file)
    assert EITHER.defined_in(file) == {"one"}
    with pytest.raises(WrongKind, match=r"one\(a\) или two\(b\)"):
        EITHER.defined_in(file_of(tmp_path, "def three(): pass\n"))


def test_file_that_is_not_python(tmp_path: Path) -> None:
    with pytest.raises(WrongKind, match="не программа на Python, строка 1"):
        KIND.defined_in(file_of(tmp_path, "def def\n"))
