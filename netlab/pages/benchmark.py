"""Таблица скорости: запись измерений урока (её формат описан в netlab/bench/record.py)."""

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from netlab.pages.errors import PageError
from netlab.pages.markup import escape, hidden, listed, scrolled_table, silent, tag
from netlab.pages.page import Page
from netlab.pages.shelf import Shelf, choice
from netlab.pages.terminal import command

NOTHING = "—"

Table = dict[str, Any]


def bench(shelf: Shelf, page: Page, lesson_name: str, part: str = "speed") -> str:
    """Показывает измерения: speed — таблицу серверов, backlog — опыт с очередью listen.

    Raises:
        PageError: записи нет, она не читается, или такой части в ней нет.
    """
    parts = {"speed": speed, "backlog": backlog}
    if part not in parts:
        raise PageError(f"части «{part}» у bench нет{choice(part, parts)}")
    lesson = shelf.lesson(lesson_name)
    where = f"snippets/{lesson.id}/records/bench.json"
    try:
        text = (lesson.folder / "records" / "bench.json").read_text(encoding="utf-8")
        kept = json.loads(text)
        return f"{command(kept['command'])}\n\n{parts[part](kept, page.anchor(f'bench-{part}'))}"
    except OSError:
        raise PageError(f"нет записи измерений {where}: выполните `make bench`.") from None
    except (ValueError, LookupError, TypeError, StopIteration):
        raise PageError(
            f"запись измерений {where} не читается: выполните `make bench` заново."
        ) from None


def speed(kept: Table, anchor: str) -> str:
    """Таблица серверов: медиана раундов, под ней отношение к эталону; ниже условия измерения."""
    columns = kept["columns"]
    rows = (
        tag(
            "tr",
            tag("th", escape(row["name"]), scope="row", title=row["what"]),
            *(cell(row["cells"][column["id"]], column["digits"]) for column in columns),
        )
        for row in kept["rows"]
    )
    inside = tag("thead", heads(columns)) + tag("tbody", *rows)
    table = scrolled_table(anchor, "Скорость эхо-серверов", inside, class_="lab-numbers")
    conditions = [escape(line) for line in (*kept["notes"], *absences(kept))]
    below = tag(
        "div", tag("p", escape(machine(kept))), listed(conditions), class_="lab lab-conditions"
    )
    return f"{table}\n\n{below}"


def machine(kept: Table) -> str:
    """Где измерено и как читать мелкие числа."""
    one = kept["machine"]
    reference = next(row["name"] for row in kept["rows"] if row["id"] == kept["reference"])
    return (
        f"{one['system']} {one['kernel']}, ядер: {one['cores']}, Python {one['python']}; "
        f"медиана раундов: {kept['rounds']}. "
        f"Мелкое число — отношение к «{reference}» в том же раунде."
    )


def heads(columns: list[Table]) -> str:
    """Две строки заголовков: общие и свои; столбец без общего занимает обе."""
    upper = [tag("th", "Сервер", scope="col", rowspan="2")]
    lower: list[str] = []
    for group, members in groupby(columns, key=lambda column: str(column["group"])):
        titles = [escape(column["title"]) for column in members]
        if group:
            upper.append(tag("th", escape(group), scope="colgroup", colspan=str(len(titles))))
            lower += [tag("th", title, scope="col") for title in titles]
        else:
            upper += [tag("th", title, scope="col", rowspan="2") for title in titles]
    return tag("tr", *upper) + tag("tr", *lower)


def cell(kept: Table, digits: int) -> str:
    """Клетка: медиана, отношение, а края раундов — в подсказке."""
    if "absent" in kept:
        return tag("td", silent(NOTHING), hidden(kept["absent"]), title=kept["absent"])
    edges = f"от {number(kept['low'], digits)} до {number(kept['high'], digits)}"
    ratio = "" if kept["ratio"] is None else " " + tag("small", number(kept["ratio"], 2))
    return tag("td", number(kept["median"], digits), ratio, title=edges)


def absences(kept: Table) -> Iterator[str]:
    """Почему где-то нет чисел: по строке на сервер."""
    for row in kept["rows"]:
        reasons = dict.fromkeys(one["absent"] for one in row["cells"].values() if "absent" in one)
        if reasons:
            yield f"«{NOTHING}» у {row['name']}: {', '.join(reasons)}."


def backlog(kept: Table, anchor: str) -> str:
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


def number(value: float, digits: int) -> str:
    """Пишет число по-русски: запятая, неразрывный пробел между тысячами."""
    return f"{value:,.{digits}f}".replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")
