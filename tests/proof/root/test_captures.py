"""Разговоры, записанные кадрами, выходят такими же и сегодня; записывать их недолго."""

import time
from pathlib import Path

import pytest

from netlab.lesson import read_lessons
from netlab.records import read_record
from netlab.wire.record import can_record, record
from netlab.wire.talk import differences, read_talk

SNIPPETS = Path(__file__).resolve().parents[3] / "snippets"
SLOWEST = 3 * 90.0
"""Столько секунд на все разговоры; втрое больше обещанного, потому что машина занята и другим."""


def test_recording_again_changes_nothing() -> None:
    if not can_record():
        pytest.fail("Записать разговоры здесь нельзя: нужны root, ip и ethtool.")
    began = time.monotonic()
    for lesson in read_lessons(SNIPPETS):
        for program in lesson.programs:
            for scenario in program.all_captures:
                talk, verdict = record(program, scenario)
                kept = read_talk(program.capture(scenario))
                assert differences(kept, talk) == [], f"{program.name} {scenario}"
                (before,) = (one for one in read_record(program).verdicts if one.id == scenario)
                assert (verdict.passed, verdict.why) == (before.passed, before.why)
    assert time.monotonic() - began < SLOWEST
