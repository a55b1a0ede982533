"""Запись о загрузчиках: `snippets/fetch/records/bench.json`.

В ней две таблицы (см. netlab/bench/record.py):

    {…,
     "curve": {…},                     загрузчики урока на страницах разного размера
     "download": {…, "mib": 1024}}     файл в mib МиБ на диск: netlab и чужая программа

curve: столбец — размер страницы, id — он же в МиБ («0.5», «16»); время — в миллисекундах, эталона
нет (reference — null). Ещё один столбец, exponent, — показатель k, при котором время растёт как
размер в степени k.

download: время и время процессора — в секундах, peak — пик памяти, МиБ.
"""

from __future__ import annotations

from netlab.bench.big_file import BigFile
from netlab.bench.fetch import download
from netlab.bench.fetch.fetchers import EXPONENT, FETCHERS, column
from netlab.bench.fetch.plan import Plan
from netlab.bench.record import Column, Record, header, number, size_words, table
from netlab.bench.samples import Samples


def as_record(plan: Plan, big: BigFile, curve: Samples, downloads: Samples) -> Record:
    """Собирает запись из измеренного."""
    return {
        **header("fetch", [*curve.waits(), *downloads.waits()]),
        "curve": table(plan.rounds, None, curve_notes(plan), curve_columns(plan), FETCHERS, curve),
        "download": {
            **table(
                plan.rounds,
                download.REFERENCE,
                download_notes(big),
                download.COLUMNS,
                download.DOWNLOADERS,
                downloads,
            ),
            "mib": big.mib,
        },
    }


def curve_columns(plan: Plan) -> list[Column]:
    """Столбцы кривой: размеры и показатель степени."""
    group = "мс на страницу в … МиБ"
    sizes = [
        Column(column(size), group, size_title(size), "less", 1 if size < 2 else 0)
        for size in plan.sizes
    ]
    return [*sizes, Column(EXPONENT, "", "степень", "less", 2, compared=False)]


def size_title(size: float) -> str:
    """Пишет размер по-русски."""
    return column(size).replace(".", ",")


def curve_notes(plan: Plan) -> list[str]:
    """Условия, без которых кривой не понять."""
    return [
        "Сервер — наш, на loopback и на другом ядре: называет Content-Length, отдаёт тело и "
        "закрывает соединение.",
        "Каждый раз — новый процесс; измерен один вызов read_website, без импорта. Предел размера, "
        "если он у программы есть, поднят.",
        f"Точку, на которую ушло уже {number(plan.enough, 0)} с, больше не повторяют. Загрузчика, "
        f"у которого она заняла больше {number(plan.limit, 0)} с, дальше не ждут.",
        "Степень — наклон прямой, проведённой через точки в логарифмическом масштабе. Меньше "
        "единицы она оттого, что у коротких страниц заметно и время на соединение.",
    ]


def download_notes(big: BigFile) -> list[str]:
    """Условия, без которых таблицы не понять."""
    return [
        f"{size_words(big.mib)} отдаёт nginx, по loopback и с другого ядра; файл и его копия — "
        f"{big.where}.",
        "Время — от запуска программы до её конца: у netlab в нём и запуск Python. "
        "ЦП — время процессора.",
        "Пик памяти — ru_maxrss (getrusage(2)).",
    ]
