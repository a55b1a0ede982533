"""Файлы для скачивания: программы студента без пометок разделов и захваты, на самом сайте."""

import shutil
from pathlib import Path

from netlab.lesson import LessonProgram
from netlab.pages.markup import escape, tag
from netlab.pages.page import Page
from netlab.pages.shelf import Shelf
from netlab.wire.talk import file_of

FOLDER = "programs"
CAPTURES = "captures"


def address(program: LessonProgram) -> str:
    """Адрес файла от корня сайта."""
    return f"{FOLDER}/{program.name}"


def link(program: LessonProgram, page: Page, words: str = "") -> str:
    """Ссылка, по которой браузер сохраняет файл, а не открывает."""
    return tag("a", escape(words + program.file), href=page.link(address(program)), download=True)


def capture_address(program: LessonProgram, scenario: str) -> str:
    """Адрес захвата от корня сайта."""
    return f"{CAPTURES}/{program.lesson.id}/{program.path.stem}.{scenario}.pcapng"


def capture_note(program: LessonProgram, scenario: str, page: Page) -> str:
    """Строка под рисунком: сохранить весь захват и чем его открыть."""
    target = capture_address(program, scenario)
    words = f"Скачать {target.rpartition('/')[2]}"
    link = tag("a", escape(words), href=page.link(target), download=True)
    how = tag("a", "Wireshark", href=page.link_to_page("tools.md") + "#wireshark")
    return tag("p", f"{link} — весь захват; такие файлы открывает {how}.", class_="lab-notes")


def write_downloads(shelf: Shelf, site: Path) -> None:
    """Кладёт в собранный сайт все программы студента и все захваты их разговоров.

    Пишет в папку готового сайта, за которой `mkdocs serve` не следит: лишней пересборки не будет.
    """
    for lesson in shelf.lessons():
        for program in lesson.programs:
            if program.audience == "student":
                file = site / address(program)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(shelf.listing(program).text, encoding="utf-8", newline="\n")
                for scenario in program.all_captures:
                    capture = site / capture_address(program, scenario)
                    capture.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(file_of(program.capture(scenario), "pcapng"), capture)
