"""Запись разговоров кадрами: сценарий свойства идёт в сети первого урока, и мы смотрим на шнур."""

from __future__ import annotations

import shutil
from pathlib import Path

from netlab import namespaces
from netlab.checks import KINDS, Verdict
from netlab.checks.kind import judge
from netlab.lesson import Lesson, LessonProgram
from netlab.stand import Circumstances
from netlab.wire.stand import CaptureStand
from netlab.wire.talk import Talk, TalkError, differences, hash_of, read_talk, write_talk


def can_record() -> bool:
    """Говорит, можно ли здесь записывать: нужны Linux, root, ip и ethtool."""
    return namespaces.available() and shutil.which("ethtool") is not None


def record(program: LessonProgram, scenario: str) -> tuple[Talk, Verdict]:
    """Проводит сценарий и возвращает разговор и вердикт."""
    kind = KINDS[program.kind]
    stands: list[CaptureStand] = []

    def make_stand(path: Path, circumstances: Circumstances) -> CaptureStand:
        strangers = scenario in program.first_captures
        stands.append(CaptureStand(path, circumstances, side=kind.side, strangers=strangers))
        return stands[-1]

    verdict = judge(program.path, kind.find(scenario), make_stand)
    return stands[-1].talk(scenario), verdict


def write_captures(lesson: Lesson) -> list[str]:
    """Записывает разговоры урока; прежняя запись с тем же смыслом остаётся. Возвращает новые."""
    changed = []
    for program in lesson.programs:
        for scenario in program.all_captures:
            place = program.capture(scenario)
            talk, _ = record(program, scenario)
            try:
                kept = read_talk(place)
            except TalkError:
                kept = None
            if kept is None or kept.source != talk.source or differences(kept, talk):
                write_talk(talk, place)
                changed.append(place.name)
    return changed


def stale_captures(lesson: Lesson) -> list[str]:
    """Сверяет записи урока, не делая новых; возвращает предложения о том, что устарело."""
    found = []
    for program in lesson.programs:
        for scenario in program.all_captures:
            try:
                kept = read_talk(program.capture(scenario))
            except TalkError as error:
                found.append(str(error))
                continue
            if kept.source != hash_of(program.path):
                found.append(
                    f"Программа {program.name} изменилась: выполните под root `make record`."
                )
    return found
