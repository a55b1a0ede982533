"""Жалобы преподавателю: одно предложение в терминал, и не чаще, чем нужно."""

from __future__ import annotations

import sys
import threading
import time

AGAIN = 60.0
"""Ту же беду повторяем раз в столько секунд: студентов много, а диск кончился один."""


class Complaints:
    """Печатает в stderr, что случилось и что делать; звать можно из любого потока."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._said: dict[str, float] = {}

    def __call__(self, text: str) -> None:
        """Говорит text, если не говорил его только что."""
        now = time.monotonic()
        with self._lock:
            self._said = {one: at for one, at in self._said.items() if now - at < AGAIN}
            if text in self._said:
                return
            self._said[text] = now
        # Одним write: строки разных потоков не перемешаются.
        sys.stderr.write(f"netlab flags: {text}\n")
        sys.stderr.flush()
