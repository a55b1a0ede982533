"""Сколько измерять."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Сколько раз: проверок Lighthouse, сборок, правок."""

    examinations: int = 5
    builds: int = 3
    edits: int = 3


QUICK = Plan(examinations=1, builds=1, edits=1)
