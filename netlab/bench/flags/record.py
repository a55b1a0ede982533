"""Запись о сервере флагов: `netlab/bench/flags/bench.json`.

    {…,                                    начало — как у всех, см. netlab/bench/record.py
     "notes": ["…"],                       условия измерения, по предложению
     "scenarios": [
       {"id": "rush", "title": "Пятьсот студентов подключаются разом",
        "figures": [{"id": "seconds", "title": "последний услышал приветствие, с",
                     "limit": 1.0, "digits": 2, "measured": 0.2}]},
       {"id": "fuzz", "title": "…", "absent": "почему чисел нет"}]}

limit null — предела нет. Все пределы — сверху.
"""

from __future__ import annotations

from collections.abc import Sequence

from netlab.bench.flags.scenarios import Figures, Scenario
from netlab.bench.record import Record, header, rounded

NOTES = [
    "Всё на loopback; у сервера свой процесс, у нагрузки свои, ядра у них общие.",
    "В задачах 1–7 студент перед каждым словом думает до 0,75 с; ответ — от отправки до последней "
    "его строки, паузы, которые задача делает нарочно, вычтены.",
    "Пропажа — соединение, на том конце которого никто не отвечает и не читает; десять минут "
    "тишины и десять секунд отправки укорочены до секунды.",
    "Перебор и последний сценарий идут рядом: скорости там не меряют.",
    "Память — VmRSS (proc(5)); буферов ядра в ней нет.",
]
QUICK_NOTE = "Прогон короткий: участников меньше, чем в названиях, как в тестах."


def scenario_record(scenario: Scenario, figures: Figures) -> Record:
    """Записывает измеренное в одном сценарии."""
    return {
        "id": scenario.id,
        "title": scenario.title,
        "figures": [
            {
                "id": bound.id,
                "title": bound.title,
                "limit": bound.limit,
                "digits": bound.digits,
                "measured": rounded(figures[bound.id]),
            }
            for bound in scenario.bounds
        ],
    }


def absence_record(scenario: Scenario, reason: str) -> Record:
    """Записывает, почему сценарий не измерен."""
    return {"id": scenario.id, "title": scenario.title, "absent": reason}


def as_record(scenarios: Sequence[Record], quick: bool = False) -> Record:
    """Собирает запись из измеренного; quick — участников было меньше, чем сказано в названиях."""
    notes = [*NOTES, QUICK_NOTE] if quick else NOTES
    return {**header("flags", []), "notes": notes, "scenarios": list(scenarios)}
