"""Договор рода программ: тот же текст, что в `netlab check --help`, абзацами и списками."""

import re

from netlab.pages.markup import coded, listed, tag
from netlab.pages.shelf import Shelf

BULLET = "  * "
CODE = re.compile(r"""b'[^']*'|\w+\([\w, =]*\)|\w+_\w+|[A-Z]\w+Error\b|\bnetlab \w+""")
"""Что в тексте договора — код: литералы байтов, вызовы, имена с подчёркиванием, исключения."""


def contract(shelf: Shelf, name: str) -> str:
    """Показывает договор.

    Raises:
        PageError: такого рода нет.
    """
    parts: list[str] = []
    points: list[str] = []
    sentences: list[str] = []

    def finish() -> None:
        # Копится что-то одно: пункты или строки абзаца.
        if points:
            parts.append(listed([coded(point, CODE) for point in points]))
        if sentences:
            parts.append(tag("p", coded(" ".join(sentences), CODE)))
        points.clear()
        sentences.clear()

    for line in shelf.kind(name).contract.splitlines():
        if line.startswith(BULLET):
            if sentences:
                finish()
            points.append(line.removeprefix(BULLET))
        elif points and line.startswith(" "):
            points[-1] += " " + line.strip()
        else:
            if points or not line:
                finish()
            if line:
                sentences.append(line.strip())
    finish()
    return tag("div", *parts, class_="lab lab-contract", data_kind=name)
