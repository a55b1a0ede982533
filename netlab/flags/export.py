"""Выгрузка занятия: таблицы для Excel и JSON для программ. Ключа и кодов в них нет."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any, NamedTuple

from netlab.flags.folder import LabError
from netlab.flags.store import Attempt, Entry, ForeignFlag, Hint, Reader, Result

_Cell = str | int | None


class Table(NamedTuple):
    """Одна таблица выгрузки: имя файла и ключа в JSON, столбцы, откуда брать строки."""

    name: str
    columns: Sequence[str]
    rows: Callable[[Reader], Sequence[tuple[Any, ...]]]


TABLES = (
    Table("results", Result._fields, Reader.results),
    Table("attempts", Attempt._fields, Reader.attempts),
    Table("hints", Hint._fields, Reader.hints),
    Table("foreign_flags", ForeignFlag._fields, Reader.foreign_flags),
    Table("journal", Entry._fields, Reader.journal),
)
JSON_FILE = "lab.json"
_TIMES = {"at", "started", "ended", "earned", "collected", "deadline"}
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
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def export(reader: Reader, folder: Path, zone: tzinfo | None = None) -> list[Path]:
    """Пишет в папку таблицы CSV и lab.json, все на один миг занятия; возвращает, что написано.

    zone — часовой пояс для времени, None — пояс этой машины.

    Raises:
        StoreError: занятия не прочесть.
        LabError: папки или файла не записать.
    """
    lab = read_lab(reader, zone)
    written = [folder / f"{table.name}.csv" for table in TABLES] + [folder / JSON_FILE]
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for table, path in zip(TABLES, written, strict=False):
            _write_csv(path, table.columns, lab[table.name])
        text = json.dumps(lab, ensure_ascii=False, indent=1)
        with open(written[-1], "w", encoding="utf-8", opener=_private) as file:
            file.write(text + "\n")
    except OSError as error:
        raise LabError(f"выгрузку в «{folder}» не записать ({error.strerror}).") from None
    return written


def read_lab(reader: Reader, zone: tzinfo | None = None) -> dict[str, Any]:
    """Собирает всё о занятии: session и по списку записей от каждой таблицы."""
    with reader.snapshot():
        session = reader.session()
        lab: dict[str, Any] = {"session": session and _record(session._fields, session, zone)}
        for table in TABLES:
            lab[table.name] = [_record(table.columns, row, zone) for row in table.rows(reader)]
    return lab


def defused(text: str) -> str:
    """Возвращает текст, который Excel не примет за формулу.

    См. https://owasp.org/www-community/attacks/CSV_Injection.
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def _private(path: str, flags: int) -> int:
    """Открывает файл, которого другим пользователям машины не прочесть: в нём имена и оценки."""
    return os.open(path, flags, 0o600)


def _record(columns: Sequence[str], row: Sequence[Any], zone: tzinfo | None) -> dict[str, Any]:
    return {
        column: _moment(value, zone) if column in _TIMES and value is not None else value
        for column, value in zip(columns, row, strict=True)
    }


def _moment(seconds: float, zone: tzinfo | None) -> str:
    """Пишет время по ISO 8601 с поясом: 2026-11-23T15:41:07.250+03:00."""
    return datetime.fromtimestamp(seconds, UTC).astimezone(zone).isoformat(timespec="milliseconds")


def _write_csv(path: Path, columns: Sequence[str], records: Sequence[dict[str, _Cell]]) -> None:
    # Точка с запятой и BOM: только так русский Excel открывает файл двойным щелчком.
    with open(path, "w", encoding="utf-8-sig", newline="", opener=_private) as file:
        table = csv.writer(file, delimiter=";")
        table.writerow([_HEADINGS[column] for column in columns])
        for record in records:
            table.writerow(
                [defused(cell) if isinstance(cell, str) else cell for cell in record.values()]
            )
