"""Что студент говорит серверу и до какого места слушает: по протоколу, а не до тишины."""

# Разговор — генератор. Он отдаёт Exchange — что послать и где кончается ответ — и получает ответ.
# Вести его может и тот, кто ждёт на одном сокете, и тот, у кого их пятьсот.

from __future__ import annotations

import struct
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from functools import cache
from random import Random

from netlab.flags.rehearsal import ANSWERS
from netlab.flags.tasks import TASKS
from netlab.flags.wishes import Reading, Wait

MESSAGES = 20
"""Столько сообщений в задаче 6."""
RECORD = struct.Struct("!HBBIq")
CLASS_TASKS = range(1, 8)
"""Задачи, рассчитанные на всех."""

Until = Callable[[bytearray], int]
"""Длина ответа в начале принятого; 0 — он ещё не весь."""


class Unexpected(Exception):
    """Сервер ответил не то; текст — что именно."""


@dataclass(frozen=True)
class Exchange:
    """Послать say и дождаться ответа; excused — сколько секунд сервер молчит нарочно."""

    say: bytes
    until: Until
    excused: float = 0.0


Script = Generator[Exchange, bytes, None]


def line(held: bytearray) -> int:
    """Ответ — одна строка."""
    return held.find(b"\n") + 1


def lines(count: int) -> Until:
    """Ответ — столько строк."""

    def until(held: bytearray) -> int:
        end = 0
        for _ in range(count):
            end = held.find(b"\n", end) + 1
            if not end:
                return 0
        return end

    return until


def go(held: bytearray) -> int:
    """Ответ на start кончается строкой go; отказ — одна строка."""
    if held.startswith(b"! "):
        return line(held)
    return held.find(b"\ngo\n") + 4 if b"\ngo\n" in held else 0


def messages(held: bytearray) -> int:
    """Двадцать сообщений, перед каждым его длина."""
    at = 0
    for _ in range(MESSAGES):
        if len(held) < at + 4:
            return 0
        at += 4 + struct.unpack_from(">I", held, at)[0]
    return at if len(held) >= at else 0


def record(held: bytearray) -> int:
    """Запись и имя, длина которого в ней названа."""
    if len(held) < RECORD.size:
        return 0
    whole: int = RECORD.size + RECORD.unpack_from(held)[3]
    return whole if len(held) >= whole else 0


PAYLOADS: dict[int, Until] = {
    1: line,
    2: line,
    3: lambda held: 64 if len(held) >= 64 else 0,
    4: lines(8),
    5: lambda held: held.find(b"\r\n.\r\n") + 5 if b"\r\n.\r\n" in held else 0,
    6: messages,
    7: record,
}


@cache
def pauses(task: int) -> tuple[float, float]:
    """Сколько секунд задача молчит нарочно: посылая данные и потом, уже послав их все."""
    conversation = TASKS[task - 1].play(Random(1))
    wish, during, after = next(conversation), 0.0, 0.0
    while not isinstance(wish, Reading):
        if isinstance(wish, Wait):
            after += wish.seconds
        else:
            during, after = during + after, 0.0
        wish = conversation.send(None)
    return during, after


def attendance(name: str, tasks: Iterable[int], collected: Callable[[int], None]) -> Script:
    """Приходит, решает и сдаёт задачи; о каждой засчитанной сообщает collected.

    Raises:
        Unexpected: сервер ответил не то.
    """
    yield from greeting(name)
    for task in tasks:
        flag = yield from solution(task)
        expect(b"# ", (yield Exchange(b"submit %s\n" % flag, line)))
        collected(task)


def greeting(name: str) -> Script:
    """Слушает приветствие и представляется."""
    expect(b"# ", (yield Exchange(b"", line)))
    expect(b"# ", (yield Exchange(f"hello {name}\n".encode(), line)))


def solution(task: int) -> Generator[Exchange, bytes, bytes]:
    """Решает одну из первых семи задач и возвращает флаг."""
    expect(b"# ", (yield Exchange(b"start %d\n" % task, go)))
    during, after = pauses(task)
    data = yield Exchange(b"", PAYLOADS[task], during)
    answer = yield Exchange(ANSWERS[task](data), lines(2), after)
    flag, _, verdict = answer.partition(b"\n")
    expect(b"python{%02d-" % task, flag)
    expect(b"# ", verdict)
    return flag


def expect(start: bytes, answer: bytes) -> None:
    """Проверяет, с чего ответ начинается."""
    if not answer.startswith(start):
        raise Unexpected(f"ждали {start!r}, а пришло {answer[:300].decode(errors='replace')!r}")
