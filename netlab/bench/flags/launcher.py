"""`netlab flags serve` в своём процессе: его убивают, останавливают и считают, сколько ему надо."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from netlab.bench.processes import ROOT, BenchError, cpu_clock
from netlab.sockets import Address

HOST = "127.0.0.1"
# Сроки лаборатории длиннее измерения: их укорачивают прежде, чем её запустить.
PROGRAM = """
import importlib, json, sys
for name, seconds in json.loads(sys.argv.pop(1)).items():
    module, _, limit = name.rpartition(".")
    setattr(importlib.import_module(module), limit, seconds)
from netlab.cli import main
sys.exit(main())
"""


@dataclass
class LabServer:
    """Процесс, который уже слушает; lines — что он напечатал, began — когда его запустили."""

    process: subprocess.Popen[str]
    lines: list[str]
    began: float

    @property
    def address(self) -> Address:
        """Адрес и порт со строки nc."""
        found = re.search(r"nc (\S+) (\d+)", "".join(self.lines))
        if found is None:
            raise BenchError(f"сервер не назвал своего адреса: {''.join(self.lines)!r}.")
        return found[1], int(found[2])

    def memory(self) -> int:
        """Занятая память, байт (VmRSS, proc(5))."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found[1]) * 1024 if found else 0

    def held(self) -> tuple[int, int]:
        """Сколько у процесса потоков и дескрипторов."""
        place = Path(f"/proc/{self.process.pid}")
        return len(list((place / "task").iterdir())), len(list((place / "fd").iterdir()))

    def cpu_seconds(self) -> float:
        """Сколько времени процессора он занял, с."""
        return cpu_clock(self.process.pid)

    def terminate(self, seconds: float) -> float:
        """Просит остановиться (SIGTERM) и возвращает, за сколько секунд процесс кончился.

        Raises:
            BenchError: он не кончился за seconds секунд, или кончился неудачей.
        """
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise BenchError(f"сервер не остановился и за {seconds:g} с.") from None
        if code:
            raise BenchError(f"сервер остановился с кодом {code}: {self.complaints()}")
        return time.monotonic() - began

    def kill(self) -> None:
        """Убивает (SIGKILL) и ждёт конца."""
        self.process.kill()
        self.process.wait()

    def complaints(self) -> str:
        """Что остановленный процесс напечатал в stderr."""
        return self.process.stderr.read() if self.process.stderr else ""


@contextmanager
def serving(
    data: Path, *arguments: str, port: int = 0, limits: Mapping[str, float] | None = None
) -> Iterator[LabServer]:
    """Запускает сервер на 127.0.0.1, и конца with он не переживёт.

    limits — сроки, которые надо изменить: полное имя → секунды.

    Raises:
        BenchError: сервер не запустился.
    """
    program = ["-c", PROGRAM, json.dumps(limits)] if limits else ["-m", "netlab"]
    began = time.monotonic()
    process = subprocess.Popen(
        [
            sys.executable, "-X", "utf8", *program, "flags", "serve", "--data", str(data),
            "--host", HOST, "--port", str(port), "--no-board", *arguments,
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )  # fmt: skip
    with process:
        try:
            assert process.stdout
            lines: list[str] = []
            while not lines or "Ctrl-C" not in lines[-1]:
                lines.append(process.stdout.readline())
                if not lines[-1]:
                    raise BenchError(f"сервер не запустился: {process.communicate()[1]}")
            yield LabServer(process, lines, began)
        finally:
            process.kill()
