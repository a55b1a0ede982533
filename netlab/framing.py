"""Рамки сообщений: из потока байтов — строки или сообщения, как бы поток ни был нарезан."""

# TCP доставляет байты по порядку, но границ сообщений не хранит: recv вернёт половину строки, три
# строки сразу или строку с началом следующей. Поэтому чтение разделено надвое. Вводом-выводом занят
# тот, у кого сокет; здесь сокетов нет. LineReader принимает байты и отдаёт строки, одни и те же при
# любой нарезке, и проверить его можно без сети.
#
# Принятое лежит в одном bytearray. Приписать к его концу и отрезать от начала стоит, в среднем,
# столько, сколько байт приписано или отрезано; место, до которого конца строки точно нет,
# запоминается. Поэтому и мегабайтная строка, пришедшая по байту, собирается за линейное время.
#
# LengthPrefixReader устроен так же, но границу узнаёт заранее: перед сообщением стоит его длина.
# Искать конец не надо, и внутри сообщения бывает любой байт.

from __future__ import annotations

import struct


class Truncated(EOFError):
    """Поток кончился раньше, чем должен был; missing — скольких байт не хватило, если известно."""

    def __init__(self, missing: int | None = None) -> None:
        where = (
            "посреди строки" if missing is None else f"раньше времени: не хватает {missing} байт"
        )
        super().__init__(f"Поток кончился {where}.")
        self.missing = missing


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


class MessageTooLong(ValueError):
    """Сообщение длиннее limit байт, или его длина не помещается в свой префикс."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"Сообщение длиннее {limit} байт.")
        self.limit = limit


class LengthPrefixReader:
    """Собирает из кусков потока сообщения, перед каждым из которых стоит его длина.

    prefix — запись длины на языке struct: беззнаковое целое, обычно четыре байта в сетевом порядке.
    Само сообщение, без префикса, не длиннее limit байт; пустое — тоже сообщение. len(reader) —
    сколько байт принято и ещё не отдано.
    """

    __slots__ = ("_buffer", "_prefix", "limit")

    def __init__(self, limit: int = 65536, prefix: str = ">I") -> None:
        if limit < 1:
            raise ValueError("Предел сообщения — хотя бы один байт.")
        self.limit = limit
        self._prefix = struct.Struct(prefix)
        self._buffer = bytearray()

    def __len__(self) -> int:
        return len(self._buffer)

    @property
    def missing(self) -> int:
        """Сколько байт точно нужно до конца сообщения: прочтя столько, лишнего не захватишь.

        Пока не пришла длина — сколько не хватает ей; 0 — сообщение уже здесь.

        Raises:
            MessageTooLong: обещано сообщение длиннее предела.
        """
        return max(0, self._end() - len(self._buffer))

    def receive(self, data: bytes) -> None:
        """Принимает очередной кусок потока."""
        self._buffer += data

    def next_message(self) -> bytes | None:
        """Отдаёт следующее сообщение без префикса или None, если оно ещё не пришло целиком.

        Raises:
            MessageTooLong: обещано сообщение длиннее предела. Ждать его не надо: следующей границы
                уже не найти, и исключение будет повторяться.
        """
        if self.missing:
            return None
        end = self._end()
        with memoryview(self._buffer) as held:
            message = bytes(held[self._prefix.size : end])
        del self._buffer[:end]
        return message

    def _end(self) -> int:
        """Возвращает, где кончается сообщение; пока длины нет — где кончится она сама."""
        if len(self._buffer) < self._prefix.size:
            return self._prefix.size
        (length,) = self._prefix.unpack_from(self._buffer)
        if length > self.limit:
            raise MessageTooLong(self.limit)
        return self._prefix.size + int(length)


def with_length_prefix(message: bytes, prefix: str = ">I") -> bytes:
    """Ставит перед сообщением его длину.

    Raises:
        MessageTooLong: такая длина не помещается в префикс.
    """
    try:
        return struct.pack(prefix, len(message)) + message
    except struct.error:
        raise MessageTooLong(256 ** struct.calcsize(prefix) - 1) from None
