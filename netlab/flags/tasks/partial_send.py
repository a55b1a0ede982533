"""Задача 9: send берёт не всё. Восемь мегабайт нумерованных строк; сервер читает с остановками."""

from __future__ import annotations

import re
from random import Random

from netlab.flags.diagnosis import Wrong
from netlab.flags.task import Task, discard, hex_digits
from netlab.flags.wishes import Conversation, ReceiveBuffer, Send, Some, Wait
from netlab.peers.conversation import first_difference, plural_bytes

LINES = 524_288
LINE = len(b"0a1b2c3d 000000\n")
TOTAL = LINES * LINE
PORTION = 16_384
SEEN = 4 * LINE
"""По стольким байтам после расхождения узнаём, откуда они."""
BUFFER = 65_536
"""Буфер приёма: пока сервер стоит, у отправителя набирается больше, чем возьмёт его ядро.

С 4096 байт Linux на loopback шлёт по окну раз в 200 мс, и один мегабайт идёт полминуты.
"""
STOPS = (0, TOTAL // 4, TOTAL // 2)
STOP_SECONDS = 1.0
FIRST_QUIET, QUIET = 20.0, 4.0


def play(draw: Random) -> Conversation:
    """Сверяет поток на ходу, ничего не храня, и трижды перестаёт читать."""
    tag = hex_digits(draw, 8)
    yield from ReceiveBuffer(BUFFER)
    yield from Send(tag + b"\n")
    got = 0
    stops = list(STOPS)
    while got < TOTAL:
        if stops and got >= stops[0]:
            del stops[0]
            yield from Wait(STOP_SECONDS)
        chunk = yield from Some(
            within=QUIET if got else FIRST_QUIET, size=min(PORTION, TOTAL - got)
        )
        if not chunk:
            raise Wrong(too_little(got, ended=chunk is not None))
        expected = numbered(tag, got, len(chunk))
        if chunk != expected:
            where = first_difference(expected, chunk)
            # Ровно столько, сколько бы ни пришло: от нарезки диагноз не зависит.
            seen = chunk[where:][:SEEN]
            while len(seen) < SEEN and (
                more := (yield from Some(within=1.0, size=SEEN - len(seen)))
            ):
                seen += more
            yield from discard(1.0)
            raise Wrong(
                gap(tag, got + where, seen),
                expected=numbered(tag, got + where, 2 * LINE),
                got=seen[: 2 * LINE],
                at=got + where,
            )
        got += len(chunk)


def numbered(tag: bytes, at: int, size: int) -> bytes:
    """Возвращает size байт потока начиная с байта at."""
    first = at // LINE
    last = (at + size - 1) // LINE
    lines = b"".join([b"%s %06d\n" % (tag, number) for number in range(first, last + 1)])
    return lines[at - first * LINE :][:size]


def too_little(got: int, *, ended: bool) -> str:
    """Объясняет, почему пришло не всё."""
    if not got:
        return "Не пришло ничего." if ended else f"За {FIRST_QUIET:g} с не пришло ничего."
    what = "конец потока" if ended else f"{QUIET:g} с тишины"
    told = (
        f"Пришло {plural_bytes(got)} из {plural_bytes(TOTAL)}, и дальше {what}. Всё, что пришло, "
        "верно. Похоже, send взял не всё, а его ответ не проверен: сколько взято, он возвращает."
    )
    late = " Или sendall прервал таймаут: он — срок всего вызова, и секунды на 8 МиБ мало."
    return told + late * ended


def gap(tag: bytes, at: int, seen: bytes) -> str | None:
    """Объясняет расхождение на байте at: по номеру строки в seen видно, откуда эти байты."""
    found = re.search(re.escape(tag) + rb" (\d{6})\n", seen)
    if not found:
        return None
    origin = LINE * int(found[1]) - found.start()
    if origin == at:  # испорчены сами байты, а остальное на месте
        return None
    if origin < 0:
        return (
            f"Перед первой строкой пришло лишнее, {plural_bytes(-origin)}: поток начинается с неё."
        )
    # Метка у всех строк одна, и расхождение видно не сразу: отступаем к началу строки.
    while at and origin % LINE and numbered(tag, at - 1, 1) == numbered(tag, origin - 1, 1):
        at, origin = at - 1, origin - 1
    if origin > at:
        return (
            f"С байта {at} пропало {plural_bytes(origin - at)}: дальше идёт то, что должно стоять "
            f"на байте {origin}. Похоже, send взял не всё, а остаток вы не послали: сколько "
            "взято, он возвращает."
        )
    return (
        f"На байте {at} снова идёт то, что уже было на байте {origin}. Похоже, после неполного "
        "send или таймаута вы послали те же данные ещё раз, а надо — только остаток."
    )


TASK = Task(
    number=9,
    title="send берёт не всё",
    lesson="send и sendall",
    page="sendall.md",
    announcement="""\
После go придёт строка T, восемь цифр. Пошлите 8 МиБ: 524 288 строк по 16
байт вида «T НОМЕР» с номерами от 000000 до 524287 (шесть цифр), каждая с
\\n на конце. Соберите их все в один объект bytes и шлите через сокет с
таймаутом: sock.settimeout(60). Сервер читает с остановками; самая долгая —
секунда.""",
    hints=(
        "Сколько вернул send? Сложите всё, что он вернул, и сравните с 8 МиБ.",
        "send на сокете с таймаутом берёт столько, сколько поместилось. Остаток — ваш: шлите его, "
        "пока он есть, или возьмите sendall.",
        "data = b''.join(b'%s %06d\\n' % (tag, n) for n in range(524288))\nsock.sendall(data)",
    ),
    stuck="Сервер ждал 8 МиБ: 8 388 608 байт.",
    play=play,
    limit=90.0,
)
