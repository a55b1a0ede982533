"""Выгрузка: всё записанное прочтёт и человек в Excel, и программа; тайного в ней нет."""

import csv
import json
import stat
import sys
from datetime import UTC, timedelta, timezone

import pytest

from netlab.flags.export import defused, export, read_lab
from netlab.flags.flag import Key
from netlab.flags.folder import LabError
from netlab.flags.roster import Roster, Student
from netlab.flags.store import Order, OrderKind, Outcome, Reader, Store

NOW = 1_700_000_000.25  # 2023-11-14T22:13:20.25Z
MOSCOW = timezone(timedelta(hours=3))


@pytest.fixture
def folder(tmp_path):
    """Занятие, в котором было понемногу всего."""
    folder = tmp_path / "lab"
    with Store(folder) as store:
        store.begin("ИБ-21", 1800, NOW)
        store.register("Анна", NOW + 1)
        attempt = store.start("Анна", 3, NOW + 2)
        store.end(attempt, Outcome.WRONG, NOW + 3, 'ожидалось «a;b»,\nпришло "c"')
        store.hint("Анна", 3, NOW + 4)
        store.end(store.start("Анна", 3, NOW + 5), Outcome.SOLVED, NOW + 6)
        store.collect("Анна", 3, NOW + 7)
        store.register("=cmd|' /C calc'!A0", NOW + 8)
        store.report_foreign("=cmd|' /C calc'!A0", "Анна", 3, NOW + 9)
        store.carry_out(Order("1", OrderKind.MESSAGE, "+7 минут", NOW), NOW + 10)
    return folder


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


def test_tables_open_in_excel(folder, tmp_path):
    with Reader(folder) as reader:
        written = export(reader, tmp_path / "out", MOSCOW)
    assert sorted(path.name for path in written) == [
        "attempts.csv",
        "foreign_flags.csv",
        "hints.csv",
        "journal.csv",
        "lab.json",
        "results.csv",
        "students.csv",
    ]
    out = tmp_path / "out"
    assert (out / "results.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    headings, row = table(out / "results.csv")
    assert ",".join(headings) == (
        "студент,задача,попыток,неверных,подсказок,начал,получил флаг,сдал флаг"
    )
    assert row[:5] == ["Анна", "3", "2", "1", "1"]
    assert row[5:] == [f"15.11.2023 01:13:{second}" for second in (22, 26, 27)]
    assert table(out / "attempts.csv")[1][-1] == 'ожидалось «a;b», / пришло "c"'
    assert len(table(out / "journal.csv")) == 12


def test_tables_are_in_russian(folder, tmp_path):
    with Store(folder) as store:
        store.end(store.start("Анна", 4, NOW + 11), Outcome.LEFT, NOW + 12)
        store.note("address", "Анна", "10.0.0.1", NOW + 13)
        store.note("wrong code", "Анна", "10.0.0.1", NOW + 14)
        for order in OrderKind:
            argument = "300" if order is OrderKind.EXTEND else ""
            store.carry_out(Order(order.value, order, argument, NOW), NOW + 15)
    with Reader(folder) as reader:
        export(reader, tmp_path, UTC)
    outcomes = [row[5] for row in table(tmp_path / "attempts.csv")[1:]]
    events = [row[1] for row in table(tmp_path / "journal.csv")[1:]]
    assert outcomes == ["неверный ответ", "верный ответ", "связь закрыта без ответа"]
    assert [word for word in events if word.isascii()] == []


def test_absent_are_listed_with_those_who_came(folder, tmp_path):
    roster = Roster((Student("Пётр"), Student("Анна")))
    with Reader(folder) as reader:
        export(reader, tmp_path, UTC, roster)
        assert read_lab(reader, UTC, roster)["students"][0]["came"] is None
    assert table(tmp_path / "students.csv") == [
        ["студент", "пришёл", "сдано флагов"],
        ["Пётр", "", "0"],
        ["Анна", "14.11.2023 22:13:21", "1"],
        ["'=cmd|' /C calc'!A0", "14.11.2023 22:13:28", "0"],
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="на Windows этих битов нет")
def test_export_is_closed_to_others(folder, tmp_path):
    with Reader(folder) as reader:
        written = export(reader, tmp_path / "out", MOSCOW)
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o600}


