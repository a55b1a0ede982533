"""Разговор на странице: на рисунке ровно те кадры, что в захвате, и те же слова рядом."""

import ast
import gzip
import html
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from netlab.lesson import LessonProgram, read_lessons
from netlab.pages.errors import PageError
from netlab.pages.page import Page
from netlab.pages.shelf import Shelf
from netlab.pages.talk import talk
from netlab.wire.draw import (
    DATA_SHOWN,
    LEFT,
    MIDDLE,
    RIGHT,
    WORDS_SHOWN,
    Scene,
    beginning,
    conversation,
    label,
    told,
)
from netlab.wire.record import stale_captures
from netlab.wire.talk import Act, Call, Talk, differences, read_talk

SNIPPETS = Path(__file__).resolve().parents[2] / "snippets"
RECORDED = [
    (program, scenario)
    for lesson in read_lessons(SNIPPETS)
    for program in lesson.programs
    for scenario in program.all_captures
]
BUDGET = 60_000
"""Столько байт, сжатых, разрешено странице на все её рисунки."""

every_record = pytest.mark.parametrize(
    ("program", "scenario"), RECORDED, ids=[f"{one.path.stem}-{two}" for one, two in RECORDED]
)


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return Shelf(SNIPPETS, for_teacher=True)


def record(name: str, scenario: str) -> Talk:
    return read_talk(SNIPPETS / f"{name}.{scenario}")


@every_record
def test_every_frame_is_drawn_once_and_in_order(
    shelf: Shelf, program: LessonProgram, scenario: str
) -> None:
    shown = talk(shelf, Page("x.md", "x/"), program.name, scenario, "О чём это")
    kept = read_talk(program.capture(scenario))
    numbers = [str(one.number) for one in kept.segments]
    assert numbers == [str(number + 1) for number in range(len(kept.frames))]
    assert re.findall(r'data-frame="(\d+)"', shown) == numbers
    words = [html.unescape(one) for one in re.findall(r"<li><samp>(.*?)</samp></li>", shown)]
    arrows = [line for line in words if " → " in line.partition(":")[0]]
    assert len(arrows) == len(numbers)
    for line, one in zip(arrows, kept.segments, strict=True):
        assert line.endswith(label(one))


@every_record
def test_changed_program_makes_the_record_stale(
    program: LessonProgram, scenario: str, tmp_path: Path
) -> None:
    assert stale_captures(program.lesson) == []
    folder = tmp_path / program.lesson.id
    shutil.copytree(program.lesson.folder, folder)
    copy = replace(program.lesson, folder=folder)
    changed = folder / program.file
    changed.write_text(changed.read_text(encoding="utf-8") + "# ещё\n", encoding="utf-8")
    said = stale_captures(copy)
    assert len(said) == len(program.all_captures)
    assert all(f"Программа {program.name} изменилась" in one for one in said)


def test_pictures_of_a_page_are_light(shelf: Shelf) -> None:
    by_lesson: dict[str, str] = {}
    for program, scenario in RECORDED:
        shown = talk(shelf, Page("x.md", "x/"), program.name, scenario, "О чём это")
        by_lesson[program.lesson.id] = by_lesson.get(program.lesson.id, "") + shown
    for shown in by_lesson.values():
        assert len(gzip.compress(shown.encode())) < BUDGET


def test_title_is_a_caption_and_the_name_of_the_picture(shelf: Shelf) -> None:
    title = "Страница <приходит>"
    shown = talk(shelf, Page("x.md", "x/"), "fetch/fetch_original.py", "keep_alive", title)
    assert "<figcaption>Страница &lt;приходит&gt;</figcaption>" in shown
    assert "<title>Страница &lt;приходит&gt;</title>" in shown
    assert 'href="../captures/fetch/fetch_original.keep_alive.pcapng"' in shown


def test_scenario_without_a_record_is_named(shelf: Shelf) -> None:
    with pytest.raises(PageError, match=r"разговора «keep» у программы .* keep_alive, prints"):
        talk(shelf, Page("x.md", "x/"), "fetch/fetch_original.py", "keep", "О чём это")


# ---------------------------------------------------------------- что на рисунке


