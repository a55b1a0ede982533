"""Табло рядом с сервером: не открылось или упало — занятие идёт, а его открывают снова."""

from __future__ import annotations

import subprocess
import sys
from queue import Queue

import pytest

from netlab.flags import board
from netlab.flags.board import BoardProcess, kept_running
from netlab.flags.folder import LabError

SECONDS = 10.0
UNTIL_EOF = "import sys; sys.stdin.read()"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Повторы не ждут секунд."""
    monkeypatch.setattr(board, "_RETRY", 0.01)
    monkeypatch.setattr(board, "_GLANCE", 0.01)


class Attempts:
    """Запуски табло: сначала столько неудач, потом процессы, которые живут до конца stdin."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.boards: Queue[BoardProcess] = Queue()
        self.said: Queue[str] = Queue()

    def start(self) -> BoardProcess:
        """Вместо start_board."""
        if self.failures:
            self.failures -= 1
            raise LabError("порт занят.")
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            [sys.executable, "-c", UNTIL_EOF], stdin=pipe, stdout=pipe, encoding="utf-8"
        )
        started = BoardProcess(process, ["Табло: адрес"], "ключ")
        self.boards.put(started)
        return started


def test_failure_is_told_once_and_tried_again() -> None:
    attempts = Attempts(failures=3)
    with kept_running(attempts.start, attempts.said.put):
        assert attempts.said.get(timeout=SECONDS).endswith("идёт и без него. Причина: порт занят.")
        assert attempts.said.get(timeout=SECONDS) == "Табло: адрес"
    assert attempts.boards.get(timeout=SECONDS).poll() is not None


def test_board_that_fell_is_opened_again() -> None:
    attempts = Attempts(failures=0)
    with kept_running(attempts.start, attempts.said.put):
        assert attempts.said.get(timeout=SECONDS) == "Табло: адрес"
        attempts.boards.get(timeout=SECONDS).process.kill()
        assert attempts.said.get(timeout=SECONDS) == "Табло закрылось; открываю его снова."
        assert attempts.said.get(timeout=SECONDS) == "Табло: адрес"
    assert attempts.said.empty()
