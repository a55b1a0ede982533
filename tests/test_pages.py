"""Макросы страниц: ошибка останавливает сборку понятной фразой, чужой текст не ломает разметку."""

import html
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import Environment, StrictUndefined
from mkdocs.exceptions import PluginError

from netlab.pages.calls import check_template
from netlab.pages.changes import as_ranges, changed_lines
from netlab.pages.errors import PageError
from netlab.pages.macros import Desk, define_env, guarded, page_macros, stop
from netlab.pages.markup import aligned, continued, escape
from netlab.pages.page import Page
from netlab.pages.sections import parse
from netlab.pages.shelf import Shelf

ROOT = Path(__file__).resolve().parents[1]

# ---------------------------------------------------------------- сборка пробной страницы


def copy_project(folder):
    """Кладёт в папку то, без чего сайт не собрать."""
    for name in ("netlab", "snippets", "docs/assets"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "mkdocs.yml", folder)
    (folder / "docs/index.md").write_text("# Начало\n", encoding="utf-8")
    return folder


def build(folder, page, *flags):
    """Собирает проект, в котором echo.md — эта страница; возвращает код и вывод."""
    (folder / "docs/echo.md").write_text(f"# Проба\n\n{page}\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "mkdocs", "build", *flags],
        cwd=folder, capture_output=True, encoding="utf-8", timeout=60, check=False,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


# ---------------------------------------------------------------- неверные страницы


def without_record(folder):
    (folder / "snippets/echo/records/echo_bytes.json").unlink()


def with_broken_record(folder):
    (folder / "snippets/echo/records/echo_bytes.json").write_text("{", encoding="utf-8")


def without_file(folder):
    (folder / "snippets/echo/echo_bytes.py").unlink()


def without_bench(folder):
    (folder / "snippets/echo/records/bench.json").unlink(missing_ok=True)


def for_teachers(folder):
    manifest = folder / "snippets/echo/lesson.toml"
    text = manifest.read_text(encoding="utf-8")
    file = 'file = "echo_bytes.py"\n'
    assert file in text
    manifest.write_text(text.replace(file, f'{file}audience = "teacher"\n'), encoding="utf-8")


def with_unclosed_section(folder):
    program = folder / "snippets/echo/echo_bytes.py"
    text = program.read_text(encoding="utf-8")
    program.write_text(re.sub(r" *# --8<-- \[end:compare\]\n", "", text), encoding="utf-8")


def nothing(folder):
    """Ошибка — на самой странице."""


# имя: (страница, что сделать с проектом, что должно быть в той же строке вывода)
BROKEN = {
    "no_program": (
        '{{ program("echo/echo_bites.py") }}', nothing,
        ["snippets/echo/lesson.toml", "echo_bites.py", "напишите «echo_bytes.py»"],
    ),
    "no_file": (
        '{{ program("echo/echo_bytes.py") }}', without_file,
        ["echo/lesson.toml", "echo_bytes.py", "поправьте имя"],
    ),
    "no_lesson": (
        '{{ properties_table("eco") }}', nothing,
        ["«eco»", "snippets", "напишите «echo»"],
    ),
    "no_section": (
        '{{ program("echo/echo_bytes.py", section="compair") }}', nothing,
        ["snippets/echo/echo_bytes.py", "«compair»", "напишите «compare»"],
    ),
    "section_is_not_closed": (
        '{{ program("echo/echo_bytes.py", "compare") }}', with_unclosed_section,
        ["snippets/echo/echo_bytes.py", "«compare»", "поставьте"],
    ),
    "no_record": (
        '{{ run("echo/echo_bytes.py", "half_close") }}', without_record,
        ["echo/echo_bytes.py", "make record"],
    ),
    "no_record_for_the_table": (
        '{{ properties_table("echo") }}', without_record,
        ["echo/echo_bytes.py", "make record"],
    ),
    "record_is_broken": (
        '{{ report("echo/echo_bytes.py") }}', with_broken_record,
        ["echo/echo_bytes.py", "make record"],
    ),
    "no_bench": (
        '{{ bench("echo") }}', without_bench,
        ["snippets/echo/records/bench.json", "make bench"],
    ),
    "unknown_property": (
        '{{ run("echo/echo_bytes.py", "half_closed") }}', nothing,
        ["echo/echo_bytes.py", "«half_closed»", "напишите «half_close»"],
    ),
    "failure_is_not_promised": (
        '{{ run("echo/echo_bytes.py", "reset") }}', nothing,
        ["echo/echo_bytes.py", "впишите «reset» в shows", "echo/lesson.toml"],
    ),
    "unknown_kind": ('{{ contract("eco") }}', nothing, ["netlab/checks", "напишите «echo»"]),
    "nothing_to_compare_with": (
        '{{ cured("echo/echo_original.py") }}', nothing,
        ["echo/echo_original.py", "уберите cured"],
    ),
    "not_an_exercise": (
        '{{ exercise("echo/echo_bytes.py") }}', nothing,
        ["echo/lesson.toml", "echo_bytes.py", 'role = "exercise"'],
    ),
    "for_teachers": (
        '{{ program("echo/echo_bytes.py") }}', for_teachers,
        ["echo/echo_bytes.py", "для преподавателя", "уберите макрос"],
    ),
    "wrong_argument": (
        '{{ program("echo/echo_bytes.py", sektion="compare") }}', nothing,
        ["program", "«sektion»", "напишите «section»"],
    ),
    "missing_argument": (
        '{{ run("echo/echo_bytes.py") }}', nothing,
        ["run", "name, property", "добавьте"],
    ),
    "not_a_string": ('{{ program(5555) }}', nothing, ["name", "program", "возьмите его в кавычки"]),
    "unknown_macro": (
        '{{ progam("echo/echo_bytes.py") }}', nothing,
        ["«progam»", "напишите «program»"],
    ),
    "braces": (
        '{{ program("echo/echo_bytes.py" }}', nothing,
        ["строка 3", "поправьте вызов макроса"],
    ),
}  # fmt: skip


BUILT = [
    "no_program", "no_section", "no_record", "unknown_property", "wrong_argument",
    "unknown_macro", "braces",
]  # fmt: skip
"""Эти собираются по-настоящему; остальные идут той же дорогой, и им хватает одной страницы."""


def sentence_about(page, snippets):
    """Проводит страницу через проверку и макросы, как это делает mkdocs-macros."""
    desk = Desk(Shelf(snippets))
    desk.turn(Page("echo.md", "echo/"))
    macros = {macro.__name__: guarded(macro, desk) for macro in page_macros(desk)}
    environment = Environment(undefined=StrictUndefined)
    try:
        check_template(environment, page, macros, macros)
    except PageError as error:
        desk.complain(error)
    else:
        environment.from_string(page).render(**macros)
    with pytest.raises(PluginError) as stopped:
        stop(desk)
    return str(stopped.value)


@pytest.mark.parametrize("name", BROKEN)
def test_mistake_is_explained(name, tmp_path):
    page, spoil, words = BROKEN[name]
    shutil.copytree(ROOT / "snippets", tmp_path / "snippets")
    spoil(tmp_path)
    sentence = sentence_about(f"# Проба\n\n{page}\n", tmp_path / "snippets")
    assert sentence.startswith("docs/echo.md: ")
    assert "\n" not in sentence
    assert all(word in sentence for word in words), sentence


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """Собирает неверные страницы, по две сразу; без --strict: ошибка останавливает и так."""

    def outcome(name):
        page, spoil, _ = BROKEN[name]
        folder = copy_project(tmp_path_factory.mktemp(name))
        spoil(folder)
        return name, build(folder, page)

    with ThreadPoolExecutor(2) as pool:
        return dict(pool.map(outcome, BUILT))


@pytest.mark.parametrize("name", BUILT)
def test_broken_page_stops_the_build(outcomes, name):
    code, output = outcomes[name]
    words = BROKEN[name][2]
    assert code != 0
    sentences = [line for line in output.splitlines() if "docs/echo.md: " in line]
    assert len(sentences) == 1, output
    assert all(word in sentences[0] for word in words), sentences[0]
    assert "Traceback" not in output


def test_all_mistakes_of_a_page_are_named_at_once(tmp_path):
    page = '{{ report("echo/no.py") }}\n\n{{ program("echo/echo_bytes.py", "no") }}'
    code, output = build(copy_project(tmp_path), page, "--strict")
    assert code != 0
    assert output.count("docs/echo.md: ") == 2


def test_mistake_is_raised_at_once_where_pages_have_no_hooks():
    """Так устроен Zensical: только define_env и сами макросы."""
    macros = {}
    env = SimpleNamespace(
        project_dir=ROOT,
        conf={"markdown_extensions": []},
        macro=lambda macro: macros.update({macro.__name__: macro}),
    )
    define_env(env)
    assert "\x1e" not in macros["program"]("echo/echo_bytes.py")
    with pytest.raises(PageError, match=r"напишите «echo_bytes\.py»"):
        macros["program"]("echo/echo_bites.py")


# ---------------------------------------------------------------- чужой текст на странице

NASTY = (
    "<script>alert(1)</script> {{ 6 * 7 }} {% raw %} *ы* `я` &amp; \\r\\n \x07\n"
    '--8<-- "LICENSE"\n```\n| a | b |'
)


@pytest.fixture(scope="module")
def nasty_page(tmp_path_factory):
    """Страница, на которой записи полны разметки, а макросы стоят и с отступом."""
    folder = copy_project(tmp_path_factory.mktemp("nasty"))
    path = folder / "snippets/echo/records/echo_bytes.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    for property in record["properties"]:
        if property["id"] == "half_close":
            property.update(title=NASTY, why=NASTY, expected=NASTY, received=NASTY)
            property["conversation"] = [f"{NASTY}: → {NASTY}", f"клиент 1: {NASTY}"]
    path.write_text(json.dumps(record), encoding="utf-8")
    page = """
{{ run("echo/echo_bytes.py", "half_close", question="Что {% raw %}{{ }}{% endraw %} <b>?") }}

??? note "Глубже"

    Перед.

    {{ run("echo/echo_bytes.py", "half_close") }}

    {{ program("echo/echo_bytes.py", section="compare") }}

    {{ report("echo/echo_bytes.py") }}

    После.

{{ cured("echo/echo_end_of_stream.py") }}
"""
    code, output = build(folder, page, "--strict")
    assert code == 0, output
    return (folder / "site/echo/index.html").read_text(encoding="utf-8")


def test_records_are_text_not_markup(nasty_page):
    shown = html.escape(NASTY.replace("\x07", "\N{REPLACEMENT CHARACTER}"))
    shown = shown.replace("\n", "&#10;").replace("{", "&#123;")
    assert nasty_page.count(f"<dd>{shown}</dd>") == 2 * 3
    assert "<script>alert" not in nasty_page
    assert "42" not in re.sub(
        r"<[^>]*>", "", nasty_page.partition("<article")[2].partition("</article>")[0]
    )
    assert "CC BY-SA" not in nasty_page.partition("<article")[2].partition("</article>")[0]


def test_macros_work_inside_folded_text(nasty_page):
    rest = nasty_page.partition("<summary>Глубже</summary>")[2]
    folded, after, _ = rest.partition("<p>После.</p>\n</details>")
    assert after
    # Внутри открыто и закрыто только «Вся программа».
    assert re.findall(r"</?details", folded) == ["<details", "</details"]
    assert folded.count('<figure class="lab lab-run"') == 1
    assert folded.count('data-snippet="echo/echo_bytes.py"') == 2
    assert folded.count("lab-terminal") == 1
    assert "<p><figure" not in folded


def test_second_anchor_on_a_page_gets_a_number(nasty_page):
    assert 'id="run-echo_bytes-half_close"' in nasty_page
    assert 'id="run-echo_bytes-half_close-2"' in nasty_page


# ---------------------------------------------------------------- части по отдельности


def test_only_new_lines_are_changed():
    old = ["a", "", "b", "c"]
    assert changed_lines(old, ["a", "", "new", "b", "c"]) == {2}
    assert changed_lines(old, ["a", "", "b", "new", "", "c"]) == {3}
    assert changed_lines(old, ["a", "c"]) == set()


def test_rewritten_program_is_not_highlighted():
    assert changed_lines(["a", "b", "c"], ["x", "y", "z", "a"]) == {0, 1, 2}
    assert changed_lines(["a", "b", "c"], ["x", "y", "z", "w", "a"]) == set()


def test_line_numbers_for_the_highlighter():
    assert as_ranges({0, 1, 2, 5, 7, 8}) == "1-3 6 8-9"
    assert as_ranges(set()) == ""


def test_sections_lose_markers_and_common_indent():
    listing = parse(
        "a\n    # --8<-- [start:one]\n    b\n        c\n    # --8<-- [end:one]\n", "x.py"
    )
    assert listing.text == "a\n    b\n        c\n"
    assert listing.section("one") == "b\n    c\n"


@pytest.mark.parametrize(
    "text",
    [
        "# --8<-- [start:one]\n",
        "# --8<-- [end:one]\n",
        "# --8<-- [start:раздел]\n# --8<-- [end:раздел]\n",
        "# --8<-- [start:one] \n# --8<-- [end:one]\n",
        "#--8<-- [start:one]\n#--8<-- [end:one]\n",
        "# --8<-- [start:one]\n# --8<-- [end:one]\n# --8<-- [start:one]\n# --8<-- [end:one]\n",
        '# --8<-- "other.py"\n',
    ],
)
def test_wrong_markers_are_named(text):
    with pytest.raises(PageError, match=r"x\.py"):
        parse(text, "x.py")


def test_macro_lines_take_the_indent_of_the_call():
    assert aligned("    " + continued("a\n\nb") + "\nc") == "    a\n\n    b\nc"


def test_escape_leaves_one_line():
    assert escape('a<b>\n"{{') == "a&lt;b&gt;&#10;&quot;&#123;&#123;"


def test_links_follow_the_place_of_the_page():
    assert Page("echo.md", "echo/").link("programs/a.py") == "../programs/a.py"
    assert Page("index.md", "./").link("programs/a.py") == "programs/a.py"
    assert (
        Page("echo.md", "echo.html", directory_urls=False).link("programs/a.py") == "programs/a.py"
    )
    assert Page("index.md", "./").link_to_page("echo.md") == "echo/"
    assert Page("echo.md", "echo/").link_to_page("echo.md") == ""


# ---------------------------------------------------------------- цвета


def colours(scheme):
    """Читает цвета темы из site.css."""
    text = (ROOT / "docs/assets/site.css").read_text(encoding="utf-8")
    block = re.search(rf'\[data-md-color-scheme="{scheme}"\] \{{(.*?)\}}', text, re.DOTALL)[1]
    return dict(re.findall(r"--lab-([\w-]+): (#[0-9a-f]{6});", block))


def luminance(colour):
    """Относительная яркость (WCAG 2.2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(
        weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True)
    )


def contrast(one, other):
    """Контраст двух цветов (WCAG 2.2)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["default", "slate"])
def test_text_is_readable_on_every_background(scheme):
    """WCAG AA: 4,5 : 1 для текста любого размера."""
    found = colours(scheme)
    pairs = [
        (text, background)
        for text in ("ink", "quiet", "accent", "fails", "cured", "wire")
        for background in ("paper", "code", "new")
    ] + [("paper", "fails"), ("paper", "cured")]
    poor = {pair: round(contrast(found[pair[0]], found[pair[1]]), 2) for pair in pairs}
    assert all(value >= 4.5 for value in poor.values()), poor
