"""Файл программы, загруженный как модуль: стенд зовёт его функции по одной и видит, чем кончилось.

Модуль живёт в своём процессе: зависшая или съевшая память функция стенду не страшна.
"""

from __future__ import annotations

import base64
import json
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from netlab.fork_server import ForkedProcess
from netlab.peers import patience
from netlab.peers.conversation import Conversation, Failed, shown
from netlab.program import Program

MISTAKES = {
    "ArithmeticError",
    "AssertionError",
    "AttributeError",
    "ImportError",
    "LookupError",
    "MemoryError",
    "NameError",
    "RecursionError",
    "SyntaxError",
    "TypeError",
}
"""Исключения, которыми Python говорит об ошибке в самой программе, а не о беде в сети."""


@dataclass(frozen=True)
class RemoteSocket:
    """Сокет, открытый внутри модуля; так его называют в аргументах вызова."""

    number: int


@dataclass(frozen=True)
class Shown:
    """Аргумент, который в записи показан иначе: путь во временной папке — одним именем."""

    value: Any
    text: str


class Module(Program):
    """Процесс, в котором загружен файл программы."""

    def __init__(
        self,
        process: subprocess.Popen[bytes] | ForkedProcess,
        channel: int,
        shown: str,
        name: str = "программа",
    ) -> None:
        self.name = name
        self.loaded = False
        self.outcomes: dict[int, dict[str, Any]] = {}
        self._numbers = iter(range(1, 1_000_000))
        super().__init__(process, channel, shown)

    def wait_loaded(self) -> bool:
        """Ждёт, пока файл не загрузится; False — не смог или не успел."""
        self.wait(lambda: self.loaded or not self.alive, patience.START)
        return self.loaded

    def open_socket(
        self,
        address: Any,
        *,
        kind: str = "SOCK_STREAM",
        timeout: float | None = None,
        buffers: int = 0,
    ) -> tuple[RemoteSocket, int]:
        """Соединяет в модуле новый сокет с address; возвращает его и его порт.

        Raises:
            Failed: модуль этого не сделал.
        """
        number = self._command(address=address, kind=kind, timeout=timeout, buffers=buffers)
        if not self.wait(lambda: number in self.outcomes or not self.alive):
            raise Failed("Сокет программы не открылся.", "соединение", self.last_words or "ничего")
        return RemoteSocket(number), int(self.outcomes[number]["port"])

    def close_socket(self, sock: RemoteSocket) -> bool:
        """Закрывает сокет внутри модуля; возвращает, забыл ли его модуль (gc.collect)."""
        number = self._command(closes=sock.number)
        self.wait(lambda: number in self.outcomes or not self.alive)
        return bool(self.outcomes.get(number, {}).get("forgotten"))

    def call(self, conversation: Conversation, function: str, *arguments: Any) -> Call:
        """Зовёт функцию и не ждёт её; чем кончилось, скажет Call."""
        written = ", ".join(as_written(argument) for argument in arguments)
        conversation.add(self.name, f">>> {function}({written})")
        number = self._command(
            function=function, arguments=[encoded(argument) for argument in arguments]
        )
        return Call(self, conversation, function, number)

    def _command(self, **command: Any) -> int:
        number = command["number"] = next(self._numbers)
        assert self.process.stdin is not None
        with suppress(OSError):  # процесса уже нет: об этом скажет ожидание
            self.process.stdin.write(json.dumps(command).encode() + b"\n")
            self.process.stdin.flush()
        return number

    def kill(self) -> None:
        assert self.process.stdin is not None
        with suppress(OSError):  # недосланное уже никому не нужно
            self.process.stdin.close()
        super().kill()

    def _note(self, event: dict[str, Any]) -> None:
        with self._changed:
            if event["call"] == "loaded":
                self.loaded = True
            elif event["call"] in ("connected", "closed", "returned"):
                self.outcomes[event["number"]] = event
        super()._note(event)


