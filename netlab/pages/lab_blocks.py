"""Расширение Markdown: строки с классом «lab» доходят до страницы дословно, при любом отступе.

Без него Markdown принял бы HTML с отступом (внутри «???») за текст абзаца. Типов у пакета markdown
нет, поэтому проверка их здесь молчит.
"""

import re

from markdown import Extension, Markdown  # type: ignore[import-untyped]
from markdown.preprocessors import Preprocessor  # type: ignore[import-untyped]

BLOCK = re.compile(r"^( *)(<(?:div|figure|p) class=\"lab[ \"].*)$")
BEFORE_HTML = 20.5
"""Очередь препроцессора: заборы (25) уже спрятаны, метки для проверки ссылок mkdocs собрал (21),
обычный HTML (20) ещё впереди."""


class LabBlocks(Extension):  # type: ignore[misc]
    """Расширение, которое подключает define_env."""

    def extendMarkdown(self, md: Markdown) -> None:
        """Ставит препроцессор в очередь."""
        md.preprocessors.register(StashBlocks(md), "netlab_blocks", BEFORE_HTML)


class StashBlocks(Preprocessor):  # type: ignore[misc]
    """Заменяет блоки лаборатории метками, которые Markdown в конце меняет обратно."""

    def run(self, lines: list[str]) -> list[str]:
        """Обрабатывает строки страницы."""
        return [BLOCK.sub(self._stash, line) for line in lines]

    def _stash(self, block: re.Match[str]) -> str:
        return f"{block[1]}{self.md.htmlStash.store(block[2])}"
