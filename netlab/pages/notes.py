"""Заметки преподавателя: те же страницы с тем, чего студентам раньше времени не показывают.

Заметки к странице `docs/recv.md` лежат в `docs/notes/recv.md`. Каждая начинается меткой раздела
страницы — `# less` — и встаёт сразу под его заголовком; под меткой `top` — в начало страницы. Без
`make teach` эта папка не читается.
"""

import re
import textwrap
from pathlib import Path
from urllib.parse import urlsplit

from netlab.pages.errors import PageError
from netlab.pages.shelf import choice

FOLDER = "notes"
NOTE = re.compile(r"^# ([\w-]+)\n", re.MULTILINE)
TITLE = re.compile(r"^# .*$", re.MULTILINE)
HEADING = re.compile(r"^##+ .*\{ #([\w-]+) \}[ \t]*$", re.MULTILINE)
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def check_audience(site_url: str | None) -> None:
    """Проверяет, что сайт с решениями останется на этой машине.

    Raises:
        PageError: сайт собирают для кого-то ещё.
    """
    if urlsplit(site_url or "").hostname not in LOOPBACK:
        raise PageError(
            "TEACH включает решения, а такой сайт показывают только на своей машине: "
            "выполните `make teach` или уберите TEACH из окружения."
        )


def with_notes(markdown: str, docs: Path, source: str) -> str:
    """Вставляет в страницу заметки к ней, если они есть.

    Raises:
        PageError: заметка к разделу, которого на странице нет.
    """
    file = docs / FOLDER / source
    if not file.is_file():
        return markdown
    _, *parts = NOTE.split(file.read_text(encoding="utf-8"))
    notes = dict(zip(parts[::2], parts[1::2], strict=True))
    places = {found[1]: found.end() for found in HEADING.finditer(markdown)}
    if title := TITLE.search(markdown):
        places["top"] = title.end()
    for anchor in notes:
        if anchor not in places:
            raise PageError(
                f"в docs/{FOLDER}/{source} заметка «{anchor}», а раздела с такой меткой на "
                f"странице нет{choice(anchor, places)}"
            )
    for anchor in sorted(notes, key=lambda anchor: -places[anchor]):
        place = places[anchor]
        markdown = markdown[:place] + block(notes[anchor]) + markdown[place:]
    return markdown


def block(text: str) -> str:
    """Заметка в рамке."""
    return '\n\n!!! teacher "Преподавателю"\n\n' + textwrap.indent(text.strip(), " " * 4) + "\n"
