"""Собранный сайт, Chromium и читатель, который ими пользуется."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.proof.browser.reader import Reader
from tests.proof.browser.served_site import ServedSite, served_site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedSite]:
    """Сайт, собранный один раз на все тесты."""
    with served_site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def reader(browser: Browser, site: ServedSite) -> Iterator[Reader]:
    """Читатель; что бы он ни делал, страницы обязаны молчать."""
    reader = Reader(browser, site)
    yield reader
    reader.leave()
    assert reader.troubles == []
