"""Записи: сохранённые запуски программ урока, по которым строятся страницы.

Запись — JSON рядом с программой. В ней нет ничего, что меняется от запуска к запуску: соседние
куски потока слиты, от трассировки остаётся последняя строка, времени и портов нет. Поэтому
запись сравнивают побайтно, и устаревшая роняет тест.
"""

from __future__ import annotations

import json
import platform
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from netlab.checks import KINDS, Report, Verdict, check
from netlab.lesson import Lesson, LessonProgram
from netlab.peers.conversation import Line

FORMAT = 1
AT_ONCE = 3
"""Столько программ судится одновременно: сценарии больше ждут, чем считают."""


class RecordError(Exception):
    """Записи нет или она не читается; текст говорит, что сделать."""


def record(program: LessonProgram) -> str:
    """Судит программу и возвращает текст её записи."""
    return as_text(program, check(program.path, KINDS[program.kind]))


def as_text(program: LessonProgram, report: Report) -> str:
    """Превращает отчёт в текст записи."""
    table = {
        "format": FORMAT,
        "program": program.file,
        "kind": report.kind,
        "system": platform.system(),
        "properties": [_as_table(verdict) for verdict in report.verdicts],
        "passed": report.passed,
        "total": len(report.verdicts),
    }
    return json.dumps(table, ensure_ascii=False, indent=1) + "\n"


def read_record(program: LessonProgram) -> Report:
    """Читает запись программы.

    Raises:
        RecordError: записи нет или она не разбирается.
    """
    advice = f"выполните `make record` (или `python -m netlab record {program.lesson.id}`)"
    try:
        table = json.loads(program.record.read_text(encoding="utf-8"))
        return Report(
            table["kind"], table["program"], tuple(_as_verdict(one) for one in table["properties"])
        )
    except OSError:
        raise RecordError(f"Нет записи программы {program.name}: {advice}.") from None
    except (ValueError, KeyError, TypeError):
        raise RecordError(f"Запись программы {program.name} не читается: {advice}.") from None


def write_records(lesson: Lesson) -> list[str]:
    """Записывает запуски всех программ урока заново; возвращает имена изменившихся."""
    changed = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        texts = list(pool.map(record, lesson.programs))
    for program, text in zip(lesson.programs, texts, strict=True):
        program.record.parent.mkdir(exist_ok=True)
        old = program.record.read_text(encoding="utf-8") if program.record.exists() else ""
        if text != old:
            program.record.write_text(text, encoding="utf-8")
            changed.append(program.name)
    return changed


def _as_table(verdict: Verdict) -> dict[str, Any]:
    return {
        **verdict.as_json(),
        "conversation": [f"{line.who}: {line.what}" for line in verdict.conversation],
    }


def _as_verdict(table: dict[str, Any]) -> Verdict:
    lines = (line.partition(": ") for line in table["conversation"])
    return Verdict(
        id=table["id"],
        title=table["title"],
        required=table["required"],
        passed=table["passed"],
        why=table["why"],
        expected=table["expected"],
        received=table["received"],
        conversation=tuple(Line(who, what) for who, _, what in lines),
    )
