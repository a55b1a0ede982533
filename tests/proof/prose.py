"""Текст собранных страниц, каким его видит или слышит читатель: без кода и по абзацам."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

CODE = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Стоит на месте кода внутри строки."""
BYTES = "lab-bytes"
"""В таблице байтов кадра попадаются и буквы: eb, ce."""
VERBATIM = {"code", "kbd", "pre", "samp", "script", "style", "svg"}
INLINE = {"a", "abbr", "b", "bdi", "em", "i", "mark", "small", "span", "strong", "sub", "sup"}
SPOKEN = {"alt", "aria-label", "placeholder", "title"}
TOLD = {"description", "og:title", "og:description", "og:site_name", "og:image:alt"}
"""Что <meta> говорит о странице поиску и соцсетям."""


@dataclass(frozen=True)
class Passage:
    """Кусок текста, который читают подряд."""

    page: str
    heading: str
    text: str
    wraps: bool
    """Лежит в статье, и строки в нём переносятся."""

    def __str__(self) -> str:
        return f"{self.page}, «{self.heading}»" if self.heading else self.page


class _Page(HTMLParser):
    """Делит страницу на куски: новый начинается там, где начинается или кончается блок."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.heading = ""
        self.passages: list[Passage] = []
        self.text = ""
        self.verbatim = 0
        self.bytes = False
        self.article = 0
        self.nav = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        for name in SPOKEN & given.keys():
            self.keep(given[name] or "", wraps=False)
        if tag == "meta" and (given.get("name") or given.get("property")) in TOLD:
            self.keep(given["content"] or "", wraps=False)
        self.bytes = self.bytes or given.get("class") == BYTES
        if tag in VERBATIM:
            self.text += "" if self.verbatim else CODE
            self.verbatim += 1
        elif tag not in INLINE:
            self.finish(tag)
        self.article += tag == "article"
        self.nav += tag == "nav"

    def handle_endtag(self, tag: str) -> None:
        self.bytes = self.bytes and tag != "div"
        if tag in VERBATIM:
            self.verbatim -= 1
        elif tag not in INLINE:
            self.finish(tag)
        self.article -= tag == "article"
        self.nav -= tag == "nav"

    def handle_data(self, data: str) -> None:
        if not self.verbatim and not self.bytes:
            # Как в браузере: пробел по обе стороны тега — один пробел.
            self.text += data.lstrip(" ") if self.text.endswith(" ") else data

    def finish(self, tag: str) -> None:
        """Заканчивает кусок у границы блока tag."""
        if self.article and tag in ("h1", "h2", "h3") and self.text.strip():
            self.heading = self.text.strip(" \n¶")
        self.keep(self.text, wraps=bool(self.article and not self.nav))
        self.text = ""

    def keep(self, text: str, wraps: bool) -> None:
        """Оставляет кусок, если в нём что-то сказано."""
        if text.strip(CODE + " \n"):
            self.passages.append(Passage(self.page, self.heading, text.strip(" \n"), wraps))


def passages(site: Path) -> Iterator[Passage]:
    """Даёт куски текста всех страниц сайта; одинаковые — один раз."""
    seen = set()
    for file in sorted(site.rglob("*.html")):
        page = _Page(file.relative_to(site).as_posix())
        page.feed(file.read_text(encoding="utf-8"))
        page.close()
        for passage in page.passages:
            if (passage.text, passage.wraps) not in seen:
                seen.add((passage.text, passage.wraps))
                yield passage
