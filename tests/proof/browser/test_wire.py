"""Кадр под лупой и рисунок по шагам: мышью, с клавиатуры, пальцем, без JavaScript и на бумаге."""

from __future__ import annotations

import gzip
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from netlab.wire.dissect import dissect
from netlab.wire.header import Field, Layer
from netlab.wire.talk import file_of, read_talk
from tests.proof.browser.reader import NARROW, VIEWS, WIDE, Reader, View
from tests.proof.browser.screenshots import keep_screenshot
from tests.proof.browser.served_site import ROOT
from tests.proof.browser.test_look import AXE, JUMPS, SIDEWAYS

PLACE = ROOT / "snippets/fetch/captures/fetch_original.prints"
FRAMES = [dissect(frame.data) for frame in read_talk(PLACE).frames]
SHOWN = 7
"""Место показанного кадра в захвате."""
GET = FRAMES[SHOWN]
PROJECTOR = View(683, 512, "light")
"""Проектор 1024 × 768, страница увеличена в полтора раза."""
BUDGET = 60_000
STEPS = 5
TALKS = ["fetch/", "sendall/", "recv/", "files/", "fetch-again/", "shutdown/", "echo/"]
"""Страницы с разговорами."""

LIT_BITS = """figure => [...figure.querySelectorAll('td.lit')].flatMap(cell => {
  const at = cell.dataset.byte * 8, part = name => parseFloat(cell.style.getPropertyValue(name));
  const [from, to] = [part('--from') * .08, part('--to') * .08];
  return Array.from({length: to - from}, (_, bit) => at + from + bit);
})"""
"""Номера подсвеченных битов кадра."""

HEIGHTS = """figure => {
  const height = () => figure.getBoundingClientRect().height, heights = [height()];
  const select = figure.querySelector('select');
  for (const option of select.options) {
    option.selected = true;
    select.dispatchEvent(new Event('change'));
    heights.push(height());
    for (const one of figure.querySelectorAll('[data-field], td[data-byte]')) {
      one.click();
      heights.push(height());
    }
  }
  return heights;
}"""
"""Высота лупы на каждом кадре, поле и байте."""


@pytest.fixture
def fetch(reader: Reader) -> Page:
    """Урок 2 на широком экране."""
    return reader.open("fetch/")


@pytest.fixture
def layers(reader: Reader) -> Page:
    """Урок 1 на широком экране."""
    return reader.open("layers/")


def explorer(page: Page) -> Locator:
    """Лупа на этой странице."""
    return page.locator(".lab-frames")


def bits(field: Field) -> list[int]:
    """Биты поля."""
    return list(range(field.start, field.start + field.size))


def violations(part: Locator) -> list[str]:
    """Прогоняет axe по части страницы: всю смотрит test_look.py."""
    part.evaluate("part => part.classList.add('examined')")
    response = Axe().run(part.page, context=".examined", options=AXE).response
    return [
        f"{rule['id']}: {node['html']}" for rule in response["violations"] for node in rule["nodes"]
    ]


def lit(figure: Locator) -> list[str]:
    """Названия подсвеченных полей."""
    return [str(one) for one in figure.locator(".lab-field.lit > span").all_text_contents()]


def header(figure: Locator, layer: Layer) -> Locator:
    """Заголовок слоя на рисунке слоёв."""
    protocol = layer.title.rpartition(" ")[2]
    return figure.get_by_role("button", name=f"Заголовок {protocol} {layer.size} Б")


# ---------------------------------------------------------------- лупа


def test_every_field_lights_its_bits(fetch: Page) -> None:
    """Мышью: навели на поле — подсветились его биты, ни одним больше; сказано, что оно значит."""
    figure = explorer(fetch)
    for layer in GET:
        header(figure, layer).click()
        for number, field in enumerate(layer.fields):
            figure.locator(f".chosen [data-field='{number}']").hover()
            assert figure.evaluate(LIT_BITS) == bits(field), field
            assert lit(figure) == [field.title]
            said = figure.get_by_role("status")
            for words in (field.title, field.about, field.name, layer.source):
                expect(said).to_contain_text(words)
    fetch.mouse.move(0, 0)
    assert lit(figure) == []


