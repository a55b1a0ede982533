"""Сервер флагов: толпа, помехи, беды и то, как он из них выходит."""

# scenarios.py        что происходит, что измеряют и каковы пределы
# classroom.py, nuisance.py, farewell.py, disaster.py   сами сценарии
# launcher.py         сервер в своём процессе
# script.py           что говорит студент; student.py — один студент, crowd.py — толпа
# load.py, works.py   нагрузка в своих процессах
# fuzz.py, sequences.py   ядро без сети под перебором
# record.py, table.py запись и таблица

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from netlab.bench.flags.record import absence_record, as_record, scenario_record
from netlab.bench.flags.scenarios import SOAK_MINUTES, Measure, Scenario, scenarios
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

    def one(scenario: Scenario, carry_out: Measure) -> Record:
        announce(scenario.title)
        try:
            return scenario_record(scenario, carry_out(folder / scenario.id))
        except (BenchError, Unexpected, OSError) as error:
            return absence_record(scenario, str(error))

    sized = [(each, each.small if quick else each.full) for each in scenarios(soak)]
    chosen = [(each, carry_out) for each, carry_out in sized if carry_out]
    told = [one(*pair) for pair in chosen if pair[0].timed]
    with ThreadPoolExecutor() as together:
        beside = [together.submit(one, *pair) for pair in chosen if not pair[0].timed]
    return as_record([*told, *(future.result() for future in beside)], quick)
