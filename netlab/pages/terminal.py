"""То, что человек увидел бы в терминале: отчёт netlab check, команды, записи чужих программ."""

import re

from netlab.pages.markup import escape, tag
from netlab.pages.shelf import Shelf
from netlab.report import report_lines

STATES = {"✓": "passed", "✗": "failed"}
TYPED = re.compile(r"\$ .*|.* ⏎|\^D")
"""Строка записи, которую набрал человек: команда, ввод, конец ввода."""


def report(shelf: Shelf, name: str) -> str:
    """Показывает то, что печатает `netlab check` о программе.

    Raises:
        PageError: нет программы или записи.
    """
    program = shelf.program(name)
    kept = shelf.report(program)
    typed = tag("kbd", escape(f"$ netlab check {kept.kind} {program.file}"))
    return screen([typed, *(painted(line) for line in report_lines(kept))])


def transcript(shelf: Shelf, name: str) -> str:
    """Показывает записанный разговор с чужой программой; набранное человеком выделено.

    Raises:
        PageError: такой записи нет.
    """
    lines = shelf.transcript(name).splitlines()
    return screen(
        [tag("kbd", escape(line)) if TYPED.fullmatch(line) else escape(line) for line in lines]
    )


def screen(lines: list[str]) -> str:
    """Экран терминала из готовых строк."""
    # samp, а не code: кнопку «Копировать» Material вешает на code, а вывод копировать незачем.
    inside = tag("samp", "&#10;".join(lines))
    return tag("div", tag("pre", inside, tabindex="0"), class_="lab lab-terminal")


def painted(line: str) -> str:
    """Строка отчёта; знак свойства в ней — того же цвета, что в таблице."""
    sign = line.lstrip()[:1]
    if sign not in STATES:
        return escape(line)
    before, _, after = line.partition(sign)
    return escape(before) + tag("span", sign, class_=f"lab-{STATES[sign]}") + escape(after)


def command(line: str) -> str:
    """Команда без вывода: её копируют."""
    return tag("div", tag("pre", tag("code", escape(line))), class_="lab")
