"""Род программы: договор, список свойств и суд над файлом."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from netlab.peers.connection import reason
from netlab.peers.conversation import Failed, Line
from netlab.stand import Circumstances, Stand, has_ipv6

Scenario = Callable[[Stand], None]
Side = Literal["client", "server", "both"]
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
    needs: tuple[str, ...] = ()
    needs_ipv6: bool = False
    posix_only: bool = False

    def applies(self, defined: set[str]) -> bool:
        """Говорит, можно ли проверить это свойство на этой машине и у этого файла."""
        return (
            set(self.needs) <= defined
            and not (self.needs_ipv6 and not has_ipv6())
            and not (self.posix_only and os.name != "posix")
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
    functions: tuple[str, ...] = ()
    """Функции, которые определяет файл, например `recv_exactly(sock, n)`; пусто — это программа."""
    all_functions: bool = True
    """Нужны все функции, а не хотя бы одна."""
    side: Side = "client"
    """Кто программа в разговоре: приходит сама, ждёт, пока придут, или играет обе стороны."""
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
        stuck_after: int = 0,
        memory: bool = False,
        port_unreachable: bool = False,
        needs: Iterable[str] = (),
        needs_ipv6: bool = False,
        posix_only: bool = False,
    ) -> Callable[[Scenario], Scenario]:
        """Объявляет функцию-сценарий свойством этого рода."""

        def declare(scenario: Scenario) -> Scenario:
            circumstances = Circumstances(
                tuple(flags), hurry, short_send, stuck_after, memory, port_unreachable
            )
            self.properties.append(
                Property(
                    id,
                    title,
                    required,
                    scenario,
                    circumstances,
                    tuple(needs),
                    needs_ipv6,
                    posix_only,
                )
            )
            return scenario

        return declare

    def defined_in(self, path: Path) -> set[str]:
        """Возвращает, какие из функций рода определены в файле.

        Raises:
            WrongKind: нужных функций нет.
        """
        wanted = {signature.partition("(")[0]: signature for signature in self.functions}
        names = names_of(path) & set(wanted) if wanted else set()
        missing = [signature for name, signature in wanted.items() if name not in names]
        if missing and (self.all_functions or not names):
            several = self.all_functions and len(missing) > 1
            raise WrongKind(
                f"В файле «{path.name}» нет {'функций' if several else 'функции'} "
                f"{(' и ' if self.all_functions else ' или ').join(missing)}: "
                f"определите {'их' if several else 'её'} на верхнем уровне файла."
            )
        return names

    def find(self, id: str) -> Property:
        """Находит свойство по имени.

        Raises:
            KeyError: такого свойства нет.
        """
        for one in self.properties:
            if one.id == id:
                return one
        raise KeyError(id)


class WrongKind(Exception):
    """Файл не того рода; текст — одно предложение о том, чего в нём не хватает."""


def names_of(path: Path) -> set[str]:
    """Возвращает имена, определённые на верхнем уровне файла, не выполняя его.

    Raises:
        WrongKind: файл не разбирается как программа на Python.
    """
    try:
        tree = ast.parse(path.read_bytes(), path.name)
    except (SyntaxError, ValueError) as error:
        line = f", строка {error.lineno}" if isinstance(error, SyntaxError) else ""
        raise WrongKind(
            f"Файл «{path.name}» — не программа на Python{line}: {error.args[0]}."
        ) from None
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {alias.asname or alias.name for alias in node.names}
    return names


MakeStand = Callable[[Path, Circumstances], Stand]


def judge(path: Path, one: Property, make_stand: MakeStand = Stand) -> Verdict:
    """Проводит один сценарий и выносит вердикт."""
    with make_stand(path, one.circumstances) as stand:
        failure = None
        try:
            one.scenario(stand)
        except Failed as error:
            failure = error
        except OSError as error:
            failure = Failed("Соединение с программой оборвалось.", "разговор", reason(error))
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

    Raises:
        WrongKind: в файле нет функций, которых требует род.
    """
    names = None if only is None else set(only)
    defined = kind.defined_in(path)
    threshold, *rest = (one for one in kind.properties if one.applies(defined))
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
