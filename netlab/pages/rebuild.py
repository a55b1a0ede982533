"""Быстрая пересборка: `mkdocs serve` не разбирает заново страниц, в которых ничего не изменилось.

Дольше всего в сборке — Markdown с раскраской программ и разделы для поиска. Итог того и другого
зависит от текста страницы после макросов и от файлов, которые он включает: пока они те же, годится
прежний. Шаблоны темы тоже переводятся в Python один раз. Ссылки с нетронутых страниц serve второй
раз не проверяет; обычной сборки всё это не касается.

Файл подключён в mkdocs.yml как hook: только hook живёт от сборки до сборки.
"""

import re
from functools import partial
from pathlib import Path
from typing import Any, Literal

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from mkdocs.plugins import event_priority

INCLUDED = re.compile(r'--8<-- "([^":]+)')
SEARCH = "material/search"
LAST = -100
"""Очередь: текст страницы нужен уже после макросов."""


class Templates(BytecodeCache):
    """Шаблоны, уже переведённые в Python; изменился ли текст, проверяет сам Jinja."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Отдаёт перевод, если он есть."""
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Запоминает перевод."""
        self.kept[bucket.key] = bucket.bytecode_to_string()


# Page и указатель поиска меняются снаружи, типы у mkdocs и Material этого не предвидят: Any.
_served = False
_common: object = None
_rendered: dict[str, tuple[object, dict[str, Any]]] = {}
_sections: dict[str, tuple[object, list[Any]]] = {}
_templates = Templates()


def on_startup(*, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
    """Запоминает, собирают сайт или смотрят его с живой перезагрузкой."""
    global _served
    _served = command == "serve"


def on_files(files: Any, *, config: Any) -> None:
    """Начинает сборку: всё прежнее забыто, если изменилось то, от чего зависит каждая страница."""
    global _common
    if not _served:
        return
    common = (set(files.src_uris), stamps(Path(config.config_file_path)))
    if common != _common:
        _common = common
        _rendered.clear()
        _sections.clear()
    if search := config.plugins.get(SEARCH):
        index = search.search_index
        index.add_entry_from_context = partial(add_once, index, index.add_entry_from_context)


def on_env(env: Environment, **_: Any) -> None:
    """Подключает переводы шаблонов."""
    if _served:
        env.bytecode_cache = _templates


def stamps(settings: Path) -> list[int]:
    """Когда меняли настройки и макросы."""
    macros = sorted((settings.parent / "netlab" / "pages").rglob("*.py"))
    return [path.stat().st_mtime_ns for path in (settings, *macros)]


@event_priority(LAST)
def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Any) -> None:
    """Подменяет разбор страницы таким, который помнит прежний."""
    if _served:
        root = Path(config.config_file_path).parent
        files = [root / name for name in dict.fromkeys(INCLUDED.findall(markdown))]
        included = [file.read_text(encoding="utf-8") for file in files if file.is_file()]
        page.render = partial(render_once, page, (markdown, included), page.render)


def render_once(page: Any, source: object, render: Any, config: Any, files: Any) -> None:
    """Разбирает страницу, если её текст не тот, что был; иначе ставит прежний итог."""
    name = page.file.src_uri
    if name in _rendered and _rendered[name][0] == source:
        vars(page).update(_rendered[name][1])
        return
    before = dict(vars(page))
    render(config, files)
    changed = {key: value for key, value in vars(page).items() if before.get(key) is not value}
    _rendered[name] = (source, changed)


def add_once(index: Any, add: Any, page: Any) -> None:
    """Делит страницу на разделы для поиска, если она не та, что была."""
    source = (page.title, page.content)
    if page.url not in _sections or _sections[page.url][0] != source:
        begin = len(index.entries)
        add(page)
        _sections[page.url] = (source, index.entries[begin:])
    else:
        index.entries += _sections[page.url][1]
