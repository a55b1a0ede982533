"""Вид страниц: узкий и широкий экран, светлая и тёмная тема."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import mean

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.proof.browser.reader import FOLD, UNFOLD, VIEWS, WHOLE, Reader, View
from tests.proof.browser.screenshots import keep_screenshot
from tests.proof.browser.searching import found, search
from tests.proof.browser.served_site import ServedSite

FONT_SIZE = (17, 18)
MEASURE = (60, 72)
"""Кегль текста и длина его строки в знаках."""

SIDEWAYS = """() => {
  const width = document.documentElement.clientWidth;
  const scrolls = element => element !== null &&
    (/auto|scroll/.test(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
  const wide = [...document.body.querySelectorAll('*')].filter(element =>
    element.checkVisibility({visibilityProperty: true, opacityProperty: true}) &&
    element.getBoundingClientRect().right > width + 1 && !scrolls(element.parentElement));
  const page = document.documentElement.scrollWidth;
  return [...(page > width ? [`страница шириной ${page}`] : []),
          ...wide.slice(0, 5).map(element => `${element.tagName} ${element.className}`)];
}"""
"""Что не помещается в ширину экрана и не прокручивается внутри себя."""

WIDTHS = (320, 600, 768, 960, 1024, 1220, 1440, 1920)
"""Ширины экранов между узким и широким: на них меняется раскладка Material."""

JUMPS = """() => new Promise(told => {
  const seen = list => list.getEntries().filter(one => one.value > 0.01);
  new PerformanceObserver(list => told(seen(list).map(one =>
    [one.value, ...one.sources.map(source => source.node?.outerHTML?.slice(0, 120))].join(' '))))
    .observe({type: 'layout-shift', buffered: true});
  // Список уже случившегося приходит не позже следующего кадра.
  requestAnimationFrame(() => requestAnimationFrame(() => told([])));
})"""
"""Что прыгнуло, пока страница загружалась. Хорошим считается сдвиг до 0,1 (web.dev, CLS), здесь —
до 0,01: столько даёт кадр, показанный раньше, чем пришёл конец страницы."""

CLIPPED = """() => [...document.querySelectorAll('.md-content :is(pre, pre > *)')]
  .filter(element => element.scrollWidth > element.clientWidth && element.clientWidth > 0)
  .map(element => element.closest('[class]:is(div, figure)').innerText.split('\\n')[0])"""
"""Программы и экраны терминала, которым понадобилась прокрутка вбок."""

LINES = """() => [...document.querySelectorAll('.md-content__inner > p:not(.lab)')]
  .map(element => {
    const range = document.createRange(), lines = [''];
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    let right = -Infinity;
    while (walker.nextNode()) {
      for (let i = 0; i < walker.currentNode.length; i++) {
        range.setStart(walker.currentNode, i);
        range.setEnd(walker.currentNode, i + 1);
        const box = range.getBoundingClientRect();
        if (box.width === 0) continue;
        if (box.left < right - 5) lines.push('');
        right = box.right;
        lines[lines.length - 1] += range.toString();
      }
    }
    return {size: parseFloat(getComputedStyle(element).fontSize), lines};
  })"""
"""Строки каждого абзаца, как их разложил браузер, и его кегль."""

ONE_OF_A_KIND = """() => {
  const looks = new Set();
  const repeated = [...document.querySelectorAll('.highlight code span')].filter(word => {
    const style = getComputedStyle(word);
    const look = [style.color, style.backgroundColor, style.fontWeight, style.fontSize,
                  word.className, word.closest('.hll') !== null].join();
    return looks.has(look) || !looks.add(look);
  });
  for (const word of repeated) word.replaceWith(...word.childNodes);
}"""
"""Из слов программ, одинаковых на вид, оставляет отмеченным одно: их тысячи, и axe сверял бы
контраст каждого."""

AXE = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "resultTypes": ["violations"],
    # Знаки ✓, ✗ и стрелки axe без этого пропускает: они одни и не буквы.
    "checks": {"color-contrast": {"options": {"ignoreUnicode": False, "ignoreLength": True}}},
}
EXCEPT_CONTRAST = {**AXE, "rules": {"color-contrast": {"enabled": False}}}


@dataclass(frozen=True)
class Screen:
    """Все страницы сайта, открытые на одном экране: адрес — страница."""

    view: View
    reader: Reader
    pages: dict[str, Page]


@pytest.fixture(scope="module", params=VIEWS, ids=str)
def screen(request: pytest.FixtureRequest, browser: Browser, site: ServedSite) -> Iterator[Screen]:
    """Каждый экран по очереди; страницы открываются один раз на все тесты."""
    reader = Reader(browser, site)
    pages = {address: reader.open(address, request.param) for address in site.pages}
    for page in pages.values():
        page.evaluate(UNFOLD)
        page.evaluate(WHOLE)
        page.evaluate(FOLD)
    yield Screen(request.param, reader, pages)
    reader.leave()
    assert reader.troubles == []


ON_A_WIDE_SCREEN = pytest.mark.parametrize("screen", [VIEWS[2]], ids=str, indirect=True)


def violations(page: Page, options: dict) -> list[str]:
    """Прогоняет axe и пересказывает найденное: правило, место, что не так."""
    return [
        f"{rule['id']}: {node['target']} — {node['failureSummary']}"
        for rule in Axe().run(page, options=options).response["violations"]
        for node in rule["nodes"]
    ]


def test_nothing_scrolls_the_page_sideways(screen: Screen) -> None:
    """Страница не шире экрана; что шире, прокручивается внутри себя."""
    for address, page in screen.pages.items():
        page.evaluate(FOLD)
        keep_screenshot(page, address, str(screen.view))
        assert page.evaluate(SIDEWAYS) == [], address
        page.evaluate(UNFOLD)
        assert page.evaluate(SIDEWAYS) == [], f"{address}, всё раскрыто"


@ON_A_WIDE_SCREEN
def test_every_width_is_wide_enough(screen: Screen) -> None:
    """От 320 до 1920 px страница вбок не прокручивается, даже когда всё раскрыто."""
    for address, page in screen.pages.items():
        page.evaluate(UNFOLD)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": screen.view.height})
            assert page.evaluate(SIDEWAYS) == [], (address, width)
        page.set_viewport_size({"width": screen.view.width, "height": screen.view.height})


def test_nothing_jumps_while_the_page_loads(reader: Reader) -> None:
    for view in (VIEWS[0], VIEWS[2]):
        for address in reader.site.pages:
            page = reader.open(address, view)
            assert page.evaluate(JUMPS) == [], (address, view)
            page.context.close()


@ON_A_WIDE_SCREEN
def test_programs_fit_a_wide_screen(screen: Screen) -> None:
    """При 1280 px ни программе, ни отчёту прокрутка вбок не нужна."""
    for address, page in screen.pages.items():
        page.evaluate(UNFOLD)
        assert page.evaluate(CLIPPED) == [], address


@ON_A_WIDE_SCREEN
def test_text_is_easy_to_read(screen: Screen) -> None:
    """Кегль 17–18 px, строка при 1280 px — в среднем 60–72 знака."""
    lengths = {}
    for address, page in screen.pages.items():
        paragraphs = page.evaluate(LINES)
        for one in paragraphs:
            assert FONT_SIZE[0] <= one["size"] <= FONT_SIZE[1], (address, one)
        # Последняя строка абзаца кончается там, где кончился текст.
        lines = [line.strip() for one in paragraphs for line in one["lines"][:-1]]
        lengths[address] = [len(line) for line in lines]
    assert lengths["echo/"]
    for address, seen in lengths.items():
        assert not seen or MEASURE[0] <= mean(seen) <= MEASURE[1], (address, seen)


def test_page_is_quiet_and_search_finds(screen: Screen) -> None:
    """Ни ошибки, ни чужого запроса — и тогда, когда всё раскрыто и поиск нашёл урок."""
    for address, page in screen.pages.items():
        page.evaluate(UNFOLD)
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        page.locator(".search-open").click()
        search(page, "recv")
        assert found(page)[0].startswith(f"{screen.reader.site.url}recv/"), address
        page.keyboard.press("Escape")
        assert not page.locator("dialog.search").is_visible()
    assert screen.reader.troubles == []


def test_axe_finds_nothing(screen: Screen) -> None:
    """Доступность: страница как она открылась и она же со всем раскрытым."""
    for address, page in screen.pages.items():
        page.evaluate(FOLD)
        # Кнопку, уехавшую под шапку, axe счёл бы заслонённой.
        page.evaluate("scrollTo(0, 0)")
        # Цвета проверит второй проход: раскрытое видно вместе со всем остальным. А без цветов
        # тёмная тема от светлой не отличается.
        if screen.view.scheme == "light":
            assert violations(page, EXCEPT_CONTRAST) == [], address
        page.evaluate(UNFOLD)
        page.evaluate(ONE_OF_A_KIND)
        assert violations(page, AXE) == [], f"{address}, всё раскрыто"


def test_axe_finds_nothing_in_the_search(screen: Screen) -> None:
    """Окно поиска с найденным и окно, в котором ничего не нашлось."""
    page = screen.pages["recv/"]
    page.locator(".search-open").click()
    for query in ("recv", "щщщ"):
        search(page, query)
        assert violations(page, AXE) == [], query
    page.keyboard.press("Escape")
