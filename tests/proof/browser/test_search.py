"""Поиск: что ищут, то и находится, — на сайте, с диска и с одной клавиатуры."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.proof.browser.reader import Reader
from tests.proof.browser.searching import found, search
from tests.proof.browser.served_site import ServedSite

QUERIES = tomllib.loads(Path(__file__).with_name("search_queries.toml").read_text(encoding="utf-8"))
FROM_DISK = ["сервера", "таймаутов", "recv_into", "98", "четверка адресов"]


@pytest.fixture(scope="module")
def asked(browser: Browser, site: ServedSite) -> Iterator[Page]:
    """Страница с открытым окном поиска, одна на все вопросы."""
    reader = Reader(browser, site)
    page = reader.open("recv/")
    page.keyboard.press("/")
    yield page
    reader.leave()
    assert reader.troubles == []


def pages(page: Page, root: str) -> list[str]:
    """Страницы первых трёх ответов; начальная — «/»."""
    addresses = [address.removeprefix(root).partition("#")[0] for address in found(page)[:3]]
    return [address or "/" for address in addresses]


@pytest.mark.parametrize(("query", "wanted"), QUERIES["first"].items())
def test_first_answer_is_the_right_page(
    query: str, wanted: str, asked: Page, site: ServedSite
) -> None:
    search(asked, query)
    assert pages(asked, site.url)[0] in wanted.split()


@pytest.mark.parametrize(("query", "wanted"), QUERIES["among"].items())
def test_right_page_is_among_three(query: str, wanted: str, asked: Page, site: ServedSite) -> None:
    search(asked, query)
    assert not set(wanted.split()).isdisjoint(pages(asked, site.url))


def test_queries_are_many() -> None:
    assert len(QUERIES["first"]) + len(QUERIES["among"]) >= 60


def test_disk_answers_the_same(browser: Browser, site: ServedSite, asked: Page) -> None:
    """Двойной щелчок по файлу: тот же поиск, без единого запроса в сеть."""
    disk = site.folder.as_uri() + "/"
    with browser.new_context() as context:
        troubles: list[str] = []
        page = context.new_page()
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "request",
            lambda one: None if one.url.startswith(disk) else troubles.append(one.url),
        )
        page.goto(f"{disk}recv/index.html")
        page.keyboard.press("/")
        for query in FROM_DISK:
            search(page, query)
            search(asked, query)
            served = [address.removeprefix(site.url) for address in found(asked)]
            assert served
            assert [address.removeprefix(disk) for address in found(page)] == served
    assert troubles == []


def test_keyboard_is_enough(reader: Reader) -> None:
    page = reader.open("echo/")
    page.keyboard.press("/")
    search(page, "SO_LINGER")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    second = found(page)[1]
    assert page.evaluate("document.activeElement.href") == second
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    first = found(page)[0]
    page.keyboard.press("Enter")
    page.wait_for_url(first)
    assert not page.locator("dialog.search").is_visible()


def test_escape_closes_and_gives_the_focus_back(reader: Reader) -> None:
    page = reader.open("echo/")
    page.locator(".search-open").click()
    search(page, "bind")
    page.keyboard.press("Escape")
    assert not page.locator("dialog.search").is_visible()
    assert page.evaluate("document.activeElement.matches('.search-open')")


def test_slash_in_a_field_is_a_slash(reader: Reader) -> None:
    page = reader.open("echo/")
    page.keyboard.press("/")
    page.keyboard.type("a/b")
    assert page.locator("dialog.search input").input_value() == "a/b"


def test_found_text_is_text_not_markup(reader: Reader) -> None:
    page = reader.open("fetch/")
    page.keyboard.press("/")
    search(page, "h1")
    assert found(page)
    assert page.locator("dialog.search li h1").count() == 0
    assert "<h1>" in page.locator("dialog.search ol").inner_text()


def test_nothing_is_loaded_until_asked(reader: Reader) -> None:
    page = reader.open("")
    assert page.evaluate("typeof MiniSearch") == "undefined"


def test_broken_download_is_told(browser: Browser, site: ServedSite) -> None:
    with browser.new_context() as context:
        # До первого запроса: перехват, включённый на открытой странице, может опоздать.
        context.route("**/sections.js", lambda route: route.abort())
        page = context.new_page()
        page.goto(f"{site.url}recv/")
        page.keyboard.press("/")
        page.locator("dialog.search input").fill("recv")
        status = page.locator("dialog.search [role=status]")
        expect(status).to_have_text("Поиск не загрузился: обновите страницу.")
