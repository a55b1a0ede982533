"""Разделы для поиска: текст без тегов в программе, которую <script> выполнит и с диска."""

import json
from pathlib import Path

import pytest

from netlab.pages.errors import PageError
from netlab.pages.search import text_of, write_sections

DOCS = [
    {"location": "recv/", "title": "recv", "text": "<p>Читает.</p>"},
    {
        "location": "recv/#loop",
        "title": "Цикл <code>while</code>",
        "text": "a &lt; b </script>\u2028",
    },
]


def site_with(folder: Path, docs: list[dict[str, str]]) -> Path:
    """Пишет указатель так, как его пишет search."""
    (folder / "search").mkdir()
    (folder / "assets" / "search").mkdir(parents=True)
    index = folder / "search" / "search_index.json"
    index.write_text(json.dumps({"docs": docs}), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>один</p><p>два</p>", "один два"),
        ("<td>да</td><td>нет</td>", "да нет"),
        ("<code>recv</code>ом", "recvом"),
        ("в\xa0<em>буфере</em>\n  ядра", "в буфере ядра"),
        ("a &lt; b &amp; c", "a < b & c"),
        ("", ""),
    ],
)
def test_text_without_tags(markup: str, text: str) -> None:
    assert text_of(markup) == text


def test_sections_are_a_program(tmp_path: Path) -> None:
    site = site_with(tmp_path, DOCS)
    write_sections(site, {"recv/": "остаток, буфер"})
    written = (site / "assets" / "search" / "sections.js").read_text(encoding="utf-8")
    before, value = written.removesuffix(";\n").split(" = ", 1)
    assert before == "const lectureSections"
    assert json.loads(value) == [
        {
            "id": 0, "location": "recv/", "title": "recv", "page": "recv",
            "about": "остаток, буфер", "text": "Читает.",
        },
        {
            "id": 1, "location": "recv/#loop", "title": "Цикл while", "page": "recv",
            "about": "", "text": "a < b",
        },
    ]  # fmt: skip


def test_index_nobody_needs_is_gone(tmp_path: Path) -> None:
    site = site_with(tmp_path, DOCS)
    write_sections(site, {})
    assert not (site / "search").exists()


def test_missing_index_is_explained(tmp_path: Path) -> None:
    with pytest.raises(PageError, match=r"search в mkdocs\.yml должно стоять раньше macros"):
        write_sections(tmp_path, {})
