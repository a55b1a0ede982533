"""Упражнение: начальный файл, команда проверки и свойства, которые должны стать зелёными."""

from netlab.pages import blocks
from netlab.pages.errors import PageError
from netlab.pages.markup import escape, listed, tag
from netlab.pages.page import Page
from netlab.pages.shelf import Shelf
from netlab.pages.terminal import command


def exercise(shelf: Shelf, page: Page, name: str) -> str:
    """Показывает начальный файл упражнения и как проверить решение.

    Raises:
        PageError: программы или записи нет, роль не та, или лечить в ней нечего.
    """
    program = shelf.program(name)
    where = f"в {program.lesson.id}/lesson.toml"
    if program.role != "exercise":
        raise PageError(
            f"{where} роль {program.file} — «{program.role}»: "
            'поставьте role = "exercise" или покажите её макросом program.'
        )
    if not program.cures:
        raise PageError(f"{where} у {program.file} нет cures: впишите свойства, которые лечить.")
    titles = [escape(shelf.verdict(program, id).title) for id in program.cures]
    goal = tag(
        "div",
        tag("p", "Должно стать зелёным:"),
        listed(titles),
        class_="lab lab-cures",
        data_exercise=program.name,
    )
    check = command(f"netlab check {program.kind} {program.file}")
    parts = [blocks.program(shelf, page, name), check, goal]
    if shelf.for_teacher:
        # Решение лежит рядом, в solution_<то же имя>.py.
        parts.append(solution(shelf, name.replace("exercise_", "solution_")))
    return "\n\n".join(parts)


def solution(shelf: Shelf, name: str, section: str | None = None) -> str:
    """Показывает преподавателю решение; с разделом — сначала его, а всю программу под ним.

    Raises:
        PageError: такой программы или такого раздела нет, или сайт собирают не преподавателю.
    """
    program = shelf.program(name)
    text = blocks.fence(shelf, program)
    if section is not None:
        whole = blocks.folded("Вся программа", text)
        text = f"{blocks.fence(shelf, program, section)}\n\n{whole}"
    return blocks.folded("Решение", text)
