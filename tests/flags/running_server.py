"""`netlab flags serve` в своём процессе: его убивают, останавливают и считают его память."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from netlab.sockets import Address

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class RunningServer:
    """Процесс, который уже слушает, и то, что он напечатал для доски."""

    process: subprocess.Popen[str]
    lines: list[str]

    @property
    def address(self) -> Address:
        """Адрес и порт со строки nc."""
        found = re.search(r"nc (\S+) (\d+)", "".join(self.lines))
        assert found, self.lines
        return found[1], int(found[2])


@contextmanager
def serving(data: Path, *arguments: str, port: int = 0) -> Iterator[RunningServer]:
    """Запускает сервер на 127.0.0.1; теста он не переживёт."""
    call = [
        "serve",
        "--data",
        str(data),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-board",
        *arguments,
    ]
    process = subprocess.Popen(
        [sys.executable, "-X", "utf8", "-m", "netlab", "flags", *call],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        try:
            assert process.stdout
            lines: list[str] = []
            while not lines or "Ctrl-C" not in lines[-1]:
                lines.append(process.stdout.readline())
                assert lines[-1], process.communicate()
            yield RunningServer(process, lines)
        finally:
            process.kill()