def test_no_cell_becomes_a_formula(folder, tmp_path):
    with Reader(folder) as reader:
        for path in export(reader, tmp_path / "out"):
            if path.suffix == ".csv":
                for row in table(path):
                    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)
    (row,) = table(tmp_path / "out" / "foreign_flags.csv")[1:]
    assert row[0] == "'=cmd|' /C calc'!A0"


@pytest.mark.parametrize(
    "text", ["=1", "+1", "-1", "@A1", "\t=1", "\r=1", "\n=1", "＝1", "＋", "－"]
)
def test_formula_is_defused(text):
    assert defused(text) == "'" + text


@pytest.mark.parametrize("text", ["", "Анна", "Салтыков-Щедрин", "a=b", "'", " 1"])
def test_plain_text_is_not_touched(text):
    assert defused(text) == text


def test_json_keeps_everything_as_it_was(folder, tmp_path):
    with Reader(folder) as reader:
        export(reader, tmp_path / "out", UTC)
        lab = read_lab(reader, UTC)
    assert json.loads((tmp_path / "out" / "lab.json").read_text(encoding="utf-8")) == lab
    assert lab["session"] == {
        "class_name": "ИБ-21",
        "started": "2023-11-14T22:13:20.250+00:00",
        "deadline": "2023-11-14T22:43:20.250+00:00",
        "paused_left": None,
    }
    assert lab["results"][0] == {
        "student": "Анна",
        "task": 3,
        "attempts": 2,
        "wrong": 1,
        "hints": 1,
        "started": "2023-11-14T22:13:22.250+00:00",
        "earned": "2023-11-14T22:13:26.250+00:00",
        "collected": "2023-11-14T22:13:27.250+00:00",
    }
    assert [entry["event"] for entry in lab["journal"]] == [
        "session", "hello", "start", "wrong", "hint", "start", "solved", "collected", "hello",
        "foreign flag", "message",
    ]  # fmt: skip
    assert lab["foreign_flags"][0]["student"] == "=cmd|' /C calc'!A0"


def test_everything_is_of_one_moment(folder):
    """Пока таблицы читают одну за другой, занятие идёт дальше."""

    class Slow(Reader):
        def session(self):
            session = super().session()
            store.hint("Анна", 12, NOW + 60)
            return session

    with Store(folder) as store, Slow(folder) as reader:
        assert len(read_lab(reader)["hints"]) == 1
        assert len(read_lab(reader)["hints"]) == 2


def test_nothing_secret_leaves(folder, tmp_path):
    key = Key.kept_in(folder)
    secret = (folder / "key").read_bytes()
    with Reader(folder) as reader:
        written = export(reader, tmp_path / "out")
        students = reader.students()
    for path in written:
        content = path.read_bytes()
        assert secret not in content
        assert secret.hex().encode() not in content
        for student in students:
            assert key.token(student).encode() not in content
            assert key.make("ИБ-21", 3, student).mark.encode() not in content


def test_lab_not_begun_is_exported_empty(tmp_path):
    with Store(tmp_path / "lab"), Reader(tmp_path / "lab") as reader:
        lab = read_lab(reader)
    assert lab.pop("session") is None
    assert set(map(len, lab.values())) == {0}


def test_place_that_is_not_a_folder_is_a_sentence(folder, tmp_path):
    (tmp_path / "out").write_text("", encoding="utf-8")
    with Reader(folder) as reader, pytest.raises(LabError, match="не записать"):
        export(reader, tmp_path / "out")
