"""Шпаргалка помещается на один лист A4, и буквы на нём не мельче 9 pt."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.proof.browser.reader import VIEWS, Reader, View
from tests.proof.browser.screenshots import keep_pdf

ADDRESS = "cheatsheet/"
POINT = 96 / 72
SHEET = {"width": int(192 / 25.4 * 96), "height": int(279 / 25.4 * 96)}
"""Лист A4 без полей в 9 мм, в пикселях CSS."""

SMALLEST = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), sizes = [];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() && element.checkVisibility())
      sizes.push(parseFloat(getComputedStyle(element).fontSize));
  }
  return Math.min(...sizes);
}"""

COLOURS = (
    "() => [document.querySelector('h1'), document.body].map(one => getComputedStyle(one).color)"
)


def printed(reader: Reader, view: View) -> Page:
    """Шпаргалка, какой она ляжет на бумагу."""
    page = reader.open(ADDRESS, view)
    page.set_viewport_size(SHEET)
    page.emulate_media(media="print")
    return page


@pytest.mark.parametrize("view", VIEWS[2:], ids=str)
def test_cheatsheet_is_one_page(reader: Reader, view: View) -> None:
    page = reader.open(ADDRESS, view)
    pdf = page.pdf(prefer_css_page_size=True)
    keep_pdf(ADDRESS, pdf)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    width, height = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf).groups()
    assert (round(float(width)), round(float(height))) == (595, 842)


def test_nothing_shrinks_to_fit(reader: Reader) -> None:
    """Не поместившееся Chromium молча уменьшил бы вместе со всем листом."""
    page = printed(reader, VIEWS[2])
    assert page.evaluate("document.documentElement.scrollWidth") <= SHEET["width"]
    assert page.evaluate(SMALLEST) >= 9 * POINT


def test_dark_theme_is_not_printed(reader: Reader) -> None:
    light, dark = (printed(reader, view).evaluate(COLOURS) for view in VIEWS[2:])
    assert light == dark
