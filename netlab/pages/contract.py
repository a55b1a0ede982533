"""Договор рода программ: тот же текст, что в `netlab check --help`, абзацами и списками."""

from netlab.pages.markup import escape, listed, tag
from netlab.pages.shelf import Shelf

BULLET = "  * "


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
            parts.append(listed([escape(point) for point in points]))
        if sentences:
            parts.append(tag("p", escape(" ".join(sentences))))
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
