"""Страница, на которой стоит макрос: её имя для ошибок, ссылки с неё и метки на ней."""

import posixpath
from collections import Counter
from dataclasses import dataclass, field

from netlab.lesson import LessonProgram


@dataclass
class Page:
    """Одна страница за время одной сборки."""

    source: str
    """Путь внутри docs, например echo.md."""
    url: str
    """Адрес от корня сайта, например `echo/`."""
    directory_urls: bool = True
    taken: Counter[str] = field(default_factory=Counter)

    def link(self, target: str) -> str:
        """Возвращает ссылку с этой страницы на файл сайта."""
        return posixpath.relpath(target, posixpath.dirname(self.url) or ".")

    def link_to_page(self, source: str) -> str:
        """Возвращает ссылку на другую страницу; на себя — пустую: дальше идёт только метка."""
        if source == self.source:
            return ""
        stem = source.removesuffix(".md")
        return self.link(stem) + "/" if self.directory_urls else self.link(f"{stem}.html")

    def anchor(self, wanted: str) -> str:
        """Занимает метку; вторая такая же на странице получает номер."""
        self.taken[wanted] += 1
        return wanted if self.taken[wanted] == 1 else f"{wanted}-{self.taken[wanted]}"


def program_anchor(program: LessonProgram) -> str:
    """Метка места, где страница впервые показывает программу."""
    return f"program-{program.path.stem}"


def run_anchor(program: LessonProgram, property: str) -> str:
    """Метка записанного запуска."""
    return f"run-{program.path.stem}-{property}"
