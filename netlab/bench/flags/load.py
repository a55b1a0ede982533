"""Нагрузка в своём процессе: замеру нельзя делить процессор с тем, кто его портит."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from netlab.bench.processes import ROOT, BenchError
from netlab.sockets import Address

Figures = dict[str, Any]


class Load:
    """Запущенная работа из works.py."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def hear(self) -> Figures:
        """Ждёт, что она скажет.

        Raises:
            BenchError: она кончилась раньше.
        """
        assert self._process.stdout
        said = self._process.stdout.readline()
        if not said:
            raise BenchError(f"нагрузка кончилась: {self._process.communicate()[1]}")
        figures: Figures = json.loads(said)
        return figures

    def go(self) -> None:
        """Велит продолжать."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()


@contextmanager
def load(work: str, address: Address, *words: object) -> Iterator[Load]:
    """Запускает работу и ждёт, пока она скажет, что готова; конца with она не переживёт."""
    process = subprocess.Popen(
        [sys.executable, "-X", "utf8", "-m", "netlab.bench.flags.works", work]
        + [str(word) for word in (*address, *words)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        try:
            one = Load(process)
            one.hear()
            yield one
        finally:
            process.kill()
