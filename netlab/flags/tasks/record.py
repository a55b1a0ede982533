"""Задача 7: struct и UTF-8. Запись !HBBIq, за ней имя кириллицей; вернуть имя с его длиной."""

from __future__ import annotations

from random import Random
from struct import pack

from netlab.flags.diagnosis import Wrong, require
from netlab.flags.task import PAUSE, Task
from netlab.flags.wishes import Conversation, Exactly, Send, Wait

FORMAT = "!HBBIq"
NAMES = ("Ёжик в тумане", "Щука и цапля", "Четыре мушкетёра", "Дюймовочка", "Лошадь №")


def play(draw: Random) -> Conversation:
    """Посылает запись, разрезав имя посреди буквы, и ждёт имя с длиной."""
    name = f"{draw.choice(NAMES)} {draw.randrange(10, 1000)}"
    encoded = name.encode()
    record = pack(
        FORMAT,
        draw.randrange(1000, 3000),
        draw.randrange(1, 32),
        draw.randrange(1, 13),
        len(encoded),
        -draw.randrange(1, 1 << 40),
    )
    half_letter = 2 * draw.randrange(1, 4) + 1
    yield from Send(record + encoded[:half_letter])
    yield from Wait(PAUSE)
    yield from Send(encoded[half_letter:])
    expected = pack("!H", len(encoded)) + encoded
    answer = yield from Exactly(len(expected))
    if answer.startswith(record):
        raise Wrong(
            "Вернулась сама запись, а нужны два байта длины и имя.", expected=expected, got=answer
        )
    require(expected, answer, mistakes(name))


def mistakes(name: str) -> dict[bytes, str]:
    """Перечисляет неверные длины и не те кодировки имени."""
    encoded = name.encode()
    size, letters = len(encoded), len(name)
    order = "Порядок байтов у длины обратный: нужно '!H', а это '<H' или просто 'H'."
    count = f"Длина посчитана в буквах ({letters}), а нужна в байтах ({size}): len после encode."
    wide = "Длина занимает не два байта: нужно '!H'. "
    # Что длиннее верного ответа, читается не до конца, а что короче — без продолжения.
    known = {
        pack("<H", size) + encoded: order,
        pack("!H", letters) + encoded: count,
        pack("!H", letters) + encoded[:letters]: count,
        pack("<H", letters) + encoded: f"{count} {order}",
        pack("!I", size) + encoded: wide + "Это '!I', четыре байта.",
        pack("<I", size) + encoded: wide + "Это 'I', четыре байта в обратном порядке.",
        pack("!Q", size) + encoded: wide + "Это '!Q', восемь байт.",
        pack("!HH", size, 0) + encoded: wide
        + "После неё лишние нули: их ставит выравнивание, если "
        "впереди нет '!'.",
        pack("B", size) + encoded: wide + "Это 'B', один байт.",
        encoded: "Нет длины: перед именем должны стоять два байта '!H'.",
        encoded + b"\n": "Нет длины: перед именем должны стоять два байта '!H'.",
        b"%d\n" % size + encoded: "Длина послана цифрами, а нужны два байта: struct.pack('!H', …).",
        repr(name).encode(): "Послан repr имени; нужны его байты, name.encode().",
    }
    for codec in ("cp1251", "utf-16", "utf-16-le", "utf-16-be"):
        other = name.encode(codec, "replace")
        sentence = f"Имя в кодировке {codec}, а нужна UTF-8: name.encode()."
        known[pack("!H", len(other)) + other] = sentence
        known[pack("!H", size) + other] = sentence
    return {wrong[: 2 + size]: sentence for wrong, sentence in known.items()}


TASK = Task(
    number=7,
    title="struct и UTF-8",
    lesson="Файл по сети: размер или терминатор?",
    page="files.md#byte-order",
    announcement="""\
После go придёт запись '!HBBIq': год, день, месяц, длина имени и ещё число.
За ней сразу имя кириллицей в UTF-8; его длина в байтах — четвёртое
число, I. Верните имя, а перед ним его длину в байтах, '!H'. Перевод строки
за ним не нужен.""",
    hints=(
        "Сколько байт занимает запись? Спросите struct.calcsize. Сколько байт в одной русской "
        "букве?",
        "Сначала прочтите ровно запись, потом ровно столько байт, сколько сказано в четвёртом "
        "числе. В строку имя превращать незачем.",
        "record = recv_exactly(sock, struct.calcsize('!HBBIq'))\n"
        "numbers = struct.unpack('!HBBIq', record)\n"
        "name = recv_exactly(sock, numbers[3])\n"
        "sock.sendall(struct.pack('!H', len(name)) + name)",
    ),
    stuck="Если программа ждёт имени и не дождётся, она прочла длину в обратном порядке: нужен "
    "знак '!' впереди, а без него порядок байтов — как у процессора. Или она ждёт перевода "
    "строки: его здесь нет.",
    play=play,
)
