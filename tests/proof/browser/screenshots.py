"""Снимки страниц для человека: CI хранит их рядом с отчётом, и на них смотрят глазами."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page

FOLDER = os.environ.get("SCREENSHOTS")
"""Папка для снимков; не названа — снимков нет."""
HEIGHT = 6000


def name_of(address: str, look: str) -> str:
    """Имя файла снимка без расширения: страница и то, как на неё смотрели."""
    return f"{address.strip('/').replace('/', '-') or 'index'}-{look}"


def keep_screenshot(page: Page, address: str, look: str) -> None:
    """Снимает страницу от верха, не больше 6000 пикселей."""
    if not FOLDER:
        return
    height = page.evaluate("document.documentElement.scrollHeight")
    width = page.evaluate("document.documentElement.clientWidth")
    page.screenshot(
        path=Path(FOLDER, f"{name_of(address, look)}.png"),
        full_page=True,
        clip={"x": 0, "y": 0, "width": width, "height": min(height, HEIGHT)},
    )


def keep_pdf(address: str, pdf: bytes) -> None:
    """Сохраняет страницу, какой она вышла бы из принтера."""
    if FOLDER:
        Path(FOLDER, f"{name_of(address, 'print')}.pdf").write_bytes(pdf)
