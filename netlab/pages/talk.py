"""Разговор в кадрах на странице: рисунок во времени, он же словами и сам захват."""

from netlab.pages import downloads
from netlab.pages.markup import escape, tag
from netlab.pages.page import Page
from netlab.pages.shelf import Shelf
from netlab.wire.draw import conversation, told


def talk(shelf: Shelf, page: Page, name: str, scenario: str, title: str) -> str:
    """Показывает разговор; title — о чём он, одно предложение.

    Raises:
        PageError: программы или записи нет.
    """
    program = shelf.program(name)
    record = shelf.talk(program, scenario)
    words = [tag("li", tag("samp", escape(line))) for line in told(record)]
    return tag(
        "figure",
        tag("figcaption", escape(title)),
        conversation(record, title),
        tag(
            "details",
            tag("summary", "То же словами"),
            tag("ol", *words),
        ),
        downloads.capture_note(program, scenario, page),
        class_="lab lab-talk",
        id=page.anchor(f"talk-{program.path.stem}-{scenario}"),
        # В поиске десятки ACK заслонили бы слова.
        data_search_exclude=True,
    )
