"""Файлы для скачивания: программы студента без пометок разделов, на самом сайте."""

from pathlib import Path

from netlab.lesson import LessonProgram
from netlab.pages.markup import escape, tag
from netlab.pages.page import Page
from netlab.pages.shelf import Shelf

FOLDER = "programs"


def address(program: LessonProgram) -> str:
    """Адрес файла от корня сайта."""
    return f"{FOLDER}/{program.name}"


def link(program: LessonProgram, page: Page, words: str = "") -> str:
    """Ссылка, по которой браузер сохраняет файл, а не открывает."""
    return tag("a", escape(words + program.file), href=page.link(address(program)), download=True)


def write_downloads(shelf: Shelf, site: Path) -> None:
    """Кладёт в собранный сайт все программы студента.

    Пишет в папку готового сайта, за которой `mkdocs serve` не следит: лишней пересборки не будет.
    """
    for lesson in shelf.lessons():
        for program in lesson.programs:
            if program.audience == "student":
                file = site / address(program)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(shelf.listing(program).text, encoding="utf-8", newline="\n")