def test_every_byte_lights_its_fields(fetch: Page) -> None:
    """Мышью: навели на байт — подсветились все его поля, и видно тот слой, в котором они."""
    figure = explorer(fetch)
    for byte in range(GET[-1].start + GET[-1].size):
        figure.locator(f"td[data-byte='{byte}']").hover()
        own = [
            (layer, field)
            for layer in GET
            for field in layer.fields
            if set(bits(field)) & set(range(byte * 8, byte * 8 + 8))
        ]
        assert lit(figure) == [field.title for _, field in own]
        assert figure.locator(".chosen p b").text_content() == own[0][0].title
        expect(figure.get_by_role("status")).to_contain_text(f"Байт {byte}: ")


def test_half_a_byte_is_told_by_its_bits(fetch: Page) -> None:
    figure = explorer(fetch)
    header(figure, GET[1]).click()
    figure.get_by_role("button", name="длина заголовка").click()
    said = figure.get_by_role("status")
    expect(said).to_contain_text("длина заголовка 5 — 20 байт — байт 14, биты 01000101.")
    assert said.locator("code b").text_content() == "0101"


def test_arrows_walk_fields_and_bytes(fetch: Page) -> None:
    """С клавиатуры: стрелки ходят внутри, Tab — дальше, Esc гасит; ловушек нет."""
    figure = explorer(fetch)
    header(figure, GET[1]).focus()
    fetch.keyboard.press("Enter")
    for _ in GET[2:]:
        fetch.keyboard.press("Tab")
    fetch.keyboard.press("Tab")
    fetch.keyboard.press("Tab")
    assert lit(figure) == ["версия"]
    fetch.keyboard.press("ArrowUp")
    fetch.keyboard.press("ArrowDown")
    fetch.keyboard.press("ArrowDown")
    assert lit(figure) == ["срочность"]
    fetch.keyboard.press("End")
    assert lit(figure) == ["IP получателя"]
    fetch.keyboard.press("Tab")
    focused = fetch.locator("td:focus")
    expect(focused).to_have_attribute("data-byte", "14")
    for key, byte in (("ArrowRight", 15), ("ArrowDown", 23), ("ArrowLeft", 22), ("ArrowUp", 14)):
        fetch.keyboard.press(key)
        expect(focused).to_have_attribute("data-byte", str(byte))
    fetch.keyboard.press("End")
    expect(focused).to_have_attribute(
        "data-byte", str(len(read_talk(PLACE).frames[SHOWN].data) - 1)
    )
    assert lit(figure) == [GET[-1].fields[-1].title]
    fetch.keyboard.press("Escape")
    assert lit(figure) == []
    fetch.keyboard.press("Tab")
    expect(fetch.locator(".lab-frames a[download]")).to_be_focused()


def test_finger_chooses_fields_and_bytes(reader: Reader) -> None:
    page = reader.open("fetch/", VIEWS[1], has_touch=True, is_mobile=True)
    figure = explorer(page)
    header(figure, GET[1]).tap()
    figure.get_by_role("button", name="TTL").tap()
    assert figure.evaluate(LIT_BITS) == list(range(22 * 8, 23 * 8))
    # Сказанное видно, хотя лупа выше экрана.
    expect(figure.get_by_role("status")).to_be_in_viewport(ratio=1)
    figure.locator("td[data-byte='12']").tap()
    assert lit(figure) == ["что внутри"]


def test_headers_come_off_one_by_one_and_back(fetch: Page) -> None:
    figure = explorer(fetch)
    off, on = (figure.get_by_role("button", name=name) for name in ("Снять слой", "Вернуть"))
    expect(on).to_have_attribute("aria-disabled", "true")
    for layer in GET[1:]:
        off.press("Enter")
        expect(figure.get_by_role("status")).to_contain_text(layer.title)
        assert figure.locator(".chosen p b").text_content() == layer.title
        first = figure.locator("td[data-byte]:visible").first
        expect(first).to_have_attribute("data-byte", str(layer.start))
    expect(header(figure, GET[0])).to_be_hidden()
    expect(off).to_have_attribute("aria-disabled", "true")
    off.click(force=True)
    assert figure.locator("td[data-byte]:visible").count() == GET[-1].size
    for _ in GET[1:]:
        on.click()
    expect(header(figure, GET[0])).to_be_visible()
    expect(on).to_have_attribute("aria-disabled", "true")


