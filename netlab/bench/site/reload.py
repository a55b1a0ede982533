"""От правки до страницы: сколько ждёт автор, у которого открыт `mkdocs serve`."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.request import urlopen

from netlab.bench.processes import Group, Unavailable, free_port, until_listening
from netlab.bench.record import Column, Row
from netlab.bench.samples import Announce, Samples, turns
from netlab.bench.site.projects import Project

LONGEST = 60.0
"""Больше секунд не ждём ни первой сборки, ни правки."""
NOTICE = re.compile(r"^livereload\((\d+), (\d+)\);$", re.MULTILINE)
"""Так mkdocs кончает страницу; по этим числам она спрашивает, не устарела ли."""
PAGE = "recv/"
REFERENCE = "stock"
COLUMNS = (Column("seconds", "", "до страницы, с", "less", 2),)


@dataclass(frozen=True)
class Edit(Row):
    """Строка таблицы: в каком проекте и какой файл дополняют, пока открыта страница PAGE."""

    project: str
    file: str
    words: str
    """Чем дополняют; {} — число, по которому правку узнают."""


EDITS = (
    Edit("page", "правка страницы", "", "lecture", "docs/recv.md", "\n\nПравка {}.\n"),
    Edit("program", "правка программы", "", "lecture", "snippets/recv/recv_once.py", "# {}\n"),
    Edit(REFERENCE, "Material как есть, страница", "", "stock", "docs/recv.md", "\n\nПравка {}.\n"),
)


def measure_reload(
    projects: Mapping[str, Project], rounds: int, samples: Samples, announce: Announce
) -> None:
    """Проводит все раунды; оба проекта открыты сразу, правят их по очереди."""
    with serving(projects["lecture"]) as lecture, serving(projects["stock"]) as stock:
        addresses = {"lecture": lecture, "stock": stock}
        for number, order in enumerate(turns(EDITS, rounds, announce)):
            for edit in order:
                path = projects[edit.project].folder / edit.file
                words = edit.words.format(f"{edit.id}-{number}")
                wait = partial(edited, addresses[edit.project] + PAGE, path, words)
                samples.attempt(edit.id, [column.id for column in COLUMNS], wait)


@contextmanager
def serving(project: Project) -> Iterator[str]:
    """Держит проект открытым; отдаёт адрес.

    Raises:
        Unavailable: сайт не открылся.
    """
    port = free_port()
    with Group(project.command("serve", "--dev-addr", f"127.0.0.1:{port}"), None) as group:
        if not until_listening(port, group.process, LONGEST):
            raise Unavailable("mkdocs serve не запустился")
        yield f"http://127.0.0.1:{port}/"


def edited(url: str, path: Path, words: str) -> dict[str, float]:
    """Дополняет файл и ждёт, как ждёт страница в браузере: известия, потом нового текста.

    Raises:
        Unavailable: правка не появилась за LONGEST секунд.
    """
    page = read(url)
    began = time.monotonic()
    path.write_text(path.read_text(encoding="utf-8") + words, encoding="utf-8")
    while words.strip() not in page:
        if time.monotonic() - began > LONGEST:
            raise Unavailable(f"правка не появилась за {LONGEST:.0f} с")
        page = after_notice(url, page)
    return {"seconds": time.monotonic() - began}


def after_notice(url: str, page: str) -> str:
    """Ждёт известия о новой версии страницы и возвращает её.

    Raises:
        Unavailable: страница о правках не спрашивает, или известия не было LONGEST секунд.
    """
    if not (notice := NOTICE.search(page)):
        raise Unavailable("страница не ждёт известий о правках")
    read(url.removesuffix(PAGE) + "livereload/{}/{}".format(*notice.groups()))
    return read(url)


def read(url: str) -> str:
    """Читает ответ как текст.

    Raises:
        Unavailable: ответа нет.
    """
    try:
        with urlopen(url, timeout=LONGEST) as answer:
            text: str = answer.read().decode()
            return text
    except OSError as error:
        raise Unavailable(str(error)) from None
