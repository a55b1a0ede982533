"""Сценарии: что происходит с сервером, что при этом измеряют и в каких пределах это должно быть."""

# Тот же сценарий проверяют тесты: участников меньше, сроки лаборатории короче, а пределы втрое шире
# (машина проверяющего бывает занята и другим). Предел ноль остаётся нулём.

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from netlab.bench.flags.classroom import lesson, rush, turnstile
from netlab.bench.flags.disaster import full_disk, killing, no_files, soak
from netlab.bench.flags.farewell import last_words, leavers, stopping
from netlab.bench.flags.nuisance import deaf_students, endless_line, flooders, tricklers

Figures = Mapping[str, float]
Measure = Callable[[Path], Figures]
"""Папка для занятия, которой ещё нет, → измеренное. Бросает BenchError и OSError."""

SOAK_MINUTES = 30.0


@dataclass(frozen=True)
class Bound:
    """Измеряемое и его предел; None — предела нет. digits — знаков после запятой."""

    id: str
    title: str
    limit: float | None
    digits: int = 0


@dataclass(frozen=True)
class Scenario:
    """Сценарий: full — в замере, small — в тестах (None — только в замере).

    timed — меряют время, и ничему другому рядом идти нельзя.
    """

    id: str
    title: str
    full: Measure
    small: Measure | None
    bounds: tuple[Bound, ...]
    timed: bool = True


def breaches(bounds: tuple[Bound, ...], figures: Figures, slack: float = 1.0) -> Iterator[str]:
    """Называет пределы, которых сценарий не выдержал; slack — во сколько раз они шире."""
    for bound in bounds:
        if bound.limit is not None and figures[bound.id] > bound.limit * slack:
            yield f"{bound.title}: {figures[bound.id]:.4g} при пределе {bound.limit * slack:g}"


def hypothesis_sequences(_: Path, count: int) -> Figures:
    """Перебирает истории разговора."""
    from netlab.bench.flags.fuzz import hypothesis_sequences

    return hypothesis_sequences(count)


def fuzz(_: Path, executions: int) -> Figures:
    """Перебирает входы ядра по покрытию."""
    from netlab.bench.flags.fuzz import fuzz

    return fuzz(executions)


def scenarios(soak_minutes: float = SOAK_MINUTES) -> tuple[Scenario, ...]:
    """Все сценарии по порядку."""
    return (
        Scenario(
            "rush",
            "Пятьсот студентов подключаются разом",
            partial(rush, count=500),
            partial(rush, count=100),
            (Bound("seconds", "последний услышал приветствие, с", 1.0, 2),),
        ),
        Scenario(
            "turnstile",
            "Десять тысяч раз пришли и ушли",
            partial(turnstile, count=10_000),
            partial(turnstile, count=500),
            (Bound("seconds", "все, с", 10.0, 2), Bound("failures", "не вышло, раз", 0.0)),
        ),
        Scenario(
            "lesson",
            "Пятьсот студентов решают и сдают задачи 1–7",
            partial(lesson, count=500, think=0.75),
            partial(lesson, count=60, think=0.2),
            (
                Bound("seconds", "все, с", 15.0, 2),
                Bound("p99", "p99 ответа без пауз задачи, с", 0.25, 3),
                Bound("lost", "флагов пропало", 0.0),
            ),
        ),
        Scenario(
            "tricklers",
            "Две тысячи шлют строку по байту в секунду",
            partial(tricklers, count=2000, seconds=30.0, pause=1.0),
            partial(tricklers, count=50, seconds=1.0, pause=0.05),
            (
                Bound("left", "не выгнано по сроку строки", 0.0),
                Bound("late", "последний выгнан после срока, с", 3.0, 2),
                Bound("p99", "p99 ответа остальным, с", 0.05, 4),
            ),
        ),
        Scenario(
            "flooders",
            "Пятеро заваливают: командами, отказами, записями",
            partial(flooders, count=5, questions=1000),
            partial(flooders, count=5, questions=200),
            (Bound("p99", "худшее p99 ответа остальным, с", 0.025, 4),),
        ),
        Scenario(
            "deaf",
            "Пятьдесят спрашивают и не читают",
            partial(deaf_students, count=50),
            partial(deaf_students, count=50),
            (Bound("memory", "памяти сервера на каждого, КиБ", 128.0, 1),),
        ),
        Scenario(
            "endless_line",
            "Гигабайт без конца строки",
            partial(endless_line, mib=1024),
            partial(endless_line, mib=16),
            (Bound("memory", "прирост памяти сервера, МиБ", 1.0, 2),),
        ),
        Scenario(
            "last_words",
            "Тысяча прощаний, когда не всё прочитано",
            partial(last_words, count=1000),
            partial(last_words, count=100),
            (Bound("lost", "последних ответов пропало", 0.0),),
        ),
        Scenario(
            "killing",
            "Пятьсот раз kill -9, пока студенты решают",
            partial(killing, rounds=500),
            partial(killing, rounds=20),
            (
                Bound("seconds", "худшее от запуска до приветствия, с", 1.0, 2),
                Bound("lost", "подтверждённого пропало", 0.0),
                Bound("deadlines", "срок занятия сдвинулся, раз", 0.0),
            ),
        ),
        Scenario(
            "stopping",
            "SIGTERM: 500 не уходят, ещё 50 не читают",
            partial(stopping, idle=500, silent=50),
            partial(stopping, idle=50, silent=20),
            (
                Bound("seconds", "сервер завершился, с", 2.0, 2),
                Bound("lost", "прощаний пропало", 0.0),
            ),
        ),
        Scenario(
            "no_files",
            "Кончились дескрипторы, а в дверь стучат",
            partial(no_files, seconds=10.0),
            partial(no_files, seconds=1.0),
            (
                Bound("cpu", "занято процессора, доля ядра", 0.1, 3),
                Bound("p99", "p99 ответа тем, кто внутри, с", 0.05, 4),
                Bound("seconds", "место нашлось — поздоровался, с", 1.0, 2),
            ),
        ),
        Scenario(
            "full_disk",
            "Диск перестал писать посреди задачи, потом снова стал",
            partial(full_disk, count=50),
            partial(full_disk, count=5),
            (
                Bound("unsaid", "кому не сказали, что не записано", 0.0),
                Bound("lost", "чьё решение потом пропало", 0.0),
            ),
        ),
        Scenario(
            "leavers",
            "По тысяче: RST до accept, RST посреди ответа, FIN, пропажа",
            partial(leavers, count=1000),
            partial(leavers, count=50),
            (
                Bound("seconds", "потоки и дескрипторы освободились, с", 5.0, 2),
                Bound("complaints", "строк в stderr сервера", 0.0),
            ),
        ),
        Scenario(
            "sequences",
            "Сто тысяч историй разговора (hypothesis)",
            partial(hypothesis_sequences, count=100_000),
            None,
            (Bound("sequences", "прошло без нарушений", None), Bound("seconds", "время, с", None)),
            timed=False,
        ),
        Scenario(
            "fuzz",
            "Миллион входов ядра, подобранных по покрытию (atheris)",
            partial(fuzz, executions=1_000_000),
            None,
            (Bound("executions", "прошло без падений", None), Bound("seconds", "время, с", None)),
            timed=False,
        ),
        Scenario(
            "soak",
            f"Обычная жизнь {soak_minutes:g} мин подряд",
            partial(soak, minutes=soak_minutes),
            None,
            (Bound("growth", "прирост памяти за 10 минут, МиБ", 1.0, 2),),
            timed=False,
        ),
    )