def test_any_frame_of_the_capture(fetch: Page) -> None:
    """Стрелками и перечнем; поле, на которое смотрели, остаётся выбранным."""
    figure = explorer(fetch)
    header(figure, GET[1]).click()
    figure.get_by_role("button", name="TTL").click()
    figure.get_by_role("button", name="Следующий кадр").click()
    assert lit(figure) == ["TTL"]
    expect(figure.get_by_role("status")).to_contain_text("TTL 63")
    for number, tree in enumerate(FRAMES):
        figure.get_by_role("combobox").select_option(str(number))
        expect(figure.locator("figcaption")).to_contain_text(f"Кадр {number + 1} из {len(FRAMES)}")
        titles = figure.locator(".lab-layers p b").all_text_contents()
        assert titles == [layer.title for layer in tree]
        values = figure.locator(".lab-field code").all_text_contents()
        fields = [field for layer in tree for field in layer.fields]
        assert values == [str(one.number) if one.size == 1 else one.value for one in fields]
    expect(figure.get_by_role("button", name="Следующий кадр")).to_have_attribute(
        "aria-disabled", "true"
    )


@pytest.mark.parametrize("size", [NARROW, WIDE, (PROJECTOR.width, PROJECTOR.height)], ids=str)
def test_nothing_jumps_whatever_is_shown(reader: Reader, size: tuple[int, int]) -> None:
    """Ни при загрузке, ни от кадра к кадру, ни от поля к полю высота не меняется."""
    page = reader.open("fetch/", View(*size, "light"))
    assert page.evaluate(JUMPS) == []
    heights = explorer(page).evaluate(HEIGHTS)
    assert len(heights) > sum(len(layer.fields) for tree in FRAMES for layer in tree)
    assert set(heights) == {heights[0]}
    assert page.evaluate(SIDEWAYS) == []


def test_whole_frame_is_there_without_javascript(reader: Reader) -> None:
    page = reader.open("fetch/", VIEWS[0], java_script_enabled=False)
    figure = explorer(page)
    fields = [field for layer in GET for field in layer.fields]
    assert figure.locator(".lab-field:visible").count() == len(fields)
    assert figure.locator("td:visible").filter(has_text=re.compile("^[0-9a-f]{2}$")).count() == 85
    assert figure.get_by_role("button").count() == 0
    expect(figure.get_by_role("combobox")).to_be_hidden()
    reader.go(page, "layers/")
    assert page.locator(".lab-drawing svg:visible").count() == STEPS
    assert page.locator(".lab-drawing button:visible").count() == 0


def test_whole_frame_is_on_paper(fetch: Page) -> None:
    fetch.emulate_media(media="print")
    figure = explorer(fetch)
    assert figure.locator(".lab-field:visible").count() == sum(len(one.fields) for one in GET)
    expect(figure.get_by_role("combobox")).to_be_hidden()


