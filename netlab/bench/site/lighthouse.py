"""Lighthouse: оценки страницы на медленном телефоне с медленной связью."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from netlab import node
from netlab.bench.processes import BenchError, Group, Unavailable
from netlab.bench.record import Column, Record, Row
from netlab.bench.samples import Announce, Samples, turns
from netlab.bench.site.chromium import open_browser
from netlab.bench.site.pages_server import PagesSite

LIMIT = 120.0
"""Больше секунд одной проверки не ждём."""
WHOLE = 100
SCORES = (
    Column("performance", "оценка из 100", "скорость", "more", 0, compared=False),
    Column("accessibility", "оценка из 100", "доступность", "more", 0, compared=False),
    Column("best-practices", "оценка из 100", "приёмы", "more", 0, compared=False),
    Column("seo", "оценка из 100", "для поисковиков", "more", 0, compared=False),
)
MOMENTS = (
    Column("first-contentful-paint", "", "первый показ, мс", "less", 0),
    Column("largest-contentful-paint", "", "главное показано, мс", "less", 0),
    Column("total-blocking-time", "", "не отвечала, мс", "less", 0, compared=False),
    Column("cumulative-layout-shift", "", "прыгала", "less", 3, compared=False),
)
SPEED = Column("benchmark", "", "быстрота машины", "more", 0, compared=False)
"""Пробный счёт, по которому Lighthouse судит о машине: на занятой он меньше."""
COLUMNS = (*SCORES, *MOMENTS, SPEED)
REFERENCE = "stock"


@dataclass(frozen=True)
class Examined(Row):
    """Строка таблицы: какую страницу какого проекта проверяют."""

    project: str
    address: str


EXAMINED = (
    Examined("index", "начальная", "страница с таблицей эхо-сервера", "lecture", ""),
    Examined("recv", "recv", "урок", "lecture", "recv/"),
    Examined("echo", "echo", "урок, самая длинная страница", "lecture", "echo/"),
    Examined("errors", "ошибки", "справочник", "lecture", "errors/"),
    Examined(REFERENCE, "Material как есть", "тот же урок recv", "stock", "recv/"),
)


def lighthouse_command() -> list[str]:
    """Возвращает начало команды Lighthouse.

    Raises:
        BenchError: его нет.
    """
    try:
        return node.command("lighthouse")
    except FileNotFoundError as error:
        raise BenchError(f"Сайт измерить нечем: {error}.") from None


def measure_scores(
    sites: Mapping[str, PagesSite], folder: Path, rounds: int, samples: Samples, announce: Announce
) -> dict[str, list[str]]:
    """Проводит все раунды; возвращает, чего страницы не прошли в последнем. folder — временная."""
    failed: dict[str, list[str]] = {}

    def once(one: Examined) -> dict[str, float]:
        report = examine(sites[one.project].url + one.address, folder)
        failed[one.id] = list(faults(report))
        return scores(report)

    columns = [column.id for column in COLUMNS]
    for order in turns(EXAMINED, rounds, announce):
        for one in order:
            samples.attempt(one.id, columns, partial(once, one))
    return failed


def examine(url: str, folder: Path) -> Record:
    """Проверяет страницу один раз; возвращает отчёт Lighthouse.

    Raises:
        Unavailable: проверить не вышло.
    """
    path = folder / "lighthouse.json"
    path.unlink(missing_ok=True)
    words = ["--output=json", f"--output-path={path}", "--quiet", "--no-enable-error-reporting"]
    with open_browser() as port:
        command = [*lighthouse_command(), url, f"--port={port}", *words]
        with Group(command, None, output=subprocess.PIPE) as running:
            try:
                _, complaint = running.process.communicate(timeout=LIMIT)
            except subprocess.TimeoutExpired:
                raise Unavailable(f"Lighthouse не кончил за {LIMIT:.0f} с") from None
    if not path.exists():
        said = complaint.decode(errors="replace").strip().splitlines()
        raise Unavailable(said[-1] if said else "Lighthouse ничего не сказал")
    report: Record = json.loads(path.read_text(encoding="utf-8"))
    if error := report.get("runtimeError"):
        raise Unavailable(error["message"])
    return report


def scores(report: Record) -> dict[str, float]:
    """Выбирает из отчёта числа одного раунда."""
    marks = {one.id: report["categories"][one.id]["score"] * WHOLE for one in SCORES}
    moments = {one.id: report["audits"][one.id]["numericValue"] for one in MOMENTS}
    return {**marks, **moments, SPEED.id: report["environment"]["benchmarkIndex"]}


def faults(report: Record) -> Iterator[str]:
    """Называет проверки, из-за которых оценка не полная; о скорости говорят её числа."""
    for one in SCORES[1:]:
        for audit in report["categories"][one.id]["auditRefs"]:
            score = report["audits"][audit["id"]]["score"]
            if audit["weight"] and score is not None and score < 1:
                yield audit["id"]
