"""Рисунок разговора во времени: два хоста, между ними сегменты, по краям вызовы.

Время идёт вниз, и каждому событию отведена строка, поэтому подписи не мешают стрелкам, а рисунок
узок, как экран телефона. Те же строки читаются и словами: told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from netlab.namespaces import A, B
from netlab.wire.segment import Ends, Segment
from netlab.wire.talk import Act, Call, Talk

WIDTH = 360
LEFT, MIDDLE, RIGHT = 14, 180, 346
INDENT = 10
"""От линии хоста до подписи вызова."""
HEAD = 40
TALL, LOW = 30, 18
"""Высота строки со стрелкой и со словами."""
PAUSE = 0.15
"""Тишина, которую стоит показать, секунд."""
AT_ONCE = 0.02
"""Вызов короче этого никого не ждал."""
DATA_SHOWN, WORDS_SHOWN = 26, 46
CALLS = {"→": "sendall", "←": "recv →"}
"""Что сделал собеседник, по первому знаку его реплики."""
PEERS = ("программа", "сервер", "собеседник", "")


@dataclass(frozen=True)
class Row:
    """Строка рисунка: когда, чья, что в ней; call — номер вызова, который ждёт."""

    at: float
    segment: Segment | None = None
    left: bool = True
    text: str = ""
    kind: str = ""
    call: int = -1

    @property
    def height(self) -> int:
        """Сколько места строка занимает."""
        arrow = self.segment is not None and not self.segment.is_bare_ack
        return TALL if arrow else LOW


class Scene:
    """Разговор, разложенный по сторонам: кто слева, кто справа и которое соединение которое."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        began: dict[Ends, int] = {}
        for one in talk.segments:
            if one.source_port:
                began.setdefault(one.stream, one.source_port)
        self.clients = list(began.values())
        self.streams: list[Ends] = list(began)

    @property
    def heads(self) -> tuple[str, str, str, str]:
        """Кто слева и справа и где они."""
        if self.talk.alone:
            return "клиент", "loopback", "сервер", "loopback"
        peers = "клиенты" if len(self.streams) > 1 else self.peer
        home = self.talk.program
        names = (home, peers) if self.talk.home == A.ipv4 else (peers, home)
        return names[0], f"А, {A.ipv4}", names[1], f"Б, {B.ipv4}"

    @property
    def peer(self) -> str:
        """Как зовут собеседника."""
        names = [act.who for act in self.talk.acts if act.who not in ("программа", "")]
        return names[0] if names else "собеседник"

    def mark(self, port: int) -> str:
        """Номер соединения с этим портом клиента; оно одно — номер не нужен."""
        if len(self.clients) < 2 or port not in self.clients:
            return ""
        return chr(ord("①") + self.clients.index(port)) + " "

    def mark_of(self, one: Segment) -> str:
        """Номер соединения, к которому относится сегмент."""
        return self.mark(self.clients[self.streams.index(one.stream)]) if one.source_port else ""

    def is_left(self, call: Call) -> bool:
        """Говорит, что вызов сделан слева."""
        if not self.talk.alone:
            return self.talk.home == A.ipv4
        return call.here in self.clients or (not call.here and call.name.startswith("connect"))

    def place(self, address: str, port: int) -> int:
        """Где на рисунке конец стрелки; кто не А и не Б, тот посередине."""
        if self.talk.alone:
            return LEFT if port in self.clients else RIGHT
        return {A.ipv4: LEFT, A.mac: LEFT, B.ipv4: RIGHT, B.mac: RIGHT}.get(address, MIDDLE)

    @property
    def has_middle(self) -> bool:
        """Говорит, что маршрутизатор не только переслал, но и сказал что-то сам."""
        return any(self.place(one.source, one.source_port) == MIDDLE for one in self.talk.segments)

    def rows(self) -> list[Row]:
        """Расставляет события по времени."""
        found = [Row(one.at, one) for one in self.talk.segments]
        for number, call in enumerate(self.talk.calls):
            found += self._call_rows(call, number)
        home = self.talk.alone or self.talk.home == A.ipv4
        for act in self.talk.acts:
            left = home if act.who in ("программа", "") else not home
            found.append(Row(act.at, left=left, text=deed(act), kind="act"))
        found.sort(key=lambda row: row.at)
        return list(with_pauses(found))

    def _call_rows(self, call: Call, number: int) -> Iterator[Row]:
        """Вызов — одна строка, а если он ждал, то две: начало и конец."""
        mark = self.mark(call.port or call.here)
        written = shortened(f"{mark}{call.name}({', '.join(call.args)})")
        outcome = call.error or ("" if call.result in ("None", "") else f"→ {call.result}")
        kind = "call error" if call.error else "call"
        left, end = self.is_left(call), call.end
        waited = end is None or any(call.begin < one.at < end for one in self.talk.segments)
        if not waited and end is not None and end - call.begin < AT_ONCE:
            text = shortened(f"{written} {outcome}".strip())
            yield Row(call.begin, left=left, text=text, kind=kind)
            return
        yield Row(call.begin, left=left, text=written, kind="call", call=number)
        if end is not None:
            text = f"{mark}{call.name} {outcome}" if outcome else f"{mark}{call.name} вернулся"
            yield Row(end, left=left, text=shortened(text), kind=kind, call=number)


