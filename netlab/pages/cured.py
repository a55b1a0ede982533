"""Что один шаг вылечил и что сломал по сравнению с предыдущим — из записей обоих."""

from netlab.checks import Verdict
from netlab.lesson import LessonProgram
from netlab.pages.errors import PageError
from netlab.pages.markup import escape, mark, tag
from netlab.pages.page import Page, run_anchor
from netlab.pages.shelf import Shelf


def cured(shelf: Shelf, page: Page, name: str) -> str:
    """Перечисляет изменившиеся свойства.

    Raises:
        PageError: программы или записи нет, или сравнивать не с чем.
    """
    program = shelf.program(name)
    previous = program.lesson.previous(program)
    if previous is None:
        raise PageError(
            f"у {name} нет предыдущей версии, сравнить не с чем: уберите cured или поставьте "
            f"программу после другой версии в {program.lesson.id}/lesson.toml."
        )
    before = {verdict.id: verdict.passed for verdict in shelf.report(previous).verdicts}
    changed = [
        verdict
        for verdict in shelf.report(program).verdicts
        if before.get(verdict.id) is not verdict.passed
    ]
    inside = [
        group(program, page, [one for one in changed if one.passed is passed], words)
        for passed, words in ((True, "Вылечено"), (False, "Сломано"))
        if any(one.passed is passed for one in changed)
    ]
    if not inside:
        inside = [tag("p", f"Свойства те же, что у версии «{escape(previous.title)}».")]
    return tag("div", *inside, class_="lab lab-cured", data_cured=program.name)


def group(program: LessonProgram, page: Page, verdicts: list[Verdict], words: str) -> str:
    """Заголовок со знаком и список свойств."""
    items = (
        tag("li", title(program, page, verdict), data_property=verdict.id) for verdict in verdicts
    )
    return tag("p", mark(verdicts[0].passed, words)) + tag("ul", *items)


def title(program: LessonProgram, page: Page, verdict: Verdict) -> str:
    """Название свойства; если урок показывает этот запуск — ссылкой на него."""
    words = escape(verdict.title + ("" if verdict.required else " (необязательное)"))
    if verdict.passed or verdict.id not in program.shows:
        return words
    there = page.link_to_page(program.page)
    return tag("a", words, href=f"{there}#{run_anchor(program, verdict.id)}")
