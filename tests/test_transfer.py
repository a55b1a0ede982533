"""Передача файла: он приходит целиком и проверенный — или никакой, и попытка продолжится."""

from __future__ import annotations

import os
import random
import socket
import sys
import threading
import tracemalloc
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from netlab import part_file, transfer, transfer_protocol
from netlab.chaos import ChaosProxy
from netlab.part_file import BLOCK, PartFile
from netlab.peers import Drip, Fault, Rate, Reset, Stall, Truncate
from netlab.progress import Progress, shown_size
from netlab.sockets import reset
from netlab.transfer import FileChanged, receive_file, send_file, unseen
from netlab.transfer_protocol import (
    NAME_LIMIT,
    PART_SUFFIX,
    Digest,
    Held,
    Kept,
    LinkBroken,
    Message,
    NotNetlab,
    Offer,
    Reason,
    Refusal,
    Refused,
    Start,
    TransferError,
    bare_name,
    decode,
    encode,
)

SECONDS = 10.0

posix = pytest.mark.skipif(sys.platform == "win32", reason="на Windows этого нет")

Pair = tuple[socket.socket, socket.socket]
Result = Path | BaseException | None


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Два конца соединения TCP."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = socket.create_connection(listener.getsockname(), SECONDS)
        two, _ = listener.accept()
    two.settimeout(SECONDS)
    with one, two:
        yield one, two


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Папка получателя."""
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    """Кладёт отправителю файл."""

    def make(content: bytes, name: str = "file.bin") -> Path:
        path = tmp_path / "out" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return path

    return make


CONTENT = random.Random(5555).randbytes(3 * BLOCK)


def content_of(size: int) -> bytes:
    """Байты, среди которых повтор не скроет ни потери, ни перестановки."""
    return CONTENT[:size]


def caught(act: Callable[..., Result], *args: Any, **options: Any) -> Result:
    try:
        return act(*args, **options)
    except Exception as error:
        return error


def run(
    pair: Pair,
    path: Path,
    folder: Path,
    *,
    to_send: dict[str, Any] | None = None,
    **to_receive: Any,
) -> tuple[Result, Result]:
    """Посылает и принимает; возвращает, чем кончилось у отправителя и чем у получателя."""
    sent: list[Result] = []

    def send() -> None:
        sent.append(caught(send_file, pair[0], path, **to_send or {}))

    sender = threading.Thread(target=send)
    sender.start()
    received = caught(receive_file, pair[1], folder, **to_receive)
    sender.join(SECONDS)
    assert not sender.is_alive()
    return sent[0], received


@contextmanager
def spoiled(
    to_receiver: Callable[[], Fault] = Fault, to_sender: Callable[[], Fault] = Fault
) -> Iterator[Pair]:
    """Два конца соединения, которое кто-то портит."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        listener.settimeout(SECONDS)
        proxy = ChaosProxy(listener.getsockname(), to_server=to_receiver, to_client=to_sender)
        stack.enter_context(proxy)
        one = stack.enter_context(socket.create_connection(proxy.address, SECONDS))
        two = stack.enter_context(listener.accept()[0])
        two.settimeout(SECONDS)
        yield one, two


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class Counting(Fault):
    """Доставляет исправно и считает байты."""

    count = 0

    def deliver(self, sock: socket.socket, data: bytes) -> None:
        self.count += len(data)
        super().deliver(sock, data)


