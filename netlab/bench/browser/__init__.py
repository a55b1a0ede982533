"""Программы на странице: сколько ждать первой строки, быстра ли сеть, сколько памяти нужно."""

# page.py     страница в Chromium: что на ней нажимают и что измеряют
# measures.py что измеряют и каковы пределы

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from netlab.bench.browser.measures import MEASURES
from netlab.bench.browser.page import measured
from netlab.bench.record import Record, header, machine_words, number, rounded
from netlab.bench.samples import Announce

__all__ = ["measure", "table_lines"]

ROUNDS = 3


def measure(folder: Path, announce: Announce, quick: bool = False) -> Record:
    """Собирает сайт в folder, проводит все измерения и возвращает запись.

    Raises:
        BenchError: сайт не собрался, или нет CPython для браузера.
    """
    values = measured(folder, announce, 1 if quick else ROUNDS, quick)
    rows = [
        {
            "id": one.id,
            "title": one.title,
            "limit": one.limit,
            "better": one.better,
            "digits": one.digits,
            "value": rounded(values[one.id]),
        }
        for one in MEASURES
    ]
    return {**header("browser", []), "measures": rows}


def table_lines(record: Record) -> Iterator[str]:
    """Таблица для терминала: что измерено, сколько вышло и каков предел."""
    yield f"Программы на странице. {machine_words(record)}"
    yield ""
    for row in record["measures"]:
        value, limit = (number(row[name], row["digits"]) for name in ("value", "limit"))
        sign = "≤" if row["better"] == "less" else "≥"
        kept = (
            row["value"] <= row["limit"]
            if row["better"] == "less"
            else row["value"] >= row["limit"]
        )
        yield f"{'✓' if kept else '✗'} {row['title']:<58}{value:>8}   {sign} {limit}"
