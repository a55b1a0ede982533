"""Передача файла: send-file и recv-file против nc."""

# pairs.py            кого сравнивают и как измеряют
# record.py, table.py запись и таблица

from pathlib import Path

from netlab.bench.big_file import big_file
from netlab.bench.build import build
from netlab.bench.errand import SOURCE
from netlab.bench.record import Record
from netlab.bench.samples import Announce
from netlab.bench.transfer.pairs import measure_transfer
from netlab.bench.transfer.record import as_record
from netlab.bench.transfer.table import table_lines

__all__ = ["measure", "table_lines"]

ROUNDS, BIG_MIB = 5, 1024
QUICK_ROUNDS, QUICK_MIB = 1, 64


def measure(folder: Path, announce: Announce, quick: bool = False) -> Record:
    """Измеряет передачу и возвращает запись; folder — временная папка.

    Raises:
        BenchError: нет компилятора или места.
    """
    rounds, mib = (QUICK_ROUNDS, QUICK_MIB) if quick else (ROUNDS, BIG_MIB)
    build(SOURCE, folder)
    with big_file(mib) as big:
        announce("большой файл: send-file, recv-file и nc")
        return as_record(rounds, big, measure_transfer(folder, big, rounds, announce))
