"""Манифест урока: ошибка в нём называет файл, место и что сделать."""

import re
from pathlib import Path

import pytest

from netlab.lesson import LessonError, read_lesson, read_lessons
from netlab.records import RecordError, read_record

ROOT = Path(__file__).parents[1]

GOOD = """
title = "Урок"
kind = "echo"
page = "x.md"
minutes = 5
[[program]]
file = "one.py"
title = "Первая"
fails = ["quit_lf"]
[[program]]
file = "two.py"
title = "Вторая"
fails = []
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Папка урока с двумя программами."""
    folder = tmp_path / "lesson"
    folder.mkdir()
    (folder / "lesson.toml").write_text(GOOD, encoding="utf-8")
    for name in ("one.py", "two.py"):
        (folder / name).write_text("pass\n", encoding="utf-8")
    return folder


def test_order_and_defaults(folder: Path) -> None:
    lesson = read_lesson(folder)
    one, two = lesson.programs
    assert (one.name, one.role, one.audience, one.fails) == (
        "lesson/one.py",
        "step",
        "student",
        ("quit_lf",),
    )
    assert lesson.previous(one) is None
    assert lesson.previous(two) == one
    assert lesson.find("two.py") == two


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('title = "Урок"', "", "lesson/lesson.toml не хватает поля 'title'"),
        ('file = "two.py"', 'file = "three.py"', "«three.py»: такого файла нет"),
        ("fails = []", 'fails = []\nrole = "boss"', "роль «boss» неизвестна; есть step"),
        ("fails = []", 'fails = []\naudience = "cat"', "читатель «cat» неизвестен; есть student"),
        ("fails = []", 'fails = []\nshows = ["quit_lf"]', "свойства quit_lf нет среди fails"),
        ('kind = "echo"', "kind = ", "lesson/lesson.toml не разбирается"),
    ],
)
def test_mistakes_are_named(folder: Path, old: str, new: str, words: str) -> None:
    manifest = folder / "lesson.toml"
    manifest.write_text(manifest.read_text("utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(LessonError) as caught:
        read_lesson(folder)
    assert words in str(caught.value)


def test_missing_manifest_and_program(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(LessonError, match=re.escape("Нет манифеста nowhere/lesson.toml: создайте")):
        read_lesson(tmp_path / "nowhere")
    with pytest.raises(
        LessonError, match=re.escape("нет программы «three.py»; есть one.py, two.py")
    ):
        read_lesson(folder).find("three.py")


def test_missing_or_damaged_record_says_what_to_do(folder: Path) -> None:
    program = read_lesson(folder).programs[0]
    with pytest.raises(
        RecordError, match=re.escape("Нет записи программы lesson/one.py: выполните `make")
    ):
        read_record(program)
    program.record.parent.mkdir()
    program.record.write_text('{"kind": "echo"}', encoding="utf-8")
    with pytest.raises(RecordError, match=re.escape("Запись программы lesson/one.py не читается")):
        read_record(program)


def test_all_lessons_are_found() -> None:
    assert "echo" in [lesson.id for lesson in read_lessons(ROOT / "snippets")]
