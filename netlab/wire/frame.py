"""Кадр: байты, которые прошли по шнуру, и когда это было."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Frame:
    """Кадр Ethernet без контрольной суммы: её проверяет и отрезает сетевая карта."""

    at: float
    """Секунды от 1970 года."""
    data: bytes
    cord: int = 0
    """На каком шнуре его видели."""
