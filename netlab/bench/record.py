"""Запись измерений урока: `snippets/<урок>/records/bench.json`, из неё страница берёт числа.

    {"format": 1,
     "command": "python -m netlab.bench echo",  чем измерено
     "machine": {"system": "Linux", "kernel": "6.18", "cores": 2, "python": "3.11"},
     "disturbance": 1.2,                        помехи: какую долю времени (%) ждали своего ядра
     …}                                         остальное — своё у урока, см. <урок>/record.py

Таблица, где бы в записи она ни стояла, выглядит так:

    {"rounds": 5,
     "reference": "c_epoll",                    id строки, с которой сравнены остальные
     "notes": ["…"],                            условия измерения, по предложению
     "columns": [{"id": "many_rate", "group": "100 клиентов", "title": "сообщений в секунду",
                  "better": "more", "digits": 0}, …],
     "rows": [{"id": "netlab", "name": "netlab echo", "what": "…", "program": null,
               "cells": {"many_rate": {"median": 87000, "low": 86000, "high": 89000, "ratio": 0.6},
                         "memory": {"absent": "один клиент за раз"}, …}}, …]}

columns: group — общий заголовок соседних столбцов ("" — столбец сам по себе); better — лучше,
когда больше ("more"), меньше ("less") или всё равно (""); digits — сколько знаков показывать после
запятой. program — имя программы урока или null.

Ячейка — числа: median, low, high — медиана и крайние раунды; ratio — медиана отношений к строке
reference в том же раунде, null там, где отношение ничего не говорит. Либо в ней absent — почему
чисел нет.

Даты в записи нет. Побайтно её не сравнивают: у каждого прогона числа свои.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import mean, median
from typing import Any

from netlab.bench.samples import Samples

FORMAT = 1
COMMAND = "python -m netlab.bench"
SIGNIFICANT = 4
"""Столько значащих цифр хранится: точнее измерение не бывает."""

Record = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """Кого измеряют: строка таблицы; what — кто это, одно предложение для страницы."""

    id: str
    name: str
    what: str
    program: str | None = field(default=None, kw_only=True)
    """Имя программы урока, если это она."""


@dataclass(frozen=True)
class Column:
    """Столбец таблицы."""

    id: str
    group: str
    title: str
    better: str
    digits: int
    compared: bool = True


def header(lesson: str, waits: Sequence[float]) -> Record:
    """Начало записи; waits — помехи в процентах."""
    return {
        "format": FORMAT,
        "command": f"{COMMAND} {lesson}",
        "machine": machine(),
        "disturbance": rounded(mean(waits)) if waits else None,
    }


def table(
    rounds: int,
    reference: str | None,
    notes: Sequence[str],
    columns: Sequence[Column],
    rows: Sequence[Row],
    samples: Samples,
) -> Record:
    """Собирает таблицу из измеренного."""
    return {
        "rounds": rounds,
        "reference": reference,
        "notes": list(notes),
        "columns": [
            {name: value for name, value in asdict(column).items() if name != "compared"}
            for column in columns
        ],
        "rows": [
            {
                "id": row.id,
                "name": row.name,
                "what": row.what,
                "program": row.program,
                "cells": {
                    column.id: cell(samples, row.id, column, reference) for column in columns
                },
            }
            for row in rows
        ],
    }


def cell(samples: Samples, row: str, column: Column, reference: str | None) -> Record:
    """Сводит раунды одной ячейки: медиана, края и отношение к эталону."""
    values = samples.numbers.get((row, column.id), [])
    if (row, column.id) in samples.absent or not values:
        return {"absent": samples.absent.get((row, column.id), "не измерено")}
    peers = samples.numbers.get((reference, column.id), []) if reference else []
    # Отношение берётся внутри раунда: помеха, накрывшая раунд, делит обоих и в отношении пропадает.
    pairs = [value / peer for value, peer in zip(values, peers, strict=False) if peer]
    return {
        **spread(values),
        "ratio": rounded(median(pairs)) if pairs and column.compared else None,
    }


def spread(values: Sequence[float]) -> dict[str, float]:
    """Сводит раунды: медиана и края."""
    return {
        "median": rounded(median(values)),
        "low": rounded(min(values)),
        "high": rounded(max(values)),
    }


def absences(row: Record) -> Iterator[str]:
    """Отдаёт причины, по которым в строке таблицы нет чисел, каждую один раз."""
    yield from dict.fromkeys(cell["absent"] for cell in row["cells"].values() if "absent" in cell)


def rounded(value: float) -> float:
    """Оставляет значащие цифры."""
    short = float(f"{value:.{SIGNIFICANT}g}")
    return int(short) if short.is_integer() else short


def number(value: float, digits: int) -> str:
    """Пишет число по-русски: с запятой и неразрывным пробелом между тысячами."""
    return f"{value:,.{digits}f}".replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")


def size_words(mib: int) -> str:
    """Пишет размер большого файла."""
    return f"{mib} МиБ" if mib % 1024 else f"{mib // 1024} ГиБ"


def machine() -> dict[str, Any]:
    """Описывает машину так, чтобы числа было с чем сравнить."""
    return {
        "system": platform.system(),
        "kernel": ".".join(platform.release().split(".")[:2]),
        "cores": len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count(),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
    }


def machine_words(record: Record) -> str:
    """Называет машину одной строкой."""
    one = record["machine"]
    return f"{one['system']} {one['kernel']}, ядер: {one['cores']}, Python {one['python']}"


def as_text(record: Record) -> str:
    """Превращает запись в текст файла."""
    return json.dumps(record, ensure_ascii=False, indent=1) + "\n"


def write(record: Record, path: Path) -> None:
    """Сохраняет запись."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_text(record), encoding="utf-8")