def test_reader_leaves_and_comes_back(reader: Reader) -> None:
    """Туда по ссылке и обратно: лупа работает, а на странице без неё нет и её файлов."""
    page = reader.open("fetch/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator("a[rel=next]").first.click()
    page.wait_for_url("**/sendall/")
    assert not [url for url in asked if "wire." in url]
    page.go_back()
    page.wait_for_url("**/fetch/")
    header(explorer(page), GET[1]).click()
    explorer(page).get_by_role("button", name="TTL").click()
    assert lit(explorer(page)) == ["TTL"]


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_axe_finds_nothing_in_the_explorer(reader: Reader, view: View) -> None:
    page = reader.open("fetch/", view)
    figure = explorer(page)
    header(figure, GET[1]).click()
    figure.get_by_role("button", name="длина заголовка").click()
    figure.evaluate("figure => figure.scrollIntoView()")
    keep_screenshot(page, "fetch/", f"frames-{view}")
    assert violations(figure) == []
    figure.get_by_role("button", name="Снять слой").click()
    assert violations(figure) == []


def test_capture_is_downloaded_as_it_was_recorded(fetch: Page) -> None:
    with fetch.expect_download() as waiting:
        explorer(fetch).locator("a[download]").click()
    assert waiting.value.suggested_filename == "fetch_original.prints.pcapng"
    assert waiting.value.path().read_bytes() == file_of(PLACE, "pcapng").read_bytes()


@pytest.mark.parametrize("address", ["layers/", *TALKS])
def test_page_weighs_little_more(reader: Reader, address: str) -> None:
    folder = reader.site.folder
    whole = (folder / address / "index.html").read_text(encoding="utf-8")
    figure = r'<figure class="lab lab-(?:frames|talk)".*?</figure>'
    without = re.sub(figure, "", whole, flags=re.DOTALL)
    assert len(without) < len(whole)
    added = [folder / "assets" / name for name in ("wire.js", "wire.css", "talk.css")]
    weight = sum(len(gzip.compress(path.read_bytes())) for path in added)
    weight += len(gzip.compress(whole.encode())) - len(gzip.compress(without.encode()))
    assert weight <= BUDGET


# ---------------------------------------------------------------- разговор


OUTSIDE = """pictures => pictures.flatMap(picture => {
  const { width, height } = picture.viewBox.baseVal;
  return [...picture.querySelectorAll('text')].filter(text => {
    const box = text.getBBox();
    return box.x < 0 || box.y < 0 || box.x + box.width > width || box.y + box.height > height;
  }).map(text => text.textContent);
})"""
"""Подписи, которые не поместились на рисунке."""


@pytest.mark.parametrize("view", [VIEWS[0], VIEWS[2], PROJECTOR], ids=str)
@pytest.mark.parametrize("address", TALKS)
def test_every_word_of_a_talk_is_inside(reader: Reader, address: str, view: View) -> None:
    page = reader.open(address, view)
    talks = page.locator(".lab-talk")
    assert talks.count() > 0
    assert page.locator(".lab-talk svg").evaluate_all(OUTSIDE) == []
    talks.first.scroll_into_view_if_needed()
    keep_screenshot(page, address, f"talk-{view}")
    assert page.evaluate(SIDEWAYS) == []


def test_a_talk_is_told_in_words(reader: Reader) -> None:
    """Без рисунка остаётся то же самое словами, и открывают их с клавиатуры."""
    page = reader.open("recv/")
    figure = page.locator(".lab-talk").first
    told = figure.locator("li")
    expect(told.first).not_to_be_visible()
    figure.locator("summary").press("Enter")
    expect(told.first).to_be_visible()
    assert told.count() > figure.locator("[data-frame]").count()
    expect(figure.get_by_role("img")).to_have_accessible_name("Два куска, а recv вернул первый")


# ---------------------------------------------------------------- рисунок по шагам


def steps(page: Page, step: int = 0) -> Locator:
    """Открывает рисунок на шаге."""
    page.locator(f"#drawing-layers-{step}").get_by_role("button").click()
    return page.get_by_role("dialog", name="Рисунок по шагам")


def picture(dialog: Locator) -> str:
    """Название показанной картины."""
    return str(dialog.locator("svg title").text_content()).replace("\N{NO-BREAK SPACE}", " ")


def test_problem_comes_first_then_the_header(layers: Page) -> None:
    """Кнопкой: беда следующего шага при прежней картине, потом новая картина."""
    dialog = steps(layers)
    onward = dialog.get_by_role("button", name="Дальше")
    assert picture(dialog).startswith("Шаг 0")
    for step in range(1, STEPS):
        onward.press("Enter")
        heading = dialog.locator(".lab-steps-title").text_content()
        assert heading is not None
        assert heading.replace("\N{NO-BREAK SPACE}", " ").startswith(f"Шаг {step}. ")
        assert picture(dialog).startswith(f"Шаг {step - 1}")
        assert dialog.locator(".new").count() == 0
        onward.press("Enter")
        assert picture(dialog).startswith(f"Шаг {step}")
        assert dialog.locator(".header.new").count() == 1
    expect(onward).to_have_attribute("aria-disabled", "true")
    expect(onward).to_be_focused()
    dialog.get_by_role("button", name="Назад").click()
    assert picture(dialog).startswith("Шаг 3")
    dialog.get_by_role("button", name="Шаг 2").click()
    assert picture(dialog).startswith("Шаг 2")
    expect(dialog.locator("[aria-current=step]")).to_have_attribute("aria-label", "Шаг 2")


def test_drawing_opens_where_it_was_asked_and_closes(layers: Page) -> None:
    before = layers.evaluate("scrollY")
    dialog = steps(layers, 3)
    expect(dialog.locator(".lab-steps-title")).to_contain_text("Порт: к\N{NO-BREAK SPACE}какому")
    assert picture(dialog).startswith("Шаг 2")
    layers.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(layers.locator("#drawing-layers-3 button")).to_be_focused()
    assert before is not None
    steps(layers, 3).get_by_role("button", name="Закрыть").click()
    expect(layers.locator("#drawing-layers-3 button")).to_be_focused()


@pytest.mark.parametrize(
    ("onward", "back"),
    [("ArrowRight", "ArrowLeft"), ("ArrowDown", "ArrowUp"), ("PageDown", "PageUp")],
)
def test_keys_turn_the_steps(layers: Page, onward: str, back: str) -> None:
    dialog = steps(layers)
    for _ in range(4):
        layers.keyboard.press(onward)
    assert picture(dialog).startswith("Шаг 2")
    layers.keyboard.press(back)
    assert picture(dialog).startswith("Шаг 1")
    layers.keyboard.press("End")
    assert picture(dialog).startswith("Шаг 4")
    layers.keyboard.press("Home")
    assert picture(dialog).startswith("Шаг 0")


def swipe(page: Page, across: int, down: int = 0) -> None:
    """Проводит пальцем по картине."""
    box = page.locator(".lab-steps-picture").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 3
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        session.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": one, "y": other} for one, other in points]},
        )

    touch("touchStart", (x, y))
    for part in range(1, 5):
        touch("touchMove", (x + across * part / 4, y + down * part / 4))
    touch("touchEnd")


