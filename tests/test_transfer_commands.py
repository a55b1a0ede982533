"""`netlab send-file` и `netlab recv-file`: обрыв не губит передачу, ошибка — одно предложение."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netlab import file_sender as command
from netlab.chaos import ChaosProxy
from netlab.cli import main
from netlab.peers import Fault, Truncate
from netlab.sockets import reset
from netlab.transfer import receive_file
from netlab.transfer_protocol import ALIVE, TransferError

SECONDS = 10.0

posix = pytest.mark.skipif(sys.platform == "win32", reason="на Windows этого нет")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "файл.bin"
    path.write_bytes(bytes(range(256)) * 1000)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


@contextlib.contextmanager
def netlab(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Запущенная команда, которая не переживёт теста."""
    process = subprocess.Popen(
        [sys.executable, "-X", "dev", "-X", "utf8", "-m", "netlab", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def port_of(process: subprocess.Popen[str]) -> int:
    """Ждёт, пока recv-file начнёт слушать, и возвращает порт."""
    assert process.stderr
    line = process.stderr.readline()
    found = re.search(r":(\d+)", line)
    assert found, line
    return int(found[1])


@contextlib.contextmanager
def receiver(serve: Callable[[socket.socket], object]) -> Iterator[str]:
    """Получатель в этом же процессе: serve на каждое соединение; даёт номер порта."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    sock, _ = listener.accept()
                    with sock, contextlib.suppress(TransferError):
                        serve(sock)

        thread = threading.Thread(target=accept)
        thread.start()
        yield str(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(SECONDS)
    assert not thread.is_alive()


def answer_and_break_off(sock: socket.socket) -> None:
    """Получатель, который заговорил и пропал: видно, что это он."""
    sock.recv(1)
    sock.sendall(ALIVE)
    reset(sock)


def break_off(sock: socket.socket) -> None:
    """Тот, кто не сказал ни байта."""
    sock.recv(1)  # иначе RST мог бы прийти раньше, чем вернётся connect
    reset(sock)


def stay_silent(sock: socket.socket) -> None:
    """Тот, кто читает и молчит."""
    while sock.recv(65536):
        pass


def test_transfer_survives_a_broken_link(path: Path, folder: Path) -> None:
    cuts = iter([Truncate(50_000), Fault()])
    with (
        netlab("recv-file", "--host", "127.0.0.1", "--port", "0", "--folder", str(folder)) as to,
        ChaosProxy(("127.0.0.1", port_of(to)), to_server=lambda: next(cuts)) as proxy,
        netlab("send-file", str(path), "127.0.0.1", str(proxy.address[1])) as sender,
    ):
        out, err = sender.communicate(timeout=SECONDS)
        assert (sender.returncode, out) == (0, "«файл.bin» у получателя, целый и проверенный.\n")
        assert err.endswith(": Связь оборвалась. Попробую ещё раз через 0,5 с.\n")
        assert err.count("\n") == 1
        out, err = to.communicate(timeout=SECONDS)
        assert (to.returncode, out) == (0, f"{folder / 'файл.bin'}\n")
        assert re.search(r" Не хватает 201,\d КиБ из 250,0 КиБ\. Жду дальше\.\n$", err)
        assert err.count("\n") == 1
    assert (folder / "файл.bin").read_bytes() == path.read_bytes()
    assert [entry.name for entry in folder.iterdir()] == ["файл.bin"]


@posix
def test_stranger_does_not_stop_the_wait_and_ctrl_c_does(folder: Path) -> None:
    with netlab("recv-file", "--port", "0", "--folder", str(folder)) as process:
        with socket.create_connection(("127.0.0.1", port_of(process)), SECONDS) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert process.stderr
            assert process.stderr.readline().endswith("тот ли это порт? Жду дальше.\n")
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 130
        assert process.stderr.read() == ("netlab recv-file: Прервано; что принято, то сохранено.\n")


# Остальное — в этом же процессе: запуск интерпретатора стоит дороже самой передачи.


def test_refusal_is_told_and_not_repeated(
    path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / path.name).write_bytes(b"another")
    with receiver(lambda sock: receive_file(sock, folder)) as port:
        assert main(["send-file", str(path), "127.0.0.1", port]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        "netlab send-file: У получателя уже есть другой файл с этим именем: переименуйте свой.\n"
    )


def test_attempts_are_bounded(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "ATTEMPTS", 4)
    monkeypatch.setattr(command, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(command, "LONGEST_PAUSE", 0.02)

    with receiver(answer_and_break_off) as port:
        assert main(["send-file", str(path), "127.0.0.1", port]) == 1
    err = capsys.readouterr().err.splitlines()
    head = f"netlab send-file: 127.0.0.1:{port}: Связь оборвалась."
    assert err == [
        *(f"{head} Попробую ещё раз через {pause} с." for pause in ("0,01", "0,02", "0,02")),
        f"{head} Повторите команду: пойдёт только остаток.",
    ]


@pytest.mark.parametrize("serve", [stay_silent, break_off])
def test_port_without_a_receiver_is_named_at_once(
    path: Path, capsys: pytest.CaptureFixture[str], serve: Callable[[socket.socket], object]
) -> None:
    with receiver(serve) as port:
        assert main(["send-file", str(path), "127.0.0.1", port, "--timeout", "0.2"]) == 1
    assert capsys.readouterr() == (
        "",
        f"netlab send-file: 127.0.0.1:{port} не отвечает по нашему протоколу: тот ли это порт?\n",
    )


@pytest.mark.parametrize("host", [(), ("--host", "localhost"), ("--host", "0.0.0.0")])
def test_printed_command_works(path: Path, folder: Path, host: tuple[str, ...]) -> None:
    """С адресом этой машины и с портом, который выбрала система."""
    with netlab("recv-file", *host, "--port", "0", "--folder", str(folder)) as to:
        assert to.stderr
        _, _, line = to.stderr.readline().partition("; послать: ")
        words = line.split()
        assert words[:4] == ["python", "-m", "netlab", "send-file"]
        assert main(["send-file", str(path), *words[5:]]) == 0
        assert to.wait(SECONDS) == 0
    assert (folder / path.name).read_bytes() == path.read_bytes()


def test_receiver_that_went_away_may_come_back(
    path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """После удачного соединения отказ — повод подождать: получателя, видно, перезапускают."""
    monkeypatch.setattr(command, "ATTEMPTS", 1000)
    monkeypatch.setattr(command, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(command, "LONGEST_PAUSE", 0.01)
    refused = threading.Event()

    def complain(sentence: str, code: int) -> int:
        if "никто не слушает. Попробую ещё раз" in sentence:
            refused.set()
        return code

    monkeypatch.setattr(command, "complain", complain)
    listener = socket.create_server(("127.0.0.1", 0))
    address = listener.getsockname()

    def go_away_and_come_back() -> None:
        with listener:
            sock, _ = listener.accept()
        answer_and_break_off(sock)
        assert refused.wait(SECONDS)
        with socket.create_server(address) as again:
            sock, _ = again.accept()
            with sock:
                receive_file(sock, folder)

    thread = threading.Thread(target=go_away_and_come_back)
    thread.start()
    assert main(["send-file", str(path), "127.0.0.1", str(address[1])]) == 0
    thread.join(SECONDS)
    assert (folder / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["send-file", "нет.bin", "127.0.0.1"], 2, "«нет.bin»: такого файла нет."),
        (["send-file", ".", "127.0.0.1"], 2, "«.» — не файл; папку сначала упакуйте."),
        (["send-file", "a.bin", "127.0.0.1", "{free}"], 1, "этот порт там никто не слушает."),
        (["send-file", "a.bin", "нет..имени"], 1, "Имени «нет..имени» нет"),
        (["send-file", ".hidden", "127.0.0.1", "{busy}"], 1, "Имя файла не годится"),
        (["send-file", "a.bin"], 2, "не хватает аргументов"),
        (["send-file", "a.bin", "127.0.0.1", "0"], 2, "Порт 0 — не порт"),
        (["recv-file", "--folder", "нет"], 2, "«нет»: такой папки нет."),
        (["recv-file", "--folder", "a.bin"], 2, "«a.bin»: это файл, а не папка."),
        (["recv-file", "inbox"], 2, "Папку называет ключ: --folder inbox\n"),
        (["recv-file", "--port", "{busy}"], 1, "занят другой программой"),
        (["recv-file", "--host", "нет..имени"], 1, "Адреса «нет..имени» нет"),
        (["recv-file", "--limit", "-1"], 2, "байты — это целое число от 0"),
    ],
)
def test_trouble_is_one_sentence(
    arguments: list[str],
    code: int,
    says: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.bin", ".hidden"):
        Path(name).write_bytes(b"hello")
    with socket.create_server(("0.0.0.0", 0)) as busy, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        ports = {"busy": busy.getsockname()[1], "free": free.getsockname()[1]}
        try:
            result: object = main([argument.format(**ports) for argument in arguments])
        except SystemExit as error:
            result = error.code
    assert result == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"netlab {arguments[0]}: ")
    assert err.count("\n") == 1
    assert says in err
