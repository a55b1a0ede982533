"""Задача 6: длина впереди. Двадцать сообщений, среди них пустое и на семьдесят тысяч байт."""

from __future__ import annotations

from itertools import takewhile
from random import Random
from struct import pack
from zlib import crc32

from netlab.flags.diagnosis import require
from netlab.flags.task import PAUSE, Task
from netlab.flags.wishes import Conversation, Exactly, Send, Wait
from netlab.framing import with_length_prefix

MESSAGES = 20
LARGE = 70_000


def play(draw: Random) -> Conversation:
    """Посылает сообщения, разрезав длину и большое сообщение, и ждёт их общую crc32."""
    messages = some_messages(draw)
    stream = b"".join(map(with_length_prefix, messages))
    torn_length = sum(4 + len(message) for message in messages[:2]) + 2
    torn_large = stream.index(pack(">I", LARGE)) + LARGE // 2
    begin = 0
    for end in sorted((torn_length, torn_large, len(stream))):
        yield from Send(stream[begin:end])
        yield from Wait(PAUSE)
        begin = end
    crc = crc32(b"".join(messages))
    answer = yield from Exactly(8)
    require(with_length_prefix(pack(">I", crc)), answer, mistakes(messages))


def some_messages(draw: Random) -> list[bytes]:
    """Сочиняет сообщения: пустое — не с краю, большое — после него."""
    sizes = [draw.randrange(1, 300) for _ in range(MESSAGES)]
    empty = draw.randrange(4, 12)
    sizes[empty] = 0
    sizes[draw.randrange(empty + 1, MESSAGES - 1)] = LARGE
    return [draw.randbytes(size) for size in sizes]


def mistakes(messages: list[bytes]) -> dict[bytes, str]:
    """Перечисляет суммы не того и верную сумму не в том виде."""
    whole = b"".join(messages)
    before_empty = b"".join(takewhile(bool, messages))
    with_lengths = b"".join(map(with_length_prefix, messages))
    framed = {
        before_empty: "Сумма посчитана до пустого сообщения: длина 0 принята за конец потока. "
        "Конец — это когда recv вернул b'', а пустое сообщение — просто ноль байт.",
        with_lengths: "В сумму вошли и длины; нужны только сами сообщения.",
        whole[: len(whole) - len(messages[-1])]: "Не хватает последнего сообщения: их двадцать.",
        messages[-1]: "Это сумма последнего сообщения, а нужна сумма всех, подряд.",
    }
    crc = crc32(whole)
    little = "порядок байтов обратный: нужно '>I', а это '<I' (или просто 'I')."
    no_length = "Сумма верна, но перед ней нет длины: ответ — тоже сообщение, четыре байта '>I' "
    text = "Сумма послана шестнадцатеричными цифрами, а нужны четыре байта: struct.pack('>I', crc)."
    known = {
        pack("<II", 4, crc): f"Сумма верна, но {little}",
        pack(">I", 4) + pack("<I", crc): f"Длина верна, а у суммы {little}",
        pack("<I", 4) + pack(">I", crc): f"Сумма верна, а у длины {little}",
        pack(">I", crc): no_length + "с числом 4 и за ними сумма.",
        b"%08x" % crc: text,
        pack(">I", 8) + (b"%08x" % crc)[:4]: text,
        pack(">II", 8, crc): "Длина считается без самой себя: в ответе после неё четыре байта.",
    }
    for wrong, sentence in framed.items():
        known[pack(">II", 4, crc32(wrong))] = sentence
    return known


TASK = Task(
    number=6,
    title="Длина впереди",
    lesson="Файл по сети: размер или терминатор?",
    page="files.md#size",
    announcement="""\
После go придут двадцать сообщений; перед каждым его длина, четыре байта
'>I'. Она бывает нулём. Посчитайте crc32 всех сообщений подряд, без длин.
Ответ — такое же сообщение: длина '>I', число 4, и за ней crc32, тоже '>I'.
Всего восемь байт; перевод строки за ними не нужен.""",
    hints=(
        "Сообщение длиннее, чем вернёт один recv, и сама длина может прийти по частям.",
        "recv_exactly(sock, 4) — длина, recv_exactly(sock, длина) — сообщение. Проверьте, что "
        "ваша recv_exactly верно читает ноль байт.",
        "for _ in range(20):\n"
        "    (size,) = struct.unpack('>I', recv_exactly(sock, 4))\n"
        "    crc = zlib.crc32(recv_exactly(sock, size), crc)\n"
        "sock.sendall(struct.pack('>II', 4, crc))",
    ),
    stuck="Если программа ждёт сообщения огромной длины, она прочла '<I' или 'I' вместо '>I' — "
    "или потеряла границу, прочтя большое сообщение или саму длину не целиком.",
    play=play,
)
