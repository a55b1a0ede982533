"""Таблица урока: строки — свойства, столбцы — версии, клетки — из записей."""

from collections.abc import Iterator
from dataclasses import dataclass

from netlab.checks import Verdict
from netlab.lesson import Lesson, LessonProgram
from netlab.pages.errors import PageError
from netlab.pages.markup import escape, hidden, scrolled_table, silent, tag
from netlab.pages.page import Page, program_anchor, run_anchor
from netlab.pages.shelf import Shelf

CELLS = {
    "cured": ("✓", "вылечено", "вылечено этой версией"),
    "passed": ("✓", "выполнено", "выполнено"),
    "failed": ("✗", "не выполнено", "не выполнено"),
    "broken": ("✗", "сломано", "сломано этой версией"),
}
"""Состояние клетки: знак, слова в клетке (для слуха) и слова в легенде."""


@dataclass(frozen=True)
class Step:
    """Столбец таблицы: версия программы и вердикты о ней."""

    program: LessonProgram
    verdicts: dict[str, Verdict]

    def passed(self, required: bool) -> tuple[int, int]:
        """Считает, сколько обязательных (или остальных) свойств выполнено и сколько их всего."""
        chosen = [one for one in self.verdicts.values() if one.required is required]
        return sum(one.passed for one in chosen), len(chosen)


def steps(shelf: Shelf, lesson: Lesson) -> list[Step]:
    """Собирает столбцы.

    Raises:
        PageError: версий нет, или их записи сделаны по разным спискам свойств.
    """
    columns = [
        Step(program, {verdict.id: verdict for verdict in shelf.report(program).verdicts})
        for program in lesson.steps
        if program.audience == "student"
    ]
    if not columns:
        raise PageError(f"в {lesson.id}/lesson.toml нет ни одной версии: впишите хотя бы одну.")
    first = columns[0]
    for step in columns:
        if list(step.verdicts) != list(first.verdicts):
            raise PageError(
                f"записи {first.program.name} и {step.program.name} сделаны по разным спискам "
                f"свойств: выполните `make record` (или `python -m netlab record {lesson.id}`)."
            )
    return columns


def properties_table(shelf: Shelf, page: Page, lesson_name: str) -> str:
    """Рисует таблицу урока.

    Raises:
        PageError: нет урока или записи, или записи не подходят друг к другу.
    """
    lesson = shelf.lesson(lesson_name)
    columns = steps(shelf, lesson)
    heads = (column_head(page, step.program, number) for number, step in enumerate(columns))
    table = scrolled_table(
        page.anchor(f"table-{lesson.id}"),
        f"{lesson.title}: что умеет каждая версия",
        tag("thead", tag("tr", tag("th", "Свойство", scope="col"), *heads))
        + body(page, columns, True)
        + body(page, columns, False),
        class_="lab-properties",
        data_lesson=lesson.id,
    )
    return f"{table}\n\n{legend()}"


def column_head(page: Page, program: LessonProgram, number: int) -> str:
    """Заголовок столбца: номер версии и её имя, ссылкой на её место в уроке."""
    there = page.link_to_page(program.page)
    name = tag("span", escape(program.title), class_="lab-name")
    link = tag("a", name, tag("span", str(number)), href=f"{there}#{program_anchor(program)}")
    title = f"{program.title}: {program.adds}" if program.adds else program.title
    return tag("th", link, scope="col", title=title)


def body(page: Page, columns: list[Step], required: bool) -> str:
    """Группа строк: обязательные свойства или остальные; сверху — счёт каждой версии."""
    scores = [step.passed(required) for step in columns]
    total = scores[0][1]
    if not total:
        return ""
    title = f"{'Обязательные' if required else 'Необязательные'}, из {total}"
    group = tag(
        "tr",
        tag("th", title, scope="rowgroup"),
        *(tag("td", str(passed)) for passed, _ in scores),
        class_="lab-group",
    )
    rows = (
        tag(
            "tr",
            tag("th", escape(verdict.title), scope="row"),
            *cells(page, columns, id),
            data_property=id,
        )
        for id, verdict in columns[0].verdicts.items()
        if verdict.required is required
    )
    return tag("tbody", group, *rows)


def cells(page: Page, columns: list[Step], id: str) -> Iterator[str]:
    """Клетки одной строки; изменение против предыдущего столбца выделено и названо."""
    before: bool | None = None
    for step in columns:
        passed = step.verdicts[id].passed
        state = "passed" if passed else "failed"
        if before is not None and passed is not before:
            state = "cured" if passed else "broken"
        sign, words, _ = CELLS[state]
        shown = silent(sign) + hidden(words)
        if not passed and id in step.program.shows:
            there = page.link_to_page(step.program.page)
            shown = tag("a", shown, href=f"{there}#{run_anchor(step.program, id)}")
        title = f"{step.program.title}: {words}"
        yield tag("td", shown, class_=f"lab-cell-{state}", title=title)
        before = passed


def legend() -> str:
    """Что значат знаки."""
    signs = (
        tag("span", tag("b", sign, class_=f"lab-cell-{state}", aria_hidden="true"), " ", words)
        for state, (sign, _, words) in CELLS.items()
    )
    return tag("p", " ".join(signs), class_="lab lab-legend")
