"""Неверные ответы: те, что пишут чаще всего, и диагноз, по которому каждый узнают."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from netlab.checks import KINDS, Report, Verdict, check

AT_ONCE = 6
Diagnose = Callable[[str, str], Verdict]


@pytest.fixture(scope="module")
def diagnose(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Diagnose]:
    """Судит все ответы модуля разом и отдаёт вердикт об одном свойстве одного ответа.

    Ответы — параметры answer и property тестов модуля, род — его KIND. По одному они ждали бы
    каждый своих таймаутов.
    """
    folder = tmp_path_factory.mktemp("answers")
    futures: dict[tuple[str, str], Future[Report]] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for item in request.session.items:
            case = getattr(item, "callspec", None)
            if item.path == request.path and case is not None and "answer" in case.params:
                answer, property = case.params["answer"], case.params["property"]
                file = folder / f"answer_{len(futures)}.py"
                file.write_text(answer, encoding="utf-8")
                kind = KINDS[request.module.KIND]
                futures[answer, property] = pool.submit(check, file, kind, only=[property])
        yield lambda answer, property: futures[answer, property].result().verdicts[-1]
