"""Точки, в которых mkdocs-macros зовёт лабораторию.

Ошибка макроса не бросается сразу: плагин напечатал бы её с трассировкой и вышел, погасив и
`mkdocs serve`. Ошибки страницы копятся, и страница останавливает сборку, назвав их все. У Zensical,
преемника mkdocs, есть макросы, но нет остальных точек: там ошибка бросается сразу.
"""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError

from netlab.pages import benchmark, blocks, conversation, downloads, drawings, table, terminal
from netlab.pages import contract as contracts
from netlab.pages import cured as cures
from netlab.pages import exercise as exercises
from netlab.pages import frames as explorer
from netlab.pages import hints as practice
from netlab.pages import talk as talks
from netlab.pages import versions as switch
from netlab.pages.calls import check_arguments, check_template
from netlab.pages.errors import PageError
from netlab.pages.lab_blocks import LabBlocks
from netlab.pages.markup import aligned, continued
from netlab.pages.notes import check_audience, with_notes
from netlab.pages.page import Page
from netlab.pages.search import write_sections
from netlab.pages.shelf import Shelf
from netlab.pages.typography import Typography
from netlab.pages.wheel import write_wheel

# env — окружение mkdocs-macros. Его устройство плагин не описывает типами: Any только здесь.


class Desk:
    """Рабочее место одной сборки: полка, текущая страница и её ошибки."""

    def __init__(self, shelf: Shelf, has_hooks: bool = True) -> None:
        self.shelf = shelf
        self.has_hooks = has_hooks
        self.page = Page("", "")
        self.errors: list[str] = []
        self.macros: list[str] = []
        self.about: dict[str, str] = {}

    def turn(self, page: Page) -> None:
        """Берётся за следующую страницу."""
        self.page, self.errors = page, []

    def complain(self, error: PageError) -> None:
        """Запоминает ошибку страницы, каждую один раз."""
        sentence = f"docs/{self.page.source}: {error}"
        if sentence not in self.errors:
            self.errors.append(sentence)


def define_env(env: Any) -> None:
    """Объявляет макросы; зовётся в начале каждой сборки, поэтому читает всё заново."""
    for_teacher = bool(env.conf.get("extra", {}).get("teach"))
    if for_teacher:
        try:
            check_audience(env.conf["site_url"])
        except PageError as error:
            raise PluginError(str(error)) from None
    shelf = Shelf(Path(env.project_dir) / "snippets", for_teacher=for_teacher)
    desk = env.lab = Desk(shelf, has_hooks=hasattr(env, "post_macro_functions"))
    env.conf["markdown_extensions"] += [LabBlocks(), Typography()]
    for macro in page_macros(desk):
        env.macro(guarded(macro, desk))
        desk.macros.append(macro.__name__)


def page_macros(desk: Desk) -> list[Callable[..., str]]:
    """Макросы страниц. Сигнатуры здесь — те, что видит автор страницы."""

    def program(name: str, section: str | None = None) -> str:
        return blocks.program(desk.shelf, desk.page, name, section)

    def download(name: str) -> str:
        return downloads.link(desk.shelf.program(name), desk.page)

    def run(name: str, property: str, question: str | None = None) -> str:
        return conversation.run(desk.shelf, desk.page, name, property, question)

    def cured(name: str) -> str:
        return cures.cured(desk.shelf, desk.page, name)

    def properties_table(lesson: str) -> str:
        return table.properties_table(desk.shelf, desk.page, lesson)

    def versions(lesson: str) -> str:
        return switch.versions(desk.shelf, desk.page, lesson)

    def report(name: str) -> str:
        return terminal.report(desk.shelf, name)

    def transcript(name: str) -> str:
        return terminal.transcript(desk.shelf, name)

    def contract(kind: str) -> str:
        return contracts.contract(desk.shelf, kind)

    def bench(lesson: str, part: str | None = None) -> str:
        return benchmark.bench(desk.shelf, desk.page, lesson, part)

    def exercise(name: str) -> str:
        return exercises.exercise(desk.shelf, desk.page, name)

    def solution(name: str, section: str | None = None) -> str:
        return exercises.solution(desk.shelf, name, section)

    def hints() -> str:
        return practice.hints()

    def drawing(name: str, step: str) -> str:
        return drawings.drawing(desk.shelf.drawings, desk.page, name, step)

    def talk(name: str, scenario: str, title: str) -> str:
        return talks.talk(desk.shelf, desk.page, name, scenario, title)

    def frames(name: str, scenario: str, frame: str) -> str:
        return explorer.frames(desk.shelf, desk.page, name, scenario, frame)

    return [
        program,
        download,
        run,
        cured,
        properties_table,
        versions,
        report,
        transcript,
        contract,
        bench,
        exercise,
        solution,
        hints,
        drawing,
        frames,
        talk,
    ]


def guarded(macro: Callable[..., str], desk: Desk) -> Callable[..., str]:
    """Оборачивает макрос: аргументы проверены, ошибка записана, сборка дойдёт до конца страницы."""

    @wraps(macro)
    def call(*args: Any, **kwargs: Any) -> str:
        try:
            check_arguments(macro, args, kwargs)
            text = macro(*args, **kwargs)
        except PageError as error:
            if not desk.has_hooks:
                raise
            desk.complain(error)
            return ""
        return continued(text) if desk.has_hooks else text

    return call


def on_pre_page_macros(env: Any) -> None:
    """Начинает страницу: проверяет, что имена в её фигурных скобках известны."""
    file = env.page.file
    env.lab.turn(Page(file.src_uri, file.url, env.conf["use_directory_urls"]))
    if env.lab.shelf.for_teacher:
        try:
            env.markdown = with_notes(env.markdown, Path(env.conf["docs_dir"]), file.src_uri)
        except PageError as error:
            env.lab.complain(error)
            stop(env.lab)
    known = {*env.macros, *env.variables, *env.env.globals, *env.page.meta}
    try:
        check_template(env.env, env.markdown, known, env.lab.macros)
    except PageError as error:
        env.lab.complain(error)
        stop(env.lab)


def on_post_page_macros(env: Any) -> None:
    """Заканчивает страницу: если были ошибки, останавливает сборку; выравнивает вывод макросов."""
    stop(env.lab)
    env.markdown = aligned(env.markdown)
    meta = env.page.meta
    address = env.page.file.url.removeprefix("./")
    env.lab.about[address] = f"{meta.get('description', '')} {meta.get('keywords', '')}"


def stop(desk: Desk) -> None:
    """Останавливает сборку, если у страницы есть ошибки.

    Raises:
        PluginError: ошибки есть; mkdocs печатает их без трассировки, а `serve` ждёт правки.
    """
    if desk.errors:
        raise PluginError("\n".join(desk.errors))


def on_post_build(env: Any) -> None:
    """Кладёт в готовый сайт файлы для скачивания, пакет netlab и разделы для поиска."""
    site = Path(env.conf["site_dir"])
    try:
        write_sections(site, env.lab.about)
        downloads.write_downloads(env.lab.shelf, site)
        write_wheel(Path(env.project_dir), site, env.conf["site_url"] or "")
    except PageError as error:
        raise PluginError(str(error)) from None
