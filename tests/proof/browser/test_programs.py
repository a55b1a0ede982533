"""Программы на страницах: скопированное и скачанное — это сам файл, и он запускается."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page

from netlab.stand import Circumstances, Stand
from tests.proof.browser.reader import UNFOLD, VIEWS, Reader
from tests.proof.browser.served_site import BELOW, ROOT
from tests.test_inventory import sections, without_markers

SNIPPETS = ROOT / "snippets"
STARTED = "echo/echo_clean_stop.py"
EMPTY = "здесь ещё ничего нет"
COPIED = """async before => {
  const deadline = performance.now() + 10_000;
  while (true) {
    const text = await navigator.clipboard.readText();
    if (text !== before || performance.now() > deadline) return text;
    await new Promise(requestAnimationFrame);
  }
}"""
"""Ждёт, пока в буфере обмена не появится другой текст; в срок не появился — вернёт прежний."""

REACHED = """async block => {
  const deadline = performance.now() + 10_000;
  while (!block.querySelector('button[data-clipboard-target]') && performance.now() < deadline) {
    block.scrollIntoView();
    await new Promise(requestAnimationFrame);
  }
}"""
"""Листает до программы: кнопка появляется, когда до неё дошли, а то, что по пути, растёт."""

ADDRESSES = "links => links.map(link => link.getAttribute('href'))"
DOWNLOADS_IN_A_ROW = 8
"""Чаще десяти раз в секунду Chromium одной странице скачивать не даёт."""


def blocks(page: Page) -> Iterator[tuple[str, Locator]]:
    """Раскрывает страницу и перебирает блоки программ: имя файла и блок."""
    page.evaluate(UNFOLD)
    for block in page.locator("[data-snippet]").all():
        yield str(block.get_attribute("data-snippet")), block


def expected(snippet: str, section: str | None) -> str:
    """Текст программы или её раздела, каким его должен получить читатель."""
    text = (SNIPPETS / snippet).read_text(encoding="utf-8")
    return sections(text)[section] if section else without_markers(text)


def copy(block: Locator) -> str:
    """Нажимает «Копировать» и возвращает то, что оказалось в буфере обмена."""
    page = block.page
    page.evaluate("text => navigator.clipboard.writeText(text)", EMPTY)
    block.evaluate(REACHED)
    block.locator("button[data-clipboard-target]").click()
    return str(page.evaluate(COPIED, EMPTY))


def test_copied_is_the_text_of_the_file(reader: Reader) -> None:
    """Кнопка копирует программу или раздел: без пометок, без пропусков, без лишнего в конце."""
    copied = set()
    for address in reader.site.pages:
        for snippet, block in blocks(reader.open(address)):
            section = block.get_attribute("data-section")
            # Последний перевод строки Material срезает; в редакторе его ставит читатель.
            text = expected(snippet, section).removesuffix("\n")
            assert copy(block) == text, (address, snippet, section)
            copied.add(snippet)
    assert STARTED in copied


def test_copied_program_runs_and_answers(reader: Reader, tmp_path: Path) -> None:
    """Скопированное на телефоне и вставленное в файл в пустой папке — работающий эхо-сервер."""
    page = reader.open("echo/", VIEWS[0], has_touch=True, is_mobile=True)
    page.evaluate(UNFOLD)
    text = copy(page.locator(f"[data-snippet='{STARTED}']:not([data-section])"))
    file = tmp_path / Path(STARTED).name
    file.write_text(text, encoding="utf-8", newline="\n")
    with Stand(file, Circumstances(flags=("-I",))) as stand:
        program = stand.start()
        client = stand.connect(program)
        client.send("привет\n".encode())
        client.expect("привет\n".encode())


def test_downloaded_is_the_file(reader: Reader) -> None:
    """Ссылка «Скачать» даёт файл без пометок, под его именем и ниже подпути сайта."""
    downloaded = set()
    for address in reader.site.pages:
        page = reader.open(address, VIEWS[0])
        page.evaluate(UNFOLD)
        links = page.locator("a[download][href$='.py']").evaluate_all(ADDRESSES)
        for number, link in enumerate(sorted(set(links)), 1):
            with page.expect_download() as waiting:
                page.locator(f"a[download][href='{link}']").first.click()
            name = urlsplit(waiting.value.url).path.removeprefix(f"{BELOW}programs/")
            assert waiting.value.suggested_filename == Path(name).name
            text = without_markers((SNIPPETS / name).read_text(encoding="utf-8"))
            assert waiting.value.path().read_bytes() == text.encode(), (address, name)
            downloaded.add(name)
            if number % DOWNLOADS_IN_A_ROW == 0:
                reader.go(page, address)
                page.evaluate(UNFOLD)
    assert STARTED in downloaded
