"""Измеренное: для каждой строки и столбца — по числу от каждого раунда."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from netlab.bench.processes import Unavailable

WAITED = "waited"
"""Столбец помех: какую долю времени (%) тот, кто измеряет, ждал своего ядра."""

Announce = Callable[[str], None]
"""Говорит, чем занята машина."""

One = TypeVar("One")


@dataclass
class Samples:
    """Числа раундов и причины, по которым чисел нет."""

    numbers: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    absent: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, row: str, numbers: dict[str, float]) -> None:
        """Добавляет числа одного раунда."""
        for column, number in numbers.items():
            self.numbers[row, column].append(number)

    def excuse(self, row: str, columns: Sequence[str], reason: str) -> None:
        """Записывает, почему в этих столбцах чисел нет."""
        self.absent.update({(row, column): reason for column in columns})

    def attempt(
        self, row: str, columns: Sequence[str], measure: Callable[[], dict[str, float]]
    ) -> None:
        """Измеряет строку ещё раз; вместо неудачи записывает причину и больше не пробует."""
        if (row, columns[0]) in self.absent:
            return
        try:
            self.add(row, measure())
        except Unavailable as error:
            self.excuse(row, columns, str(error))

    def waits(self) -> list[float]:
        """Возвращает все помехи."""
        return [wait for (_, name), all in self.numbers.items() if name == WAITED for wait in all]


def turns(ones: Sequence[One], rounds: int, announce: Announce) -> Iterator[Sequence[One]]:
    """Отдаёт очередь каждого раунда: в каждом — все, чтобы помехи машины достались всем поровну."""
    for number in range(rounds):
        announce(f"раунд {number + 1} из {rounds}")
        # Начинает то один, то другой: если машина под конец устаёт, последний не всегда один.
        first = number * len(ones) // rounds
        yield (*ones[first:], *ones[:first])
