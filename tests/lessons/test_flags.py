"""Решения практики: каждое стоит само, начало у всех одно; неверная программа узнаётся."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from netlab.checks import Verdict
from netlab.flags.dialogue import LINE_LIMIT, LINE_SECONDS
from netlab.flags.lab import DELAYS
from netlab.flags.session import HELP, IDLE_SECONDS
from netlab.flags.tasks import TASKS
from netlab.lesson import read_lesson
from netlab.pages.hints import hints
from netlab.pages.search import text_of

Diagnose = Callable[[str, str], Verdict]
KIND = "flags"
FLAGS = read_lesson(Path(__file__).parents[2] / "snippets" / "flags")
SOLUTIONS = [program for program in FLAGS.programs if program.role == "solution"]


def test_there_is_a_solution_for_every_task_in_their_order() -> None:
    for task, program in zip(TASKS, SOLUTIONS, strict=True):
        assert program.title == f"Задача {task.number}. {task.title}: решение"
        assert program.file == f"solution_{task.play.__module__.rpartition('.')[2]}.py"
        assert program.audience == "teacher"


def test_solutions_begin_with_the_same_lines() -> None:
    beginnings = set()
    for program in SOLUTIONS:
        text = program.path.read_text(encoding="utf-8")
        beginning = text.partition("\n# Байты")[2].partition("print(line.decode(), end='')\n\n\n")
        imports = re.findall(r"^import (\w+)$", text, re.MULTILINE)
        assert imports == sorted(imports)
        beginnings.add("".join(beginning[:2]))
    assert len(beginnings) == 1
    assert "def submit(sock, flag):" in beginnings.pop()


SILENT = "import socket\nsocket.create_connection(('127.0.0.1', 13000), 5).close()\n"
KEEPS_THE_FLAG = """
import socket
with socket.create_connection(('127.0.0.1', 13000), 5) as sock, sock.makefile('rb') as lines:
    sock.sendall('hello Ёж\\nstart 1\\n'.encode())
    while lines.readline() != b'go\\n':
        pass
    sock.sendall(lines.readline())
    print(lines.readline().decode())
"""
HIDES_THE_FLAG = KEEPS_THE_FLAG.replace("print(lines.readline().decode())", "lines.readline()")
LEAVES = KEEPS_THE_FLAG.partition("    sock.sendall(lines")[0]


FIXED_PORT = (
    (FLAGS.folder / "solution_own_server.py")
    .read_text(encoding="utf-8")
    .replace("('', 0)", "('', 5555)")
)


@pytest.mark.parametrize(
    ("answer", "property", "why", "received"),
    [
        (SILENT, "earns", "не начала ни одной задачи", "ничего"),
        (LEAVES, "earns", "Сервер не принял ответа", "Сервер ждал строки"),
        (KEEPS_THE_FLAG, "collects", "не сдан", "флаг не сдан"),
        (HIDES_THE_FLAG, "collects", "не напечатан", "ничего"),
    ],
    ids=["silent", "leaves", "keeps_the_flag", "hides_the_flag"],
)
def test_typical_wrong_program_is_diagnosed(
    answer: str, property: str, why: str, received: str, diagnose: Diagnose
) -> None:
    verdict = diagnose(answer, property)
    assert not verdict.passed
    assert why in verdict.why
    assert received in verdict.received


@pytest.mark.parametrize(("answer", "property"), [(FIXED_PORT, "earns")], ids=["fixed_port"])
def test_server_on_a_port_of_its_own_is_found(
    answer: str, property: str, diagnose: Diagnose
) -> None:
    assert diagnose(answer, property).passed


def test_numbers_of_the_page_are_those_of_the_server() -> None:
    page = (FLAGS.folder.parents[1] / "docs" / "flags.md").read_text(encoding="utf-8")
    limits = {task.number: task.limit for task in TASKS}
    assert limits.pop(9) == 90
    assert set(limits.values()) == {60}
    assert "На задачу есть минута, на девятую — полторы" in page
    assert DELAYS == (1, 2, 5)
    assert "после первой ошибки секунду, после второй — две, дальше по пять" in page
    assert f"не длиннее {LINE_LIMIT} байт" in page
    assert f"за {LINE_SECONDS:g} секунд" in page
    assert IDLE_SECONDS == 600
    assert "После десяти минут тишины" in page


def test_every_command_of_the_page_is_known_to_the_server() -> None:
    page = (FLAGS.folder.parents[1] / "docs" / "flags.md").read_text(encoding="utf-8")
    first, *rows = re.findall(r"^\| `([a-z]+)[ `]", page, re.MULTILINE)
    assert first == "help"
    assert rows == re.findall(r"^  ([a-z]+) ", HELP, re.MULTILINE)


def test_page_shows_the_hints_of_the_server() -> None:
    assert "{{ hints() }}" in (FLAGS.folder.parents[1] / "docs" / "flags.md").read_text("utf-8")
    shown = text_of(hints())
    for task in TASKS:
        assert f"Задача {task.number}. {task.title}" in shown
        assert all(" ".join(hint.split()) in shown for hint in task.hints)
