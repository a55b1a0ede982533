"""Занятие: сколько у студента имён, кодов и попыток и что об этом узнаёт преподаватель."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netlab.flags import lab as limits
from netlab.flags.flag import Key
from netlab.flags.lab import FlagLab, Visit
from netlab.flags.roster import Roster, Student
from netlab.flags.session import Dismissed, Refused
from netlab.flags.store import Store

BEGAN = 1_700_000_000.0
PEER = "192.0.2.1"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "data") as kept:
        yield kept


def lab_of(store: Store, roster: Roster | None = None) -> FlagLab:
    session = store.begin("проба", None, BEGAN)
    return FlagLab(store, Key(bytes(32)), session, roster, lambda: 0.0, lambda: BEGAN)


def test_same_looking_name_is_the_same_student(store: Store) -> None:
    lab = lab_of(store)
    assert Visit(lab).hello("Пётр Ежов", PEER, 0.0) == "Пётр Ежов"
    assert Visit(lab).hello("петр  ежов", PEER, 0.0) == "Пётр Ежов"
    assert store.students() == ["Пётр Ежов"]


def test_one_connection_has_few_names(store: Store) -> None:
    visit = Visit(lab_of(store))
    for number in range(limits.NAMES):
        visit.hello(f"Студент {number}", PEER, 0.0)
    visit.hello("Студент 0", PEER, 0.0)
    with pytest.raises(Dismissed, match="Слишком много имён"):
        visit.hello("Ещё один", PEER, 0.0)
    assert "Ещё один" not in store.students()


def test_names_of_the_class_are_limited(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STRANGERS", 2)
    lab = lab_of(store)
    for name in ("Ёж", "Уж"):
        Visit(lab).hello(name, PEER, 0.0)
    with pytest.raises(Refused, match="позовите преподавателя"):
        Visit(lab).hello("Стриж", PEER, 0.0)
    assert Visit(lab).hello("Ёж", PEER, 0.0) == "Ёж"


def test_addresses_of_a_student_are_noted_once(store: Store) -> None:
    lab = lab_of(store)
    for peer in (PEER, PEER, "192.0.2.2"):
        Visit(lab).hello("Ёж", peer, 0.0)
    noted = [(one.event, one.student, one.detail, one.times) for one in store.notes()]
    assert noted == [("address", "Ёж", PEER, 1), ("address", "Ёж", "192.0.2.2", 1)]


def test_wrong_codes_are_counted_and_end_the_connection(store: Store) -> None:
    lab = lab_of(store, Roster((Student("Ёж"),)))
    visit = Visit(lab)
    for _ in range(limits.WRONG_CODES - 1):
        with pytest.raises(Refused, match="Код не подошёл: проверьте"):
            visit.hello("Ёж AAAAAAAA", PEER, 0.0)
    with pytest.raises(Dismissed, match="возьмите бумажку"):
        visit.hello("Ёж AAAAAAAA", PEER, 0.0)
    (note,) = store.notes()
    assert note[:4] == ("wrong code", "Ёж", PEER, limits.WRONG_CODES)
    assert Visit(lab).hello(f"Ёж {lab.key.token('Ёж')}", PEER, 0.0) == "Ёж"


def test_one_task_is_not_begun_too_often(store: Store) -> None:
    lab = lab_of(store)
    visit = Visit(lab)
    for _ in range(limits.OFTEN):
        visit.begin("Ёж", 1, 0.0)
        visit.earned("Ёж", 1, 0.0)
    with pytest.raises(Refused, match="слишком часто"):
        visit.begin("Ёж", 1, 0.0)
    visit.begin("Ёж", 2, 0.0)
    visit.begin("Уж", 1, 0.0)
    visit.begin("Ёж", 1, limits.OFTEN_SECONDS + 1)
