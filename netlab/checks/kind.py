"""Род программы: договор, список свойств и суд над файлом."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netlab.peers.conversation import Failed, Line
from netlab.stand import Circumstances, Stand, has_ipv6

Scenario = Callable[[Stand], None]
AT_ONCE = 12
"""Столько свойств проверяется одновременно: сценарии больше ждут, чем считают."""


@dataclass(frozen=True)
class Property:
    """Одно русское предложение о программе и сценарий, который показывает, верно ли оно."""

    id: str
    title: str
    required: bool
    scenario: Scenario
    circumstances: Circumstances
    needs_ipv6: bool = False
    posix_only: bool = False

    def applies(self) -> bool:
        """Говорит, можно ли проверить это свойство на этой машине."""
        return not (self.needs_ipv6 and not has_ipv6()) and not (
            self.posix_only and os.name != "posix"
        )

    def verdict(self, **facts: Any) -> Verdict:
        """Составляет вердикт об этом свойстве."""
        return Verdict(self.id, self.title, self.required, **facts)


@dataclass(frozen=True)
class Verdict:
    """Чем кончилась проверка одного свойства."""

    id: str
    title: str
    required: bool
    passed: bool
    why: str = ""
    expected: str = ""
    received: str = ""
    conversation: tuple[Line, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Возвращает вердикт в виде договора `netlab check --json`."""
        names = ("id", "title", "required", "passed", "why", "expected", "received")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Report:
    """Вердикты по всем свойствам одной программы, в порядке свойств."""

    kind: str
    file: str
    verdicts: tuple[Verdict, ...]

    @property
    def passed(self) -> int:
        """Сколько свойств выполнено."""
        return sum(verdict.passed for verdict in self.verdicts)

    @property
    def ok(self) -> bool:
        """Выполнены все обязательные свойства."""
        return all(verdict.passed for verdict in self.verdicts if verdict.required)

    @property
    def failures(self) -> list[Verdict]:
        """Невыполненные свойства, обязательные впереди."""
        failed = [verdict for verdict in self.verdicts if not verdict.passed]
        return sorted(failed, key=lambda verdict: not verdict.required)

    def as_json(self) -> dict[str, Any]:
        """Возвращает отчёт в виде договора `netlab check --json`."""
        return {
            "kind": self.kind,
            "file": self.file,
            "properties": [verdict.as_json() for verdict in self.verdicts],
            "passed": self.passed,
            "total": len(self.verdicts),
        }


@dataclass
class Kind:
    """Род программ: эхо-сервер, загрузчик, приёмник, …

    Первое свойство — порог: пока оно не выполнено, остальные проверять не на чем.
    """

    id: str
    title: str
    contract: str
    properties: list[Property] = field(default_factory=list)

    def property(
        self,
        id: str,
        title: str,
        *,
        required: bool = True,
        flags: Iterable[str] = (),
        hurry: int = 1,
        short_send: int = 0,
        needs_ipv6: bool = False,
        posix_only: bool = False,
    ) -> Callable[[Scenario], Scenario]:
        """Объявляет функцию-сценарий свойством этого рода."""

        def declare(scenario: Scenario) -> Scenario:
            circumstances = Circumstances(tuple(flags), hurry, short_send)
            one = Property(id, title, required, scenario, circumstances, needs_ipv6, posix_only)
            self.properties.append(one)
            return scenario

        return declare

    def find(self, id: str) -> Property:
        """Находит свойство по имени.

        Raises:
            KeyError: такого свойства нет.
        """
        for one in self.properties:
            if one.id == id:
                return one
        raise KeyError(id)


MakeStand = Callable[[Path, Circumstances], Stand]


def judge(path: Path, one: Property, make_stand: MakeStand = Stand) -> Verdict:
    """Проводит один сценарий и выносит вердикт."""
    with make_stand(path, one.circumstances) as stand:
        failure = None
        try:
            one.scenario(stand)
        except Failed as error:
            failure = error
    conversation = tuple(stand.conversation.lines)
    if failure is None:
        return one.verdict(passed=True, conversation=conversation)
    return one.verdict(
        passed=False,
        why=failure.why,
        expected=failure.expected,
        received=failure.received,
        conversation=conversation,
    )


def check(
    path: Path,
    kind: Kind,
    *,
    only: Iterable[str] | None = None,
    make_stand: MakeStand = Stand,
    announce: Callable[[Verdict], None] = lambda verdict: None,
) -> Report:
    """Судит файл по всем свойствам рода (или по названным в only).

    announce зовётся с каждым вердиктом в порядке свойств, как только он известен.
    """
    names = None if only is None else set(only)
    threshold, *rest = (one for one in kind.properties if one.applies())
    first = judge(path, threshold, make_stand)
    announce(first)
    verdicts = [first]
    chosen = [one for one in rest if names is None or one.id in names]
    if first.passed:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for verdict in pool.map(lambda one: judge(path, one, make_stand), chosen):
                announce(verdict)
                verdicts.append(verdict)
    else:
        for one in chosen:
            verdict = one.verdict(
                passed=False,
                why=f"Не проверялось: не выполнено «{threshold.title}».",
                expected=first.expected,
                received=first.received,
                conversation=first.conversation,
            )
            announce(verdict)
            verdicts.append(verdict)
    return Report(kind.id, str(path), tuple(verdicts))
