"""Таблица передачи файла для терминала."""

from __future__ import annotations

from collections.abc import Iterator

from netlab.bench.record import Record, size_words
from netlab.bench.table import heading, reasons, rows_lines, warning

NAME = 28
COLUMNS = (
    ("seconds", 2, 9), ("seconds×", 2, 7), ("cpu", 2, 7), ("cpu×", 2, 7),
    ("sender", 1, 11), ("receiver", 1, 11),
)  # fmt: skip
HEAD = (
    f"{'':{NAME}}{'':30}{'пик памяти, МиБ':>22}",
    f"{'программы':{NAME}}{'время, с':>9}{'к nc':>7}{'ЦП, с':>7}{'к nc':>7}"
    f"{'отправил':>11}{'получил':>11}",
)


def table_lines(record: Record) -> Iterator[str]:
    """Отдаёт строки таблицы."""
    yield heading(record, record["rounds"])
    yield ""
    yield f"{size_words(record['mib'])} по сети"
    yield from HEAD
    yield from rows_lines(record["rows"], COLUMNS, NAME)
    yield from reasons(record["rows"])
    yield from warning(record)
