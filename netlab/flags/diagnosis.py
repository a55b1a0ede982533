"""Диагноз неверного ответа: чего ждали, что пришло, где расходятся и на что это похоже."""

from __future__ import annotations

from collections.abc import Mapping

from netlab.framing import without_line_end
from netlab.peers.conversation import first_difference, plural_bytes

SHOWN = 80
"""Ответ не длиннее стольких байт показывается целиком, у остальных — окрестность расхождения."""
BEFORE = 16
"""Столько байт видно перед расхождением."""


class Wrong(Exception):
    """Неверный ответ; likely — одно-два предложения, на что он похож.

    expected и got — чего ждали и что пришло, начиная с байта at всего потока.
    """

    def __init__(
        self,
        likely: str | None = None,
        *,
        expected: bytes | None = None,
        got: bytes | None = None,
        at: int = 0,
    ) -> None:
        super().__init__(likely)
        self.likely = likely
        self.expected = expected
        self.got = got
        self.at = at

    def lines(self) -> list[str]:
        """Пишет диагноз построчно."""
        told = []
        if self.expected is not None and self.got is not None:
            told += _compared(self.expected, self.got, self.at)
        if self.likely:
            told.append(self.likely)
        return told


def require(expected: bytes, got: bytes, mistakes: Mapping[bytes, str]) -> None:
    """Сверяет ответ; mistakes — известные неверные ответы и что о них сказать.

    Raises:
        Wrong: ответ не тот.
    """
    if got == expected:
        return
    raise Wrong(mistakes.get(got) or _common_mistake(expected, got), expected=expected, got=got)


def require_line(expected: bytes, line: bytes, mistakes: Mapping[bytes, str]) -> None:
    """Сверяет ответ-строку: LF и CRLF на её конце равны, а без конца строки ответ не закончен.

    Raises:
        Wrong: ответ не тот.
    """
    if line in (expected + b"\n", expected + b"\r\n"):
        return
    text = without_line_end(line)
    likely = mistakes.get(text) if text != expected else None
    raise Wrong(
        likely or _common_mistake(expected + b"\n", line), expected=expected + b"\n", got=line
    )


def _common_mistake(expected: bytes, got: bytes) -> str | None:
    if not got:
        return None
    if got + b"\n" == expected:
        return r"Не хватает только перевода строки: ответ кончается байтом \n."
    if got.startswith((b"b'", b'b"')):
        return "Похоже, вы послали str(data): это запись байтов на языке Python, а не сами байты."
    if got.rstrip() == expected.rstrip():
        return "Расходятся только пробелы или концы строк."
    return None


def _compared(expected: bytes, got: bytes, at: int) -> list[str]:
    where = first_difference(expected, got)
    if not got:
        return [f"Ждали {_quoted(expected, where)}", "Не пришло ничего."]
    return [
        f"Ждали {_quoted(expected, where)}",
        f"Пришло {_quoted(got, where)}",
        f"Первое расхождение — байт {at + where}, считая с нуля: "
        f"ждали {_byte(expected, where)}, пришло {_byte(got, where)}.",
    ]


def _quoted(data: bytes, where: int) -> str:
    if len(data) <= SHOWN:
        return f"({plural_bytes(len(data))}): {data!r}"
    begin = max(0, min(where - BEFORE, len(data) - SHOWN))
    end = begin + SHOWN
    shown = "…" * (begin > 0) + repr(data[begin:end]) + "…" * (end < len(data))
    return f"({plural_bytes(len(data))}): {shown}"


def _byte(data: bytes, where: int) -> str:
    return repr(data[where : where + 1]) if where < len(data) else "ничего"
