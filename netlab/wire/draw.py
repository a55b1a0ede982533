"""Рисунок разговора во времени: два хоста, между ними сегменты, по краям вызовы.

Время идёт вниз, каждому событию — строка. Рисунок узкий, как экран телефона; подпись вызова не
мешает стрелкам, потому что строки у них разные.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from netlab.wire.segment import Segment
from netlab.wire.talk import Act, Call, Talk

WIDTH = 340
LEFT, RIGHT = 12, 328
HEAD = 34
TALL, LOW = 28, 17
"""Высота строки со стрелкой и со словами."""
PAUSE = 0.15
"""Тишина, которую стоит показать, секунд."""
AT_ONCE = 0.02
"""Вызов короче этого никого не ждал."""
DATA_SHOWN = 22


@dataclass(frozen=True)
class Row:
    """Строка рисунка: когда, сколько занимает и что в ней."""

    at: float
    height: int
    segment: Segment | None = None
    side: str = ""
    text: str = ""
    kind: str = ""
    call: int = -1


def rows(talk: Talk) -> list[Row]:
    """Расставляет события по времени."""
    found = [Row(one.at, LOW if one.is_bare_ack else TALL, one) for one in talk.segments]
    home = "left" if talk.home < talk.peers else "right"
    away = "right" if home == "left" else "left"
    for number, call in enumerate(talk.calls):
        found += call_rows(call, number, home, talk.segments)
    for act in talk.acts:
        side = home if act.who == "программа" else away
        found.append(Row(act.at, LOW, side=side, text=told(act), kind="act"))
    found.sort(key=lambda row: row.at)
    return list(with_pauses(found))


def call_rows(call: Call, number: int, side: str, sequence: Sequence[Segment]) -> Iterator[Row]:
    """Вызов — одна строка, а если он ждал, то две: начало и конец."""
    written = f"{call.name}({', '.join(call.args)})"
    outcome = call.error or ("" if call.result in ("None", "") else f"→ {call.result}")
    kind = "call error" if call.error else "call"
    end = call.end
    waited = end is None or any(call.begin < one.at < end for one in sequence)
    if not waited and end is not None and end - call.begin < AT_ONCE:
        yield Row(call.begin, LOW, side=side, text=f"{written} {outcome}".strip(), kind=kind)
        return
    yield Row(call.begin, LOW, side=side, text=written, kind="call", call=number)
    if end is not None:
        yield Row(end, LOW, side=side, text=outcome or "→", kind=kind, call=number)


def with_pauses(found: Sequence[Row]) -> Iterator[Row]:
    """Вставляет строки о тишине."""
    before = None
    for row in found:
        if before is not None and row.at - before > PAUSE:
            seconds = f"{row.at - before:.1f}".replace(".", ",")
            yield Row(row.at, LOW, text=f"тишина {seconds} с", kind="pause")
        yield row
        before = row.at


def told(act: Act) -> str:
    """Поступок словами; кто из клиентов, видно по имени."""
    return (
        act.what
        if act.who in ("программа", "сервер", "собеседник", "")
        else f"{act.who}: {act.what}"
    )


def label(one: Segment) -> str:
    """Что написано над стрелкой."""
    if one.protocol != "tcp":
        return f"{one.protocol.upper()}: {one.words}" if one.words else one.protocol.upper()
    if one.is_bare_ack:
        return f"ACK {one.ack}"
    flags = [name for name in one.flags if name in ("SYN", "FIN", "RST")]
    if "SYN" in flags and "ACK" in one.flags:
        flags.append("ACK")
    parts = [", ".join(flags)] if flags else []
    if one.data:
        shown = repr(one.data[:DATA_SHOWN])[2:-1] + ("…" if len(one.data) > DATA_SHOWN else "")
        parts.append(f"{len(one.data)} Б: {shown}")
    return " + ".join(parts)


def conversation(talk: Talk, anchor: str) -> str:
    """Рисует разговор: SVG, у которого есть название и пересказ."""
    sequence = rows(talk)
    height = HEAD + sum(row.height for row in sequence) + 8
    parts = [
        f'<line class="life" x1="{LEFT}" x2="{LEFT}" y1="{HEAD - 6}" y2="{height}"/>',
        f'<line class="life" x1="{RIGHT}" x2="{RIGHT}" y1="{HEAD - 6}" y2="{height}"/>',
    ]
    left, right = sorted((talk.home, talk.peers))
    parts.append(f'<text class="host" x="2" y="12">А, {left}</text>')
    parts.append(f'<text class="host end" x="{WIDTH - 2}" y="12">Б, {right}</text>')
    at = HEAD
    begun: dict[int, int] = {}
    for row in sequence:
        at += row.height
        if row.segment is not None:
            parts.append(arrow(row.segment, at - 5, left))
        else:
            parts.append(words(row, at - 5))
        if row.call >= 0 and row.call in begun:
            parts.append(bar(row.side, begun[row.call], at - 5))
        elif row.call >= 0:
            begun[row.call] = at - 9
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" class="talk" id="{anchor}">'
        + "".join(parts) + "</svg>"
    )  # fmt: skip


def arrow(one: Segment, y: int, left: str) -> str:
    """Стрелка сегмента и подпись над ней."""
    forward = one.source == left or (one.source.endswith(":0a") and one.protocol != "tcp")
    x1, x2 = (LEFT, RIGHT) if forward else (RIGHT, LEFT)
    tip = x2 - 6 if forward else x2 + 6
    kind = "ack" if one.is_bare_ack else "rst" if "RST" in one.flags else "segment"
    head = f"M{tip} {y - 3.5}L{x2} {y}L{tip} {y + 3.5}"
    return (
        f'<g class="{kind}" data-frame="{one.number}"><path d="M{x1} {y}H{x2}"/><path d="{head}"/>'
        f'<text x="{WIDTH // 2}" y="{y - 4}">{escape(label(one))}</text></g>'
    )


def words(row: Row, y: int) -> str:
    """Подпись вызова или поступка у своего края."""
    if row.kind == "pause":
        return f'<text class="pause" x="{WIDTH // 2}" y="{y}">{escape(row.text)}</text>'
    x = LEFT + 8 if row.side == "left" else RIGHT - 8
    end = "" if row.side == "left" else " end"
    return f'<text class="{row.kind}{end}" x="{x}" y="{y}">{escape(row.text)}</text>'


def bar(side: str, top: int, bottom: int) -> str:
    """Отрезок, пока вызов не вернулся."""
    x = LEFT - 3 if side == "left" else RIGHT - 3
    return f'<rect class="waits" x="{x}" y="{top}" width="6" height="{bottom - top}"/>'