def with_pauses(found: Sequence[Row]) -> Iterator[Row]:
    """Вставляет строки о тишине."""
    before = None
    for row in found:
        if before is not None and row.at - before > PAUSE:
            seconds = f"{row.at - before:.1f}".replace(".", ",")
            yield Row(row.at, text=f"тишина {seconds} с", kind="pause")
        yield row
        before = row.at


def deed(act: Act) -> str:
    """Поступок словами; кто из клиентов, видно по имени."""
    sign, _, rest = act.what.partition(" ")
    what = act.what
    if act.who != "программа" and sign in CALLS:
        what = f"sendall({rest})" if sign == "→" else f"{CALLS[sign]} {rest}"
    return shortened(what if act.who in PEERS else f"{act.who}: {what}")


def shortened(text: str) -> str:
    """Обрезает то, что не поместится в строку."""
    return text if len(text) <= WORDS_SHOWN else text[: WORDS_SHOWN - 1] + "…"


def label(one: Segment) -> str:
    """Что написано над стрелкой."""
    if one.protocol != "tcp":
        return f"{one.protocol.upper()}: {one.words}" if one.words else one.protocol.upper()
    if one.is_bare_ack:
        return f"ACK {one.ack}" if one.window else f"ACK {one.ack}, окно 0"
    flags = [name for name in one.flags if name in ("SYN", "FIN", "RST")]
    if "SYN" in flags and "ACK" in one.flags:
        flags.append("ACK")
    parts = [", ".join(flags)] if flags else []
    if one.data:
        parts.append(f"{len(one.data)} Б: {beginning(one.data)}")
    return " + ".join(parts)


def beginning(data: bytes) -> str:
    """Показывает столько первых байт, сколько поместится: \\x00 шире буквы."""
    shown = repr(data)[2:-1]
    if len(shown) <= DATA_SHOWN:
        return shown
    count = DATA_SHOWN
    while len(repr(data[:count])) - 3 > DATA_SHOWN:
        count -= 1
    return repr(data[:count])[2:-1] + "…"


# ---------------------------------------------------------------- рисунок


