"""Кадр под лупой: слои один в другом, поля и байты; остальные кадры захвата — рядом, в JSON.

Выбранный кадр сборка пишет целиком: он виден и без JavaScript, и на бумаге. Оживляет его
docs/assets/wire.js: он рисует той же разметкой любой кадр захвата. Названия и смысл полей в JSON
записаны по одному разу, поле кадра — короткий список.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from netlab.pages import downloads
from netlab.pages.errors import PageError
from netlab.pages.markup import escape, hidden, tag
from netlab.pages.page import Page
from netlab.pages.shelf import Shelf, choice
from netlab.wire.dissect import dissect
from netlab.wire.header import Field, Layer
from netlab.wire.segment import Segment
from netlab.wire.talk import Talk

ROW = 8
"""Байтов в строке: столько помещается и на телефоне."""
TALLEST = 16
"""Строк, под которые оставлено место; чего больше, то прокручивается внутри."""
FLAGS_IN_ROW = 40
"""Знаков в строке полей из одного бита: они стоят подряд."""
RFC = re.compile(r"RFC (\d+)")
WHOLE = ("data", "padding")
"""Слои без заголовка: просто байты."""


def frames(shelf: Shelf, page: Page, name: str, scenario: str, frame: str) -> str:
    """Показывает кадр захвата; frame — его номер, с единицы, как в Wireshark.

    Raises:
        PageError: программы, записи или кадра с таким номером нет.
    """
    program = shelf.program(name)
    talk = shelf.talk(program, scenario)
    numbers = [str(one.number) for one in talk.segments]
    if frame not in numbers:
        raise PageError(f"кадра «{frame}» в захвате «{scenario}» нет{choice(frame, numbers)}")
    number = int(frame)
    data = talk.frames[number - 1].data
    layers = dissect(data)
    anchor = page.anchor(f"frames-{program.path.stem}-{scenario}")
    return tag(
        "figure",
        tag("figcaption", caption(talk, number)),
        controls(talk, number),
        tag("div", boxes(layers), class_="lab-boxes"),
        tag(
            "div",
            tag("div", room(talk), *map(fields, layers), class_="lab-layers"),
            tag("div", table(data), class_="lab-bytes"),
            class_="lab-dissection",
        ),
        tag("p", role="status"),
        downloads.capture_note(program, scenario, page),
        tag("script", as_json(talk), type="application/json"),
        class_="lab lab-frames",
        id=anchor,
        data_wire="frames",
        # В поиске сотни байтов заслонили бы слова.
        data_search_exclude=True,
    )


# ---------------------------------------------------------------- подписи


def caption(talk: Talk, frame: int) -> str:
    """Что это за кадр и сколько их всего."""
    return tag("b", f"Кадр {frame} из {len(talk.frames)}") + " " + tag(
        "span", escape(told(talk.segments[frame - 1]))
    )  # fmt: skip


def told(segment: Segment) -> str:
    """Кадр одной строкой: кто кому и что."""
    if segment.words:
        return f"{segment.protocol.upper()}: {segment.words}"
    said = list(segment.flags)
    if segment.data:
        line = segment.data.partition(b"\r\n")[0].decode("utf-8", "backslashreplace")
        said = [line if line.isprintable() else f"байтов данных: {len(segment.data)}"]
    return f"{segment.source} → {segment.target}: {', '.join(said) or segment.protocol.upper()}"


def controls(talk: Talk, frame: int) -> str:
    """Кнопки и перечень кадров; без JavaScript их не видно."""
    choices = [
        tag("option", escape(f"{one.number}. {told(one)}"), value=str(one.number - 1),
            selected=one.number == frame)
        for one in talk.segments
    ]  # fmt: skip
    return tag(
        "div",
        tag("select", *choices, aria_label="Кадры захвата"),
        button("previous", "←", "Предыдущий кадр"),
        button("next", "→", "Следующий кадр"),
        button("peel", "Снять слой"),
        button("restore", "Вернуть"),
        class_="lab-frames-controls",
    )


def button(value: str, words: str, name: str = "") -> str:
    """Кнопка; name — её имя для слуха, если на ней один знак."""
    return tag("button", words, type="button", value=value, aria_label=name or False)


# ---------------------------------------------------------------- слои


def boxes(layers: tuple[Layer, ...]) -> str:
    """Рисует слои один в другом: «Заголовок | Данные»."""
    rest = layers[-1:] if layers[-1].name == "padding" else ()
    inside = layers[: len(layers) - len(rest)]
    drawn = tag("span", "Данные ", tag("small", "пусто"), class_="lab-box-data")
    for layer in reversed(inside):
        if layer.name in WHOLE:
            drawn = box_part(layer, "Данные", "lab-box-data")
            continue
        what, protocol = layer.title.rpartition(" ")[::2]
        header = box_part(layer, f"<i>Заголовок</i> {escape(protocol)}", "lab-box-header")
        if layer is inside[0]:
            drawn += "".join(box_part(one, "Довесок", "lab-box-data") for one in rest)
        drawn = tag("span", escape(what or protocol), class_="lab-box-name") + tag(
            "div", header, tag("div", drawn, class_="lab-box"), class_="lab-box-parts"
        )
    return tag("div", drawn, class_="lab-box")


def box_part(layer: Layer, words: str, class_: str) -> str:
    """Заголовок или данные на рисунке слоёв и сколько в них байтов."""
    return tag("span", words, " ", tag("small", f"{layer.size} Б"), class_=class_)


def fields(layer: Layer) -> str:
    """Перечисляет поля слоя."""
    return tag(
        "div",
        tag("p", tag("b", escape(layer.title)), " ", source(layer.source)),
        tag("p", escape(layer.problem), class_="lab-failed") if layer.problem else "",
        tag("ol", *(item(one) for one in layer.fields)),
    )


def item(one: Field) -> str:
    """Поле: название, значение, смысл. Поля из одного бита стоят в строку."""
    words = [tag("span", escape(one.title)), " ", tag("code", escape(shown(one)))]
    if one.problem:
        words += [" ", tag("small", escape(one.problem), class_="lab-failed")]
    if one.about:
        words += [" ", tag("small", escape(one.about))]
    bit = "bit" if one.size == 1 else False
    return tag("li", tag("span", *words, class_="lab-field"), class_=bit)


def shown(one: Field) -> str:
    """Значение поля, как оно стоит в списке."""
    return str(one.number) if one.size == 1 else one.value


def source(words: str) -> str:
    """Где слой описан; RFC — ссылкой."""
    number = RFC.fullmatch(words)
    if number is None:
        return escape(words)
    return tag("a", words, href=f"https://www.rfc-editor.org/rfc/rfc{number[1]}")


# ---------------------------------------------------------------- байты


def table(data: bytes) -> str:
    """Байты кадра, по восемь в строке: место первого, сами байты, они же буквами."""
    rows = []
    for start in range(0, len(data), ROW):
        part = data[start : start + ROW]
        cells = [tag("td", f"{byte:02x}") for byte in part]
        cells += [tag("td")] * (ROW - len(part))
        letters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        rows.append(
            tag(
                "tr",
                tag("th", str(start), scope="row"),
                *cells,
                tag("td", tag("samp", escape(letters))),
            )
        )
    return tag("table", tag("caption", hidden("Байты кадра")), tag("tbody", *rows))


def room(talk: Talk) -> str:
    """Распорка: столько строк, сколько занимает самый длинный слой или кадр захвата."""
    lines = 1
    for one in talk.frames:
        lines = max([lines, -(-len(one.data) // ROW), *map(lines_of, dissect(one.data))])
    return tag("div", "<br>" * min(lines, TALLEST), class_="lab-room", aria_hidden="true")


def lines_of(layer: Layer) -> int:
    """Сколько строк займёт слой: имя, поля и строки полей из одного бита."""
    flags = sum(len(one.title) + 5 for one in layer.fields if one.size == 1)
    return 1 + sum(one.size > 1 for one in layer.fields) - (-flags // FLAGS_IN_ROW)


# ---------------------------------------------------------------- JSON


@dataclass
class Dictionary:
    """Всё, что в захвате повторяется, по одному разу."""

    numbers: dict[tuple[str, ...], int] = field(default_factory=dict)

    def number(self, *entry: str) -> int:
        """Номер записи; новой — следующий."""
        return self.numbers.setdefault(entry, len(self.numbers))


def as_json(talk: Talk) -> str:
    """Записывает захват для wire.js.

    Слой — номер, первый байт, размер, поля, беда; поле — номер, первый бит, размер, значение, беда.
    Пустая беда не пишется.
    """
    known, layers = Dictionary(), Dictionary()
    described = []
    for frame, segment in zip(talk.frames, talk.segments, strict=True):
        tree = [
            trimmed(
                layers.number(layer.name, layer.title, layer.source),
                layer.start,
                layer.size,
                [
                    trimmed(
                        known.number(one.name, one.title, one.about),
                        one.start, one.size, shown(one), one.problem,
                    )
                    for one in layer.fields
                ],
                layer.problem,
            )
            for layer in dissect(frame.data)
        ]  # fmt: skip
        described.append([told(segment), frame.data.hex(), tree])
    content = {"fields": list(known.numbers), "layers": list(layers.numbers), "frames": described}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def trimmed(*entry: Any) -> list[Any]:
    """Список без пустого последнего."""
    return list(entry if entry[-1] else entry[:-1])
