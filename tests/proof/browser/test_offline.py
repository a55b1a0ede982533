"""Сайт на диске: открыт двойным щелчком, и всё на месте — страницы, ссылки, программы, поиск."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.proof.browser.reader import MILLISECONDS
from tests.proof.browser.searching import found, search
from tests.proof.browser.served_site import build

LINKS = "() => [...document.querySelectorAll('a[href]')].map(a => a.href)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Сайт, собранный так, как его собирает `make offline`."""
    folder = tmp_path_factory.mktemp("offline") / "лекция с пробелом"
    build(folder, DIRECTORY_URLS="false")
    return folder


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Пустая вкладка; всё, на что страница пожалуется, и каждый её запрос в сеть — ошибка."""
    troubles: list[str] = []
    with browser.new_context() as context:
        context.set_default_timeout(MILLISECONDS)
        context.on("console", lambda message: troubles.append(message.text))
        context.on("weberror", lambda error: troubles.append(str(error.error)))
        context.on(
            "requestfailed",
            # Ушли со страницы раньше, чем она дочитала значок: не беда.
            lambda one: None if one.failure == "net::ERR_ABORTED" else troubles.append(one.url),
        )
        context.on(
            "request",
            lambda one: (
                None if one.url.startswith(("file:", "data:")) else troubles.append(one.url)
            ),
        )
        yield context.new_page()
    assert troubles == []


def test_every_page_opens_and_every_link_leads_to_a_file(page: Page, folder: Path) -> None:
    # Страницу 404 отдаёт сервер, а с диска её не открыть: ссылки в ней от корня.
    pages = sorted(set(folder.rglob("*.html")) - {folder / "404.html"})
    assert len(pages) > 15
    for file in pages:
        page.goto(file.as_uri())
        for link in page.evaluate(LINKS):
            if link.startswith("file:"):
                target = Path(unquote(urlsplit(link).path))
                assert target.is_file(), (file.name, link)


def test_search_leads_to_the_section(page: Page, folder: Path) -> None:
    page.goto((folder / "beyond.html").as_uri())
    page.keyboard.press("/")
    search(page, "REUSEADDR")
    first = found(page)[0]
    assert Path(unquote(urlsplit(first).path)) == folder / "echo.html"
    page.keyboard.press("Enter")
    page.wait_for_url(first)
    assert page.locator(f"[id='{unquote(urlsplit(first).fragment)}']").is_visible()


def test_program_is_next_to_the_pages(page: Page, folder: Path) -> None:
    page.goto((folder / "recv.html").as_uri())
    link = page.locator("a[download]").first
    program = Path(unquote(urlsplit(link.evaluate("link => link.href")).path))
    assert program.suffix == ".py"
    compile(program.read_text(encoding="utf-8"), program.name, "exec")


def test_frame_comes_apart_from_disk(page: Page, folder: Path) -> None:
    page.goto((folder / "fetch.html").as_uri())
    figure = page.locator(".lab-frames")
    figure.get_by_role("button", name="Снять слой").click()
    assert figure.locator(".chosen p b").text_content() == "пакет IPv4"
    capture = Path(unquote(urlsplit(figure.locator("a[download]").evaluate("a => a.href")).path))
    assert capture.suffix == ".pcapng"
    assert capture.stat().st_size > 0
