"""Числа измерений: таблицы и кривая по записи урока (её формат описан в netlab/bench/record.py)."""

import json
import textwrap
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from netlab.bench.record import absences, machine_words, number, size_words
from netlab.lesson import LessonProgram
from netlab.pages.chart import Axis, Line, chart
from netlab.pages.errors import PageError
from netlab.pages.markup import escape, hidden, listed, scrolled_table, silent, tag
from netlab.pages.page import Page
from netlab.pages.shelf import Shelf, choice
from netlab.pages.terminal import command

NOTHING = "—"
MILLISECONDS = (
    (1, "1 мс"), (10, "10 мс"), (100, "0,1 с"), (1000, "1 с"), (10_000, "10 с"), (100_000, "100 с"),
)  # fmt: skip

Table = dict[str, Any]
Part = Callable[[Shelf, Table, str], str]


def bench(shelf: Shelf, page: Page, lesson_name: str, part: str | None = None) -> str:
    """Показывает измерения урока: названную часть или первую.

    Raises:
        PageError: урок не измеряют, такой части нет, нет записи, или она не читается.
    """
    lesson = shelf.lesson(lesson_name)
    if lesson.id not in PARTS:
        raise PageError(f"урок «{lesson.id}» не измеряют{choice(lesson.id, PARTS)}")
    parts = PARTS[lesson.id]
    part = next(iter(parts)) if part is None else part
    if part not in parts:
        raise PageError(f"части «{part}» у bench нет{choice(part, parts)}")
    where = f"snippets/{lesson.id}/records/bench.json"
    try:
        text = (lesson.folder / "records" / "bench.json").read_text(encoding="utf-8")
        kept = json.loads(text)
        shown = parts[part](shelf, kept, page.anchor(f"bench-{part}"))
        return f"{command(kept['command'])}\n\n{shown}"
    except OSError:
        raise PageError(f"нет записи измерений {where}: выполните `make bench`.") from None
    except (ValueError, LookupError, TypeError, StopIteration):
        raise PageError(
            f"запись измерений {where} не читается: выполните `make bench` заново."
        ) from None


# ---------------------------------------------------------------- части


def servers(shelf: Shelf, kept: Table, anchor: str) -> str:
    """Таблица эхо-серверов."""
    return with_conditions(kept, kept, numbers(kept, anchor, "Скорость эхо-серверов", "Сервер"))


def backlog(shelf: Shelf, kept: Table, anchor: str) -> str:
    """Опыт с очередью: сколько клиентов дождались ответа и когда."""
    trial = kept["backlog"]
    if "absent" in trial:
        return tag("p", f"Очередь listen не измерена: {escape(trial['absent'])}.", class_="lab")
    titles = ("очередь", "ответ за первую секунду", "ответ всего", "последний ответ, с")
    rows = (
        tag(
            "tr",
            tag("th", tag("code", f"listen({row['listen']})"), scope="row"),
            tag("td", str(row["in_second"])),
            tag("td", str(row["greeted"])),
            tag("td", NOTHING if row["seconds"] is None else number(row["seconds"], 2)),
        )
        for row in trial["rows"]
    )
    head = tag("tr", *(tag("th", title, scope="col") for title in titles))
    file = trial["program"].rpartition("/")[2]
    return scrolled_table(
        anchor,
        f"{trial['clients']} клиентов разом приходят к {file}",
        tag("thead", head) + tag("tbody", *rows),
        class_="lab-numbers",
    )


def curve(shelf: Shelf, kept: Table, anchor: str) -> str:
    """График «время от размера»; под ним свёрнуты те же числа таблицей и условия."""
    table = kept["curve"]
    sizes = {one["id"]: one["title"] for one in table["columns"] if one["group"]}
    rows = [row for row in table["rows"] if "absent" not in row["cells"]["exponent"]]
    lines = [line_of(shelf.program(row["program"]), row, sizes) for row in rows]
    powers = [number(row["cells"]["exponent"]["median"], 1) for row in rows]
    growth = "; ".join(f"{line.name} {power}" for line, power in zip(lines, powers, strict=True))
    picture = chart(
        anchor,
        "Сколько времени уходит на страницу",
        " ".join(map(line_words, lines)),
        lines,
        Axis("размер страницы, МиБ", tuple((float(id), title) for id, title in sizes.items())),
        Axis("время", MILLISECONDS),
    )
    legend = f"Шкалы логарифмические. Время растёт как размер в степени: {escape(growth)}."
    below = conditions(tag("p", f"{legend} {measured(kept, table)}"))
    figures = numbers(table, f"{anchor}-numbers", "Время на страницу", "Загрузчик")
    folded = textwrap.indent(f"{figures}\n\n{conditions(notes(table))}", "    ")
    return f'{picture}\n\n{below}\n\n??? note "Те же числа таблицей"\n\n{folded}'


