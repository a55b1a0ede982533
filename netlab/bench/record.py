"""Запись измерений: `snippets/echo/records/bench.json`, из неё страница рисует таблицу.

    {"format": 1,
     "command": "python -m netlab.bench",     чем измерено
     "machine": {"system": "Linux", "kernel": "6.18", "cores": 2, "python": "3.11"},
     "rounds": 5,
     "disturbance": 1.2,                      помехи: какую долю времени (%) нагрузка ждала ядра
     "reference": "c_epoll",                  id строки, с которой сравнены остальные
     "notes": ["…"],                          условия измерения, по предложению
     "columns": [{"id": "many_rate", "group": "100 клиентов", "title": "сообщений в секунду",
                  "better": "more", "digits": 0}, …],
     "rows": [{"id": "netlab", "name": "netlab echo", "what": "…", "program": null,
               "cells": {"many_rate": {"median": 87000, "low": 86000, "high": 89000, "ratio": 0.6},
                         "memory": {"absent": "один клиент за раз"}, …}}, …],
     "backlog": {"program": "echo/echo_threads.py", "clients": 500, "rounds": 3, "limit": 16,
                 "rows": [{"listen": 10, "in_second": 95, "greeted": 211, "seconds": null}, …]}}

columns: group — общий заголовок соседних столбцов ("" — столбец сам по себе); better — лучше,
когда больше ("more"), меньше ("less") или всё равно (""); digits — сколько знаков показывать после
запятой.

Ячейка — числа: median, low, high — медиана и крайние раунды; ratio — медиана отношений к строке
reference в том же раунде, null там, где отношение ничего не говорит. Либо в ней absent — почему
чисел нет. Задержки и время процессора — в микросекундах, поток — в МБ/с (10⁶ байт), память — в КиБ,
load_busy — в процентах. program — имя программы урока или null.

backlog: in_second — скольким ответили за первую секунду, greeted — скольким за limit секунд,
seconds — когда ответили последнему (null, если за limit секунд не всем). Вместо clients, rounds,
limit и rows может стоять absent.

Даты в записи нет. Побайтно её не сравнивают: у каждого прогона числа свои.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

from netlab.bench.contestants import REFERENCE, Contestant
from netlab.bench.rounds import CLIENTS, LINE, Plan, Samples

FORMAT = 1
COMMAND = "python -m netlab.bench"
SIGNIFICANT = 4
"""Столько значащих цифр хранится: точнее измерение не бывает."""


@dataclass(frozen=True)
class Column:
    """Столбец таблицы."""

    id: str
    group: str
    title: str
    better: str
    digits: int
    compared: bool = True


COLUMNS = (
    Column("one_rate", "1 клиент", "сообщений в секунду", "more", 0),
    Column("one_p50", "1 клиент", "p50, мкс", "less", 0),
    Column("one_p99", "1 клиент", "p99, мкс", "less", 0),
    Column("many_rate", f"{CLIENTS} клиентов", "сообщений в секунду", "more", 0),
    Column("many_p50", f"{CLIENTS} клиентов", "p50, мкс", "less", 0),
    Column("many_p99", f"{CLIENTS} клиентов", "p99, мкс", "less", 0),
    Column("cpu", f"{CLIENTS} клиентов", "ЦП сервера, мкс на сообщение", "less", 1),
    Column("bulk", "", "поток, МБ/с", "more", 0),
    Column("memory", "", "память на молчащего клиента, КиБ", "less", 1, compared=False),
    Column("load_busy", "", "занятость нагрузки, %", "", 0, compared=False),
)


def notes(plan: Plan, pinned: bool) -> list[str]:
    """Перечисляет условия, без которых числа не понять."""
    cores = (
        "Сервер привязан к одному ядру, нагрузка — к другому; когда клиент один, оба на одном: "
        "они всё равно работают по очереди."
    )
    return [
        f"Всё на loopback. Сообщение — строка в {LINE} байта: клиент ждёт её назад, "
        "потом шлёт следующую.",
        cores if pinned else "Ядро одно: сервер и нагрузка делят его.",
        "Программы урока те же, заменён только порт; print на каждую строку пишет в /dev/null.",
        f"Поток — один клиент: {plan.bulk_mib} МиБ строк кусками по 64 КиБ, читает он одновременно "
        f"с записью; через {number(plan.bulk_seconds, 1)} с новых кусков не шлёт.",
        f"Память — прирост на {plan.idle_clients} молчащих клиентах; буферов ядра в ней нет.",
        "Нагрузка — программа на C. Где она занята почти всё время, предел поставила она, "
        "а не сервер.",
    ]


def as_record(
    plan: Plan,
    contestants: Sequence[Contestant],
    samples: Samples,
    backlog: dict[str, Any],
    pinned: bool,
) -> dict[str, Any]:
    """Собирает запись из измеренного."""
    return {
        "format": FORMAT,
        "command": COMMAND,
        "machine": machine(),
        "rounds": plan.rounds,
        "disturbance": disturbance(samples),
        "reference": REFERENCE,
        "notes": notes(plan, pinned),
        "columns": [
            {name: value for name, value in asdict(column).items() if name != "compared"}
            for column in COLUMNS
        ],
        "rows": [
            {
                "id": one.id,
                "name": one.name,
                "what": one.what,
                "program": one.program,
                "cells": {column.id: cell(samples, one.id, column) for column in COLUMNS},
            }
            for one in contestants
        ],
        "backlog": backlog,
    }


def cell(samples: Samples, row: str, column: Column) -> dict[str, Any]:
    """Сводит раунды одной ячейки: медиана, края и отношение к эталону."""
    values = samples.numbers.get((row, column.id), [])
    if (row, column.id) in samples.absent or not values:
        return {"absent": samples.absent.get((row, column.id), "не измерено")}
    peers = samples.numbers.get((REFERENCE, column.id), [])
    # Отношение берётся внутри раунда: помеха, накрывшая раунд, делит обоих и в отношении пропадает.
    pairs = [value / peer for value, peer in zip(values, peers, strict=False) if peer]
    return {
        "median": rounded(median(values)),
        "low": rounded(min(values)),
        "high": rounded(max(values)),
        "ratio": rounded(median(pairs)) if pairs and column.compared else None,
    }


def disturbance(samples: Samples) -> float | None:
    """Говорит, сколько процентов времени ядро нагрузки занимали другие программы, в среднем."""
    # У нагрузки своё ядро, и ждать его она может только из-за чужих; так видно, тихо ли на машине.
    waits = [
        wait for (_, name), all in samples.numbers.items() if name == "load_waited" for wait in all
    ]
    return rounded(mean(waits)) if waits else None


def rounded(value: float) -> float:
    """Оставляет значащие цифры."""
    short = float(f"{value:.{SIGNIFICANT}g}")
    return int(short) if short.is_integer() else short


def number(value: float, digits: int) -> str:
    """Пишет число по-русски: с запятой и неразрывным пробелом между тысячами."""
    return f"{value:,.{digits}f}".replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")


def machine() -> dict[str, Any]:
    """Описывает машину так, чтобы числа было с чем сравнить."""
    return {
        "system": platform.system(),
        "kernel": ".".join(platform.release().split(".")[:2]),
        "cores": len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count(),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
    }


def as_text(record: dict[str, Any]) -> str:
    """Превращает запись в текст файла."""
    return json.dumps(record, ensure_ascii=False, indent=1) + "\n"


def write(record: dict[str, Any], path: Path) -> None:
    """Сохраняет запись."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_text(record), encoding="utf-8")
