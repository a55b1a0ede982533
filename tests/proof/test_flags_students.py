"""Тридцать студентов играют все двенадцать задач решениями из snippets/flags, каждое — процесс."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from netlab.bench.flags.launcher import serving
from netlab.flags.store import Outcome, Reader
from netlab.flags.tasks import TASKS
from netlab.sockets import Address

FLAGS = Path(__file__).parents[2] / "snippets" / "flags"
STUDENTS = 30
SECONDS = 90.0


def test_thirty_students_solve_everything_with_the_reference_solutions(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server, ThreadPoolExecutor(STUDENTS) as group:
        began = time.monotonic()
        list(group.map(lambda number: play_all(server.address, number), range(STUDENTS)))
        assert time.monotonic() - began < SECONDS
    with Reader(tmp_path / "data") as reader:
        results = reader.results()
        attempts = reader.attempts()
    assert len(results) == STUDENTS * len(TASKS)
    assert all(one.earned is not None and one.collected is not None for one in results)
    assert [one.diagnosis for one in attempts if one.outcome != Outcome.SOLVED] == []
    assert len(attempts) == len(results)


def play_all(address: Address, number: int) -> None:
    """Решает все задачи; начинают студенты с разных, как и в классе."""
    programs = sorted(FLAGS.glob("solution_*.py"))
    first = number % len(programs)
    for program in programs[first:] + programs[:first]:
        play(program, address, f"Студент {number}")


def play(program: Path, address: Address, student: str) -> None:
    """Запускает решение и требует, чтобы флаг был получен и сдан."""
    host, port = address
    done = subprocess.run(
        [sys.executable, "-I", "-X", "utf8", str(program), host, str(port), student],
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{program.name}: {done.stdout}{done.stderr}"
    assert "засчитан" in done.stdout
