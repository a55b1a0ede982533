"""Задача 10: таймауты. Сервер трижды замолчит; через две секунды тишины надо ответить timeout."""

from __future__ import annotations

from random import Random

from netlab.flags.diagnosis import Wrong, require_line
from netlab.flags.task import Task, hex_digits
from netlab.flags.wishes import Conversation, Line, Now, Send, Some
from netlab.progress import shown_seconds

EARLIEST, LATEST = 1.5, 2.5
"""Когда ждём ответа: столько секунд с последнего байта."""
BREATH = 1.2
"""Пауза, которая тишиной ещё не считается; двух подряд хватит, чтобы обмануть общий таймаут."""
GONE = "Соединение закончено с вашей стороны: после таймаута оно цело, переподключаться не надо."


def play(draw: Random) -> Conversation:
    """Трижды шлёт строки с короткими паузами и замолкает."""
    breaths = [0, 1, 2]
    draw.shuffle(breaths)
    for number, count in enumerate(breaths, 1):
        for _ in range(count):
            yield from Send(b"tick %s\n" % hex_digits(draw, 4))
            yield from breathe()
        yield from Send(b"tick %s\n" % hex_digits(draw, 4))
        yield from hear_timeout(number)


def breathe() -> Conversation:
    """Молчит недолго: отвечать на это рано."""
    began = yield from Now()
    early = yield from Some(within=BREATH, size=1)
    if early is None:
        return
    if not early:
        raise Wrong(GONE)
    waited = (yield from Now()) - began
    if early != b"\n":  # строку показываем целиком, какими бы кусками она ни шла
        early += yield from Line(within=1.0, patience=None)
    if waited > EARLIEST:
        return  # замешкался сам сервер: пауза вышла такой, что за тишину её приняли верно
    raise Wrong(
        f"Рано пришло {early[:40]!r}: пауза в {shown_seconds(BREATH)} — ещё не тишина. Две секунды "
        "отсчитывают заново от каждого принятого байта, а не от начала задачи."
    )


def hear_timeout(number: int) -> Conversation:
    """Молчит и ждёт слова timeout через две секунды."""
    began = yield from Now()
    answer = yield from Line(within=LATEST, patience=None)
    waited = (yield from Now()) - began
    if not answer and waited < LATEST:
        raise Wrong(GONE)
    if not answer:
        raise Wrong(
            f"Тишина {number} из 3: за {shown_seconds(LATEST)} ответа нет. Похоже, recv ждёт без "
            "таймаута — или таймаут длиннее двух секунд."
        )
    if waited < EARLIEST:
        raise Wrong(
            f"Рано: прошло {shown_seconds(round(waited, 2))} тишины, а надо две, считая от "
            "последнего принятого байта.",
            expected=b"timeout\n",
            got=answer,
        )
    require_line(b"timeout", answer, {answer.rstrip(): "Ответ — одно слово timeout."})


TASK = Task(
    number=10,
    title="Таймауты",
    lesson="recv",
    page="recv.md#blocks",
    announcement="""\
После go пойдут строки, и трижды сервер замолчит. Когда две секунды (от 1,5
до 2,5) не пришло ни байта, пошлите строку timeout и читайте дальше, по тому
же соединению. Паузы короче полутора секунд — ещё не тишина. После третьего
ответа придёт флаг.""",
    hints=(
        "Что бросает recv, когда вышел settimeout? Закрыто ли после этого соединение?",
        "settimeout(2) отсчитывает заново с каждого recv. Поймайте TimeoutError, пошлите ответ "
        "и снова зовите recv.",
        "sock.settimeout(2)\nwhile b'python{' not in data:\n"
        "    try:\n        data += sock.recv(4096)\n"
        "    except TimeoutError:\n        sock.sendall(b'timeout\\n')",
    ),
    stuck="Сервер молчал и ждал строки timeout.",
    play=play,
)
