"""Чтение: с клавиатуры, при свете и в темноте, по ссылкам таблицы и без JavaScript."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from playwright.sync_api import Locator, Page, expect

from netlab.lesson import read_lessons
from netlab.records import read_record
from tests.proof.browser.reader import LAID_OUT, VIEWS, Reader
from tests.proof.browser.test_programs import SNIPPETS, blocks, expected

TABS = 1000
"""Столько нажатий Tab самое большее нужно, чтобы пройти страницу до конца."""

FOCUSED = """() => {
  const element = document.activeElement, style = getComputedStyle(element);
  return {tag: element.tagName, text: element.textContent.trim(),
          seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0,
          open: element.parentElement.open,
          outside: element === document.body};
}"""
"""Что сейчас в фокусе и видно ли это."""

SCHEME = """() => [document.body.dataset.mdColorScheme,
                   getComputedStyle(document.body).backgroundColor]"""

LANDED = """id => {
  const box = document.getElementById(id)?.getBoundingClientRect();
  // Сразу после перехода страница ещё разбирается: нет ни шапки, ни места.
  const header = document.querySelector('.md-header')?.getBoundingClientRect().bottom;
  return !!box && box.bottom >= header && box.top >= header - 4 && box.top < innerHeight;
}"""
"""Место, куда вела ссылка, на экране и не под шапкой."""


def test_folded_blocks_open_from_the_keyboard(reader: Reader) -> None:
    """Tab доходит до каждого свёрнутого блока, фокус виден, Enter открывает и закрывает."""
    for address in reader.site.pages:
        page = reader.open(address)
        # Свёрнутое внутри свёрнутого появляется, когда откроют внешнее, а тест его закрывает.
        folded = page.locator("details:not(details details)").count()
        for _ in range(TABS):
            if not folded:
                break
            page.keyboard.press("Tab")
            focused = page.evaluate(FOCUSED)
            assert not focused["outside"], f"{address}: не дошли до {folded} свёрнутых блоков"
            if focused["tag"] == "SUMMARY":
                assert focused["seen"], (address, focused)
                page.keyboard.press("Enter")
                assert page.evaluate(FOCUSED)["open"], (address, focused)
                page.keyboard.press("Enter")
                assert not page.evaluate(FOCUSED)["open"], (address, focused)
                folded -= 1
        assert folded == 0, address


def scheme(page: Page) -> tuple[str, str]:
    """Тема страницы и цвет её бумаги."""
    name, paper = page.evaluate(SCHEME)
    return name, paper


def test_scheme_is_switched_and_kept(reader: Reader) -> None:
    """Сначала тема — как у системы; выбранная переключателем остаётся после перезагрузки."""
    for view, other in ((VIEWS[2], "slate"), (VIEWS[1], "default")):
        page = reader.open("", view)
        before = scheme(page)
        page.locator("label[for^=__palette_]:visible").click()
        expect(page.locator("body")).to_have_attribute("data-md-color-scheme", other)
        after = scheme(page)
        assert before[0] != after[0]
        assert before[1] != after[1]
        page.reload()
        assert scheme(page) == after


def follow(page: Page, link: Locator) -> None:
    """Щёлкает по ссылке и ждёт, пока на экране не окажется место, куда она ведёт."""
    place = unquote(urlsplit(str(link.get_attribute("href"))).fragment)
    link.click()
    page.wait_for_function(LANDED, arg=place)


def test_links_of_the_table_lead_to_their_places(reader: Reader) -> None:
    """Ссылка таблицы приводит к версии или к запуску: место раскрыто и видно под шапкой."""
    page = reader.open("", VIEWS[0])
    follow(page, page.locator(".lab-properties td a").first)
    assert page.url.startswith(f"{reader.site.url}echo/#")
    links = page.locator(".lab-properties a").all()
    assert links
    for link in links:
        follow(page, link)


def test_all_can_be_read_without_javascript(reader: Reader) -> None:
    """Без JavaScript на месте и программы, и записи запусков, и свёрнутое раскрывается."""
    kept = {
        (program.name, verdict.id): verdict
        for lesson in read_lessons(SNIPPETS)
        for program in lesson.programs
        for verdict in read_record(program).verdicts
    }
    programs = runs = 0
    for address in reader.site.pages:
        page = reader.open(address, java_script_enabled=False)
        # Переключателю версий без JavaScript показывать нечего.
        assert not any(one.is_visible() for one in page.locator(".lab-versions").all()), address
        for summary in page.locator("details:not(.lab-versions *) > summary").all():
            summary.press("Enter")
        assert page.locator("details:not([open], .lab-versions *)").count() == 0, address
        page.evaluate(LAID_OUT)
        for snippet, block in blocks(page):
            text = expected(snippet, block.get_attribute("data-section"))
            code = block.locator("code")
            assert code.is_visible(), (address, snippet)
            assert code.text_content() == text, (address, snippet)
            programs += 1
        for run in page.locator("[data-run]").all():
            verdict = kept[run.get_attribute("data-run"), run.get_attribute("data-property")]
            seen = run.locator("li").evaluate_all("lines => lines.map(li => li.checkVisibility())")
            assert seen == [True] * len(verdict.conversation), (address, verdict.id)
            words = run.inner_text().replace("\N{NO-BREAK SPACE}", " ")
            for shown in (verdict.title, verdict.why, verdict.expected, verdict.received):
                assert shown.replace("\N{NO-BREAK SPACE}", " ") in words, (address, verdict.id)
            runs += 1
    assert programs
    assert runs


def test_missing_address_shows_the_way_back(reader: Reader) -> None:
    """Несуществующий адрес в глубине сайта: код 404, вид сайта и ссылка на начало."""
    page = reader.new_context(VIEWS[2]).new_page()
    address = f"{reader.site.url}нет/такой/страницы"
    response = page.goto(address)
    assert response is not None
    assert response.status == 404
    # Сама страница и есть единственная неудача.
    assert [trouble for trouble in reader.troubles if response.url not in trouble] == []
    reader.troubles.clear()
    page.locator(".md-header a.md-logo").click()
    expect(page).to_have_url(reader.site.url)
