"""Модуль и собеседник, соединённые сокетом: с этого начинается сценарий о функции с сокетом."""

from typing import Any

from netlab.module import Call
from netlab.stand import Stand


class Pair:
    """Загруженный модуль, сокет внутри него и собеседник на другом конце.

    timeout — таймаут сокета модуля в секундах, buffers — размер буферов ядра у обоих в байтах.
    """

    def __init__(self, stand: Stand, **options: Any) -> None:
        self.stand = stand
        self.options = options
        self.module = stand.load()
        self.reconnect(**options)

    def reconnect(self, **options: Any) -> None:
        """Соединяет модуль с новым собеседником."""
        self.sock, self.peer = self.stand.pair(self.module, **options)

    def call(self, function: str, *arguments: Any) -> Call:
        """Зовёт функцию модуля; первый её аргумент — сокет."""
        return self.module.call(self.stand.conversation, function, self.sock, *arguments)

    def wait_received(self, count: int, call: Call) -> bool:
        """Ждёт, пока программа не прочтёт count байт; False — вызов кончился или вышел срок."""
        self.module.wait(lambda: self.module.received(self.peer) >= count or call.over)
        return not call.over
