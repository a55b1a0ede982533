"""То, что человек увидел бы в терминале: отчёт netlab check и команды."""

from netlab.pages.markup import escape, tag
from netlab.pages.shelf import Shelf
from netlab.report import report_lines

STATES = {"✓": "passed", "✗": "failed"}


def report(shelf: Shelf, name: str) -> str:
    """Показывает то, что печатает `netlab check` о программе.

    Raises:
        PageError: нет программы или записи.
    """
    program = shelf.program(name)
    kept = shelf.report(program)
    typed = tag("kbd", escape(f"$ netlab check {kept.kind} {program.file}"))
    lines = "&#10;".join([typed, *(painted(line) for line in report_lines(kept))])
    # samp, а не code: кнопку «Копировать» Material вешает на code, а вывод копировать незачем.
    return tag("div", tag("pre", tag("samp", lines), tabindex="0"), class_="lab lab-terminal")


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
