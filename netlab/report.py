"""Отчёт о проверке для человека: список свойств и разбор первого невыполненного."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Iterator
from typing import TextIO

from netlab.checks import Report, Verdict

WIDTH = 80
MARKS = {True: "✓", False: "✗"}
GREEN, RED, DIM, BOLD, RESET = "\x1b[32m", "\x1b[31m", "\x1b[2m", "\x1b[1m", "\x1b[0m"


def wants_colour(stream: TextIO) -> bool:
    """Говорит, красить ли вывод: человеку — да, файлу и каналу — нет (no-color.org)."""
    return stream.isatty() and "NO_COLOR" not in os.environ


def verdict_lines(verdict: Verdict, colour: bool = False) -> Iterator[str]:
    """Выдаёт строки одного свойства: знак и название."""
    mark = MARKS[verdict.passed]
    optional = "" if verdict.required else " (необязательное)"
    first, *rest = textwrap.wrap(verdict.title + optional, WIDTH - 4)
    paint = (GREEN if verdict.passed else RED if verdict.required else DIM) if colour else ""
    yield f"  {paint}{mark}{RESET if colour else ''} {first}"
    for line in rest:
        yield f"    {line}"


def failure_lines(verdict: Verdict, colour: bool = False) -> Iterator[str]:
    """Выдаёт разбор одного невыполненного свойства."""
    bold, plain = (BOLD, RESET) if colour else ("", "")
    for line in textwrap.wrap(f"Первое, что не так: {verdict.title}", WIDTH):
        yield f"{bold}{line}{plain}"
    facts = (
        ("почему", verdict.why), ("ожидалось", verdict.expected), ("получено", verdict.received)
    )  # fmt: skip
    for name, text in facts:
        yield from labelled(name, text)
    yield "  разговор:"
    yield from conversation_lines(verdict)


def conversation_lines(verdict: Verdict) -> Iterator[str]:
    """Выдаёт разговор, который привёл к вердикту."""
    for line in verdict.conversation:
        head = f"    {line.who:<10} "
        yield from textwrap.wrap(
            line.what, WIDTH, initial_indent=head, subsequent_indent=" " * len(head)
        )


def labelled(name: str, text: str) -> Iterator[str]:
    """Выдаёт «имя: текст» столбиком."""
    head = f"  {name + ':':<11}"
    yield from textwrap.wrap(text, WIDTH, initial_indent=head, subsequent_indent=" " * len(head))


def summary(report: Report) -> str:
    """Возвращает итог одной строкой."""
    required = [verdict for verdict in report.verdicts if verdict.required]
    optional = [verdict for verdict in report.verdicts if not verdict.required]
    rest = f", необязательных {count(optional)}" if optional else ""
    return f"Обязательных свойств выполнено {count(required)}{rest}."


def count(verdicts: list[Verdict]) -> str:
    """Пишет «сколько из скольких»."""
    return f"{sum(verdict.passed for verdict in verdicts)} из {len(verdicts)}"


def ending_lines(report: Report, colour: bool = False) -> Iterator[str]:
    """Выдаёт всё, что идёт после списка свойств: разбор первого невыполненного и итог."""
    yield ""
    if report.failures:
        yield from failure_lines(report.failures[0], colour)
        yield ""
    yield summary(report)


def report_lines(report: Report, colour: bool = False) -> Iterator[str]:
    """Выдаёт весь отчёт целиком."""
    for verdict in report.verdicts:
        yield from verdict_lines(verdict, colour)
    yield from ending_lines(report, colour)


def announce(verdict: Verdict) -> None:
    """Печатает свойство, как только о нём вынесен вердикт."""
    for line in verdict_lines(verdict, wants_colour(sys.stdout)):
        print(line, flush=True)
