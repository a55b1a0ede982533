"""Записи чужих программ на страницах справочника свежи."""

from collections.abc import Callable

import pytest

from tests.proof.tool_sessions import RECORDS, SESSIONS, Screens


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.__name__)
def test_record_is_fresh(session: Callable[[], Screens]) -> None:
    for name, screen in session().items():
        assert screen == (RECORDS / f"{name}.txt").read_text(encoding="utf-8"), (
            "запись устарела, выполните python -m tests.proof.tool_sessions"
        )
