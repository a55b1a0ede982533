"""Переключатель версий: программы урока одна за другой, новое в каждой подсвечено.

Текста программ в нём нет: целиком они уже стоят на странице, свёрнутые под своими шагами. Выбранную
показывает assets/site.js, а без JavaScript переключателя нет — к версиям ведёт шапка таблицы.
"""

from netlab.pages.errors import PageError
from netlab.pages.markup import escape, tag
from netlab.pages.page import Page
from netlab.pages.shelf import Shelf


def versions(shelf: Shelf, page: Page, lesson_name: str) -> str:
    """Рисует переключатель версий урока.

    Raises:
        PageError: урока нет, версий меньше двух, или их показывает другая страница.
    """
    lesson = shelf.lesson(lesson_name)
    numbered = enumerate(step for step in lesson.steps if step.audience == "student")
    steps = [(number, step) for number, step in numbered if step.page == page.source]
    if len(steps) < 2:
        raise PageError(
            f"у урока {lesson_name} на этой странице меньше двух версий: переключать нечего."
        )
    options = (
        tag(
            "option",
            escape(f"{number}. {step.title}" + (f": {step.adds}" if step.adds else "")),
            value=step.name,
        )
        for number, step in steps
    )
    name = page.anchor(f"versions-{lesson.id}")
    control = tag(
        "p",
        tag("label", "Версия", for_=name),
        tag("select", *options, id=name),
        tag("button", "←", type="button", aria_label="Предыдущая версия", value="-1"),
        tag("button", "→", type="button", aria_label="Следующая версия", value="1"),
    )
    shown = tag("div", class_="lab-version", aria_live="polite")
    summary = tag("summary", "Версии одну за другой")
    return tag(
        "div", tag("details", summary, control, shown, class_="program"), class_="lab lab-versions"
    )
