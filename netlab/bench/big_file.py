"""Где лежат большой файл и его копия: в памяти, если она есть, иначе на диске."""

from __future__ import annotations

import filecmp
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from netlab.bench.processes import BenchError

MIB = 1024 * 1024
SHARED_MEMORY = Path("/dev/shm")
SPARE = 512 * MIB
NAME = "big.bin"


@dataclass(frozen=True)
class BigFile:
    """Файл в mib МиБ и папка для его копии; where — где они лежат, для записи."""

    path: Path
    copies: Path
    mib: int
    where: str

    def came_whole(self) -> bool:
        """Говорит, та ли же копия, и убирает её."""
        copy = self.copies / NAME
        same = copy.is_file() and filecmp.cmp(self.path, copy, shallow=False)
        copy.unlink(missing_ok=True)
        return same


@contextmanager
def big_file(mib: int) -> Iterator[BigFile]:
    """Создаёт файл; в конце контекста его нет.

    Raises:
        BenchError: для него нет места.
    """
    needed = 2 * mib * MIB + SPARE
    in_memory = memory_left() >= needed
    with tempfile.TemporaryDirectory(
        prefix="netlab-bench-", dir=SHARED_MEMORY if in_memory else None
    ) as name:
        folder = Path(name)
        if shutil.disk_usage(folder).free < needed:
            raise BenchError(f"Мало места в {folder.parent}: нужно {needed // MIB} МиБ.")
        copies = folder / "copies"
        copies.mkdir()
        with open(folder / NAME, "xb") as file:
            block = os.urandom(MIB)
            for _ in range(mib):
                file.write(block)
        where = f"в памяти ({SHARED_MEMORY})" if in_memory else "во временной папке"
        yield BigFile(folder / NAME, copies, mib, where)


def memory_left() -> int:
    """Сколько байт памяти можно занять файлами; ноль, если файлы в памяти не держат."""
    if not os.access(SHARED_MEMORY, os.W_OK):
        return 0
    available = 0
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            available = int(line.split()[1]) * 1024
    return min(available, shutil.disk_usage(SHARED_MEMORY).free)
