"""Задача 8: half-close. Студент шлёт не меньше 64 КиБ, заканчивает писать и дочитывает флаг."""

from __future__ import annotations

from random import Random

from netlab.flags.diagnosis import Wrong
from netlab.flags.task import Task, discard, hex_digits
from netlab.flags.wishes import Conversation, Lost, Send, Some, Wait
from netlab.peers.conversation import first_difference, plural_bytes

LEAST = 64 * 1024
MOST = 1024 * 1024
SHOWN = 34
"""Столько байт показывает диагноз: две строки."""
QUIET = 4.0
"""Столько секунд тишины без конца потока — и ясно, что его не будет."""
FAREWELL = 0.3
"""За столько секунд приходит RST от того, кто закрыл сокет целиком."""


def play(draw: Random) -> Conversation:
    """Принимает поток до FIN, сверяя его на ходу, и смотрит, слушают ли ещё."""
    line = hex_digits(draw, 16) + b"\n"
    yield from Send(line)
    got = 0
    while chunk := (yield from Some(within=QUIET if got else None)):
        expected = (line * (len(chunk) // len(line) + 2))[got % len(line) :][: len(chunk)]
        if chunk != expected:
            where = first_difference(expected, chunk)
            seen = chunk[where:]
            while len(seen) < SHOWN and (more := (yield from Some(within=1.0, size=SHOWN))):
                seen += more
            yield from discard(1.0)
            raise Wrong(
                "Ждали одну и ту же строку много раз подряд.",
                expected=(line * 3)[(got + where) % len(line) :][:SHOWN],
                got=seen[:SHOWN],
                at=got + where,
            )
        got += len(chunk)
        if got > MOST:
            yield from discard(1.0)
            raise Wrong(f"Послано больше {plural_bytes(MOST)}: столько не нужно.")
    judge(got, len(line), ended=chunk is not None)
    try:
        yield from Send(f"# Принято {plural_bytes(got)} и конец потока.\n".encode())
        yield from Wait(FAREWELL)
    except Lost:
        raise Wrong(
            "Вы закрыли соединение целиком (close), и ответ читать некому. Закончить писать и "
            "читать дальше позволяет shutdown(socket.SHUT_WR)."
        ) from None


def judge(got: int, line: int, *, ended: bool) -> None:
    """Проверяет, сколько пришло и закончен ли поток."""
    amount = f"Пришло {plural_bytes(got)}"
    if got < LEAST:
        what = "и конец потока" if ended else f"и {QUIET:g} с тишины"
        raise Wrong(f"{amount} {what}, а нужно не меньше {plural_bytes(LEAST)}.")
    if not ended:
        raise Wrong(
            f"{amount}, а конца потока нет: вы ждёте ответа, а сервер — конца запроса. Закончите "
            "писать: sock.shutdown(socket.SHUT_WR)."
        )
    if got % line:
        raise Wrong(
            f"{amount}: последняя строка не целиком. Если вы зовёте send, он мог взять не всё."
        )


TASK = Task(
    number=8,
    title="half-close",
    lesson="shutdown",
    page="shutdown.md#write",
    announcement="""\
После go придёт строка из 16 цифр. Шлите её вместе с переводом строки снова
и снова, чтобы вышло не меньше 64 КиБ, то есть 65 536 байт (и не больше
1 МиБ), и закончите писать: сервер должен увидеть конец потока. Сокет не
закрывайте: дочитайте до конца, там будет флаг. Команд в этом соединении
больше не послать; сдать флаг можно в новом.""",
    hints=(
        "Как узнает сервер, что вы послали всё? Что прочтёт его recv?",
        "close закрывает соединение целиком, и читать флаг будет негде. Нужно закрыть половину.",
        "sock.sendall(line * 4096)\nsock.shutdown(socket.SHUT_WR)\n"
        "while chunk := sock.recv(4096): print(chunk)",
    ),
    stuck="Сервер ждёт, пока вы пошлёте строки и закончите писать: shutdown(socket.SHUT_WR).",
    play=play,
)