class Flip(Fault):
    """Портит один бит байта с номером at."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at

    def deliver(self, sock: socket.socket, data: bytes) -> None:
        if 0 <= self.at < len(data):
            data = data[: self.at] + bytes([data[self.at] ^ 1]) + data[self.at + 1 :]
        self.at -= len(data)
        super().deliver(sock, data)


OFFER = len(encode(Offer(0, "file.bin")))
"""Столько байт отправитель шлёт прежде байтов файла."""
DIGEST = len(encode(Digest(bytes(32))))


# ---------------------------------------------------------------- всё хорошо


@pytest.mark.parametrize("size", [0, 1, 1000, BLOCK, BLOCK + 1, 3 * BLOCK - 1])
def test_file_arrives(pair: Pair, make: Callable[..., Path], folder: Path, size: int) -> None:
    path = make(content_of(size))
    assert run(pair, path, folder) == (None, folder / "file.bin")
    assert (folder / "file.bin").read_bytes() == content_of(size)
    assert listing(folder) == ["file.bin"]


def test_names_may_be_given_as_text(pair: Pair, make: Callable[..., Path], folder: Path) -> None:
    path = make(b"hello")
    assert run(pair, str(path), str(folder)) == (None, folder / "file.bin")  # type: ignore[arg-type]


def test_russian_name(pair: Pair, make: Callable[..., Path], folder: Path) -> None:
    path = make(b"hello", "Лекция 5, часть 2 (й, ё).txt")
    assert run(pair, path, folder) == (None, folder / path.name)


def test_name_arrives_composed(pair: Pair, make: Callable[..., Path], folder: Path) -> None:
    """У macOS «й» — это «и» и бревис отдельно; имя приходит одно и то же отовсюду."""
    path = make(b"hello", unicodedata.normalize("NFD", "ёлка й.txt"))
    _, received = run(pair, path, folder)
    assert received == folder / unicodedata.normalize("NFC", "ёлка й.txt")


def test_connection_serves_the_next_file(
    pair: Pair, make: Callable[..., Path], folder: Path
) -> None:
    for name in ("one", "two", "three"):
        assert run(pair, make(name.encode(), name), folder) == (None, folder / name)


def test_socket_keeps_its_timeout(pair: Pair, make: Callable[..., Path], folder: Path) -> None:
    pair[0].settimeout(7)
    pair[1].settimeout(None)
    run(pair, make(b"hello"), folder, to_send={"timeout": 5})
    assert [sock.gettimeout() for sock in pair] == [7, None]


def test_bytes_may_come_all_at_once(pair: Pair, folder: Path) -> None:
    """Байты файла, слипшиеся с предложением и хешем, остаются байтами файла."""
    one, two = pair
    one.sendall(encode(Offer(5, "x")) + b"hello" + encode(Digest(sha256(b"hello").digest())))
    assert receive_file(two, folder).read_bytes() == b"hello"
    assert one.recv(100) == encode(Start(0)) + encode(Kept())


def test_disk_may_take_less_than_given(
    pair: Pair, make: Callable[..., Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Narrow(part_file.FileIO):
        def write(self, data: memoryview) -> int:  # type: ignore[override]
            return super().write(data[:300])

    path = make(content_of(1000))
    monkeypatch.setattr(part_file, "FileIO", Narrow)
    assert run(pair, path, folder) == (None, folder / "file.bin")
    assert (folder / "file.bin").read_bytes() == content_of(1000)


@posix
def test_any_stream_socket_will_do(make: Callable[..., Path], folder: Path) -> None:
    one, two = socket.socketpair()
    with one, two:
        assert run((one, two), make(content_of(BLOCK)), folder) == (None, folder / "file.bin")


def test_memory_does_not_grow_with_the_file(
    pair: Pair, make: Callable[..., Path], folder: Path
) -> None:
    path = make(b"")
    os.truncate(path, 24 * BLOCK)
    tracemalloc.start()
    try:
        assert run(pair, path, folder) == (None, folder / "file.bin")
        assert tracemalloc.get_traced_memory()[1] < 4 * BLOCK
    finally:
        tracemalloc.stop()


# ---------------------------------------------------------------- связь рвётся


@pytest.mark.parametrize("fault", [Truncate, Reset])
@pytest.mark.parametrize("arrived", [0, 1, 70_000, 99_999])
def test_broken_link_says_what_is_missing(
    make: Callable[..., Path], folder: Path, fault: type[Truncate] | type[Reset], arrived: int
) -> None:
    content = content_of(100_000)
    with spoiled(lambda: fault(OFFER + arrived)) as pair:
        sent, received = run(pair, make(content), folder)
    assert isinstance(sent, LinkBroken)
    assert isinstance(received, LinkBroken)
    # RST может забрать с собой последние байты.
    missing = received.missing if fault is Reset else 100_000 - arrived
    assert received.missing == missing
    assert f" Не хватает {shown_size(missing)} из 97,7 КиБ." in str(received)
    parts = [path.read_bytes() for path in folder.iterdir()]
    assert parts == ([content[: 100_000 - missing]] if missing < 100_000 else [])
    assert not (folder / "file.bin").exists()


def test_lost_hash_is_all_that_is_missing(make: Callable[..., Path], folder: Path) -> None:
    with spoiled(lambda: Truncate(OFFER + 1000 + DIGEST - 1)) as pair:
        _, received = run(pair, make(content_of(1000)), folder)
    assert isinstance(received, LinkBroken)
    assert received.missing == 0
    assert str(received) == "Связь оборвалась. Не хватает только хеша."


@pytest.mark.parametrize("arrived", [1, 70_000, 99_999, 100_000, 100_000 + DIGEST - 1])
def test_second_attempt_sends_only_the_rest(
    make: Callable[..., Path], folder: Path, arrived: int
) -> None:
    path = make(content_of(100_000))
    with spoiled(lambda: Truncate(OFFER + arrived)) as pair:
        sent, received = run(pair, path, folder)
        assert isinstance(sent, LinkBroken)
        assert isinstance(received, LinkBroken)
    assert listing(folder) == ["file.bin" + PART_SUFFIX]

    counting = Counting()
    with spoiled(lambda: counting) as pair:
        assert run(pair, path, folder) == (None, folder / "file.bin")
    rest = max(0, 100_000 - arrived)
    # Вторая попытка шлёт ещё один хеш — того, что уже есть; в конце хеш нужен, если был остаток.
    assert counting.count == OFFER + DIGEST + (rest + DIGEST if rest else 0)
    assert (folder / "file.bin").read_bytes() == content_of(100_000)
    assert listing(folder) == ["file.bin"]


def test_lost_acknowledgement_is_repeated(make: Callable[..., Path], folder: Path) -> None:
    path = make(content_of(100_000))
    with spoiled(to_sender=lambda: Truncate(len(encode(Start(0))) + 1)) as pair:
        sent, received = run(pair, path, folder)
    assert isinstance(sent, LinkBroken)
    assert received == folder / "file.bin"

    counting = Counting()
    with spoiled(lambda: counting) as pair:
        assert run(pair, path, folder) == (None, folder / "file.bin")
    assert counting.count == OFFER + DIGEST


def test_many_breaks(make: Callable[..., Path], folder: Path) -> None:
    path = make(content_of(100_000))
    for _ in range(9):
        with spoiled(lambda: Truncate(OFFER + DIGEST + 10_000)) as pair:
            _, received = run(pair, path, folder)
            assert isinstance(received, LinkBroken)
    with spoiled(lambda: Truncate(OFFER + DIGEST + 20_000)) as pair:
        assert run(pair, path, folder) == (None, folder / "file.bin")
    assert (folder / "file.bin").read_bytes() == content_of(100_000)


# ---------------------------------------------------------------- недополученное — не от того файла


@pytest.mark.parametrize(
    "part",
    [
        b"x" * 100,  # начало другого файла с тем же именем
        content_of(5000)[:-1] + b"x",  # испорчен последний байт
        content_of(100_000)[:4] + b"x" * 99_996,  # есть всё, но не то
        content_of(100_000) + b"x",  # больше, чем весь файл
    ],
)
def test_wrong_part_is_begun_anew(
    pair: Pair, make: Callable[..., Path], folder: Path, part: bytes
) -> None:
    (folder / f"file.bin{PART_SUFFIX}").write_bytes(part)
    assert run(pair, make(content_of(100_000)), folder) == (None, folder / "file.bin")
    assert (folder / "file.bin").read_bytes() == content_of(100_000)
    assert listing(folder) == ["file.bin"]


def test_shorter_file_with_the_same_beginning(
    pair: Pair, make: Callable[..., Path], folder: Path
) -> None:
    """Отправитель не верит и получателю, который обещает больше, чем весь файл."""
    one, two = pair
    two.sendall(encode(Held(50)) + encode(Start(50)))
    with pytest.raises(NotNetlab):
        send_file(one, make(content_of(10)))


# ---------------------------------------------------------------- порча


@pytest.mark.parametrize(
    "at", [OFFER, OFFER + 50_000, OFFER + 99_999, OFFER + 100_000 + DIGEST - 1]
)
def test_flipped_bit_is_noticed(make: Callable[..., Path], folder: Path, at: int) -> None:
    with spoiled(lambda: Flip(at)) as pair:
        for result in run(pair, make(content_of(100_000)), folder):
            assert isinstance(result, Refused)
            assert result.reason is Reason.DAMAGED
            assert "испорченным" in str(result)
    assert listing(folder) == []


def test_flipped_bit_in_the_name_or_size(make: Callable[..., Path], folder: Path) -> None:
    """Порча в предложении даёт ошибку или файл под чуть другим именем, но верный."""
    for at in (0, 3, 4, 5, 9, 10, 17, 18, OFFER - 1):
        with spoiled(lambda at=at: Flip(at)) as pair:  # type: ignore[misc]
            sent, received = run(
                pair, make(b"hello"), folder, to_send={"timeout": 0.05}, timeout=0.05
            )
        if isinstance(received, Path):
            assert received.read_bytes() == b"hello"
            received.unlink()
        else:
            assert isinstance(sent, TransferError)
            assert isinstance(received, TransferError)
        assert [name for name in listing(folder) if not name.endswith(PART_SUFFIX)] == []


# ---------------------------------------------------------------- молчание


def test_silent_sender_is_not_awaited_for_ever(make: Callable[..., Path], folder: Path) -> None:
    with spoiled(lambda: Stall(OFFER + 50_000)) as pair:
        _, received = run(pair, make(content_of(100_000)), folder, timeout=0.3)
    assert isinstance(received, LinkBroken)
    assert str(received).startswith("Другая сторона молчит дольше 0,3 с.")
    assert received.missing == 50_000
    assert listing(folder) == ["file.bin" + PART_SUFFIX]


@pytest.mark.parametrize("says", [b"", encode(Start(0))])
def test_silent_receiver_is_not_awaited_for_ever(
    pair: Pair, make: Callable[..., Path], says: bytes
) -> None:
    """Не отвечает на предложение или согласился, но не читает."""
    path = make(b"")
    os.truncate(path, 64 * BLOCK)
    pair[1].sendall(says)
    with pytest.raises(LinkBroken, match="молчит дольше 0,1 с") as broken:
        send_file(pair[0], path, timeout=0.1)
    assert broken.value.heard == bool(says)


def test_timeout_of_the_socket_is_respected(pair: Pair, folder: Path) -> None:
    pair[1].settimeout(0.05)
    with pytest.raises(LinkBroken, match="молчит дольше 0,05 с"):
        receive_file(pair[1], folder)


def test_dripping_message_has_one_deadline(folder: Path, make: Callable[..., Path]) -> None:
    """Предложение по байту: каждый байт вовремя, а всё вместе — нет."""
    with spoiled(lambda: Drip(0.02)) as pair:
        _, received = run(pair, make(b"hello"), folder, timeout=0.2)
    assert isinstance(received, LinkBroken)


def test_slow_link_is_not_silence(
    make: Callable[..., Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Всё послано и лежит в буферах, а получатель читает их дольше таймаута."""
    monkeypatch.setattr(transfer, "PULSE", 0.02)
    with spoiled(lambda: Rate(100_000)) as pair:
        started = run(pair, make(content_of(60_000)), folder, to_send={"timeout": 0.3}, timeout=0.3)
    assert started == (None, folder / "file.bin")