def conversation(talk: Talk, title: str) -> str:
    """Рисует разговор: SVG с названием title."""
    scene = Scene(talk)
    sequence = scene.rows()
    height = HEAD + sum(row.height for row in sequence) + 10
    bars, events = [], []
    at, begun = HEAD, dict[int, int]()
    for row in sequence:
        at += row.height
        y = at - 6
        events.append(arrow(scene, row.segment, y) if row.segment else words(row, y))
        if row.call in begun:
            bars.append(bar(row.left, begun.pop(row.call), y - 4))
        elif row.call >= 0:
            begun[row.call] = y - 4
    # Кто не дождался, ждёт до конца рисунка.
    sides = {number: scene.is_left(call) for number, call in enumerate(talk.calls)}
    bars += [bar(sides[number], top, height) for number, top in begun.items()]
    drawn = "".join([f"<title>{escape(title)}</title>", *heads(scene, height), *bars, *events])
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img">{drawn}</svg>'


def heads(scene: Scene, height: int) -> Iterator[str]:
    """Имена хостов и линии под ними."""
    left, left_place, right, right_place = scene.heads
    for x, end, name, place in ((4, "", left, left_place), (WIDTH - 4, " end", right, right_place)):
        yield f'<text class="host{end}" x="{x}" y="13">{escape(name)}</text>'
        yield f'<text class="place{end}" x="{x}" y="27">{escape(place)}</text>'
    lines = [LEFT, RIGHT]
    if scene.has_middle:
        lines.append(MIDDLE)
        yield f'<text class="place middle" x="{MIDDLE}" y="13">маршрутизатор</text>'
    for x in lines:
        kind = "life far" if x == MIDDLE else "life"
        yield f'<path class="{kind}" d="M{x} {HEAD - 6}V{height}"/>'


def arrow(scene: Scene, one: Segment, y: int) -> str:
    """Стрелка сегмента и подпись над ней."""
    x1, x2 = scene.place(one.source, one.source_port), scene.place(one.target, one.target_port)
    whole = {x1, x2} == {LEFT, RIGHT}
    right = x1 < x2
    step = 6 if right else -6
    # Отрезок ожидания толще линии хоста: стрелка начинается и кончается у его края.
    x1, x2 = (x1 + 4, x2 - 4) if right else (x1 - 4, x2 + 4)
    kind = "ack" if one.is_bare_ack else "reset" if "RST" in one.flags else "segment"
    kind += " data" if one.data else ""
    text = escape(scene.mark_of(one) + label(one))
    at = f'x="{MIDDLE}"' if whole else f'class="start" x="{min(x1, x2) + INDENT - 4}"'
    return (
        f'<g class="{kind}" data-frame="{one.number}">'
        f'<path d="M{x1} {y}H{x2}m{-step} -4l{step} 4l{-step} 4"/>'
        f'<text {at} y="{y - 5}">{text}</text></g>'
    )


def words(row: Row, y: int) -> str:
    """Подпись вызова или поступка у своего края."""
    if row.kind == "pause":
        return f'<text class="pause" x="{MIDDLE}" y="{y}">{escape(row.text)}</text>'
    x, end = (LEFT + INDENT, "") if row.left else (RIGHT - INDENT, " end")
    return f'<text class="{row.kind}{end}" x="{x}" y="{y}">{escape(row.text)}</text>'


def bar(left: bool, top: int, bottom: int) -> str:
    """Отрезок, пока вызов не вернулся."""
    x = (LEFT if left else RIGHT) - 3
    return f'<rect class="waits" x="{x}" y="{top}" width="6" height="{bottom - top}"/>'


# ---------------------------------------------------------------- словами


def told(talk: Talk) -> Iterable[str]:
    """Пересказывает рисунок строка за строкой."""
    scene = Scene(talk)
    left, _, right, _ = scene.heads
    names: Callable[[int], str] = {LEFT: left, MIDDLE: "маршрутизатор", RIGHT: right}.__getitem__
    for row in scene.rows():
        if row.segment:
            one = row.segment
            ends = (
                names(scene.place(one.source, one.source_port)),
                names(scene.place(one.target, one.target_port)),
            )
            yield f"{ends[0]} → {ends[1]}: {scene.mark_of(one)}{label(one)}"
        elif row.kind == "pause":
            yield row.text
        else:
            yield f"{left if row.left else right}: {row.text}"
