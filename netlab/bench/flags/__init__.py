"""Сервер флагов: толпа, помехи, беды и то, как он из них выходит."""

# scenarios.py        что происходит, что измеряют и каковы пределы
# classroom.py, nuisance.py, farewell.py, disaster.py   сами сценарии
# launcher.py         сервер в своём процессе
# script.py           что говорит студент; student.py — один студент, crowd.py — толпа
# load.py, works.py   нагрузка в своих процессах
# fuzz.py, sequences.py   ядро без сети под перебором
# record.py, table.py запись и таблица

from pathlib import Path

from netlab.bench.flags.record import absence_record, as_record, scenario_record
from netlab.bench.flags.scenarios import SOAK_MINUTES, scenarios
from netlab.bench.flags.script import Unexpected
from netlab.bench.flags.table import table_lines
from netlab.bench.processes import BenchError
from netlab.bench.record import Record
from netlab.bench.samples import Announce

__all__ = ["SOAK_MINUTES", "measure", "table_lines"]


def measure(
    folder: Path, announce: Announce, quick: bool = False, soak: float = SOAK_MINUTES
) -> Record:
    """Проводит все сценарии и возвращает запись; folder — временная папка.

    soak — сколько минут длится последний. quick — сценарии, какими их видят тесты.
    """
    told = []
    for scenario in scenarios(soak):
        carry_out = scenario.small if quick else scenario.full
        if carry_out is None:
            continue
        announce(scenario.title)
        try:
            told.append(scenario_record(scenario, carry_out(folder / scenario.id)))
        except (BenchError, Unexpected, OSError) as error:
            told.append(absence_record(scenario, str(error)))
    return as_record(told, quick)
