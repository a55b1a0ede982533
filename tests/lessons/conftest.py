"""Программы уроков и неверные ответы судят другие процессы, пока идут остальные тесты.

Сценарии больше ждут, чем считают; тесты уроков стоят последними и спрашивают уже готовое.
"""

import multiprocessing
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from netlab.checks import KINDS, Report, Verdict, check

HERE = Path(__file__).parent
AT_ONCE = 3
Diagnose = Callable[[str, str], Verdict]
Case = tuple[str, str | Path, str | None]


class Court:
    """Суд: каждое дело — программа или текст ответа, род и, может быть, одно свойство."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        # spawn: в потомке нет ни потоков, ни сокетов, ни настроек тестов, которые идут рядом.
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(AT_ONCE, context)
        self._reports: dict[Case, Future[Report]] = {}

    def accept(self, case: Case) -> None:
        """Принимает дело, если такого ещё нет."""
        if case in self._reports:
            return
        kind, program, property = case
        if isinstance(program, str):
            file = Path(self._folder.name) / f"answer_{len(self._reports)}.py"
            file.write_text(program, encoding="utf-8")
            program = file
        only = None if property is None else [property]
        self._reports[case] = self._pool.submit(check, program, KINDS[kind], only=only)

    def report(self, case: Case) -> Report:
        """Ждёт и возвращает отчёт."""
        return self._reports[case].result(timeout=180)

    def close(self) -> None:
        """Бросает то, до чего не дошла очередь."""
        self._pool.shutdown(cancel_futures=True)
        self._folder.cleanup()


court_key = pytest.StashKey[Court]()


def case_of(item: Any) -> Case | None:
    """Возвращает дело теста: его параметр program или answer (и, может быть, kind и property)."""
    params = getattr(item, "callspec", None) and item.callspec.params
    if not params or item.path.parent != HERE:
        return None
    if "program" in params:
        return params["program"].kind, params["program"].path, None
    if "answer" in params:
        kind = params.get("kind") or getattr(item.module, "KIND", None)
        return kind and (kind, params["answer"], params.get("property"))
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Ставит тесты уроков последними."""
    items.sort(key=lambda item: item.path.parent == HERE)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Отдаёт в суд всё, о чём спросят тесты этого запуска."""
    cases = [case for item in session.items if (case := case_of(item)) is not None]
    if not cases or session.config.option.collectonly:
        return
    session.stash[court_key] = Court()
    for case in cases:
        session.stash[court_key].accept(case)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Закрывает суд."""
    if court_key in session.stash:
        session.stash[court_key].close()


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    """Отчёт о программе или ответе этого теста."""
    case = case_of(request.node)
    assert case is not None
    return request.session.stash[court_key].report(case)


@pytest.fixture
def diagnose(report: Report) -> Diagnose:
    """Вердикт об одном свойстве ответа этого теста."""
    return lambda answer, property: report.verdicts[-1]