def test_counting_hash_is_not_silence(
    make: Callable[..., Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Пока стороны проверяют уже принятое, они шлют друг другу пустые сообщения."""
    monkeypatch.setattr(transfer, "PULSE", 0.0)
    path = make(content_of(2 * BLOCK + 1000))
    (folder / f"file.bin{PART_SUFFIX}").write_bytes(content_of(2 * BLOCK))
    there, back = Counting(), Counting()
    with spoiled(lambda: there, lambda: back) as pair:
        assert run(pair, path, folder) == (None, folder / "file.bin")
    assert there.count == OFFER + 2 * 4 + DIGEST + 1000 + DIGEST
    answers = sum(len(encode(message)) for message in (Held(0), Start(0), Kept()))
    assert back.count >= answers + 3 * 4
    assert (folder / "file.bin").read_bytes() == content_of(2 * BLOCK + 1000)


# ---------------------------------------------------------------- имена

BAD_NAMES = [
    "",
    ".",
    "..",
    "../x",
    "/etc/x",
    "a/b",
    "a\\b",
    "..\\x",
    "C:\\x",
    "C:x",
    "file.txt:stream",
    "a\0b",
    "a\nb",
    "a\x1b[2Jb",
    "a\x7fb",
    "a\x85b",
    "fdp.\u202etxt",  # RLO: на экране «fdp.txt» задом наперёд
    "a\u2066b",
    "a\u200bb",
    "\ufeffa",
    "a\u2028b",
    "\udcff",  # не UTF-8
    "CON",
    "con",
    "Nul.txt",
    "aux .tar.gz",
    "COM1",
    "lpt¹.txt",
    "CONIN$",
    "a.",
    "a ",
    " a",
    "\u00a0a",
    ".hidden",
    "a*",
    "a?",
    'a"',
    "<a>",
    "a|b",
    "a" + PART_SUFFIX,
    "a" + PART_SUFFIX.upper(),
    "a" * (NAME_LIMIT + 1),
    "ф" * (NAME_LIMIT // 2 + 1),
    "a" * 4000,
]
GOOD_NAMES = [
    "a",
    "Привет, мир.txt",
    "console",
    "com10",
    "nul_.txt",
    "a.b.c",
    "a..b",
    "~",
    "-rf",
    "файл (1) [новый] #2 & 100%.tar.gz",
    "日本語.txt",
    "🎓.png",
    "a" * NAME_LIMIT,
    "ф" * (NAME_LIMIT // 2),
]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_bad_name_is_refused(pair: Pair, folder: Path, name: str) -> None:
    one, two = pair
    one.sendall(encode(Offer(5, name)) + b"hello" + encode(Digest(sha256(b"hello").digest())))
    one.shutdown(socket.SHUT_WR)
    with pytest.raises(Refused) as refused:
        receive_file(two, folder)
    assert refused.value.reason is Reason.NAME
    assert str(refused.value).isprintable()
    assert one.recv(100) == encode(Refusal(Reason.NAME))
    assert one.recv(100) == b""
    assert listing(folder) == []
    assert listing(folder.parent) == ["in"]


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_good_name_is_taken_as_it_is(
    pair: Pair, make: Callable[..., Path], folder: Path, name: str
) -> None:
    assert bare_name(name) == name
    assert run(pair, make(b"hello", name), folder) == (None, folder / name)


@posix
def test_sender_refuses_a_bad_name_itself(
    pair: Pair, make: Callable[..., Path], folder: Path
) -> None:
    sent, received = run(pair, make(b"hello", "12:30.log"), folder)
    assert isinstance(sent, Refused)
    assert sent.reason is Reason.NAME
    assert isinstance(received, LinkBroken)


# ---------------------------------------------------------------- отказы получателя


def reasons(results: tuple[Result, Result]) -> list[Reason]:
    assert all(isinstance(result, Refused) for result in results), results
    return [result.reason for result in results if isinstance(result, Refused)]


@pytest.mark.parametrize("old", [b"", b"older", b"hello, world"])
def test_another_file_is_not_overwritten(
    pair: Pair, make: Callable[..., Path], folder: Path, old: bytes
) -> None:
    (folder / "file.bin").write_bytes(old)
    assert reasons(run(pair, make(b"hello"), folder)) == [Reason.EXISTS] * 2
    assert (folder / "file.bin").read_bytes() == old
    assert listing(folder) == ["file.bin"]


@pytest.mark.parametrize("old", [b"", b"older", b"hello", b"hello, world"])
def test_file_is_overwritten_if_asked(
    pair: Pair, make: Callable[..., Path], folder: Path, old: bytes
) -> None:
    (folder / "file.bin").write_bytes(old)
    assert run(pair, make(b"hello"), folder, overwrite=True) == (None, folder / "file.bin")
    assert (folder / "file.bin").read_bytes() == b"hello"
    assert listing(folder) == ["file.bin"]


def test_old_file_lives_until_the_new_one_is_ready(make: Callable[..., Path], folder: Path) -> None:
    (folder / "file.bin").write_bytes(b"old")
    with spoiled(lambda: Truncate(OFFER + 500)) as pair:
        run(pair, make(content_of(1000)), folder, overwrite=True)
    assert (folder / "file.bin").read_bytes() == b"old"


def test_file_that_appeared_meanwhile_is_not_overwritten(
    pair: Pair, make: Callable[..., Path], folder: Path
) -> None:
    def appear(total: int) -> Progress:
        (folder / "file.bin").write_bytes(b"mine")
        return unseen(total)

    assert reasons(run(pair, make(b"hello"), folder, progress=appear)) == [Reason.EXISTS] * 2
    assert (folder / "file.bin").read_bytes() == b"mine"


@posix
def test_links_are_not_followed(make: Callable[..., Path], folder: Path) -> None:
    elsewhere = make(b"precious", "elsewhere")
    (folder / "one").symlink_to(elsewhere)
    (folder / f"two{PART_SUFFIX}").symlink_to(elsewhere)
    for name, overwrite, expected in (
        ("one", False, Reason.EXISTS),
        ("one", True, None),
        ("two", False, Reason.NOT_WRITTEN),
    ):
        with spoiled() as pair:
            results = run(pair, make(b"hello", name), folder, overwrite=overwrite)
        if expected:
            assert reasons(results) == [expected] * 2
        else:
            assert not (folder / "one").is_symlink()
        assert elsewhere.read_bytes() == b"precious"


@pytest.mark.parametrize("overwrite", [False, True])
def test_folder_in_the_way(
    pair: Pair, make: Callable[..., Path], folder: Path, overwrite: bool
) -> None:
    (folder / "file.bin").mkdir()
    results = run(pair, make(b"hello"), folder, overwrite=overwrite)
    assert reasons(results) == [Reason.NOT_WRITTEN if overwrite else Reason.EXISTS] * 2


def test_limit_of_size(make: Callable[..., Path], folder: Path) -> None:
    with spoiled() as pair:
        assert run(pair, make(b"12345"), folder, limit=5) == (None, folder / "file.bin")
    counting = Counting()
    with spoiled(lambda: counting) as pair:
        results = run(pair, make(b"123456", "more.bin"), folder, limit=5)
    assert reasons(results) == [Reason.TOO_LARGE] * 2
    assert "байт: 6 при пределе 5" in str(results[1])
    assert counting.count == OFFER
    assert listing(folder) == ["file.bin"]


def test_impossible_size_is_too_large(pair: Pair, folder: Path) -> None:
    pair[0].sendall(encode(Offer(2**64 - 1, "file.bin")))
    pair[0].shutdown(socket.SHUT_WR)
    with pytest.raises(Refused) as refused:
        receive_file(pair[1], folder)
    assert refused.value.reason is Reason.TOO_LARGE


def test_folder_that_does_not_exist(pair: Pair, make: Callable[..., Path], folder: Path) -> None:
    results = run(pair, make(b"hello"), folder / "none")
    assert reasons(results) == [Reason.NOT_WRITTEN] * 2


@posix
def test_full_disk_stops_the_sender_and_keeps_what_fitted(
    make: Callable[..., Path], folder: Path
) -> None:
    """Место «кончает» предел размера файла: ошибка та же, на записи и посреди файла."""
    import resource

    path = make(b"")
    os.truncate(path, 40 * BLOCK)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    counting = Counting()
    resource.setrlimit(resource.RLIMIT_FSIZE, (BLOCK + 12_345, before[1]))
    try:
        with spoiled(lambda: counting) as pair:
            results = run(pair, path, folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert reasons(results) == [Reason.NO_SPACE] * 2
    assert "кончилось место" in str(results[0])
    assert counting.count < 40 * BLOCK
    assert listing(folder) == ["file.bin" + PART_SUFFIX]
    assert (folder / f"file.bin{PART_SUFFIX}").stat().st_size == BLOCK + 12_345

    counting = Counting()
    with spoiled(lambda: counting) as pair:
        assert run(pair, path, folder) == (None, folder / "file.bin")
    assert counting.count == OFFER + DIGEST + 39 * BLOCK - 12_345 + DIGEST


@posix
def test_reason_is_found_when_the_receiver_has_gone(
    pair: Pair, make: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Отказ и RST застали отправителя посреди блока: виноват отказ, а не связь."""
    one, two = pair
    send_block = transfer.Link.send_block

    def too_late(link: transfer.Link, block: memoryview) -> None:
        two.sendall(encode(Refusal(Reason.NO_SPACE)))
        reset(two)
        send_block(link, block)

    monkeypatch.setattr(transfer.Link, "send_block", too_late)
    two.sendall(encode(Start(0)))
    with pytest.raises(Refused, match="кончилось место"):
        send_file(one, make(b"hello"))


# ---------------------------------------------------------------- двое пишут одно


def test_part_belongs_to_one_receiver(pair: Pair, make: Callable[..., Path], folder: Path) -> None:
    with PartFile(folder / "file.bin") as part:
        part.write(memoryview(b"hel"))
        assert reasons(run(pair, make(b"hello"), folder)) == [Reason.BUSY] * 2
        part.write(memoryview(b"lo"))
        part.keep()
    assert (folder / "file.bin").read_bytes() == b"hello"


@posix
def test_part_renamed_while_it_was_being_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Между open и замком прежний хозяин закончил: готовый файл уже не наш."""
    lock = part_file._lock

    def finish_first(file: Any) -> None:
        monkeypatch.setattr(part_file, "_lock", lock)
        os.replace(folder / f"file.bin{PART_SUFFIX}", folder / "file.bin")
        lock(file)

    (folder / f"file.bin{PART_SUFFIX}").write_bytes(b"ready")
    monkeypatch.setattr(part_file, "_lock", finish_first)
    with PartFile(folder / "file.bin") as part:
        assert part.count == 0
        part.restart()
    assert (folder / "file.bin").read_bytes() == b"ready"
    assert listing(folder) == ["file.bin"]


def test_two_senders_of_one_name(make: Callable[..., Path], folder: Path, tmp_path: Path) -> None:
    """Оба сразу: кому-то отказано, а файл — ровно тот, чей отправитель получил подтверждение."""
    contents = [bytes([letter]) * BLOCK for letter in b"abcd"]
    results: dict[int, Result] = {}

    def transfer_one(number: int) -> None:
        path = tmp_path / str(number) / "file.bin"
        path.parent.mkdir()
        path.write_bytes(contents[number])
        with spoiled() as pair:
            results[number], _ = run(pair, path, folder)

    threads = [threading.Thread(target=transfer_one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    (winner,) = [number for number, result in results.items() if result is None]
    assert (folder / "file.bin").read_bytes() == contents[winner]
    for number, result in results.items():
        if number != winner:
            assert isinstance(result, Refused)
            assert result.reason in (Reason.BUSY, Reason.EXISTS)


# ---------------------------------------------------------------- файл отправителя


@pytest.mark.parametrize(
    "change",
    [
        lambda path: os.truncate(path, BLOCK),
        lambda path: os.truncate(path, 3 * BLOCK),
        lambda path: os.utime(path, (0, 0)),  # переписан, размер прежний
    ],
)
def test_file_that_changes_while_being_sent(
    pair: Pair,
    make: Callable[..., Path],
    folder: Path,
    change: Callable[[Path], None],
) -> None:
    path = make(content_of(2 * BLOCK))

    def change_now(total: int) -> Progress:
        change(path)
        return unseen(total)

    sent, received = run(pair, path, folder, to_send={"progress": change_now})
    assert isinstance(sent, FileChanged)
    assert "изменился, пока его посылали" in str(sent)
    assert isinstance(received, LinkBroken)
    assert not (folder / "file.bin").exists()


@pytest.mark.parametrize("name", [".", "fifo", "none"])
@posix
def test_what_is_not_a_file(pair: Pair, tmp_path: Path, folder: Path, name: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    sent, received = run(pair, tmp_path / name, folder)
    assert isinstance(sent, OSError)
    assert str(received) == "Связь оборвалась."  # и узнал об этом сразу, а не через таймаут


# ---------------------------------------------------------------- чужие


@pytest.mark.parametrize(
    "stream",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"hello\n" * 10,
        b"\x00\x00\x00\x01?",
        b"\x00\x00\x00\x03Oh!",
        encode(Offer(5, "x")).replace(b"NLFT", b"ABCD"),
        encode(Digest(bytes(32))),
        encode(Start(0)),
        encode(Offer(0, "x")) + encode(Kept()),
    ],
)
def test_stranger_leaves_nothing(pair: Pair, folder: Path, stream: bytes) -> None:
    pair[0].sendall(stream)
    pair[0].shutdown(socket.SHUT_WR)
    with pytest.raises(NotNetlab, match="тот ли это порт"):
        receive_file(pair[1], folder)
    assert listing(folder) == []


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        encode(Offer(5, "file.bin")),  # эхо
        encode(Kept()),
        encode(Start(1)),
        encode(Held(3)) + encode(Start(2)),
        encode(Start(0)) + encode(Start(0)),
        b"\x00\x00\x00\x02R\xff",
    ],
)
def test_strange_receiver_is_noticed(pair: Pair, make: Callable[..., Path], answer: bytes) -> None:
    pair[1].sendall(answer)
    with pytest.raises(NotNetlab):
        send_file(pair[0], make(b"hello"))


def test_other_version_is_named(
    pair: Pair, make: Callable[..., Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Обеим сторонам: и тому, кто моложе, и тому, кто старше."""
    monkeypatch.setattr(transfer_protocol, "VERSION", 2)
    offer = encode(Offer(5, "file.bin"))
    monkeypatch.undo()
    pair[0].sendall(offer)
    pair[0].shutdown(socket.SHUT_WR)
    with pytest.raises(Refused, match="другая версия"):
        receive_file(pair[1], folder)
    assert decode(pair[0].recv(100)[4:]) == Refusal(Reason.VERSION)

    with spoiled() as (one, two):
        two.sendall(encode(Refusal(Reason.VERSION)))
        with pytest.raises(Refused, match="другая версия"):
            send_file(one, make(b"hello"))


# ---------------------------------------------------------------- провод


@pytest.mark.parametrize(
    ("message", "wire"),
    [
        (
            Offer(258, "ф"),
            b"\x00\x00\x00\x10ONLFT\x01\x00\x00\x00\x00\x00\x00\x01\x02\xd1\x84",
        ),
        (Held(1), b"\x00\x00\x00\x09H\x00\x00\x00\x00\x00\x00\x00\x01"),
        (Digest(b"d" * 32), b"\x00\x00\x00\x21D" + b"d" * 32),
        (Start(2), b"\x00\x00\x00\x09S\x00\x00\x00\x00\x00\x00\x00\x02"),
        (Kept(), b"\x00\x00\x00\x01K"),
        (Refusal(Reason.EXISTS), b"\x00\x00\x00\x02R\x03"),
    ],
)
def test_messages_on_the_wire(message: Message, wire: bytes) -> None:
    assert encode(message) == wire
    assert decode(wire[4:]) == message
