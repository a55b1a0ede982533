"""Передача файла при любой нарезке, любом обрыве, любой порче и любом имени."""

from __future__ import annotations

import socket
import tempfile
import threading
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path, PureWindowsPath
from typing import Any
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from netlab import part_file, transfer
from netlab.chaos import ChaosProxy
from netlab.peers import Fault, Truncate
from netlab.transfer import receive_file, send_file
from netlab.transfer_protocol import (
    MESSAGE_LIMIT,
    NAME_LIMIT,
    PART_SUFFIX,
    Digest,
    Held,
    Kept,
    LinkBroken,
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
BLOCK = 50
"""Вместо мегабайта: границы блоков должны попадаться часто."""
NAME = "файл.bin"
HELLO = Digest(sha256(b"hello").digest())
OVERHEAD = len(encode(Offer(0, NAME))) + 2 * len(encode(Digest(bytes(32))))

Result = Path | Exception | None

contents = st.one_of(
    st.binary(max_size=300),
    st.integers(0, 400).map(lambda size: bytes(number % 251 for number in range(size))),
)


class Chopped(Fault):
    """Доставляет кусками по sizes байт, по кругу."""

    def __init__(self, sizes: list[int], carrier: Fault) -> None:
        super().__init__(carrier)
        self.sizes = sizes

    def deliver(self, sock: socket.socket, data: bytes) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        turn = 0
        while data:
            size = self.sizes[turn % len(self.sizes)]
            super().deliver(sock, data[:size])
            data = data[size:]
            turn += 1


class Flip(Fault):
    """Портит бит bit байта с номером at."""

    def __init__(self, at: int, bit: int) -> None:
        super().__init__()
        self.at = at
        self.bit = bit

    def deliver(self, sock: socket.socket, data: bytes) -> None:
        if 0 <= self.at < len(data):
            flipped = data[self.at] ^ 1 << self.bit
            data = data[: self.at] + bytes([flipped]) + data[self.at + 1 :]
        self.at -= len(data)
        super().deliver(sock, data)


@contextmanager
def folders(content: bytes) -> Iterator[tuple[Path, Path]]:
    """Файл отправителя и пустая папка получателя; блоки маленькие."""
    with (
        tempfile.TemporaryDirectory() as temporary,
        mock.patch.object(part_file, "BLOCK", BLOCK),
        mock.patch.object(transfer, "BLOCK", BLOCK),
    ):
        path = Path(temporary, "out", NAME)
        path.parent.mkdir()
        path.write_bytes(content)
        folder = Path(temporary, "in")
        folder.mkdir()
        yield path, folder


def attempt(
    path: Path,
    folder: Path,
    to_receiver: Callable[[], Fault] = Fault,
    to_sender: Callable[[], Fault] = Fault,
    timeout: float = SECONDS,
) -> tuple[Result, Result]:
    """Одна попытка; возвращает, чем она кончилась у отправителя и у получателя."""
    results: list[Result] = [None, None]

    def caught(side: int, act: Callable[..., Result], *args: Any) -> None:
        try:
            results[side] = act(*args, timeout=timeout)
        except Exception as error:
            results[side] = error

    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        proxy = ChaosProxy(listener.getsockname(), to_server=to_receiver, to_client=to_sender)
        stack.enter_context(proxy)
        one = stack.enter_context(socket.create_connection(proxy.address, SECONDS))
        two = stack.enter_context(listener.accept()[0])
        sender = threading.Thread(target=caught, args=(0, send_file, one, path))
        sender.start()
        caught(1, receive_file, two, folder)
        sender.join(SECONDS)
        assert not sender.is_alive()
    return results[0], results[1]


@settings(deadline=None, max_examples=150)
@given(
    contents,
    st.lists(st.integers(0, 600), max_size=4),
    st.lists(st.integers(1, 60), min_size=1, max_size=3),
)
def test_cut_anywhere_then_resumed(content: bytes, cuts: list[int], sizes: list[int]) -> None:
    """Как ни режь поток и где ни рви его, последняя, целая попытка даёт файл."""
    with folders(content) as (path, folder):
        for cut in cuts:
            cut = min(cut, len(content) + OVERHEAD)
            results = attempt(path, folder, lambda cut=cut: Chopped(sizes, Truncate(cut)))  # type: ignore[misc]
            for result in results:
                assert result in (None, folder / NAME) or isinstance(result, LinkBroken)
            if (folder / NAME).exists():
                assert (folder / NAME).read_bytes() == content
            else:
                assert isinstance(results[0], LinkBroken)
                part = folder / (NAME + PART_SUFFIX)
                assert not part.exists() or content.startswith(part.read_bytes())
        assert attempt(path, folder, lambda: Chopped(sizes, Fault())) == (None, folder / NAME)
        assert (folder / NAME).read_bytes() == content
        assert [entry.name for entry in folder.iterdir()] == [NAME]


@settings(deadline=None)
@given(contents, st.integers(0, 60))
def test_answers_cut_anywhere_then_resumed(content: bytes, cut: int) -> None:
    """То же, когда рвётся обратное направление: отправитель не знает, что дошло."""
    with folders(content) as (path, folder):
        sent, _ = attempt(path, folder, to_sender=lambda: Truncate(cut))
        assert sent is None or isinstance(sent, LinkBroken)
        assert attempt(path, folder) == (None, folder / NAME)
        assert (folder / NAME).read_bytes() == content


@settings(deadline=None)
@given(contents, contents, st.integers(0, 400), st.booleans())
def test_whatever_lies_there_already(
    content: bytes, other: bytes, common: int, finished: bool
) -> None:
    """Начало нужного файла, чужого или их смеси — и как недополученное, и как готовое."""
    old = content[:common] + other[common:]
    with folders(content) as (path, folder):
        name = NAME if finished else NAME + PART_SUFFIX
        (folder / name).write_bytes(old)
        results = attempt(path, folder)
        if finished and old != content:
            assert [result.reason for result in results if isinstance(result, Refused)] == [
                Reason.EXISTS,
                Reason.EXISTS,
            ]
            assert (folder / NAME).read_bytes() == old
        else:
            assert results == (None, folder / NAME)
            assert (folder / NAME).read_bytes() == content
        assert [entry.name for entry in folder.iterdir()] == [NAME]


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=120), st.data())
def test_flipped_bit_anywhere(content: bytes, data: st.DataObject) -> None:
    """Под каким бы именем ни появился файл, в нём то, что послали."""
    length = len(encode(Offer(0, NAME))) + len(content) + len(encode(Digest(bytes(32))))
    at, bit = data.draw(st.integers(0, length - 1)), data.draw(st.integers(0, 7))
    with folders(content) as (path, folder):
        results = attempt(path, folder, lambda: Flip(at, bit), timeout=0.05)
        assert all(result is None or isinstance(result, Path | TransferError) for result in results)
        whole = [entry for entry in folder.iterdir() if not entry.name.endswith(PART_SUFFIX)]
        assert len(whole) == isinstance(results[1], Path)
        for entry in whole:
            assert entry.read_bytes() == content
        assert attempt(path, folder) == (None, folder / NAME)


