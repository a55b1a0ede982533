"""Запись о передаче файла: `snippets/transfer/records/bench.json`.

Это таблица (см. netlab/bench/record.py) прямо в записи; рядом с ней mib — размер файла, МиБ. Время
и время процессора — в секундах, пики памяти — в МиБ.
"""

from __future__ import annotations

from netlab.bench.big_file import BigFile
from netlab.bench.record import Record, header, size_words, table
from netlab.bench.samples import Samples
from netlab.bench.transfer.pairs import COLUMNS, REFERENCE, TRIALS


def notes(big: BigFile) -> list[str]:
    """Условия, без которых чисел не понять."""
    return [
        f"{size_words(big.mib)} по loopback; у отправителя и получателя по ядру; файл и его копия "
        f"— {big.where}.",
        "Время — от запуска отправителя до конца обеих программ; ЦП — время процессора у обеих.",
        "netlab с обеих сторон считает SHA-256 и ждёт подтверждения, nc — ни того ни другого. "
        "Строка SHA-256 — один лишь хеш того же файла, без сети.",
        "Пик памяти — ru_maxrss (getrusage(2)).",
    ]


def as_record(rounds: int, big: BigFile, samples: Samples) -> Record:
    """Собирает запись из измеренного."""
    return {
        **header("transfer", samples.waits()),
        **table(rounds, REFERENCE, notes(big), COLUMNS, TRIALS, samples),
        "mib": big.mib,
    }
