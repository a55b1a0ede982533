"""Выгрузка занятия: таблицы для Excel и JSON для программ. Ключа и кодов в них нет."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from netlab.file_errors import what_is_wrong
from netlab.flags.folder import LabError
from netlab.flags.roster import Roster
from netlab.flags.store import Attempt, Entry, ForeignFlag, Hint, OrderKind, Outcome, Reader, Result


class Table(NamedTuple):
    """Одна таблица выгрузки: имя файла и ключа в JSON, столбцы, откуда брать строки."""

    name: str
    columns: Sequence[str]
    rows: Callable[[Reader], Sequence[tuple[Any, ...]]]


class Attendance(NamedTuple):
    """Студент: когда впервые представился (None — не пришёл) и сколько флагов сдал."""

    student: str
    came: float | None
    flags: int


TABLES = (
    Table("results", Result._fields, Reader.results),
    Table("attempts", Attempt._fields, Reader.attempts),
    Table("hints", Hint._fields, Reader.hints),
    Table("foreign_flags", ForeignFlag._fields, Reader.foreign_flags),
    Table("journal", Entry._fields, Reader.journal),
)
JSON_FILE = "lab.json"
_TIMES = {"at", "came", "started", "ended", "earned", "collected", "deadline"}
_HEADINGS = {
    "id": "попытка",
    "student": "студент",
    "task": "задача",
    "attempts": "попыток",
    "wrong": "неверных",
    "hints": "подсказок",
    "level": "подсказка",
    "started": "начал",
    "ended": "закончил",
    "earned": "получил флаг",
    "collected": "сдал флаг",
    "outcome": "чем кончилась",
    "diagnosis": "что не так",
    "owner": "чей флаг",
    "at": "когда",
    "event": "что",
    "detail": "подробности",
    "came": "пришёл",
    "flags": "сдано флагов",
}
_WORDS: dict[str, dict[str, str]] = {
    "outcome": {
        Outcome.SOLVED: "верный ответ",
        Outcome.WRONG: "неверный ответ",
        Outcome.LEFT: "связь закрыта без ответа",
    },
}
_WORDS["event"] = _WORDS["outcome"] | {
    "session": "начало занятия",
    "hello": "первый вход",
    "start": "начало задачи",
    "hint": "подсказка",
    "collected": "флаг сдан",
    "foreign flag": "чужой флаг",
    "address": "вход с адреса",
    "wrong code": "неверный код",
    OrderKind.EXTEND: "продлено, секунд",
    OrderKind.PAUSE: "часы остановлены",
    OrderKind.RESUME: "часы пущены",
    OrderKind.MESSAGE: "сообщение всем",
    OrderKind.CLOSE: "конец занятия",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def export(
    reader: Reader, folder: Path, zone: tzinfo | None = None, roster: Roster | None = None
) -> list[Path]:
    """Пишет в папку таблицы CSV и lab.json, все на один миг занятия; возвращает, что написано.

    zone — часовой пояс для времени, None — пояс этой машины; roster — список группы: с ним в
    таблице студентов есть и те, кто не пришёл.

    Raises:
        StoreError: занятия не прочесть.
        LabError: папки или файла не записать.
    """
    lab = read_lab(reader, zone, roster)
    tables = _tables(roster)
    written = [folder / f"{table.name}.csv" for table in tables] + [folder / JSON_FILE]
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for table, path in zip(tables, written, strict=False):
            _write_csv(path, table.columns, lab[table.name])
        text = json.dumps(lab, ensure_ascii=False, indent=1)
        with open(written[-1], "w", encoding="utf-8", opener=_private) as file:
            file.write(text + "\n")
    except OSError as error:
        raise LabError(f"выгрузку в «{folder}» не записать ({what_is_wrong(error)}).") from None
    return written


def read_lab(
    reader: Reader, zone: tzinfo | None = None, roster: Roster | None = None
) -> dict[str, Any]:
    """Собирает всё о занятии: session и по списку записей от каждой таблицы; время по ISO 8601."""
    with reader.snapshot():
        session = reader.session()
        lab: dict[str, Any] = {"session": session and _record(session._fields, session, zone)}
        for table in _tables(roster):
            lab[table.name] = [_record(table.columns, row, zone) for row in table.rows(reader)]
    return lab


def attendance(reader: Reader, roster: Roster | None) -> list[Attendance]:
    """Перечисляет студентов: сначала по списку группы, за ними тех, кого в нём нет."""
    came = {one.student: one.at for one in reader.journal() if one.event == "hello"}
    flags = Counter(one.student for one in reader.results() if one.collected is not None)
    listed = [one.name for one in roster.students] if roster else []
    everyone = dict.fromkeys([*listed, *reader.students()])
    return [Attendance(student, came.get(student), flags[student]) for student in everyone]


def defused(text: str) -> str:
    """Возвращает текст, который Excel не примет за формулу.

    См. https://owasp.org/www-community/attacks/CSV_Injection.
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def _tables(roster: Roster | None) -> list[Table]:
    return [Table("students", Attendance._fields, partial(attendance, roster=roster)), *TABLES]


def _private(path: str, flags: int) -> int:
    """Открывает файл, которого другим пользователям машины не прочесть: в нём имена и оценки."""
    return os.open(path, flags, 0o600)


def _record(columns: Sequence[str], row: Sequence[Any], zone: tzinfo | None) -> dict[str, Any]:
    return {
        column: _moment(value, zone).isoformat(timespec="milliseconds")
        if column in _TIMES and value is not None
        else value
        for column, value in zip(columns, row, strict=True)
    }


def _moment(seconds: float, zone: tzinfo | None) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).astimezone(zone)


def _write_csv(path: Path, columns: Sequence[str], records: Sequence[dict[str, Any]]) -> None:
    # Точка с запятой и BOM: только так русский Excel открывает файл двойным щелчком.
    with open(path, "w", encoding="utf-8-sig", newline="", opener=_private) as file:
        table = csv.writer(file, delimiter=";")
        table.writerow([_HEADINGS[column] for column in columns])
        for record in records:
            table.writerow([_cell(column, value) for column, value in record.items()])


def _cell(column: str, value: Any) -> Any:
    """Пишет значение так, как его ждут от таблицы: время — датой Excel, текст — одной строкой."""
    if not isinstance(value, str):
        return value
    if column in _TIMES:
        return f"{datetime.fromisoformat(value):%d.%m.%Y %H:%M:%S}"
    value = _WORDS.get(column, {}).get(value, value)
    return defused(" / ".join(value.splitlines()))
