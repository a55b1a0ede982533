"""Задача 1: разговор руками. Придёт строка, её же и ждут."""

from __future__ import annotations

from random import Random

from netlab.flags.diagnosis import require
from netlab.flags.task import Task
from netlab.flags.wishes import Conversation, Send, Typed


def play(draw: Random) -> Conversation:
    """Посылает шесть цифр и ждёт их обратно."""
    number = b"%d" % draw.randrange(100_000, 1_000_000)
    yield from Send(number + b"\n")
    answer = yield from Typed()
    require(number + b"\n", answer, mistakes(number))


def mistakes(number: bytes) -> dict[bytes, str]:
    """Перечисляет, что присылают вместо цифр."""
    command = "Это команда, а задача уже идёт: сначала верните строку, пришедшую за go."
    return {
        b"\n": "Пришла пустая строка. Наберите цифры и только потом нажмите Enter.",
        b"go\n": "go — знак, что данные начинаются; вернуть надо следующую строку.",
        number: "Не хватает только конца строки: после цифр нажмите Enter.",
        **{name + b"\n": command for name in (b"help", b"start 1", b"hint 1", b"time", b"quit")},
    }


TASK = Task(
    number=1,
    title="Разговор руками",
    lesson="recv",
    page="recv.md#blocks",
    announcement="""\
После go придёт строка. Верните её: наберите то же самое и нажмите Enter.""",
    hints=(
        "Сервер ждёт ровно то, что прислал: те же цифры и конец строки.",
        "Наберите цифры из строки после go, без пробелов и без решётки, и нажмите Enter.",
        "Если пишете программу: line = recv_line(sock), потом sock.sendall(line).",
    ),
    stuck="Сервер ждал строки: наберите цифры, которые он прислал, и нажмите Enter.",
    play=play,
)
