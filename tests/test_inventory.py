"""Опись сайта: на нём показано всё, что есть в манифестах, и ничего, чего в программах нет.

Сайт собирается один раз, настоящий, во временную папку; ожидаемое считается здесь заново, без
netlab.pages.
"""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from netlab.lesson import read_lessons
from netlab.stand import Circumstances, Stand

ROOT = Path(__file__).resolve().parents[1]
SNIPPETS = ROOT / "snippets"
PROGRAMS = [program for lesson in read_lessons(SNIPPETS) for program in lesson.programs]
FOR_STUDENTS = [program for program in PROGRAMS if program.audience == "student"]
FOR_TEACHERS = [program for program in PROGRAMS if program.audience != "student"]
PYTHON_NAMES = {"py", "py3", "python", "python3", "pycon", "python-repl"}
MARKER = re.compile(r"\s*# --8<-- \[(start|end):(\w+)\]")
FENCE = re.compile(r"^[ \t>]*(?:```+|~~~+)[ \t]*(.*)$", re.MULTILINE)
NOT_LOADED = {"canonical", "prev", "next", "alternate"}


def without_markers(text):
    """Текст программы, каким его должен получить читатель."""
    return "".join(line for line in text.splitlines(keepends=True) if "8<--" not in line)


def sections(text):
    """Разделы программы: имя → текст без пометок и общего отступа."""
    found, opened = {}, {}
    for line in text.splitlines(keepends=True):
        marker = MARKER.fullmatch(line.rstrip("\n"))
        if marker and marker[1] == "start":
            opened[marker[2]] = []
        elif marker:
            found[marker[2]] = textwrap.dedent("".join(opened.pop(marker[2])))
        else:
            for lines in opened.values():
                lines.append(line)
    assert not opened
    return found


def source(program):
    """Текст программы с пометками."""
    return program.path.read_text(encoding="utf-8")


@dataclass
class Block:
    """Блок кода на странице."""

    page: str
    snippet: str | None
    section: str | None
    code: str = ""
    new: str = ""


