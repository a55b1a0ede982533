"""Запись разговора в кадрах: захват, вызовы программы и поступки её собеседников.

Рядом с программой лежат два файла: сам захват (pcapng) и JSON с тем, чего в кадрах нет. Время и
случайные числа ядра в каждом запуске свои, поэтому при перезаписи сравнивают не байты, а смысл:
потоки, вызовы и порядок SYN, FIN и RST. То же самое — прежняя запись остаётся.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

from netlab.wire.frame import Frame
from netlab.wire.pcapng import CaptureFileError, read_capture, write_capture
from netlab.wire.segment import Segment, segments, streams

FORMAT = 1
BEGAN = 1_700_000_000
"""С этого времени начинается всякая запись: когда её сделали, читателю неважно."""
CORDS = {False: "шнур А", True: "loopback"}
"""Где захвачено; ключ — играет ли программа обе стороны сама."""
TURNS = ("SYN", "FIN", "RST")


class TalkError(Exception):
    """Записи нет или она не читается; текст говорит, что сделать."""


@dataclass(frozen=True)
class Call:
    """Вызов программы: begin и end — секунды от первого кадра; end None — не вернулся."""

    begin: float
    end: float | None
    name: str
    args: tuple[str, ...]
    result: str
    error: str
    port: int
    """Порт клиента, с которым говорят; 0 — соединения ещё нет."""
    here: int
    """Свой порт сокета; 0 — его ещё нет."""
    thread: str


@dataclass(frozen=True)
class Act:
    """Поступок собеседника."""

    at: float
    who: str
    what: str


@dataclass(frozen=True)
class Talk:
    """Разговор: кадры, вызовы, поступки и чем всё кончилось."""

    program: str
    scenario: str
    source: str
    """Хеш программы: изменилась она — устарела и запись."""
    home: str
    """Адрес программы."""
    peers: str
    frames: tuple[Frame, ...]
    calls: tuple[Call, ...]
    acts: tuple[Act, ...]

    @cached_property
    def segments(self) -> list[Segment]:
        """Кадры, разобранные для рисунка."""
        return segments(self.frames)

    @property
    def alone(self) -> bool:
        """Программа играет обе стороны сама, через loopback."""
        return self.home == self.peers


def hash_of(program: Path) -> str:
    """Считает хеш файла программы."""
    return hashlib.sha256(program.read_bytes()).hexdigest()[:16]


def write_talk(talk: Talk, place: Path) -> None:
    """Пишет place.pcapng и place.json."""
    place.parent.mkdir(exist_ok=True)
    file_of(place, "pcapng").write_bytes(write_capture(talk.frames, [CORDS[talk.alone]]))
    table = asdict(talk)
    del table["frames"]
    text = json.dumps({"format": FORMAT, **table}, ensure_ascii=False, indent=1) + "\n"
    file_of(place, "json").write_text(text, encoding="utf-8")


def read_talk(place: Path) -> Talk:
    """Читает разговор.

    Raises:
        TalkError: записи нет, или она испорчена.
    """
    try:
        table = json.loads(file_of(place, "json").read_text(encoding="utf-8"))
        frames = read_capture(file_of(place, "pcapng").read_bytes())
        del table["format"]
        calls = [Call(**{**one, "args": tuple(one["args"])}) for one in table.pop("calls")]
        acts = [Act(**one) for one in table.pop("acts")]
        return Talk(**table, frames=tuple(frames), calls=tuple(calls), acts=tuple(acts))
    except OSError:
        raise TalkError(f"Нет записи {place.name}: выполните под root `make record`.") from None
    except (ValueError, KeyError, TypeError, CaptureFileError):
        raise TalkError(
            f"Запись {place.name} испорчена: выполните под root `make record`."
        ) from None


def file_of(place: Path, extension: str) -> Path:
    """Файл записи: в имени сценария точка уже есть."""
    return place.with_name(f"{place.name}.{extension}")


def meaning(talk: Talk) -> dict[str, Any]:
    """Возвращает то, в чём две записи одного разговора обязаны совпасть."""
    sequence = talk.segments
    turns = [
        (one.source, one.source_port, name)
        for one in sequence
        for name in TURNS
        if name in one.flags
    ]
    return {
        "streams": {way: data for way, data in streams(sequence).items() if data},
        "turns": turns,
        "calls": {port: calls_of(talk, port) for port in {one.port for one in talk.calls}},
        "acts": [(one.who, one.what) for one in talk.acts],
    }


def calls_of(talk: Talk, port: int) -> list[tuple[str, tuple[str, ...], str]]:
    """Вызовы одного соединения; одинаковые подряд — за один: где ядро разрезало поток, неважно."""
    own = [(one.name, one.args, one.error) for one in talk.calls if one.port == port]
    return [call for call, _ in groupby(own)]


def differences(one: Talk, other: Talk) -> list[str]:
    """Называет, чем разговоры различаются по смыслу."""
    first, second = meaning(one), meaning(other)
    names = {
        "streams": "потоки",
        "turns": "порядок SYN, FIN и RST",
        "calls": "вызовы",
        "acts": "поступки",
    }
    return [names[key] for key in first if first[key] != second[key]]


def from_run(
    program: Path, scenario: str, home: str, peers: str, frames: Sequence[Frame],
    trace: Sequence[dict[str, Any]], acts: Sequence[tuple[float, str, str]],
) -> Talk:  # fmt: skip
    """Собирает разговор из того, что увидел стенд; времена — секунды от 1970 года."""
    began = frames[0].at
    shifted = tuple(Frame(BEGAN + one.at - began, one.data, one.cord) for one in frames)
    return Talk(
        program=program.name,
        scenario=scenario,
        source=hash_of(program),
        home=home,
        peers=peers,
        frames=shifted,
        calls=tuple(calls(trace, began)),
        acts=tuple(Act(round(at - began, 6), who, what) for at, who, what in acts),
    )


def calls(trace: Sequence[dict[str, Any]], began: float) -> list[Call]:
    """Соединяет начала вызовов с их концами."""
    done = {one["number"]: one for one in trace if one["call"] == "done"}
    found = []
    for one in trace:
        if one["call"] != "begin":
            continue
        end = done.get(one["number"], {})
        found.append(
            Call(
                begin=round(one["at"] - began, 6),
                end=round(end["at"] - began, 6) if end else None,
                name=one["name"],
                args=tuple(one["args"]),
                result=end.get("result", ""),
                error=end.get("error", ""),
                port=one["port"] or end.get("port", 0),
                here=one["here"] or end.get("here", 0),
                thread=one["thread"],
            )
        )
    return found
