"""Поиск глазами читателя: спросить и посмотреть, что нашлось."""

from playwright.sync_api import Page


def search(page: Page, query: str) -> None:
    """Набирает вопрос в открытом окне поиска и ждёт ответа на него."""
    page.locator("dialog.search input").fill(query)
    page.wait_for_function(
        "query => document.querySelector('dialog.search ol').dataset.query === query", arg=query
    )


def found(page: Page) -> list[str]:
    """Адреса найденных разделов по порядку."""
    links = page.locator("dialog.search li a")
    return [str(address) for address in links.evaluate_all("links => links.map(a => a.href)")]
