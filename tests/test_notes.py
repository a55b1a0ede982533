"""Преподавательский вид: заметки и решения есть в нём и больше нигде."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from netlab.lesson import read_lessons
from netlab.pages.errors import PageError
from netlab.pages.notes import HEADING, NOTE, check_audience, with_notes

ROOT = Path(__file__).resolve().parents[1]
NOTES = sorted((ROOT / "docs/notes").glob("*.md"))
PAGE = "# Урок\n\nНачало.\n\n## Первый { #one }\n\nТекст.\n\n### Второй { #two }\n\nЕщё.\n"


def notes_to(folder: Path, text: str) -> Path:
    (folder / "notes").mkdir()
    (folder / "notes/page.md").write_text(text, encoding="utf-8")
    return folder


def test_note_stands_under_its_heading(tmp_path: Path) -> None:
    docs = notes_to(tmp_path, "# two\n\nСпросите.\n\n# top\n\nСначала.\n")
    text = with_notes(PAGE, docs, "page.md")
    block = '!!! teacher "Преподавателю"\n\n    {}\n'
    assert f"# Урок\n\n{block.format('Сначала.')}" in text
    assert f"{{ #two }}\n\n{block.format('Спросите.')}" in text
    assert text.index("Сначала.") < text.index("Начало.") < text.index("Спросите.")


def test_page_without_notes_stays_itself(tmp_path: Path) -> None:
    assert with_notes(PAGE, tmp_path, "page.md") == PAGE


def test_note_to_an_unknown_section_is_explained(tmp_path: Path) -> None:
    docs = notes_to(tmp_path, "# one\n\nДа.\n\n# tow\n\nНет.\n")
    with pytest.raises(PageError, match=r"docs/notes/page.md.*«tow».*напишите «two»"):
        with_notes(PAGE, docs, "page.md")


@pytest.mark.parametrize("url", ["", None, "https://example.org/", "http://0.0.0.0:8001/"])
def test_solutions_are_not_for_everyone(url: str | None) -> None:
    with pytest.raises(PageError, match="make teach"):
        check_audience(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8001/", "http://localhost/", "http://[::1]/"])
def test_solutions_may_stay_at_home(url: str) -> None:
    check_audience(url)


@pytest.mark.parametrize("notes", NOTES, ids=[path.stem for path in NOTES])
def test_every_note_has_its_section(notes: Path) -> None:
    page = (ROOT / "docs" / notes.name).read_text(encoding="utf-8")
    known = {"top", *HEADING.findall(page)}
    assert set(NOTE.findall(notes.read_text(encoding="utf-8"))) <= known


def build(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "mkdocs", "build", "--strict", "-d", str(folder)],
        cwd=ROOT, capture_output=True, encoding="utf-8", timeout=100, check=False,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", **environment},
    )  # fmt: skip


def test_teacher_sees_every_solution_and_every_note(tmp_path: Path) -> None:
    done = build(tmp_path, TEACH="1", SITE_URL="http://127.0.0.1:8001/")
    assert done.returncode == 0, done.stdout + done.stderr
    for lesson in read_lessons(ROOT / "snippets"):
        for program in lesson.programs:
            if program.role == "solution":
                page = tmp_path / Path(program.page).with_suffix("") / "index.html"
                assert f'data-snippet="{program.name}"' in page.read_text(encoding="utf-8")
    for notes in NOTES:
        page = tmp_path / notes.stem / "index.html"
        count = len(NOTE.findall(notes.read_text(encoding="utf-8")))
        found = re.findall(r'class="admonition teacher"', page.read_text(encoding="utf-8"))
        assert len(found) == count


def test_site_with_solutions_is_not_built_for_others(tmp_path: Path) -> None:
    done = build(tmp_path / "site", TEACH="1", SITE_URL="")
    assert done.returncode == 1
    assert "make teach" in done.stdout + done.stderr
    assert not (tmp_path / "site").exists()
