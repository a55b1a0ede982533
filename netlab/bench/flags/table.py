"""Таблица о сервере флагов для терминала."""

from __future__ import annotations

from collections.abc import Iterator

from netlab.bench.record import Record, machine_words, number
from netlab.bench.table import NOTHING, WIDTH, wrapped

NUMBER = 12
NAME = WIDTH - 2 * NUMBER


def table_lines(record: Record) -> Iterator[str]:
    """Отдаёт строки таблицы, условий и превышенных пределов."""
    yield f"{machine_words(record)}."
    yield ""
    yield f"{'сценарий':{NAME}}{'измерено':>{NUMBER}}{'предел':>{NUMBER}}"
    for scenario in record["scenarios"]:
        yield scenario["title"]
        if "absent" in scenario:
            yield from wrapped(f"  {scenario['absent']}")
        for figure in scenario.get("figures", ()):
            yield (
                f"  {figure['title']:{NAME - 2}}{shown(figure, 'measured'):>{NUMBER}}"
                f"{shown(figure, 'limit'):>{NUMBER}}"
            )
    yield ""
    for note in record["notes"]:
        yield from wrapped(note)
    if broken := [one["title"] for one in record["scenarios"] if exceeded(one)]:
        yield from wrapped(f"Предел не выдержан: {'; '.join(broken)}.")
    else:
        yield "Все пределы выдержаны."


def shown(figure: Record, name: str) -> str:
    """Пишет число; чего нет — прочерком."""
    value = figure[name]
    return NOTHING if value is None else number(value, figure["digits"])


def exceeded(scenario: Record) -> bool:
    """Говорит, не выдержан ли в сценарии какой-нибудь предел."""
    return "absent" in scenario or any(
        one["limit"] is not None and one["measured"] > one["limit"] for one in scenario["figures"]
    )
