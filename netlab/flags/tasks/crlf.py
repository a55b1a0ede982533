"""Задача 2: байты и CRLF. Придёт строка с пробелами по краям и CRLF, вернуть надо ровно её."""

from __future__ import annotations

from random import Random

from netlab.flags.diagnosis import require
from netlab.flags.task import Task, hex_digits
from netlab.flags.wishes import Conversation, Line, Send


def play(draw: Random) -> Conversation:
    """Посылает строку и сверяет ответ до байта."""
    text = b" %s %s " % (hex_digits(draw, 4), hex_digits(draw, 4))
    yield from Send(text + b"\r\n")
    answer = yield from Line()
    require(text + b"\r\n", answer, mistakes(text))


def mistakes(text: bytes) -> dict[bytes, str]:
    r"""Перечисляет, во что превращают строку text + b"\r\n"."""
    no_cr = r"Нет байта \r: конец строки был \r\n, а вернулся \n."
    stripped = "Пропали пробелы по краям: strip снимает и их. Верните байты такими, какие пришли."
    no_end = r"Нет конца строки: \r\n — тоже часть данных, верните и его."
    return {
        text + b"\n": no_cr + r" Его снимает strip и не посылает nc.",
        text.strip() + b"\n": f"{no_cr} {stripped}",
        text.strip() + b"\r\n": stripped,
        text: no_end,
        text.strip(): f"{no_end} {stripped}",
        text.rstrip() + b"\r\n": "Пропал пробел на конце: rstrip снимает и его. Верните байты "
        "такими, какие пришли.",
        text + b"\r": r"Не хватает последнего байта, \n.",
        text + b"\r\r\n": r"Лишний \r: \n превратился в \r\n ещё раз. Так делают файлы и stdin в "
        "текстовом режиме.",
        text
        + rb"\r\n": r"Послана буква \ и буква r, а не один байт: нужно b'\r\n', без r впереди.",
    }


TASK = Task(
    number=2,
    title="Байты и CRLF",
    lesson="Модуль socket: скачиваем страницу e1.ru",
    page="fetch.md",
    announcement=r"""
После go придёт строка, на конце у неё \r\n. Верните ровно её, до последнего
байта: здесь, в отличие от остальных задач, \n и \r\n — не одно и то же.""",
    hints=(
        "Напечатайте repr того, что пришло. Всё, что между кавычками, надо вернуть.",
        "Не зовите strip и не превращайте байты в строку: посылайте то, что приняли.",
        r"line = recv_line(sock)  # вместе с \r\n" + "\nsock.sendall(line)",
    ),
    stuck=r"Сервер ждал строки, которая кончается \r\n. Послали ли вы её конец? А если программа "
    r"не заметила go, она сравнивает строку с байтами: 'go\n' и b'go\n' не равны никогда.",
    play=play,
)
