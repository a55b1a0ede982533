"""Рисунок вызовов программы строка за строкой: слева время и соединения, справа сами вызовы."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from netlab.report import BOLD, DIM, RED, RESET, WIDTH

NOTICEABLE = 0.1
"""Вызов дольше стольких секунд ждал: он занимает две строки, начало и конец."""
LANES = 8
"""Соединений, которые видны порознь; остальным достаётся последний столбец."""
NOW, WAITING, OPEN, EMPTY = "●", "┃", "┊", " "
OPENS = ("accept", "connect", "connect_ex")
SENDS = ("send", "sendall", "sendto")
RECEIVES = ("recv", "recv_into", "recvfrom", "recvmsg")


@dataclass
class Pending:
    """Вызов, который ещё не вернулся."""

    event: Mapping[str, Any]
    lane: int
    shown: bool = False


class Diagram:
    """Вызовы программы по столбцам: нулевой — пока соединения нет, дальше по одному на каждое.

    began — секунды от 1970 года, с них начинается счёт времени.
    """

    def __init__(self, began: float, colour: bool = False) -> None:
        self._began = self._drawn = began
        self._colour = colour
        self._pending: dict[int, Pending] = {}
        self._lanes: dict[int, int] = {}
        """Порт того, кто открыл соединение, -> столбец."""
        self._labels: dict[int, str] = {}
        """Тот же порт -> как назвать другую сторону."""

    def lines(self, event: Mapping[str, Any]) -> Iterator[str]:
        """Выдаёт строки об этом докладе лаунчера; о коротком вызове — когда он вернулся."""
        if event.get("call") == "begin":
            lane = self._lanes.get(event["port"], 0)
            self._pending[event["number"]] = Pending(event, lane)
        elif event.get("call") == "done" and event["number"] in self._pending:
            yield from self._ended(self._pending.pop(event["number"]), event)

    def overdue(self, now: float) -> Iterator[str]:
        """Выдаёт начала вызовов, которые к этому времени затянулись."""
        for pending in self._pending.values():
            if not pending.shown and now - pending.event["at"] >= NOTICEABLE:
                yield from self._waits(pending)

    def _waits(self, pending: Pending) -> Iterator[str]:
        pending.shown = True
        begin = pending.event
        at, text = begin["at"] + NOTICEABLE, f"{asked(begin)} ждёт…"
        yield from self._row(at, pending.lane, begin["port"], text, WAITING)

    def _ended(self, pending: Pending, done: Mapping[str, Any]) -> Iterator[str]:
        begin, port = pending.event, done["port"]
        if done["at"] - begin["at"] >= NOTICEABLE and not pending.shown:
            yield from self._waits(pending)
        if port and port not in self._lanes and not done.get("error") and begin["name"] != "close":
            self._open(begin, port)
        waited = done["at"] - begin["at"]
        text = answered(begin, done)
        if pending.shown:
            text += f", ждал {decimal(waited, 1)} с"
        lane = self._lanes.get(port, 0)
        yield from self._row(done["at"], lane, port, text, NOW, bool(done.get("error")))
        if begin["name"] == "close" and port:
            self._lanes.pop(port, None)

    def _open(self, begin: Mapping[str, Any], port: int) -> None:
        """Отводит новому соединению столбец: свободный, а если их нет — последний."""
        taken = set(self._lanes.values())
        free = (lane for lane in range(1, LANES) if lane not in taken)
        self._lanes[port] = next(free, LANES)
        if port not in self._labels or begin["name"] in OPENS:
            self._labels[port] = f":{other_port(begin, port)} "

    def _row(
        self, at: float, lane: int, port: int, text: str, mark: str, failed: bool = False
    ) -> Iterator[str]:
        """Рисует строку: время, столбцы, другая сторона и вызов."""
        cells = [OPEN if one in self._lanes.values() else EMPTY for one in range(LANES + 1)]
        cells[0] = EMPTY
        for pending in self._pending.values():
            if pending.shown:
                cells[pending.lane] = WAITING
        rails = " ".join(cells).rstrip()
        cells[lane] = mark
        drawn = " ".join(cells).rstrip()
        width = 2 * (max([lane, *self._lanes.values()], default=0) + 1)
        label = self._labels.get(port, "")
        # Доклады потоков приходят чуть не по порядку.
        self._drawn = max(self._drawn, at)
        clock = f"{decimal(self._drawn - self._began, 3):>8}  "
        room = WIDTH - len(clock) - width - len(label)
        first, *rest = textwrap.wrap(text, room) or [""]
        paint = RED if failed else ""
        yield (
            self._paint(DIM, clock) + f"{drawn:<{width}}" + self._paint(BOLD, label)
            + self._paint(paint, first)
        )  # fmt: skip
        for line in rest:
            yield " " * len(clock) + f"{rails:<{width}}" + " " * len(label) + line

    def _paint(self, colour: str, text: str) -> str:
        return f"{colour}{text}{RESET}" if self._colour and colour and text else text


def asked(begin: Mapping[str, Any]) -> str:
    """Пишет вызов, пока ответа нет; стрелка показывает, куда идут байты."""
    name, given = begin["name"], ", ".join(begin["args"])
    if name in SENDS:
        return f"{name} {given} →"
    return f"{'← ' if name in RECEIVES else ''}{name}({given})"


def answered(begin: Mapping[str, Any], done: Mapping[str, Any]) -> str:
    """Пишет вызов и его ответ или исключение."""
    name, written, result = begin["name"], asked(begin), done.get("result", "None")
    if done.get("error"):
        return f"{written}: {done['error']}"
    if result == "None":
        return written
    if name in SENDS:
        return f"{written} взято {result}"
    if name == "recv" and result == "b''":
        return f"{written} b'': конец потока"
    return f"{written} {result}" if name in RECEIVES else f"{written} → {result}"


def other_port(begin: Mapping[str, Any], port: int) -> int:
    """Узнаёт порт другой стороны: у connect он в адресе, а к accept пришли с порта port."""
    if not begin["name"].startswith("connect"):
        return port
    try:
        return int(ast.literal_eval(begin["args"][0])[1])
    except (ValueError, SyntaxError, TypeError, IndexError):
        return port


def decimal(number: float, digits: int) -> str:
    """Пишет число с запятой."""
    return f"{number:.{digits}f}".replace(".", ",")
