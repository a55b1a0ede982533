"""Стенд процессов не врёт: в пространствах имён, где ничего не подменено, всё так же."""

from pathlib import Path

import pytest

from netlab.checks import KINDS, check
from netlab.lesson import LessonProgram, read_lesson
from netlab.namespaces import NamespaceStand, available
from netlab.records import read_record

LESSON = read_lesson(Path(__file__).parents[3] / "snippets" / "echo")


def test_namespaces_are_available() -> None:
    assert available(), "нужны Linux, root и команда ip (пакет iproute2)"


@pytest.mark.parametrize("program", LESSON.programs, ids=lambda program: program.path.stem)
def test_same_verdicts_and_conversations(program: LessonProgram) -> None:
    """Приговор, причина и весь разговор совпадают с записью, сделанной на стенде процессов."""
    report = check(program.path, KINDS[program.kind], make_stand=NamespaceStand)
    assert report.verdicts == read_record(program).verdicts
