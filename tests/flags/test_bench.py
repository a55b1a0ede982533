"""Измерение сервера флагов: студент читает по протоколу, таблица помещается, пределы названы."""

from __future__ import annotations

import pytest

from netlab.bench.flags.record import absence_record, as_record, scenario_record
from netlab.bench.flags.scenarios import Bound, breaches, scenarios
from netlab.bench.flags.script import CLASS_TASKS, PAYLOADS, pauses
from netlab.bench.flags.table import table_lines
from netlab.flags.rehearsal import payload, started


@pytest.mark.parametrize("task", CLASS_TASKS)
def test_student_reads_the_payload_to_its_end_and_no_further(task: int) -> None:
    data = payload(started(task))
    until = PAYLOADS[task]
    step = max(1, len(data) // 200)
    assert not any(until(bytearray(data[:size])) for size in range(0, len(data), step))
    assert not until(bytearray(data[:-1]))
    assert until(bytearray(data)) == len(data)
    assert until(bytearray(data + b"python{")) == len(data)


def test_pauses_before_and_after_the_last_piece_are_apart() -> None:
    assert pauses(1) == (0.0, 0.0)
    assert pauses(3) == pytest.approx((0.12, 0.03))
    assert pauses(4) == pytest.approx((0.3, 0.0))


def test_only_what_exceeds_its_limit_is_a_breach() -> None:
    bounds = (Bound("a", "время", 1.0), Bound("b", "пропало", 0.0), Bound("c", "всего", None))
    assert list(breaches(bounds, {"a": 2.9, "b": 0, "c": 9}, 3)) == []
    assert list(breaches(bounds, {"a": 3.1, "b": 1, "c": 9}, 3)) == [
        "время: 3.1 при пределе 3",
        "пропало: 1 при пределе 0",
    ]


def test_table_fits_the_terminal_and_names_what_failed() -> None:
    good = [
        scenario_record(one, {bound.id: bound.limit or 0 for bound in one.bounds})
        for one in scenarios()
    ]
    told = list(table_lines(as_record(good)))
    assert all(len(line) <= 80 for line in told)
    assert told[-1] == "Все пределы выдержаны."
    rush, turnstile, *_ = scenarios()
    bad = [scenario_record(rush, {"seconds": 1.01}), absence_record(turnstile, "сервер пропал.")]
    told = list(table_lines(as_record(bad)))
    assert "  сервер пропал." in told
    assert " ".join(told).endswith(f"Предел не выдержан: {rush.title}; {turnstile.title}.")
