"""Задача 12: свой сервер. К эхо-серверу студента приходят сами."""

from __future__ import annotations

from random import Random

from netlab.flags.task import Task
from netlab.flags.wishes import Conversation, Visited


def play(draw: Random) -> Conversation:
    """Ждёт, что расскажут те, кто ходил к серверу."""
    wrong = yield from Visited()
    if wrong:
        raise wrong


TASK = Task(
    number=12,
    title="Свой сервер",
    lesson="Пишем сервак: однопоточный эхо-сервер",
    page="echo.md#threads",
    announcement="""\
После go к вашему эхо-серверу, на порт, который вы назвали, придут клиенты:
трое по очереди, пятеро сразу, один шлёт по кусочкам, один заканчивает
писать первым (half-close), один приносит мегабайт. Каждый байт должен
вернуться. Запустите сервер на всех адресах ('', не '127.0.0.1'). Подождите:
обойдут его за минуту или быстрее.""",
    hints=(
        "Сколько клиентов переживёт ваш сервер? Что он делает, когда первый ушёл?",
        "Каждому клиенту — свой поток выполнения. Конец потока одного клиента (b'') не должен "
        "завершать остальных, а отвечать надо sendall.",
        "def serve(sock):\n    with sock:\n        while chunk := sock.recv(65536):\n"
        "            sock.sendall(chunk)\n"
        "while True:\n    sock, _ = listener.accept()\n"
        "    threading.Thread(target=serve, args=[sock]).start()",
    ),
    stuck="Посещение не уложилось в срок.",
    play=play,
    needs_port=True,
)