def test_swipe_turns_the_steps(reader: Reader) -> None:
    page = reader.open("layers/", VIEWS[0], has_touch=True, is_mobile=True)
    dialog = steps(page)
    for _ in range(2):
        swipe(page, -120)
    expect(dialog.locator("svg title")).to_contain_text("Шаг\N{NO-BREAK SPACE}1")
    swipe(page, 0, -80)  # это прокрутка
    swipe(page, 120)
    expect(dialog.locator("svg title")).to_contain_text("Шаг\N{NO-BREAK SPACE}0")


def test_nothing_moves_for_those_who_asked(reader: Reader, layers: Page) -> None:
    """Новый заголовок въезжает; кто просил не двигать, у того он просто стоит."""
    moving = "dialog => dialog.getAnimations({subtree: true}).length"
    dialog = steps(layers, 1)
    layers.keyboard.press("ArrowRight")
    assert dialog.evaluate(moving) == 0
    layers.emulate_media(reduced_motion="no-preference")
    for _ in range(2):
        layers.keyboard.press("ArrowRight")
    assert dialog.evaluate(moving) > 0
    # Прежнее с места не сходит.
    assert dialog.locator(".computer").first.evaluate("one => one.getAnimations().length") == 0


@pytest.mark.parametrize("view", [*VIEWS, PROJECTOR], ids=str)
def test_steps_fit_the_screen(reader: Reader, view: View) -> None:
    """Картина на экране, буквы не мельче 11 px, а на телефоне — 12; axe молчит."""
    page = reader.open("layers/", view)
    dialog = steps(page, 4)
    page.keyboard.press("ArrowRight")
    assert dialog.evaluate("one => one.scrollWidth <= one.clientWidth")
    scale = dialog.locator("svg").evaluate("one => one.getBoundingClientRect().width / 336")
    assert 13 * scale >= (11 if view == PROJECTOR else 12)
    for name in ("Назад", "Дальше", "Закрыть"):
        expect(dialog.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
    expect(dialog.locator(".header.new rect")).to_be_in_viewport(ratio=0.99)
    if view.width > NARROW[0]:
        expect(dialog.locator("svg")).to_be_in_viewport(ratio=1)
    keep_screenshot(page, "layers/", f"steps-{view}")
    assert violations(dialog) == []


def test_ids_stay_unique(layers: Page) -> None:
    steps(layers)
    ids = layers.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))
