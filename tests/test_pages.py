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
from xml.etree import ElementTree

import pytest
from jinja2 import Environment, StrictUndefined
from mkdocs.exceptions import PluginError

from netlab.lesson import read_lesson
from netlab.pages.benchmark import bench
from netlab.pages.calls import check_template
from netlab.pages.changes import as_ranges, changed_lines
from netlab.pages.chart import LINE_HEIGHT, Axis, Line, Scale, chart, spaced
from netlab.pages.drawings import SVG, drawing
from netlab.pages.errors import PageError
from netlab.pages.macros import Desk, define_env, guarded, page_macros, stop
from netlab.pages.markup import aligned, continued, escape
from netlab.pages.page import Page
from netlab.pages.sections import parse
from netlab.pages.shelf import Shelf
from netlab.pages.terminal import command, transcript

ROOT = Path(__file__).resolve().parents[1]

# ---------------------------------------------------------------- сборка пробной страницы


def copy_project(folder):
    """Кладёт в папку то, без чего сайт не собрать."""
    for name in ("netlab", "snippets", "docs/assets"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    # Настройки — настоящие, кроме навигации: других страниц в этом проекте нет.
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    settings = re.sub(r"(?m)^nav:\n(  .*\n)+", "", settings)
    (folder / "mkdocs.yml").write_text(settings, encoding="utf-8")
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


def with_broken_bench(folder):
    (folder / "snippets/echo/records/bench.json").write_text("{}", encoding="utf-8")


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
    "versions_of_another_page": (
        '{{ versions("recv") }}', nothing,
        ["урока recv", "меньше двух версий"],
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
    "bench_is_broken": (
        '{{ bench("echo") }}', with_broken_bench,
        ["snippets/echo/records/bench.json", "не читается", "make bench"],
    ),
    "unknown_part_of_bench": (
        '{{ bench("fetch", "curl") }}', nothing,
        ["части «curl» у bench нет", "напишите «curve»"],
    ),
    "not_measured": ('{{ bench("recv") }}', nothing, ["«recv» не измеряют", "echo, fetch"]),
    "unknown_property": (
        '{{ run("echo/echo_bytes.py", "half_closed") }}', nothing,
        ["echo/echo_bytes.py", "«half_closed»", "напишите «half_close»"],
    ),
    "failure_is_not_promised": (
        '{{ run("echo/echo_bytes.py", "reset") }}', nothing,
        ["echo/echo_bytes.py", "впишите «reset» в shows", "echo/lesson.toml"],
    ),
    "no_transcript": (
        '{{ transcript("reference/ss_lisen.txt") }}', nothing,
        ["snippets/reference/records", "«ss_lisen.txt»", "напишите «ss_listen.txt»"],
    ),
    "unknown_kind": ('{{ contract("eco") }}', nothing, ["netlab/checks", "напишите «echo»"]),
    "nothing_to_compare_with": (
        '{{ cured("echo/echo_original.py") }}', nothing,
        ["echo/echo_original.py", "уберите cured"],
    ),
    "no_drawing": ('{{ drawing("layers", step="0") }}', nothing, ["docs/drawings", "«layers»"]),
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


def test_transcript_shows_what_was_typed(tmp_path):
    shutil.copytree(ROOT / "snippets/reference", tmp_path / "reference")
    screen = "$ nc <b>\nhello ⏎\nhello & {{\n^D\n"
    (tmp_path / "reference/records/nc.txt").write_text(screen, encoding="utf-8")
    assert transcript(Shelf(tmp_path), "reference/nc.txt") == (
        '<div class="lab lab-terminal"><pre tabindex="0"><samp><kbd>$ nc &lt;b&gt;</kbd>&#10;'
        "<kbd>hello ⏎</kbd>&#10;hello &amp; &#123;&#123;&#10;<kbd>^D</kbd></samp></pre></div>"
    )


def test_links_follow_the_place_of_the_page():
    assert Page("echo.md", "echo/").link("programs/a.py") == "../programs/a.py"
    assert Page("index.md", "./").link("programs/a.py") == "programs/a.py"
    assert (
        Page("echo.md", "echo.html", directory_urls=False).link("programs/a.py") == "programs/a.py"
    )
    assert Page("index.md", "./").link_to_page("echo.md") == "echo/"
    assert Page("echo.md", "echo/").link_to_page("echo.md") == ""


# ---------------------------------------------------------------- рисунки

GROWING = """<svg xmlns="http://www.w3.org/2000/svg">
  <!-- Ноль, потом один. -->
  <view data-to="0" viewBox="0 0 336 10"/> <view data-from="1" viewBox="0 0 336 20"/>
  <title data-to="0">Шаг 0</title> <title data-from="1">Шаг 1</title> <desc>Слова
    и слова</desc>
  <g class="kept"> <text data-to="0">было</text> <text class="b" data-from="1">стало</text> </g>
</svg>"""


@pytest.fixture
def growing(tmp_path):
    (tmp_path / "growing.svg").write_text(GROWING, encoding="utf-8")
    return tmp_path


def test_drawing_shows_what_belongs_to_the_step(growing):
    shown = drawing(growing, Page("a.md", "a/"), "growing", "1")
    assert shown == (
        '<figure class="lab lab-drawing" id="drawing-growing-1" data-wire="drawing">'
        '<svg xmlns="http://www.w3.org/2000/svg" aria-labelledby="drawing-growing-1-title" '
        'aria-describedby="drawing-growing-1-desc" role="img" viewBox="0 0 336 20"> '
        '<title id="drawing-growing-1-title">Шаг 1</title> '
        '<desc id="drawing-growing-1-desc">Слова и слова</desc> '
        '<g class="kept"> <text class="b new">стало</text> </g> </svg>'
        '<button type="button">Показать по шагам</button></figure>'
    )


def test_nothing_is_new_on_the_first_step(growing):
    shown = drawing(growing, Page("a.md", "a/"), "growing", "0")
    assert "было" in shown
    assert "new" not in shown


@pytest.mark.parametrize(
    ("name", "step", "words"),
    [
        ("growin", "0", "напишите «growing»"),
        ("growing", "2", "шага «2»"),
        ("torn", "0", "torn.svg не разбирается"),
    ],
)
def test_wrong_drawing_is_explained(growing, name, step, words):
    (growing / "torn.svg").write_text("<svg>", encoding="utf-8")
    with pytest.raises(PageError, match=words):
        drawing(growing, Page("a.md", "a/"), name, step)


DRAWINGS = ROOT / "docs/drawings"
STEPS = [
    (path.stem, view.get("data-from", "0"))
    for path in sorted(DRAWINGS.glob("*.svg"))
    for view in ElementTree.parse(path).iter(f"{SVG}view")
]


@pytest.mark.parametrize(("name", "step"), STEPS)
def test_drawing_is_named_and_legible_on_a_phone(name, step):
    shown = drawing(DRAWINGS, Page("a.md", "a/"), name, step)
    for part in ("title", "desc"):
        assert len(re.findall(f"<{part} id=[^>]*>[^<]+</{part}>", shown)) == 1
    # Со строгой CSP ни стиль в теге, ни программа не сработали бы.
    assert not re.search(r"<script|<style|\s(?:style|href|on\w+)=", shown)
    width = float(re.search(r'viewBox="\S+ \S+ (\S+) ', shown)[1])
    css = (ROOT / "docs/assets/site.css").read_text(encoding="utf-8")
    size = int(re.search(r"\.lab-drawing svg \{[^}]*font: (\d+)px", css)[1])
    # На экране шириной 360 px колонке текста достаётся 328.
    assert size * 328 / width >= 12


# ---------------------------------------------------------------- график


def shown_bench(*arguments):
    """То, что макрос bench кладёт на страницу."""
    return bench(Shelf(ROOT / "snippets"), Page("a.md", "a/"), *arguments)


def test_curve_is_told_by_picture_words_and_table():
    shown = shown_bench("fetch")
    assert shown.startswith(command("python -m netlab.bench fetch"))
    picture = re.search(r'<figure class="lab lab-drawing lab-chart" id="bench-curve">.*', shown)[0]
    svg = ElementTree.fromstring(re.search("<svg.*</svg>", picture)[0])
    assert svg.get("role") == "img"
    words = {part.get("id"): part.text for part in svg if part.tag in (f"{SVG}title", f"{SVG}desc")}
    assert words[svg.get("aria-labelledby")] == "Сколько времени уходит на страницу"
    lesson = read_lesson(ROOT / "snippets/fetch")
    for file, state in (
        ("original", "fails"), ("join", "cured"), ("length", "cured"), ("netlab", "cured"),
    ):  # fmt: skip
        name = lesson.find(f"fetch_{file}.py").title
        assert f"{name}: 1 МиБ за " in words[svg.get("aria-describedby")]
        assert [text.get("class") for text in svg.iter(f"{SVG}text") if text.text == name] == [
            f"name {state} start"
        ]
    assert not re.search(r"<script|<style|\s(?:style|href|on\w+)=", picture)
    assert "дальше не ждали" in picture  # оригинал до большой страницы не доходит
    folded = shown.partition('??? note "Те же числа таблицей"')[2]
    assert folded.count("<tr>") == 2 + 4
    assert all(line.startswith("    <div") for line in folded.splitlines() if line)


@pytest.mark.parametrize(
    ("arguments", "command_line", "reference"),
    [
        (("echo",), "netlab.bench", "C, epoll"),
        (("fetch", "download"), "netlab.bench fetch", "curl"),
        (("transfer",), "netlab.bench transfer", "nc -N, nc -l"),
    ],
)
def test_numbers_name_their_command_machine_and_reference(arguments, command_line, reference):
    shown = shown_bench(*arguments)
    assert f"python -m {command_line}" in shown
    assert re.search(r"<p>Linux \S+, ядер: \d+, Python 3\.\d+; медиана раундов: \d+\.", shown)
    assert f"отношение к «{reference}» в том же раунде" in shown


def test_logarithmic_scale_gives_each_doubling_the_same_length():
    scale = Scale(1, 64, 10, 70)
    assert [scale.place(value) for value in (1, 2, 8, 64)] == pytest.approx([10, 20, 40, 70])


def test_names_of_lines_do_not_overlap():
    assert spaced([100, 20, 180]) == [100, 20, 180]
    # Стопка из трёх стоит серединой на середине своих мест, порядок сверху вниз прежний.
    assert spaced([104, 100, 20, 102]) == [102 + LINE_HEIGHT, 102 - LINE_HEIGHT, 20, 102]


def test_curve_that_was_not_finished_says_so():
    lines = [
        Line("Оригинал", ((1, 300), (2, 1200)), "fails", "дальше не ждали"),
        Line("a < b", ((1, 3), (2, 6), (4, 12)), "cured"),
    ]
    across = Axis("размер", ((1, "1"), (2, "2"), (4, "4")))
    shown = chart("c", "Имя", "Слова", lines, across, Axis("время", ((1, "1 мс"), (10, "10 мс"))))
    texts = [text.text for text in ElementTree.fromstring(shown).iter(f"{SVG}text")]
    # Отметки за краем (1 мс) нет.
    assert texts == [
        "10 мс", "1", "2", "4", "время", "размер", "Оригинал", "дальше не ждали", "a < b",
    ]  # fmt: skip
    assert shown.count("<circle") == 5


def test_chart_is_as_wide_as_drawings():
    """Значит, и буквы на телефоне не мельче (см. test_drawing_is_named_and_legible_on_a_phone)."""
    shown = shown_bench("fetch")
    assert 'viewBox="0 0 336 ' in shown


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
