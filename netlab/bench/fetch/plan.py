"""Сколько и чего измерять."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Раунды, размеры в МиБ, времена в секундах."""

    rounds: int = 5
    sizes: tuple[float, ...] = (1, 2, 4, 8, 16, 32, 64)
    enough: float = 3.0
    """Точку, на которую столько уже ушло, в новых раундах не повторяют."""
    limit: float = 10.0
    """Загрузчик, у которого точка заняла больше, дальше по кривой не идёт."""
    big_mib: int = 1024


QUICK = Plan(rounds=1, sizes=(1, 2, 4), big_mib=64)
