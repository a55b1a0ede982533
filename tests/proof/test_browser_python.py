"""Python в браузере против настоящего: одни и те же программы, одни и те же строки.

Браузер здесь не нужен: брокер, подмены и CPython для браузера идут в Node.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from netlab.node import node
from netlab.pages.run_in_browser import installed

ROOT = Path(__file__).parents[2]
CORPUS = sorted((ROOT / "tests" / "browser_python" / "corpus").glob("*.py"))
RUN_CASES = ROOT / "tests" / "browser_python" / "run_cases.mjs"
TYPED = "Аня\nвторая\n"
SECONDS = 300
LEAST = 200
"""Столько наблюдаемых строк обязано совпасть."""

DIFFERENCES: dict[tuple[str, int], str] = {}
"""Строки, в которых браузер отличается от Linux, и почему: (программа, номер строки)."""


@dataclass(frozen=True)
class Outcome:
    """Что программа напечатала и с каким кодом кончилась."""

    lines: list[str]
    status: int | None


def on_linux(program: Path) -> Outcome:
    """Запускает программу настоящим Python."""
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-u", program.name],
        cwd=program.parent,
        input=TYPED.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=SECONDS,
        check=False,
    )
    return Outcome(done.stdout.decode().splitlines(), done.returncode)


@pytest.fixture(scope="module")
def in_browser() -> dict[str, Outcome]:
    """Выполняет весь корпус Python для браузера."""
    pyodide = installed(ROOT) / "node" / "node_modules" / "pyodide"
    assert pyodide.is_dir(), "нет CPython для браузера: выполните make .venv-browser/editor.mjs"
    cases = [
        {
            "programs": [
                {
                    "host": "a",
                    "path": program.name,
                    "files": [[program.name, program.read_text(encoding="utf-8")]],
                    "typed": TYPED,
                }
            ]
        }
        for program in CORPUS
    ]
    done = subprocess.run(
        [node(), "--experimental-wasm-jspi", "--no-warnings", str(RUN_CASES), f"{pyodide}/"],
        input="".join(json.dumps(case) + "\n" for case in cases),
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line)[0] for line in done.stdout.splitlines()]
    return {
        program.name: Outcome(answer["output"].splitlines(), answer["status"])
        for program, answer in zip(CORPUS, answers, strict=True)
    }


def test_corpus_says_the_same_as_on_linux(in_browser: dict[str, Outcome]) -> None:
    """Каждая строка та же, кроме названных; названные и правда отличаются."""
    equal, found = 0, {}
    for program in CORPUS:
        real, ours = on_linux(program), in_browser[program.name]
        assert (ours.status, len(ours.lines)) == (real.status, len(real.lines)), (
            f"{program.name}: {ours} вместо {real}"
        )
        for number, (expected, received) in enumerate(zip(real.lines, ours.lines, strict=True), 1):
            if expected == received:
                equal += 1
            else:
                found[program.name, number] = f"{received!r} вместо {expected!r}"
    assert {place: text for place, text in found.items() if place not in DIFFERENCES} == {}
    assert set(DIFFERENCES) <= set(found), "названное отличие исчезло: уберите его из списка"
    assert equal >= LEAST
