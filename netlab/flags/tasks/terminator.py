r"""Задача 5: терминатор и вторая точка. Текст идёт до \r\n.\r\n, ответ — его crc32."""

from __future__ import annotations

from random import Random
from zlib import crc32

from netlab.flags.diagnosis import require_line
from netlab.flags.task import PAUSE, Task, hex_digits
from netlab.flags.wishes import Conversation, Line, Send, Wait

END = b"\r\n.\r\n"


def play(draw: Random) -> Conversation:
    """Посылает текст, разрезав терминатор, и ждёт crc32 текста."""
    text = text_with_dots(draw)
    stream = stuffed(text) + END
    torn_dots = stream.index(b"\r\n..") + 3  # между первой точкой и второй
    torn_end = len(stream) - draw.randrange(1, len(END))
    for piece in (stream[:torn_dots], stream[torn_dots:torn_end], stream[torn_end:]):
        yield from Send(piece)
        yield from Wait(PAUSE)
    answer = yield from Line()
    require_line(b"%08x" % crc32(text), answer.lower(), mistakes(text))


def text_with_dots(draw: Random) -> bytes:
    """Сочиняет текст: точки в нём везде, где с ними ошибаются, а crc32 начинается с нуля."""
    while True:
        words = [hex_digits(draw, draw.randrange(6, 20)) for _ in range(8)]
        dotted = [
            b".",
            b"." + words[0],
            b".." + words[1],
            words[2] + b".." + words[3],
            words[4] + b".",
        ]
        draw.shuffle(dotted)
        # Первая и последняя строки начинаются не с точки: край текста каждый понял бы по-своему.
        text = b"\r\n".join([words[5], *dotted, words[6], words[7]])
        if crc32(text) < 1 << 28:
            return text


def stuffed(text: bytes) -> bytes:
    """Удваивает точку в начале каждой строки, кроме первой: у неё точки в начале нет."""
    return text.replace(b"\r\n.", b"\r\n..")


def mistakes(text: bytes) -> dict[bytes, str]:
    """Перечисляет суммы не того, что надо, и не те записи верной."""
    body = stuffed(text)
    crc = crc32(text)
    extra = r"В сумму вошёл перевод строки перед последней точкой: он часть терминатора \r\n.\r\n."
    both = f"Вторая точка не убрана. {extra}"
    early = "Вы остановились раньше: приняли за терминатор точку, за которой стоит ещё одна."
    wrong_texts = {
        body: "Вторая точка не убрана: в начале строки вместо двух точек должна остаться одна.",
        text + b"\r\n": extra,
        body + b"\r\n": both,
        body + END: "В сумму вошёл терминатор, и вторая точка не убрана.",
        text + END: "В сумму вошёл терминатор.",
        body.replace(b"..", b"."): "Точки убраны везде, а удваиваются они только в начале строки.",
        text.replace(b"\r\n", b"\n"): r"\r\n превратились в \n: режьте байты, а не строки.",
        body[: body.index(b"\r\n.")]: early,
        body[: body.index(b".\r\n")]: early,
        body[: body.index(b"\r\n..\r\n")]: early,
        body[: body.index(b".\r\n")].replace(b"\r\n..", b"\r\n."): early,
        body[: body.index(b"\r\n..\r\n")].replace(b"\r\n..", b"\r\n."): early,
    }
    known = {
        b"%x" % crc: "Сумма верна, но цифр в ней меньше восьми: нули впереди тоже нужны, "
        "f'{crc:08x}'.",
        b"%d" % crc: "Сумма верна, но записана десятичными цифрами: нужно f'{crc:08x}'.",
        b"0x%x" % crc: "Сумма верна, но нужны ровно восемь цифр, без 0x: f'{crc:08x}'.",
        b"0x%08x" % crc: "Сумма верна, но 0x впереди не нужно: f'{crc:08x}'.",
    }
    for wrong, sentence in wrong_texts.items():
        known.setdefault(b"%08x" % crc32(wrong), sentence)
        known.setdefault(b"%x" % crc32(wrong), sentence)
    return known


TASK = Task(
    number=5,
    title="Терминатор и вторая точка",
    lesson="Файл по сети: размер или терминатор?",
    page="files.md#stuffing",
    announcement=r"""
После go придёт текст и за ним терминатор: строка из одной точки, пять байт
\r\n.\r\n. Сам терминатор, вместе с первым \r\n, в текст не входит. Точка в
начале строки удвоена, как в почте: вторую уберите. Верните строкой crc32
текста, восемь шестнадцатеричных цифр.""",
    hints=(
        "Терминатор может прийти по частям. Где его искать: в последнем куске или во всём, что "
        "накопилось?",
        r"Две точки в начале строки терминатором не бывают: \r\n..\r\n — это текст. Убирайте "
        r"вторую точку, когда текст собран: \r\n.. → \r\n.",
        r"text, _, rest = data.partition(b'\r\n.\r\n')"
        "\n"
        r"text = text.replace(b'\r\n..', b'\r\n.')"
        "\n"
        r"sock.sendall(f'{zlib.crc32(text):08x}\n'.encode())",
    ),
    stuck="Если программа всё ещё ждёт терминатора, она ищет его в каждом куске отдельно, а он "
    "пришёл по частям: ищите во всём, что накопилось. "
    r"А если она читает строки, последняя из них — b'.\r\n', а не b'.\n'.",
    play=play,
)