def line_of(program: LessonProgram, row: Table, sizes: Table) -> Line:
    """Линия одного загрузчика; миллисекунды от МиБ."""
    cells = row["cells"]
    measured = [size for size in sizes if "absent" not in cells[size]]
    return Line(
        program.title,
        tuple((float(size), cells[size]["median"]) for size in measured),
        "fails" if "linear" in program.fails else "cured",
        "" if len(measured) == len(sizes) else "дальше не ждали",
    )


def line_words(line: Line) -> str:
    """Линия словами."""
    (first, began), (last, ended) = line.points[0], line.points[-1]
    ending = f", {line.ending}" if line.ending else ""
    return (
        f"{line.name}: {number(first, 0)} МиБ за {milliseconds(began)}, "
        f"{number(last, 0)} МиБ за {milliseconds(ended)}{ending}."
    )


def milliseconds(value: float) -> str:
    """Пишет время коротко."""
    if value >= 1000:
        return f"{number(value / 1000, 1)} с"
    return f"{number(value, 0 if value >= 10 else 1)} мс"


def download(shelf: Shelf, kept: Table, anchor: str) -> str:
    """Таблица загрузчиков большого файла."""
    table = kept["download"]
    title = f"{size_words(table['mib'])} по HTTP в файл"
    return with_conditions(kept, table, numbers(table, anchor, title, "Программа"))


def transfer(shelf: Shelf, kept: Table, anchor: str) -> str:
    """Таблица передачи файла."""
    title = f"{size_words(kept['mib'])} от программы к программе"
    return with_conditions(kept, kept, numbers(kept, anchor, title, "Программы"))


PARTS: dict[str, dict[str, Part]] = {
    "echo": {"speed": servers, "backlog": backlog},
    "fetch": {"curve": curve, "download": download},
    "transfer": {"speed": transfer},
}
"""Что показывают у каждого урока; первая часть — без имени."""


# ---------------------------------------------------------------- таблица


def numbers(table: Table, anchor: str, caption: str, subject: str) -> str:
    """Таблица: медиана раундов, под ней отношение к эталону."""
    columns = table["columns"]
    rows = (
        tag(
            "tr",
            tag("th", escape(row["name"]), scope="row", title=row["what"]),
            *(cell(row["cells"][column["id"]], column["digits"]) for column in columns),
        )
        for row in table["rows"]
    )
    inside = tag("thead", heads(subject, columns)) + tag("tbody", *rows)
    return scrolled_table(anchor, caption, inside, class_="lab-numbers")


def heads(subject: str, columns: list[Table]) -> str:
    """Две строки заголовков: общие и свои; столбец без общего занимает обе.

    Если общих нет ни у кого, строка одна.
    """
    both = {"rowspan": "2"} if any(column["group"] for column in columns) else {}
    upper = [tag("th", escape(subject), scope="col", **both)]
    lower: list[str] = []
    for group, members in groupby(columns, key=lambda column: str(column["group"])):
        titles = [escape(column["title"]) for column in members]
        if group:
            upper.append(tag("th", escape(group), scope="colgroup", colspan=str(len(titles))))
            lower += [tag("th", title, scope="col") for title in titles]
        else:
            upper += [tag("th", title, scope="col", **both) for title in titles]
    return "".join(tag("tr", *row) for row in (upper, lower) if row)


def cell(kept: Table, digits: int) -> str:
    """Клетка: медиана, отношение, а края раундов — в подсказке."""
    if "absent" in kept:
        return tag("td", silent(NOTHING), hidden(kept["absent"]), title=kept["absent"])
    edges = f"от {number(kept['low'], digits)} до {number(kept['high'], digits)}"
    ratio = "" if kept["ratio"] is None else " " + tag("small", number(kept["ratio"], 2))
    return tag("td", number(kept["median"], digits), ratio, title=edges)


def with_conditions(kept: Table, table: Table, shown: str) -> str:
    """Таблица, а под ней — где и как измерено и почему чисел нет."""
    reference = next(row["name"] for row in table["rows"] if row["id"] == table["reference"])
    legend = f"Мелкое число — отношение к «{escape(reference)}» в том же раунде."
    return f"{shown}\n\n{conditions(tag('p', f'{measured(kept, table)} {legend}'), notes(table))}"


def conditions(*inside: str) -> str:
    """Мелкий текст под числами."""
    return tag("div", *inside, class_="lab lab-conditions")


def measured(kept: Table, table: Table) -> str:
    """Где и сколько раз измерено."""
    return f"{escape(machine_words(kept))}; медиана раундов: {table['rounds']}."


def notes(table: Table) -> str:
    """Условия измерения; почему где-то нет чисел."""
    return listed([escape(line) for line in (*table["notes"], *missing(table))])


def missing(table: Table) -> Iterator[str]:
    """Почему где-то нет чисел: по строке на программу."""
    for row in table["rows"]:
        if reasons := list(absences(row)):
            yield f"«{NOTHING}» у {row['name']}: {', '.join(reasons)}."
