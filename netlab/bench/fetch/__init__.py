"""Загрузчики: время от размера страницы и большой файл против curl."""

# plan.py          сколько и чего измерять
# fetchers.py      загрузчики урока: кривая «время от размера»
# body_server.py   сервер, у которого тело нужного размера; one_fetch.py — один вызов read_website
# download.py      большой файл: netlab fetch и curl
# record.py, table.py запись и таблицы

from pathlib import Path

from netlab.bench.big_file import big_file
from netlab.bench.build import build
from netlab.bench.errand import SOURCE
from netlab.bench.fetch.download import measure_download
from netlab.bench.fetch.fetchers import measure_curve
from netlab.bench.fetch.plan import QUICK, Plan
from netlab.bench.fetch.record import as_record
from netlab.bench.fetch.table import table_lines
from netlab.bench.record import Record
from netlab.bench.samples import Announce

__all__ = ["measure", "table_lines"]


def measure(folder: Path, announce: Announce, quick: bool = False) -> Record:
    """Измеряет загрузчики и возвращает запись; folder — временная папка.

    Raises:
        BenchError: нет компилятора или места.
    """
    plan = QUICK if quick else Plan()
    build(SOURCE, folder)
    announce("загрузчики урока на страницах разного размера")
    curve = measure_curve(folder, plan, announce)
    with big_file(plan.big_mib) as big:
        announce("большой файл: netlab fetch и curl")
        downloads = measure_download(folder, big, plan.rounds, announce)
        return as_record(plan, big, curve, downloads)
