"""Что показывать: места на табло и кто где застрял. О браузере здесь ничего не известно."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from netlab.flags.store import Attempt, Note, Outcome, Result

LAYOUTS = {"few": (1, 15), "class": (2, 15), "many": (3, 25), "crowd": (4, 38)}
"""Раскладки: столбцов и строк в каждом. Чем меньше студентов, тем крупнее буквы."""
PLACES = 4 * 38
"""Мест в самой тесной раскладке: последнее, если студентов больше, — для строки «и ещё N»."""


class Standing(NamedTuple):
    """Строка табло: label — имя или псевдоним; задачи — номерами."""

    label: str
    earned: frozenset[int]
    collected: frozenset[int]
    last: float
    """Когда сдан последний флаг."""


class Difficulty(NamedTuple):
    """Студент и задача, с которой он сейчас: since — когда впервые начал, diagnosis — последний.

    moment и outcome — когда кончилась последняя попытка (ещё идёт — началась) и чем.
    """

    student: str
    task: int
    since: float
    attempts: int
    wrong: int
    hints: int
    diagnosis: str | None
    moment: float
    outcome: str | None


def standings(
    students: Iterable[str], results: Sequence[Result], labels: Mapping[str, str]
) -> list[Standing]:
    """Расставляет студентов: больше сданных — выше, при равенстве — кто раньше сдал последний."""
    owned: dict[str, list[Result]] = {student: [] for student in students}
    for one in results:
        owned.setdefault(one.student, []).append(one)
    rows = []
    for student, own in owned.items():
        collected = {one.task: one.collected for one in own if one.collected is not None}
        rows.append(
            Standing(
                labels.get(student, student),
                frozenset(one.task for one in own if one.earned is not None),
                frozenset(collected),
                max(collected.values(), default=0.0),
            )
        )
    return sorted(rows, key=lambda row: (-len(row.collected), row.last, alphabetical(row.label)))


def alphabetical(name: str) -> tuple[str, str]:
    """Возвращает ключ, по которому имена встают по алфавиту: в Unicode ё — после я."""
    folded = name.casefold()
    return folded.replace("ё", "е"), folded


def layout(count: int) -> str:
    """Выбирает раскладку для стольких студентов."""
    fitting = (name for name, (columns, rows) in LAYOUTS.items() if count <= columns * rows)
    return next(fitting, "crowd")


def columns(rows: Sequence[Standing]) -> list[Sequence[Standing]]:
    """Делит строки по столбцам раскладки поровну, левые полнее; лишних строк не берёт."""
    count, _ = LAYOUTS[layout(len(rows))]
    shown = len(rows) - hidden(len(rows))
    height = max(1, math.ceil(shown / count))
    return [rows[begin : min(begin + height, shown)] for begin in range(0, shown, height)]


def hidden(count: int) -> int:
    """Возвращает, скольких из стольких студентов на табло не видно."""
    return count - PLACES + 1 if count > PLACES else 0


def difficulties(results: Sequence[Result], attempts: Sequence[Attempt]) -> list[Difficulty]:
    """Возвращает тех, кто задачу начал и не решил: дольше всех сидит — первый."""
    latest = {one.student: one for one in attempts}
    diagnoses = {
        (one.student, one.task): one.diagnosis for one in attempts if one.outcome == Outcome.WRONG
    }
    found = [
        Difficulty(
            one.student, one.task, one.started, one.attempts, one.wrong, one.hints,
            diagnoses.get((one.student, one.task)), now.ended or now.started, now.outcome,
        )
        for one in results
        if one.started is not None and one.earned is None
        and (now := latest[one.student]).task == one.task
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.since)


def not_collected(results: Sequence[Result]) -> dict[str, list[int]]:
    """Возвращает, у кого какие флаги получены и не сданы: скорее всего, они их не дочитали."""
    found: dict[str, list[int]] = {}
    for one in results:
        if one.earned is not None and one.collected is None:
            found.setdefault(one.student, []).append(one.task)
    return found


def idle(students: Iterable[str], results: Sequence[Result]) -> list[str]:
    """Возвращает тех, кто представился и ни одной задачи не начал."""
    started = {one.student for one in results}
    return [student for student in students if student not in started]


def absent(roster: Iterable[str], students: Iterable[str]) -> list[str]:
    """Возвращает по алфавиту тех, кто есть в списке группы и ещё не представился."""
    return sorted(set(roster).difference(students), key=alphabetical)


def several_places(notes: Iterable[Note]) -> dict[str, list[str]]:
    """Возвращает, какие имена приходили с разных адресов, и эти адреса."""
    found = _noted("address", notes)
    return {student: [one.detail for one in own] for student, own in found.items() if len(own) > 1}


def wrong_codes(notes: Iterable[Note]) -> dict[str, list[Note]]:
    """Возвращает, для каких имён набирали неверный код: откуда и сколько раз."""
    return _noted("wrong code", notes)


def _noted(event: str, notes: Iterable[Note]) -> dict[str, list[Note]]:
    found: dict[str, list[Note]] = {}
    for one in notes:
        if one.event == event:
            found.setdefault(one.student, []).append(one)
    return found
