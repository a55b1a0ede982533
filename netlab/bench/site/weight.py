"""Вес страниц: сколько сжатых байт браузер скачивает, открывая страницу впервые."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from netlab.bench.record import Column, Row
from netlab.bench.samples import Samples
from netlab.bench.site.chromium import visit
from netlab.bench.site.pages_server import Answer, PagesSite

KB = 1000
FRONT = "index"
SEARCH = "/assets/search/"
COLUMNS = (
    Column("total", "", "всего, КБ", "less", 1),
    Column("html", "", "HTML, КБ", "less", 1),
    Column("css", "", "CSS, КБ", "less", 1),
    Column("script", "", "JavaScript, КБ", "less", 1),
    Column("rest", "", "остальное, КБ", "less", 1),
)
KINDS = {
    "text/html": "html",
    "text/css": "css",
    # Которое из двух имён верное, системы не сговорились.
    "text/javascript": "script",
    "application/javascript": "script",
}


def pages_of(site: PagesSite) -> list[Row]:
    """Перечисляет страницы сайта; id строки — папка страницы."""
    folders = sorted(address.strip("/") for address in site.answers if address.endswith("/"))
    return [Row(folder or FRONT, folder or "начальная", f"/{folder}") for folder in folders]


def measure_weight(site: PagesSite, pages: Sequence[Row], samples: Samples) -> None:
    """Открывает каждую страницу по разу."""
    columns = [column.id for column in COLUMNS]
    for page in pages:
        address = "" if page.id == FRONT else f"{page.id}/"
        samples.attempt(page.id, columns, partial(weigh, site, address))


def weigh(site: PagesSite, address: str) -> dict[str, float]:
    """Складывает всё, что ушло, пока страница открывалась, КБ.

    Raises:
        Unavailable: она не загрузилась.
    """
    site.sent.clear()
    visit(site.url + address)
    return in_parts(answer for _, answer in site.sent)


def in_parts(answers: Iterable[Answer]) -> dict[str, float]:
    """Делит байты по роду файлов, КБ."""
    parts = dict.fromkeys((column.id for column in COLUMNS), 0.0)
    for answer in answers:
        for part in ("total", KINDS.get(answer.kind, "rest")):
            parts[part] += len(answer.body) / KB
    return parts


def search_weight(site: PagesSite) -> float:
    """Сколько добавит поиск, КБ: программы, которых только что открытая страница не просила."""
    asked = {address for address, _ in site.sent}
    return in_parts(
        answer
        for address, answer in site.answers.items()
        if address.startswith(SEARCH) and address not in asked
    )["script"]
