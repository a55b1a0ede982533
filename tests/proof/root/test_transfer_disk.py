"""Настоящий полный диск: tmpfs на один мегабайт."""

import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from netlab.transfer import receive_file, send_file
from netlab.transfer_protocol import PART_SUFFIX, Reason, Refused

SECONDS = 10.0
MIB = 1024 * 1024


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Папка, в которую помещается ровно мегабайт."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


def attempt(path: Path, folder: Path) -> list[Reason]:
    """Одна попытка; возвращает причины отказа у получателя и у отправителя."""
    reasons: list[Reason] = []
    one, two = socket.socketpair()

    def receive() -> None:
        try:
            receive_file(two, folder, timeout=SECONDS)
        except Refused as refused:
            reasons.append(refused.reason)

    with one, two:
        thread = threading.Thread(target=receive)
        thread.start()
        try:
            send_file(one, path, timeout=SECONDS)
        except Refused as refused:
            reasons.append(refused.reason)
        thread.join(SECONDS)
        assert not thread.is_alive()
    return reasons


def test_transfer_goes_on_when_there_is_space_again(tmp_path: Path, disk: Path) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(os.urandom(MIB - 10_000))
    (disk / "ballast").write_bytes(bytes(300_000))
    assert attempt(path, disk) == [Reason.NO_SPACE] * 2
    assert sorted(os.listdir(disk)) == ["ballast", "file.bin" + PART_SUFFIX]
    kept = (disk / f"file.bin{PART_SUFFIX}").read_bytes()
    assert len(kept) > 600_000
    assert path.read_bytes().startswith(kept)

    (disk / "ballast").unlink()
    assert attempt(path, disk) == []
    assert os.listdir(disk) == ["file.bin"]
    assert (disk / "file.bin").read_bytes() == path.read_bytes()


def test_file_larger_than_the_disk(tmp_path: Path, disk: Path) -> None:
    path = tmp_path / "file.bin"
    path.touch()
    os.truncate(path, 64 * MIB)
    assert attempt(path, disk) == [Reason.NO_SPACE] * 2
    assert os.listdir(disk) == ["file.bin" + PART_SUFFIX]
