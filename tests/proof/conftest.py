"""Общее у всей проверки: браузер и сайт преподавателя, который читают не браузером."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.proof.browser.served_site import build
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
TEACHER_ADDRESS = "http://127.0.0.1:8001/"
"""Как у `make teach`: с решениями сайт собирают только для своей машины."""


@pytest.fixture(scope="session")
def teacher_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Сайт с заметками преподавателя и решениями: в нём есть весь текст, что написан."""
    folder = tmp_path_factory.mktemp("teacher")
    build(folder, TEACH="1", SITE_URL=TEACHER_ADDRESS)
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, один на все тесты."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path_of("chromium"), args=CHROMIUM_ARGUMENTS
        )
        yield browser
        browser.close()
