"""Сайт: оценки Lighthouse, вес страниц, полная сборка и ожидание после правки."""

# plan.py             сколько измерять
# projects.py         копия лекции и Material как есть (expand.py, stock/) с теми же страницами
# pages_server.py     отдаёт собранное, как GitHub Pages; chromium.py — чем его смотрят
# lighthouse.py, weight.py, assembly.py, reload.py   четыре измерения
# record.py, table.py запись и таблицы

from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

from netlab.bench.build import build
from netlab.bench.errand import SOURCE
from netlab.bench.record import Record
from netlab.bench.samples import Announce, Samples
from netlab.bench.site.assembly import measure_assembly
from netlab.bench.site.chromium import chromium_path
from netlab.bench.site.lighthouse import lighthouse_command, measure_scores
from netlab.bench.site.pages_server import published
from netlab.bench.site.plan import QUICK, Plan
from netlab.bench.site.projects import both
from netlab.bench.site.record import as_record
from netlab.bench.site.reload import measure_reload
from netlab.bench.site.table import table_lines
from netlab.bench.site.weight import measure_weight, pages_of, search_weight

__all__ = ["measure", "table_lines"]


def measure(folder: Path, announce: Announce, quick: bool = False) -> Record:
    """Измеряет сайт и возвращает запись; folder — временная папка.

    Raises:
        BenchError: нет Chromium, Lighthouse или компилятора, либо сайт не собирается.
    """
    plan = QUICK if quick else Plan()
    chromium_path()
    lighthouse_command()
    build(SOURCE, folder)
    samples: dict[str, Samples] = defaultdict(Samples)
    announce("копия лекции и Material как есть с теми же страницами")
    projects = both(folder)
    announce("полная сборка")
    measure_assembly(folder, projects, plan.builds, samples["build"], announce)
    announce("от правки до страницы")
    measure_reload(projects, plan.edits, samples["reload"], announce)
    with ExitStack() as servers:
        sites = {name: servers.enter_context(published()) for name in projects}
        for name, project in projects.items():
            sites[name].publish(project.build(folder / f"{name}-site", sites[name].url))
        announce("вес страниц")
        pages = pages_of(sites["lecture"])
        measure_weight(sites["lecture"], pages, samples["weight"])
        search = search_weight(sites["lecture"])
        announce("Lighthouse")
        faults = measure_scores(sites, folder, plan.examinations, samples["lighthouse"], announce)
    return as_record(plan, samples, pages, faults, search)
