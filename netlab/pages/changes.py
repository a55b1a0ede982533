"""Что в программе нового по сравнению с предыдущей версией."""

import difflib
from collections.abc import Iterable, Sequence

REWRITTEN = 0.75
"""Если новых строк больше этой доли, программа написана заново, и подсвечивать в ней нечего."""


def changed_lines(old: Sequence[str], new: Sequence[str]) -> set[int]:
    """Возвращает номера (с нуля) строк new, которых не было в old.

    Пустая строка по краю изменённого места не считается: подсветка пустоты ничего не говорит.
    """
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    changed: set[int] = set()
    for tag, _, _, start, end in matcher.get_opcodes():
        if tag in ("replace", "insert"):
            while start < end and not new[start].strip():
                start += 1
            while start < end and not new[end - 1].strip():
                end -= 1
            changed.update(range(start, end))
    written = sum(bool(line.strip()) for line in new)
    return set() if len(changed) > REWRITTEN * written else changed


def as_ranges(numbers: Iterable[int]) -> str:
    """Пишет номера строк для hl_lines: с единицы, подряд идущие — через дефис."""
    ranges: list[list[int]] = []
    for number in sorted(numbers):
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return " ".join(f"{a + 1}-{b + 1}" if a < b else f"{a + 1}" for a, b in ranges)