class Call:
    """Один вызов функции модуля."""

    def __init__(
        self, module: Module, conversation: Conversation, function: str, number: int
    ) -> None:
        self.module = module
        self.conversation = conversation
        self.function = function
        self._number = number
        self._told = False

    @property
    def over(self) -> bool:
        """Вызов чем-то кончился."""
        return self._number in self.module.outcomes

    @property
    def facts(self) -> dict[str, Any]:
        """Что о кончившемся вызове сообщил лаунчер: sends, recvs, sent, peak, allocated."""
        return self.module.outcomes[self._number]

    @property
    def raised(self) -> list[str]:
        """Имена класса исключения и его предков; у вернувшего значение — пусто."""
        return list(self.facts.get("raised", ())) if self.over else []

    def wait(self, seconds: float | None = None) -> bool:
        """Ждёт конца вызова; False — не кончился в срок или процесса больше нет."""
        module = self.module
        module.wait(lambda: self.over or module.spins or not module.alive, seconds)
        return self.over

    def bytes_value(self, seconds: float | None = None) -> bytes:
        """Ждёт значения и возвращает его; годятся только bytes.

        Raises:
            Failed: функция не вернулась, бросила исключение или вернула не bytes.
        """
        self._finish("bytes", seconds)
        if self.raised:
            raise Failed(f"{self.function} бросила исключение.", "bytes", self.exception)
        value = decoded(self.facts["value"])
        if not isinstance(value, bytes):
            raise Failed(f"{self.function} вернула не bytes.", "bytes", as_shown(value))
        return value

    def expect(self, expected: Any, why: str = "", seconds: float | None = None) -> None:
        """Ждёт ровно это значение.

        Raises:
            Failed: вернулось не оно или не вернулось ничего.
        """
        wanted = as_shown(expected)
        self._finish(wanted, seconds)
        if self.raised:
            raise Failed(f"{self.function} бросила исключение.", wanted, self.exception)
        value = decoded(self.facts["value"])
        if type(value) is not type(expected):
            kind = "None" if expected is None else type(expected).__name__
            raise Failed(f"{self.function} вернула не {kind}.", wanted, as_shown(value))
        if value != expected:
            raise Failed(why or f"{self.function} вернула не то.", wanted, as_shown(value))

    def expect_exception(
        self,
        why: str,
        *kinds: str,
        expected: str = "",
        seconds: float | None = None,
    ) -> str:
        """Ждёт исключения, которое говорит о беде в сети, и возвращает его текст.

        kinds — имена классов, из которых годится любой; без них — всякое исключение, кроме тех,
        которыми Python говорит об ошибке в самой программе.

        Raises:
            Failed: функция вернула значение, не вернулась или бросила не то исключение.
        """
        expected = expected or " или ".join(kinds) or "исключение"
        self._finish(expected, seconds, why)
        if not self.raised:
            raise Failed(why, expected, as_shown(decoded(self.facts["value"])))
        if MISTAKES & set(self.raised):
            raise Failed(f"{self.function} сломалась сама.", expected, self.exception)
        if kinds and not set(kinds) & set(self.raised):
            raise Failed(f"{self.function} бросила не то исключение.", expected, self.exception)
        return str(self.facts["text"])

    def outcome(self, expected: str, why: str = "", seconds: float | None = None) -> list[str]:
        """Ждёт конца вызова и возвращает raised; значение, каким бы ни было, в запись не идёт.

        Raises:
            Failed: функция не вернулась.
        """
        self._finish(expected, seconds, why, returned="функция вернулась")
        return self.raised

    @property
    def exception(self) -> str:
        """Исключение так, как его пишет последняя строка трассировки."""
        name, text = self.raised[0], self.facts["text"]
        if name == "RecursionError":
            # Конец этого сообщения у версий Python разный.
            text = "maximum recursion depth exceeded"
        if name == "error":
            name = "struct.error"
            if "out of range" in text or "format requires" in text:
                # И это говорят по-разному.
                text = "'H' format requires 0 <= number <= 65535"
        if name == "TimeoutError":
            # Что вышло раньше, свой срок или таймаут сокета, решает случай, а сказано то же самое.
            text = ""
        return f"{name}: {text}" if text else name

    def _finish(
        self, expected: str, seconds: float | None, why: str = "", returned: str = ""
    ) -> None:
        if not self.wait(seconds):
            raise self._unfinished(expected, why)
        if not self._told:
            self._told = True
            told = (
                f"исключение {self.exception}"
                if self.raised
                else returned or f"вернула {as_shown(decoded(self.facts['value']))}"
            )
            self.conversation.add(self.module.name, told)

    def _unfinished(self, expected: str, why: str) -> Failed:
        code = self.module.wait_exit(patience.DYING)
        if code is None:
            # Вернуться она не вернулась, а почему, видно только у той, что читает b''.
            doing = "снова и снова читает b''" if self.module.spins else "всё ещё не вернулась"
            self.conversation.add(self.module.name, doing)
            return Failed(
                why or f"{self.function} не вернулась.", expected, "ничего: функция " + doing
            )
        words = self.module.last_words
        self.conversation.add(self.module.name, f"завершилась с кодом {code}")
        return Failed(f"Программа завершилась с кодом {code}.", expected, words or "ничего")


def as_written(argument: Any) -> str:
    """Пишет аргумент так, как его написал бы программист."""
    if isinstance(argument, RemoteSocket):
        return "sock"
    if isinstance(argument, Shown):
        return argument.text
    if isinstance(argument, bytes):
        return shown(argument)
    if isinstance(argument, (bytearray, memoryview)):
        items = argument.format if isinstance(argument, memoryview) else "B"
        cast = "" if items == "B" else f".cast({items!r})"
        return f"{type(argument).__name__}({shown(bytes(argument))}){cast}"
    return repr(argument)


def as_shown(value: Any) -> str:
    """Показывает значение; длинные байты — началом и длиной."""
    if isinstance(value, bytearray):
        return f"bytearray({shown(bytes(value))})"
    return shown(value) if isinstance(value, bytes) else repr(value)


def encoded(argument: Any) -> Any:
    """Пишет аргумент в JSON для лаунчера."""
    if isinstance(argument, Shown):
        argument = argument.value
    if isinstance(argument, RemoteSocket):
        return {"socket": argument.number}
    if isinstance(argument, (bytes, bytearray, memoryview)):
        written = {"bytes": base64.b64encode(argument).decode(), "as": type(argument).__name__}
        return written | ({"items": argument.format} if isinstance(argument, memoryview) else {})
    return argument


class Foreign:
    """Значение, которого JSON не передал: известно только, как оно выглядит."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def decoded(value: Any) -> Any:
    """Читает значение, которое прислал лаунчер; байты других типов остаются собой."""
    if not isinstance(value, dict):
        return value
    if "items" in value:
        return tuple(decoded(item) for item in value["items"])
    if "bytes" in value:
        data = base64.b64decode(value["bytes"])
        return bytearray(data) if value["as"] == "bytearray" else data
    return Foreign(value["repr"])
