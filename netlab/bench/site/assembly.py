"""Полная сборка: лекция и Material как есть с теми же страницами."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from netlab.bench.errand import CPU, SECONDS, Errand
from netlab.bench.processes import cores
from netlab.bench.record import Row
from netlab.bench.samples import WAITED, Announce, Samples, turns
from netlab.bench.site.projects import Project

REFERENCE = "stock"
COLUMNS = (SECONDS, CPU)


@dataclass(frozen=True)
class Assembly(Row):
    """Строка таблицы: id — имя проекта, options — с чем зовут mkdocs build."""

    options: tuple[str, ...] = ()


ASSEMBLIES = (
    Assembly("lecture", "лекция", "mkdocs build --strict, как в make build", ("--strict",)),
    Assembly(REFERENCE, "Material как есть", "те же страницы после макросов, mkdocs build"),
)


def measure_assembly(
    folder: Path, projects: Mapping[str, Project], rounds: int, samples: Samples, announce: Announce
) -> None:
    """Проводит все раунды; folder — папка, где собрана cost."""
    columns = [column.id for column in COLUMNS]
    for order in turns(ASSEMBLIES, rounds, announce):
        for one in order:
            measure = partial(assembled, folder, projects[one.id], one.options)
            samples.attempt(one.id, columns, measure)


def assembled(folder: Path, project: Project, options: tuple[str, ...]) -> dict[str, float]:
    """Собирает сайт один раз.

    Raises:
        Unavailable: не собрался.
    """
    with tempfile.TemporaryDirectory(prefix="netlab-bench-") as site:
        command = project.command("build", *options, "--site-dir", site)
        with Errand(folder, command, cores()[0]) as building:
            cost = building.cost()
    return {SECONDS.id: cost.seconds, CPU.id: cost.cpu, WAITED: cost.disturbance}
