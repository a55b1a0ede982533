"""Что измеряют у программ на странице и каковы пределы."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """Одно число; better — лучше, когда оно меньше ("less") или больше ("more")."""

    id: str
    title: str
    limit: float
    better: str = "less"
    digits: int = 1


MEASURES = (
    Measure("first", "первый запуск: от ▶ до первой строки, с", 3.0, digits=2),
    Measure("next", "следующая машина: от ▶ до первой строки, с", 1.5, digits=2),
    Measure("warm", "запуск на готовом Python, с", 0.7, digits=2),
    Measure("round_trip", "байт туда и обратно, мс", 1.0, digits=2),
    Measure("bulk", "поток, МБ/с", 50.0, "more", 0),
    Measure("memory", "память на машину, МиБ", 100.0, digits=0),
    Measure("weight", "страница с ▶ тяжелее, КБ", 15.0),
    Measure("leak", "память после 50 открытий, МиБ", 50.0, digits=0),
)