def test_three_sends_became_one_recv() -> None:
    lines = list(told(record("recv/captures/recv_end", "glued")))
    sends = [number for number, line in enumerate(lines) if ": sendall(" in line]
    (recv,) = [number for number, line in enumerate(lines) if ": recv(" in line]
    assert len(sends) == 3
    assert max(sends) < recv
    assert r"b'one\ntwo\nthree\n'" in lines[recv]


def test_first_contact_begins_with_arp_and_dns() -> None:
    talk = record("fetch/captures/fetch_original", "prints")
    assert [one.protocol for one in talk.segments[:5]] == ["arp", "arp", "dns", "dns", "tcp"]
    assert talk.segments[3].words == "e1.ru, A: 10.0.2.80"
    assert Scene(talk).has_middle
    assert not Scene(record("fetch/captures/fetch_original", "keep_alive")).has_middle


def test_refused_and_full_queue() -> None:
    refused = record("fetch/captures/connect_refused", "finishes")
    assert [one.flags[0] for one in refused.segments] == ["SYN", "RST"]
    full = record("echo/captures/backlog_full", "finishes")
    late = [one for one in full.segments if one.source_port == 50001]
    assert [one.flags for one in late] == [("SYN",), ("SYN",)]
    assert late[1].at - late[0].at > 0.9
    assert all(one.target_port != 50001 for one in full.segments)


def test_program_that_plays_both_sides_is_split_by_port() -> None:
    talk = record("fetch/captures/connect_refused", "finishes")
    scene = Scene(talk)
    assert [scene.is_left(call) for call in talk.calls] == [False, True, True, False]
    (syn, _) = talk.segments
    assert scene.place(syn.source, syn.source_port) == LEFT
    assert scene.place(syn.target, syn.target_port) == RIGHT


def test_host_between_the_two_stands_in_the_middle() -> None:
    scene = Scene(record("fetch/captures/fetch_original", "prints"))
    assert scene.place("10.0.1.1", 0) == scene.place("ff:ff:ff:ff:ff:ff", 0) == MIDDLE
    assert scene.place("02:00:00:00:00:0a", 0) == LEFT


def test_connections_are_numbered_only_when_there_are_several() -> None:
    assert not any("①" in line for line in told(record("recv/captures/recv_end", "glued")))
    lines = list(told(record("echo/captures/echo_threads", "several_clients")))
    assert {"①", "②", "③"} <= {letter for line in lines for letter in line}


def test_call_that_did_not_return_waits_to_the_end() -> None:
    talk = record("recv/captures/recv_once", "pieces")
    endless = Call(1.0, None, "recv", ("1",), "", "", talk.calls[0].port, 0, "MainThread")
    drawn = conversation(replace(talk, calls=(endless,)), "x")
    (height,) = re.findall(r'viewBox="0 0 \d+ (\d+)"', drawn)
    ((top, size),) = re.findall(r'class="waits" x="\d+" y="(\d+)" width="6" height="(\d+)"', drawn)
    assert int(top) + int(size) == int(height)


# ---------------------------------------------------------------- сравнение записей


def test_records_differ_in_meaning_only() -> None:
    talk = record("echo/captures/echo_lines", "restart")
    later = [replace(one, begin=one.begin + 0.1, result="другое") for one in talk.calls]
    assert differences(talk, replace(talk, calls=tuple(later))) == []
    assert differences(talk, replace(talk, frames=talk.frames[:-2])) == ["порядок SYN, FIN и RST"]
    assert differences(talk, replace(talk, calls=talk.calls[1:])) == ["вызовы"]
    assert differences(talk, replace(talk, acts=(Act(0, "клиент", "ушёл"),))) == ["поступки"]


@every_record
def test_nothing_is_wider_than_the_drawing(program: LessonProgram, scenario: str) -> None:
    for row in Scene(read_talk(program.capture(scenario))).rows():
        assert len(label(row.segment) if row.segment else row.text) <= WORDS_SHOWN


@pytest.mark.parametrize("data", [bytes(100), b"a" * 100, b"'\\" * 50], ids=["нули", "буквы", "\\"])
def test_the_beginning_is_cut_at_a_byte(data: bytes) -> None:
    shown = beginning(data)
    assert DATA_SHOWN - 4 < len(shown) <= DATA_SHOWN + 1
    assert data.startswith(ast.literal_eval(f'b"{shown.removesuffix("…")}"'))