@dataclass
class Page(HTMLParser):
    """Одна страница собранного сайта."""

    path: Path
    text: str
    blocks: list[Block] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    runs: list[tuple[str, str]] = field(default_factory=list)
    classes: set[str] = field(default_factory=set)

    def __post_init__(self):
        super().__init__()
        self.divs, self.in_code, self.in_new = [], False, 0
        self.feed(self.text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        classes = set((given.get("class") or "").split())
        self.classes |= classes
        if "id" in given:
            self.ids.append(given["id"])
        if "data-run" in given:
            self.runs.append((given["data-run"], given["data-property"]))
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if (
            tag in ("script", "img", "iframe", "source", "video", "audio", "embed")
            and "src" in given
        ):
            self.loaded.append(given["src"])
        if tag == "link" and not NOT_LOADED & set(given.get("rel", "").split()):
            self.loaded.append(given["href"])
        is_python = bool({f"language-{name}" for name in PYTHON_NAMES} & classes)
        if tag == "div":
            self.divs.append("data-snippet" in given or is_python)
            if self.divs[-1]:
                self.blocks.append(
                    Block(str(self.path), given.get("data-snippet"), given.get("data-section"))
                )
        if tag == "code":
            if is_python:
                self.blocks.append(Block(str(self.path), None, None))
            self.in_code = any(self.divs) or is_python
        if tag == "span" and self.in_code:
            self.in_new = self.in_new + 1 if self.in_new or "hll" in classes else 0

    def handle_endtag(self, tag):
        if tag == "div":
            self.divs.pop()
        if tag == "code":
            self.in_code = False
        if tag == "span" and self.in_new:
            self.in_new -= 1

    def handle_data(self, data):
        if self.in_code:
            self.blocks[-1].code += data
            self.blocks[-1].new += data if self.in_new else ""


@dataclass
class Site:
    """Собранный сайт."""

    folder: Path
    attempts: list[list[str]]
    pages: list[Page]

    @property
    def blocks(self):
        """Все блоки кода всех страниц."""
        return [block for page in self.pages for block in page.blocks]


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Собирает настоящий сайт под запретом сокетов и программ."""
    folder = tmp_path_factory.mktemp("site")
    attempts = tmp_path_factory.mktemp("attempts") / "attempts.json"
    build = [sys.executable, "-X", "utf8", ROOT / "tests/pages/guarded_build.py", folder, attempts]
    done = subprocess.run(
        build, cwd=ROOT, capture_output=True, encoding="utf-8",
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    pages = [
        Page(path.relative_to(folder), path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.html"))
    ]
    return Site(folder, json.loads(attempts.read_text(encoding="utf-8")), pages)


# ---------------------------------------------------------------- программы на страницах


def test_every_python_block_is_the_text_of_its_file(site):
    assert site.blocks
    for block in site.blocks:
        assert block.snippet, f"{block.page}: блок Python без data-snippet:\n{block.code}"
        text = (SNIPPETS / block.snippet).read_text(encoding="utf-8")
        expected = sections(text)[block.section] if block.section else without_markers(text)
        assert block.code.rstrip("\n") == expected.rstrip("\n"), (
            block.page,
            block.snippet,
            block.section,
        )


@pytest.mark.parametrize("program", FOR_STUDENTS, ids=lambda program: program.name)
def test_program_and_each_of_its_sections_are_shown(site, program):
    shown = {block.section for block in site.blocks if block.snippet == program.name}
    missing = {None, *sections(source(program))} - shown
    assert not missing, (
        f"страницы не показывают {program.name}: {missing} (None — программа целиком)"
    )


@pytest.mark.parametrize("program", FOR_STUDENTS, ids=lambda program: program.name)
def test_each_promised_run_is_shown(site, program):
    shown = {
        property for page in site.pages for name, property in page.runs if name == program.name
    }
    assert set(program.shows) <= shown, (
        f"в shows есть, а на страницах нет: {set(program.shows) - shown}"
    )


def test_every_program_file_is_in_a_manifest():
    files = {path for path in SNIPPETS.glob("*/*.py")}
    assert files == {program.path for program in PROGRAMS}


def test_programs_for_teachers_are_not_on_the_site(site):
    found = (site.folder / "assets/search/sections.js").read_text(encoding="utf-8")
    for program in FOR_TEACHERS:
        assert program.name not in {block.snippet for block in site.blocks}
        assert program.file not in found
        assert not list(site.folder.rglob(program.file))
    assert "teacher" not in {name for page in site.pages for name in page.classes}


def test_changed_lines_are_highlighted(site):
    whole = next(
        block
        for block in site.blocks
        if block.snippet == "echo/echo_bytes.py" and block.section is None
    )
    assert [line.strip() for line in whole.new.splitlines()] == [
        r"if data == b'quit\r\n':", r"elif data == b'stop\r\n':", "print(repr(data))",
    ]  # fmt: skip


def test_no_python_is_typed_into_a_page():
    for path in (ROOT / "docs").rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        assert "8<--" not in text, f"{path}: вставку пишет макрос program"
        for info in FENCE.findall(text):
            words = {word.lstrip(".") for word in re.split(r"[\s{},]+", info.lower())}
            assert not words & PYTHON_NAMES, f"{path}: программу показывает макрос program: {info}"


def test_no_include_directive_is_left(site):
    for page in site.pages:
        assert "8<--" not in page.text.replace("&lt;", "<"), page.path


# ---------------------------------------------------------------- скачивание


@pytest.mark.parametrize("program", FOR_STUDENTS, ids=lambda program: program.name)
def test_download_is_the_file_without_markers(site, program):
    file = site.folder / "programs" / program.name
    assert file.read_bytes() == without_markers(source(program)).encode()
    compile(file.read_bytes(), str(file), "exec")
    offered = {unquote(link) for page in site.pages for link in page.links}
    assert any(link.endswith(f"programs/{program.name}") for link in offered)


def test_nothing_else_is_offered(site):
    files = {
        path.relative_to(site.folder / "programs").as_posix()
        for path in site.folder.rglob("programs/**/*.py")
    }
    assert files == {program.name for program in FOR_STUDENTS}


def uses_netlab(program):
    """Программа написана на netlab: без него она не запустится, и страница об этом говорит."""
    nodes = list(ast.walk(ast.parse(source(program))))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return any(name.split(".")[0] == "netlab" for name in names)


@pytest.mark.parametrize(
    "program",
    [one for one in FOR_STUDENTS if one.kind == "echo" and not uses_netlab(one)],
    ids=lambda program: program.name,
)
def test_download_runs_alone(site, program, tmp_path):
    """Скачанный файл в пустой папке, без пакетов и окружения (python -I), начинает слушать."""
    file = Path(shutil.copy(site.folder / "programs" / program.name, tmp_path))
    with Stand(file, Circumstances(flags=("-I",))) as stand:
        assert stand.start().alive


# ---------------------------------------------------------------- сайт ничего не берёт извне


def test_build_opens_no_socket_and_runs_no_program(site):
    """mkdocs-macros спрашивает git о последнем коммите; запрещено и это, а сайт собрался."""
    assert [
        one for one in site.attempts if one[0] != "subprocess.Popen" or "'git'" not in one[1]
    ] == []


def is_foreign(url):
    """Адрес ведёт за пределы сайта."""
    parts = urlsplit(url.strip("'\" "))
    return parts.scheme in ("http", "https", "ws", "wss") or bool(parts.netloc)


def test_pages_load_nothing_from_elsewhere(site):
    for page in site.pages:
        assert [url for url in page.loaded if is_foreign(url)] == [], page.path
        # Схему Material рисует программой, которую берёт с чужого сайта.
        assert "mermaid" not in page.classes, page.path
        assert not re.search(r"@import|url\((?!data:)", page.text), page.path
    for path in site.folder.rglob("*.css"):
        text = path.read_text(encoding="utf-8")
        urls = re.findall(r"""url\(\s*['"]?([^'")]*)|@import\s+['"]([^'"]*)""", text)
        assert [url for pair in urls for url in pair if is_foreign(url)] == [], path


def test_links_inside_the_site_lead_somewhere(site):
    ids = {page.path: set(page.ids) for page in site.pages}
    for page in site.pages:
        # 404.html показывают по любому адресу, и ссылки в ней от корня.
        for link in [] if page.path.name == "404.html" else page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = page.path
            if parts.path:
                target = Path(os.path.normpath(page.path.parent / unquote(parts.path)))
                target = target / "index.html" if (site.folder / target).is_dir() else target
                assert (site.folder / target).is_file(), (page.path, link)
            if parts.fragment:
                assert unquote(parts.fragment) in ids[target], (page.path, link)


def test_ids_are_unique(site):
    for page in site.pages:
        repeated = {id for id in page.ids if page.ids.count(id) > 1}
        assert not repeated, (page.path, repeated)
