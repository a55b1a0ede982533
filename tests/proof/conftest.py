"""Сайт, который читают не браузером: по тексту его страниц."""

from pathlib import Path

import pytest

from tests.proof.browser.served_site import build

TEACHER_ADDRESS = "http://127.0.0.1:8001/"
"""Как у `make teach`: с решениями сайт собирают только для своей машины."""


@pytest.fixture(scope="session")
def teacher_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Сайт с заметками преподавателя и решениями: в нём есть весь текст, что написан."""
    folder = tmp_path_factory.mktemp("teacher")
    build(folder, TEACH="1", SITE_URL=TEACHER_ADDRESS)
    return folder
