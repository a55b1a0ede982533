"""Занятие на настоящем полном диске: tmpfs на один мегабайт."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from netlab.flags.folder import LabError
from netlab.flags.store import Outcome, Store, StoreError

NOW = 1_700_000_000.0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Папка, в которую помещается ровно мегабайт."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


def fill(ballast: Path) -> None:
    """Занимает всё место."""
    with pytest.raises(OSError, match="No space"):
        ballast.write_bytes(bytes(2 * 2**20))


def test_full_disk_refuses_the_flag_and_then_gives_it(disk: Path) -> None:
    ballast = disk / "ballast"
    with Store(disk / "lab") as store:
        attempt = store.start("Анна", 1, NOW)
        fill(ballast)
        for _ in range(3):
            with pytest.raises(StoreError, match=r"^на диске .* кончилось место: .*\.$"):
                store.end(attempt, Outcome.SOLVED, NOW)
        assert store.results("Анна")[0].earned is None
        ballast.unlink()
        assert store.end(attempt, Outcome.SOLVED, NOW)
        assert store.results("Анна")[0].earned == NOW
        assert store._db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_lab_is_not_begun_on_a_full_disk(disk: Path) -> None:
    ballast = disk / "ballast"
    fill(ballast)
    with pytest.raises(LabError, match=r"место"):
        Store(disk / "lab")
    ballast.unlink()
    with Store(disk / "lab") as store:
        assert store.begin("ИБ-21", 1800, NOW).deadline == NOW + 1800
