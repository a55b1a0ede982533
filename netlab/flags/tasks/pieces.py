"""Задача 3: recv возвращает меньше. Шестьдесят четыре цифры придут пятью кусками."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from random import Random

from netlab.flags.diagnosis import require_line
from netlab.flags.task import PAUSE, Task, cut, hex_digits
from netlab.flags.wishes import Conversation, Line, Send, Wait
from netlab.peers.conversation import plural_bytes

DIGITS = 64
PIECES = 5
LEAST = 4
"""Кусок не короче стольких цифр: одну от другой не отличить, а по диагнозу их узнают."""


def play(draw: Random) -> Conversation:
    """Посылает цифры по кускам и ждёт их задом наперёд."""
    pieces = cut(draw, hex_digits(draw, DIGITS), PIECES, LEAST)
    for piece in pieces:
        yield from Send(piece)
        yield from Wait(PAUSE)
    answer = yield from Line()
    require_line(b"".join(pieces)[::-1], answer, mistakes(pieces))


def mistakes(pieces: list[bytes]) -> dict[bytes, str]:
    """Перечисляет, что выходит, если прочесть не всё или перевернуть не целое."""
    digits = b"".join(pieces)
    known = {
        b"".join(chunk[::-1] for chunk in chunks): "Каждый кусок перевёрнут сам по себе. Сначала "
        "соберите все 64 цифры, потом переверните их разом."
        for chunks in glued(pieces)
        if len(chunks) > 1
    }
    known[digits] = "Цифры пришли все, но не перевёрнуты."
    for first, last in combinations(range(1, len(pieces)), 2):
        known[b"".join(pieces[first:last])[::-1]] = (
            "Перевёрнута только середина: начало пришло вместе с go и потерялось, а конца вы не "
            "дождались. Лишнее после go — тоже цифры."
        )
    for count in range(1, DIGITS):
        known[digits[count:][::-1]] = (
            f"Перевёрнут только конец, {plural_bytes(DIGITS - count)} из {DIGITS}: начало вы "
            "прочли и потеряли. Если оно пришло вместе с go, это тоже цифры."
        )
    # Позже: в коротком ответе начало и конец могут совпасть, а теряют чаще конец.
    for count in range(1, DIGITS):
        known[digits[:count][::-1]] = (
            f"Перевёрнуто только начало, {plural_bytes(count)} из {DIGITS}: recv вернул не всё, "
            "что послано. Читайте в цикле, пока не соберёте все."
        )
    return known


def glued(pieces: list[bytes]) -> Iterator[list[bytes]]:
    """Перечисляет, какими кусками pieces могли прийти: соседние, бывает, склеиваются."""
    if len(pieces) < 2:
        yield pieces
        return
    first, second, *rest = pieces
    yield from glued([first + second, *rest])
    for chunks in glued([second, *rest]):
        yield [first, *chunks]


TASK = Task(
    number=3,
    title="recv возвращает меньше",
    lesson="recv",
    page="recv.md#less",
    announcement="""\
После go придут 64 шестнадцатеричные цифры, по частям и без перевода строки
на конце. Верните их задом наперёд, одной строкой.""",
    hints=(
        "Сколько цифр вернул ваш recv? Напечатайте len.",
        "Читайте в цикле, пока не наберётся ровно 64 байта. Если вместе с go пришло и начало "
        "цифр, оно тоже считается.",
        r"digits = recv_exactly(sock, 64)" + "\n" + r"sock.sendall(digits[::-1] + b'\n')",
    ),
    stuck="После 64 цифр нет перевода строки: кто ждёт его или 65-го байта, не дождётся. А на "
    r"конце вашего ответа \n нужен.",
    play=play,
)
