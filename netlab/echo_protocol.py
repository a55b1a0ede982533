"""Эхо без сокетов: байты клиента на входе, байты ответа на выходе."""

from __future__ import annotations

from netlab.framing import LineReader

LINE_LIMIT = 65536
STOP = (b"stop", b"stop\r")
COMMANDS = (b"quit", b"quit\r", *STOP)
LONGEST_COMMAND = len(b"quit\r\n")


class EchoProtocol:
    """Разговор с одним клиентом: какие байты вернуть и не пора ли прощаться.

    Незаконченную строку держит у себя, но меньше line_limit байт: дальше возвращает её по частям.
    closing — клиенту больше ничего не причитается; stopping — он просит остановить весь сервер.
    """

    __slots__ = ("_line_began", "_lines", "closing", "stopping")

    def __init__(self, line_limit: int = LINE_LIMIT) -> None:
        if line_limit < LONGEST_COMMAND:
            raise ValueError(
                f"В {line_limit} байт не поместится команда; предел — от {LONGEST_COMMAND}."
            )
        self._lines = LineReader(line_limit)
        self._line_began = False  # начало строки уже вернулось: её хвост командой не бывает
        self.closing = False
        self.stopping = False

    def receive(self, data: bytes) -> bytes:
        """Принимает байты клиента и возвращает те, что пора ему послать."""
        if self.closing:
            return b""
        answer = self._until_command(self._lines.receive_lines(data))
        if len(self._lines) >= self._lines.limit and not self.closing:
            answer += self._lines.take()
            self._line_began = True
        return answer

    def end_of_stream(self) -> bytes:
        """Больше ничего не придёт: возвращает незаконченную строку."""
        rest = b"" if self.closing else self._lines.take()
        self.closing = True
        return rest

    def _until_command(self, block: bytes) -> bytes:
        """Возвращает строки из block до первой команды; если она есть, исполняет её."""
        # Обычно команд нет, и узнать это надо быстро: одну букву C ищет много быстрее слова.
        if (b"q" in block and b"quit" in block) or (b"p" in block and b"stop" in block):
            lines = block.split(b"\n")
            for number, line in enumerate(lines):
                if line in COMMANDS and not (number == 0 and self._line_began):
                    self.closing = True
                    self.stopping = line in STOP
                    return b"".join(before + b"\n" for before in lines[:number])
        if block:
            self._line_began = False
        return block
