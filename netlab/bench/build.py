"""Собирает программы на C: измеряющая обязана быть быстрее и меньше измеряемой."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

from netlab.bench.processes import BenchError

FLAGS = ("-O2", "-std=gnu11")


def build(source: Path, folder: Path) -> None:
    """Собирает программу в папку, под тем же именем без .c.

    Raises:
        BenchError: компилятора нет, или он не собрал программу.
    """
    compiler = shlex.split(os.environ.get("CC", "cc"))
    if not shutil.which(compiler[0]):
        raise BenchError(
            f"Нет компилятора C («{compiler[0]}»), а часть измерений написана на C: поставьте его "
            "(в Debian и Ubuntu: sudo apt-get install gcc libc6-dev)."
        )
    ran = subprocess.run(
        [*compiler, *FLAGS, "-o", str(folder / source.stem), str(source)],
        capture_output=True,
        text=True,
    )
    if ran.returncode:
        raise BenchError(f"Компилятор не собрал {source.name}:\n{ran.stderr.strip()}")
