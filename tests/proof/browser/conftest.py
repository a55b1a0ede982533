"""Собранный сайт, Chromium и читатель, который ими пользуется."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.proof.browser.reader import Reader
from tests.proof.browser.served_site import ServedSite, served_site
from tests.proof.foreign_programs import path_of

CHROMIUM_ARGUMENTS = [
    # Под root песочница Chromium не работает.
    "--no-sandbox",
    "--disable-gpu",
    # Без этого браузер ходит в сеть и сам по себе.
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedSite]:
    """Сайт, собранный один раз на все тесты."""
    with served_site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, один на все тесты."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path_of("chromium"), args=CHROMIUM_ARGUMENTS
        )
        yield browser
        browser.close()


@pytest.fixture
def reader(browser: Browser, site: ServedSite) -> Iterator[Reader]:
    """Читатель; что бы он ни делал, страницы обязаны молчать."""
    reader = Reader(browser, site)
    yield reader
    reader.leave()
    assert reader.troubles == []
