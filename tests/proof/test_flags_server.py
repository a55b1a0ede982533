"""Сервер флагов под нагрузкой: толпа, помехи, беды — те же сценарии, что в make bench-flags."""

from pathlib import Path

import pytest

from netlab.bench.flags.scenarios import Scenario, breaches, scenarios

SLACK = 3
"""Во столько раз пределы шире обещанных: машина проверяющего бывает занята и другим."""
QUICK = [one for one in scenarios() if one.small]


@pytest.mark.parametrize("scenario", QUICK, ids=lambda one: one.id)
def test_lab_endures(scenario: Scenario, tmp_path: Path) -> None:
    assert scenario.small
    figures = scenario.small(tmp_path / "data")
    assert not list(breaches(scenario.bounds, figures, SLACK))
