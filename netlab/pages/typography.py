"""Расширение Markdown: неразрывные пробелы ставит сборка, писать их в тексте не надо.

Строка не кончается однобуквенным словом, не начинается с тире и не отрывает число от единицы. Так
во всём, что видит читатель: и в тексте урока, и в том, что вставили макросы. Код не трогается.
"""

import re

from markdown import Extension, Markdown  # type: ignore[import-untyped]
from markdown.postprocessors import Postprocessor  # type: ignore[import-untyped]

NBSP = "\N{NO-BREAK SPACE}"
VERBATIM = {"code", "pre", "samp", "kbd", "script", "style", "textarea"}
TAG = re.compile(r"(<!--.*?-->|</?[A-Za-z][^>]*>)", re.DOTALL)
NAME = re.compile(r"<(/?)([A-Za-z]+)")
GLUED = re.compile(
    r"""(?<![\w-]) (?: а|в|и|к|о|с|у|я | RFC | шаг | т\.(?=\s(?:е|д|к|п)\.) ) \s+ (?=\S|$)
      | \d \s+ (?=\d{3}(?!\d))
      | \d \s+ (?=(?: %|с|мс|мкс|мин|час\w*|минут\w*|секунд\w*|байт\w*|раза?
            | КиБ|МиБ|ГиБ|ТиБ|МБ ) (?!\w))
      | \s+ (?=—)""",
    re.IGNORECASE | re.VERBOSE,
)
SPACES = re.compile(r"\s+")
LAST = 0
"""Очередь постпроцессора: после всех."""


class Typography(Extension):  # type: ignore[misc]
    """Расширение, которое подключает define_env."""

    def extendMarkdown(self, md: Markdown) -> None:
        """Ставит постпроцессор в очередь."""
        md.postprocessors.register(GlueSpaces(md), "netlab_typography", LAST)


class GlueSpaces(Postprocessor):  # type: ignore[misc]
    """Меняет пробелы между тегами."""

    def run(self, text: str) -> str:
        """Обрабатывает готовую страницу."""
        return glued(text)


def glued(markup: str) -> str:
    """Делает неразрывными пробелы, на которых строке кончаться нельзя."""
    parts = []
    verbatim = 0
    for part in TAG.split(markup):
        name = NAME.match(part)
        if name and name[2].lower() in VERBATIM:
            verbatim += -1 if name[1] else 1
        parts.append(part if name or verbatim else GLUED.sub(_unbroken, part))
    return "".join(parts)


def _unbroken(found: re.Match[str]) -> str:
    return SPACES.sub(NBSP, found[0])
