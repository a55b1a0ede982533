"""Рамки сообщений: из потока байтов — строки, как бы поток ни был нарезан."""

# TCP доставляет байты по порядку, но границ сообщений не хранит: recv вернёт половину строки, три
# строки сразу или строку с началом следующей. Поэтому чтение разделено надвое. Вводом-выводом занят
# тот, у кого сокет; здесь сокетов нет. LineReader принимает байты и отдаёт строки, одни и те же при
# любой нарезке, и проверить его можно без сети.
#
# Принятое лежит в одном bytearray. Приписать к его концу и отрезать от начала стоит, в среднем,
# столько, сколько байт приписано или отрезано; место, до которого конца строки точно нет,
# запоминается. Поэтому и мегабайтная строка, пришедшая по байту, собирается за линейное время.

from __future__ import annotations


class LineTooLong(ValueError):
    """В первых limit байтах нет конца строки; сами байты остались у читателя."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"Строка длиннее {limit} байт.")
        self.limit = limit


class LineReader:
    """Собирает строки из кусков потока.

    Строка кончается байтом LF (0x0A) и отдаётся вместе с ним; CR перед LF — тоже часть строки, а
    снимает их without_line_end. Вместе с LF строка не длиннее limit байт. len(reader) — сколько
    байт принято и ещё не отдано.
    """

    __slots__ = ("_buffer", "_searched", "limit")

    def __init__(self, limit: int = 65536) -> None:
        if limit < 1:
            raise ValueError("Предел строки — хотя бы один байт.")
        self.limit = limit
        self._buffer = bytearray()
        self._searched = 0  # в первых _searched байтах конца строки нет

    def __len__(self) -> int:
        return len(self._buffer)

    def receive(self, data: bytes) -> None:
        """Принимает очередной кусок потока."""
        self._buffer += data

    def next_line(self) -> bytes | None:
        """Отдаёт следующую строку или None, если она ещё не пришла целиком.

        Raises:
            LineTooLong: строка длиннее предела. Её байты остались здесь: их отдаст take, а до тех
                пор исключение будет повторяться.
        """
        end = self._buffer.find(b"\n", self._searched, self.limit) + 1
        if end:
            return self.take(end)
        self._searched = min(len(self._buffer), self.limit)
        if self._searched == self.limit:
            raise LineTooLong(self.limit)
        return None

    def receive_lines(self, data: bytes) -> bytes:
        """Принимает кусок и отдаёт все готовые строки разом, не проверяя их длины.

        То же, что receive и next_line до None, но большой кусок не копируется по строке.
        """
        end = data.rfind(b"\n") + 1
        if end == len(data) and not self._buffer:
            return data
        if end:
            lines = b"".join((self._buffer, memoryview(data)[:end]))
            self._buffer[:] = data[end:]
        else:
            self._buffer += data
            lines = self.take(self._buffer.rfind(b"\n", self._searched) + 1)
        self._searched = len(self._buffer)
        return lines

    def take(self, size: int | None = None) -> bytes:
        """Отдаёт первые size байт из принятых, а без size — всё: остаток в конце потока."""
        with memoryview(self._buffer) as held:
            taken = bytes(held[:size])
        del self._buffer[:size]
        self._searched = 0
        return taken


def without_line_end(line: bytes) -> bytes:
    """Снимает со строки её конец: LF или CRLF, и ничего больше."""
    return line[:-2] if line.endswith(b"\r\n") else line.removesuffix(b"\n")
