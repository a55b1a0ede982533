"""Разделы страниц для поиска: одним файлом, который загружается и с диска.

Тексты собирает расширение search; здесь из них убраны теги, а JSON превращён в программу: её
<script> выполнит и там, где прочесть файл (fetch) браузер не даст, — при открытии с диска.
"""

import json
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

from netlab.pages.errors import PageError

INLINE = {"a", "abbr", "b", "code", "em", "i", "kbd", "mark", "samp", "small", "span", "strong"}


class _Text(HTMLParser):
    """Собирает текст между тегами; на границе абзаца, клетки или программы слова не слипаются."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in INLINE:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self.handle_starttag(tag, [])

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def text_of(markup: str) -> str:
    """Возвращает текст без тегов; пробелы между словами — по одному."""
    parser = _Text()
    parser.feed(markup)
    parser.close()
    return " ".join("".join(parser.parts).split())


def sections_of(index: Path, about: Mapping[str, str]) -> list[dict[str, object]]:
    """Читает разделы из указателя, который написал search; about — чем страница о себе говорит.

    Raises:
        PageError: указателя нет.
    """
    try:
        entries = json.loads(index.read_text(encoding="utf-8"))["docs"]
    except FileNotFoundError:
        raise PageError(
            f"нет {index.name}: расширение search в mkdocs.yml должно стоять раньше macros."
        ) from None
    pages = {entry["location"]: text_of(entry["title"]) for entry in entries}
    return [
        {
            "id": number,
            "location": entry["location"],
            "title": text_of(entry["title"]),
            "page": pages[entry["location"].partition("#")[0]],
            "about": about.get(entry["location"], ""),
            "text": text_of(entry["text"]),
        }
        for number, entry in enumerate(entries)
    ]


def write_sections(site: Path, about: Mapping[str, str]) -> None:
    """Пишет assets/search/sections.js в готовый сайт и убирает указатель, который никому не нужен.

    about — слова, по которым находят страницу целиком: по её адресу.

    Raises:
        PageError: указателя search нет.
    """
    index = site / "search" / "search_index.json"
    sections = json.dumps(sections_of(index, about), ensure_ascii=False, separators=(",", ":"))
    target = site / "assets" / "search" / "sections.js"
    target.write_text(f"const lectureSections = {sections};\n", encoding="utf-8")
    index.unlink()
    index.parent.rmdir()