messages = st.one_of(
    st.builds(Offer, st.integers(0, 2**64 - 1), st.text(max_size=300)),
    st.builds(Held, st.integers(0, 2**64 - 1)),
    st.builds(Digest, st.binary(min_size=32, max_size=32)),
    st.builds(Start, st.integers(0, 2**64 - 1)),
    st.just(Kept()),
    st.builds(Refusal, st.sampled_from(Reason)),
)


@given(messages)
def test_message_survives_the_wire(message: Any) -> None:
    assert decode(encode(message)[4:]) == message


@given(
    st.one_of(
        st.binary(max_size=50),
        st.builds(
            bytes.__add__, st.sampled_from([b"O", b"ONLFT\1", b"H", b"R"]), st.binary(max_size=50)
        ),
    )
)
def test_any_bytes_are_a_message_or_a_complaint(body: bytes) -> None:
    try:
        message = decode(body)
    except (NotNetlab, Refused):
        return
    assert encode(message)[4:] == body


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            messages.map(encode),
            st.binary(max_size=MESSAGE_LIMIT),
            st.sampled_from([encode(Offer(5, "x")), b"hello", encode(HELLO)]),
        ),
        max_size=6,
    )
)
def test_no_stream_harms_the_receiver(pieces: list[bytes]) -> None:
    """Что бы ни пришло, получатель кончает жалобой — или файлом, который ему и послали."""
    one, two = socket.socketpair()
    with one, two, folders(b"") as (_, folder):
        one.settimeout(SECONDS)
        one.sendall(b"".join(pieces))
        one.shutdown(socket.SHUT_WR)
        try:
            path = receive_file(two, folder, timeout=SECONDS)
        except TransferError:
            path = None
        assert [entry for entry in folder.parent.iterdir() if entry.name not in ("in", "out")] == []
        whole = [entry for entry in folder.iterdir() if not entry.name.endswith(PART_SUFFIX)]
        assert whole == ([path] if path else [])
        if path and path.name == "x":
            assert path.read_bytes() in (b"hello", b"")


@settings(max_examples=2000)
@given(
    st.one_of(
        st.text(st.characters(), max_size=20),
        st.text("./\\:CONa1 ~\0\u202e", max_size=6),
        st.sampled_from(["CON", "nul.txt", "com¹", "aux ", "lpt5.tar.gz"]),
    )
)
def test_name_is_one_name_everywhere(name: str) -> None:
    try:
        bare = bare_name(name)
    except Refused:
        return
    assert bare == bare_name(bare) == unicodedata.normalize("NFC", name)
    assert len(bare.encode()) <= NAME_LIMIT
    for path in (Path("folder", bare), PureWindowsPath("folder", bare)):
        assert path.name == bare
        assert path.parent.name == "folder"
        assert path.parent.parent == type(path)()
