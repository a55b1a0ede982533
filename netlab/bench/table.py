"""Таблицы измерений для терминала шириной в 80 знаков."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from netlab.bench.record import Record, absences, machine_words, number

WIDTH = 80
NOTHING = "—"
QUIET = 3
"""Столько процентов помех ещё не портят чисел."""

Columns = Sequence[tuple[str, int, int]]
"""Столбец: id, знаков после запятой, ширина; «×» — отношение к эталону, «±» — разброс раундов."""


def heading(record: Record, rounds: int) -> str:
    """Строка о том, где и сколько раз измерено."""
    return f"{machine_words(record)}; медиана раундов: {rounds}."


def rows_lines(rows: Sequence[Record], columns: Columns, name: int) -> Iterator[str]:
    """Отдаёт строки таблицы; name — ширина первого столбца."""
    for row in rows:
        yield f"{row['name']:{name}}" + "".join(
            f"{shown(row['cells'], column, digits):>{width}}" for column, digits, width in columns
        )


def shown(cells: Record, name: str, digits: int) -> str:
    """Пишет одну ячейку: медиану, отношение (×) или разброс (±) в процентах."""
    cell = cells[name.rstrip("×±")]
    if "absent" in cell:
        return NOTHING
    if name.endswith("±"):
        return f"± {number((cell['high'] - cell['low']) / 2 / cell['median'] * 100, 0)} %"
    value = cell["ratio" if name.endswith("×") else "median"]
    return NOTHING if value is None else number(value, digits)


def reasons(rows: Sequence[Record]) -> list[str]:
    """Строки о том, где и почему чисел нет."""
    told = [f"{row['name']}: {reason}." for row in rows for reason in absences(row)]
    return wrapped(f"Где «{NOTHING}» — {' '.join(told)}") if told else []


def warning(record: Record) -> list[str]:
    """Строки предупреждения, если машина занята."""
    if (record["disturbance"] or 0) <= QUIET:
        return []
    waited = number(record["disturbance"], 0)
    return wrapped(
        f"Машина занята: {waited} % времени измеритель ждал своего ядра. "
        "Числа ненадёжны, повторите в тишине."
    )


def wrapped(text: str) -> list[str]:
    """Делит текст на строки по ширине терминала."""
    return textwrap.wrap(text, WIDTH)
