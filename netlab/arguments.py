"""Типы аргументов командной строки: число, которое годится, или русское предложение об ошибке."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable


def port_number(text: str) -> int:
    """Читает номер порта: от 0 до 65535, где 0 — «любой свободный»."""
    if text.isdecimal() and int(text) <= 65535:
        return int(text)
    raise ArgumentTypeError(f"порт — это число от 0 до 65535, а не «{text}»")


def seconds(text: str) -> float:
    """Читает положительное число секунд."""
    try:
        value = float(text)
    except ValueError:
        value = 0
    if 0 < value < float("inf"):
        return value
    raise ArgumentTypeError(f"секунды — это число больше нуля, а не «{text}»")


def byte_count(minimum: int) -> Callable[[str], int]:
    """Возвращает тип: целое число байт, не меньше minimum."""

    def read(text: str) -> int:
        if text.isdecimal() and int(text) >= minimum:
            return int(text)
        raise ArgumentTypeError(f"байты — это целое число от {minimum}, а не «{text}»")

    return read
