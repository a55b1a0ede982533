"""Задача 4: склеенные сообщения. Семь строк с половиной придут разом, остальное — потом."""

from __future__ import annotations

from random import Random

from netlab.flags.diagnosis import require_line
from netlab.flags.task import PAUSE, Task, hex_digits
from netlab.flags.wishes import Conversation, Line, Send, Wait

LINES = 8
FIRST, SECOND = 5, 8
"""Номера строк, которые надо вернуть, считая с единицы."""


def play(draw: Random) -> Conversation:
    """Посылает строки так, что ни один recv не равен строке, и ждёт пятую и восьмую."""
    lines = [hex_digits(draw, 2 * draw.randrange(4, 9)) for _ in range(LINES)]
    lines[draw.randrange(1, 4)] = b""  # пустая строка — тоже строка
    half = draw.randrange(2, len(lines[-1]) - 1)
    last = lines[-1]
    yield from Send(b"".join(line + b"\n" for line in lines[:-1]) + last[:half])
    yield from Wait(10 * PAUSE)
    yield from Send(last[half:] + b"\n")
    first = yield from Line()
    require_line(lines[FIRST - 1], first, first_mistakes(lines, last[:half]))
    second = yield from Line()
    require_line(last, second, second_mistakes(lines, half))


def first_mistakes(lines: list[bytes], torn: bytes) -> dict[bytes, str]:
    """Перечисляет, что присылают вместо пятой строки."""
    known = {
        line: f"Это строка {number}, а нужна пятая (считая с единицы)."
        for number, line in enumerate(lines, 1)
        if line
    }
    known[torn] = "Это начало восьмой строки: весь первый кусок принят за одно сообщение."
    known[lines[5]] = (
        "Это шестая строка, а нужна пятая (считая с единицы). Или вы пропустили пустую: она — тоже "
        r"строка, её видно по двум \n подряд."
    )
    known[lines[FIRST - 1] + b" " + lines[-1]] = "Нужны две строки, каждая со своим концом."
    return known


def second_mistakes(lines: list[bytes], half: int) -> dict[bytes, str]:
    """Перечисляет, что присылают вместо восьмой строки."""
    last = lines[-1]
    known = {
        line: f"Пятая строка верна, а вместо восьмой пришла {number}."
        for number, line in enumerate(lines[:-1], 1)
        if line
    }
    known[last[:half]] = (
        "Пятая строка верна, а от восьмой вернулось только начало: её конец пришёл позже. recv "
        "отдаёт не сообщения, а сколько пришло; ждите перевода строки."
    )
    known[last[half:]] = (
        "Пятая строка верна, а от восьмой вернулся только конец: её начало пришло вместе с седьмой "
        "и потерялось. Остаток после последнего перевода строки надо хранить."
    )
    known[b""] = "Пятая строка верна, а вместо восьмой пришла пустая."
    return known


TASK = Task(
    number=4,
    title="Склеенные сообщения",
    lesson="recv",
    page="recv.md#more",
    announcement="""\
После go придут восемь строк: семь с половиной одним куском, остальное чуть
позже. Верните пятую и восьмую, каждую строкой. Считаем с единицы; пустая
строка — тоже строка.""",
    hints=(
        "Сколько строк вернул первый recv? Напечатайте repr. Чем кончается этот кусок?",
        "Нужна функция, которая отдаёт по строке, а лишнее хранит до следующего вызова.",
        "lines = [recv_line(sock) for _ in range(8)]\nsock.sendall(lines[4] + lines[7])",
    ),
    stuck="Если программа ждёт восьмого recv, она не дождётся: кусков два, а строк восемь. Не "
    "дождётся и та, что пропускает пустые строки. Ответ — тоже две строки.",
    play=play,
)
