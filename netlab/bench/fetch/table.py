"""Таблицы загрузчиков для терминала."""

from __future__ import annotations

from collections.abc import Iterator

from netlab.bench.record import Record, size_words
from netlab.bench.table import heading, reasons, rows_lines, warning

NAME = 20
NUMBER = 7
DOWNLOAD = (("seconds", 2, 9), ("seconds×", 2, 9), ("cpu", 2, 9), ("cpu×", 2, 9), ("peak", 1, 13))
DOWNLOAD_HEAD = (
    f"{'программа':{NAME}}{'время, с':>9}{'к curl':>9}{'ЦП, с':>9}{'к curl':>9}{'пик, МиБ':>13}"
)


def table_lines(record: Record) -> Iterator[str]:
    """Отдаёт строки обеих таблиц."""
    curve, download = record["curve"], record["download"]
    sizes = [one for one in curve["columns"] if one["group"]]
    columns = [(one["id"], one["digits"], NUMBER) for one in sizes]
    yield heading(record, curve["rounds"])
    yield ""
    yield "Время на страницу в столько-то МиБ, мс"
    titles = "".join(f"{one['title']:>{NUMBER}}" for one in sizes)
    yield f"{'загрузчик':{NAME}}{titles}{'степень':>9}"
    yield from rows_lines(curve["rows"], [*columns, ("exponent", 2, 9)], NAME)
    yield from reasons(curve["rows"])
    yield ""
    yield f"{size_words(download['mib'])} в файл"
    yield DOWNLOAD_HEAD
    yield from rows_lines(download["rows"], DOWNLOAD, NAME)
    yield from reasons(download["rows"])
    yield from warning(record)
