"""Таблицы о сайте для терминала."""

from __future__ import annotations

from collections.abc import Iterator

from netlab.bench.record import Record, number
from netlab.bench.table import heading, reasons, rows_lines, warning, wrapped

NAME = 19

SCORES = (
    ("performance", 0, 9), ("accessibility", 0, 9), ("best-practices", 0, 8), ("seo", 0, 6),
    ("first-contentful-paint", 0, 8), ("largest-contentful-paint", 0, 8),
    ("total-blocking-time", 0, 6), ("cumulative-layout-shift", 3, 7),
)  # fmt: skip
SCORES_HEAD = (
    f"{'Lighthouse':{NAME}}{'скорость':>9}{'доступн.':>9}{'приёмы':>8}{'SEO':>6}"
    f"{'FCP, мс':>8}{'LCP, мс':>8}{'TBT':>6}{'CLS':>7}",
)
WEIGHT = (("total", 1, 9), ("html", 1, 9), ("css", 1, 9), ("script", 1, 12), ("rest", 1, 11))
WEIGHT_HEAD = (
    f"{'вес страницы, КБ':{NAME}}{'всего':>9}{'HTML':>9}{'CSS':>9}{'JavaScript':>12}"
    f"{'остальное':>11}",
)
BUILD_NAME = 28
BUILD = (("seconds", 2, 9), ("seconds×", 2, 13), ("cpu", 2, 9), ("cpu×", 2, 13))
BUILD_HEAD = (
    f"{'полная сборка':{BUILD_NAME}}{'время, с':>9}{'к Material':>13}"
    f"{'ЦП, с':>9}{'к Material':>13}",
)
RELOAD = (("seconds", 2, 9), ("seconds×", 2, 13))
RELOAD_HEAD = (f"{'до страницы':{BUILD_NAME}}{'время, с':>9}{'к Material':>13}",)


def table_lines(record: Record) -> Iterator[str]:
    """Отдаёт строки таблиц."""
    lighthouse, weight, build, reload = (
        record[part] for part in ("lighthouse", "weight", "build", "reload")
    )
    yield heading(record, lighthouse["rounds"])
    yield ""
    yield from SCORES_HEAD
    yield from rows_lines(lighthouse["rows"], SCORES, NAME)
    yield from faults_lines(lighthouse)
    yield from speed_lines(lighthouse["rows"])
    yield ""
    yield from WEIGHT_HEAD
    yield from rows_lines(heaviest_first(weight["rows"]), WEIGHT, NAME)
    yield f"Поиск, когда его откроют, добавит {number(weight['search'], 1)} КБ."
    for head, table, columns in ((BUILD_HEAD, build, BUILD), (RELOAD_HEAD, reload, RELOAD)):
        yield ""
        yield from head
        yield from rows_lines(table["rows"], columns, BUILD_NAME)
    for table in (lighthouse, weight, build, reload):
        yield from reasons(table["rows"])
    yield from warning(record)


def faults_lines(lighthouse: Record) -> Iterator[str]:
    """Называет проверки, из-за которых оценка страницы не полная."""
    names = {row["id"]: row["name"] for row in lighthouse["rows"]}
    for page, audits in lighthouse["faults"].items():
        yield from wrapped(f"Не прошла «{names[page]}»: {', '.join(audits)}.")


def speed_lines(rows: list[Record]) -> Iterator[str]:
    """Говорит, насколько машина была свободна: от этого зависят скорость и TBT."""
    cells = [row["cells"]["benchmark"] for row in rows if "low" in row["cells"]["benchmark"]]
    if cells:
        low, high = min(cell["low"] for cell in cells), max(cell["high"] for cell in cells)
        yield f"Быстрота машины (benchmarkIndex): от {number(low, 0)} до {number(high, 0)}."


def heaviest_first(rows: list[Record]) -> list[Record]:
    """Ставит самую тяжёлую страницу первой."""
    return sorted(rows, key=lambda row: -row["cells"]["total"].get("median", 0))
