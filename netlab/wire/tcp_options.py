"""Дополнения заголовка TCP: вид, длина, содержимое (RFC 9293, 3.1)."""

from __future__ import annotations

from netlab.wire.header import Field

END, NOTHING = 0, 1
KINDS = {
    2: ("tcp.options.mss", "самый большой сегмент (MSS)", "Больше в одном сегменте не присылай."),
    3: ("tcp.options.wscale", "множитель окна", "На сколько умножать поле «окно» (RFC 7323)."),
    4: ("tcp.options.sack_perm", "умею SACK", "Смогу назвать уже полученные куски (RFC 2018)."),
    5: ("tcp.options.sack", "SACK", "Какие куски уже получены (RFC 2018)."),
    8: ("tcp.options.timestamp", "отметки времени", "По ним мерят время в пути (RFC 7323)."),
}  # fmt: skip
SIZES = {2: 4, 3: 3, 4: 2, 8: 10}


def read_options(frame: bytes, start: int) -> list[Field]:
    """Читает дополнения от start до конца frame: там кончается заголовок."""
    fields: list[Field] = []
    at = start
    while at < len(frame):
        kind = frame[at]
        if kind in (END, NOTHING):
            name, title = (
                ("eol", "конец дополнений") if kind == END else ("nop", "для ровного счёта")
            )
            size = 1 if kind == NOTHING else len(frame) - at
            fields.append(Field(f"tcp.options.{name}", title, at * 8, size * 8, "", 0))
            at += size
            continue
        size = frame[at + 1] if at + 1 < len(frame) else 0
        problem = ""
        if size < 2 or at + size > len(frame) or size != SIZES.get(kind, size):
            problem = "Такой длины здесь быть не может."
            size = len(frame) - at
        name, title, about = KINDS.get(kind, ("tcp.options.unknown", f"дополнение {kind}", ""))
        body = frame[at + 2 : at + size]
        number = int.from_bytes(body) if len(body) <= 2 else 0
        shown = shown_option(kind, body, number) if not problem else body.hex(" ")
        fields.append(Field(name, title, at * 8, size * 8, shown, number, about, problem))
        at += size
    return fields


def shown_option(kind: int, body: bytes, number: int) -> str:
    """Показывает содержимое дополнения."""
    if kind == 3:
        return f"{number} — окно умножать на {1 << min(number, 14)}"
    if kind in (5, 8):
        words = [str(int.from_bytes(body[at : at + 4])) for at in range(0, len(body), 4)]
        return ", ".join(words)
    return str(number) if kind == 2 else body.hex(" ")
