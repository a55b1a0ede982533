"""Блоки программ: вся программа или раздел, с подсветкой нового и ссылкой на файл.

Текст в страницу вставляет pymdownx.snippets, макрос пишет лишь забор с его строкой `--8<--`. Имя
программы остаётся на блоке в data-snippet, имя раздела — в data-section.
"""

import re
import textwrap

from netlab.lesson import LessonProgram
from netlab.pages import downloads
from netlab.pages.changes import as_ranges, changed_lines
from netlab.pages.errors import PageError
from netlab.pages.markup import escape, tag
from netlab.pages.page import Page, program_anchor
from netlab.pages.shelf import Shelf, choice

INDENT = "    "
NOT_IN_BROWSER = re.compile(
    r"^\s*(?:import|from) (?:ssl|subprocess|multiprocessing)\b|os\.fork", re.M
)


def program(shelf: Shelf, page: Page, name: str, section: str | None = None) -> str:
    """Показывает программу: целиком или раздел, а под ним свёрнутой — целиком.

    Raises:
        PageError: такой программы или такого раздела нет.
    """
    shown = shelf.program(name)
    parts = [
        anchor(page, shown, section),
        fence(shelf, shown, section),
        notes(shelf, page, shown, section),
    ]
    if section is not None:
        parts.append(folded("Вся программа", fence(shelf, shown)))
    return "\n\n".join(parts)


def folded(title: str, text: str) -> str:
    """Сворачивает блок."""
    return f'??? program "{title}"\n\n{textwrap.indent(text, INDENT)}'


def anchor(page: Page, shown: LessonProgram, section: str | None) -> str:
    """Ставит метку перед блоком: у первого на странице — имя программы, у следующих — и раздел.

    Метка отдельно от забора: id внутри него mkdocs не видит и считает ссылку на него битой.
    """
    wanted = program_anchor(shown)
    if section is not None and wanted in page.taken:
        wanted = f"{wanted}-{section}"
    return tag("div", class_="lab", id=page.anchor(wanted))


def fence(shelf: Shelf, shown: LessonProgram, section: str | None = None) -> str:
    """Пишет забор с вставкой; первая строка вставки — первая строка блока.

    Raises:
        PageError: раздела нет, или он начинается пустой строкой (подсветка съехала бы на строку).
    """
    listing, where = shelf.listing(shown), f"snippets/{shown.name}"
    title, path, extent = shown.file, where, range(len(listing.lines))
    attributes = f'data-snippet="{shown.name}"'
    if runs_in_browser(listing.text):
        attributes += f' data-runs="{shown.kind}"'
    if section is not None:
        if section not in listing.sections:
            advice = choice(section, listing.sections)
            raise PageError(f"в {where} нет раздела «{section}»{advice}")
        title, path = f"{shown.file} — фрагмент", f"{where}:{section}"
        extent = listing.sections[section]
        attributes += f' data-section="{section}"'
    if not extent or not listing.lines[extent.start].strip():
        raise PageError(f"{path} начинается пустой строкой или пуст: первой поставьте строку кода.")
    changed = changed_in(shelf, shown)
    lines = as_ranges(number - extent.start for number in extent if number in changed)
    if lines:
        attributes += f' hl_lines="{lines}"'
    return f'``` {{ .python {attributes} title="{title}" }}\n--8<-- "{path}"\n```'


def runs_in_browser(text: str) -> bool:
    """Говорит, может ли программа идти в браузере: шифрования и других процессов там нет."""
    return NOT_IN_BROWSER.search(text) is None


def changed_in(shelf: Shelf, shown: LessonProgram) -> set[int]:
    """Возвращает номера строк, которых не было в предыдущей версии."""
    previous = shown.lesson.previous(shown)
    if previous is None:
        return set()
    return changed_lines(shelf.listing(previous).lines, shelf.listing(shown).lines)


def notes(shelf: Shelf, page: Page, shown: LessonProgram, section: str | None = None) -> str:
    """Строка под блоком: что значит подсветка и где файл."""
    listing = shelf.listing(shown)
    extent = listing.sections[section] if section else range(len(listing.lines))
    previous = shown.lesson.previous(shown)
    words = ""
    if previous and not changed_in(shelf, shown).isdisjoint(extent):
        words = f"Подсвечено новое по сравнению с {escape(previous.file)}. "
    return tag("p", words, downloads.link(shown, page, "Скачать "), class_="lab lab-notes")
