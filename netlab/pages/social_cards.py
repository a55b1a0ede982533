"""Карточки страниц: картинки, с которыми мессенджер показывает ссылку (`make cards`).

На карточке — заголовок, описание и таблица урока в миниатюре: строка — свойство, столбец — версия,
полный кружок — выполнено. Рисует её Chromium из HTML, а хеш этого HTML остаётся в самом файле PNG:
по нему видно, что страница с тех пор изменилась. Сборке сайта Chromium не нужен.
"""

import hashlib
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mkdocs.utils.meta import get_data

from netlab.pages.errors import PageError
from netlab.pages.markup import escape, tag
from netlab.pages.shelf import Shelf
from netlab.pages.table import steps

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
CARDS = DOCS / "assets" / "cards"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SECONDS = 60

WIDTH, HEIGHT = 1200, 630
"""Размер, под который сети рисуют большую карточку (https://ogp.me, отношение 1,91 : 1)."""
DEFAULT_LESSON = "echo"
SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORD = b"Source"

STYLE = """
body { background: #fdfdfb; color: #1d2126; display: flex; font: 30px/1.4 system-ui, sans-serif;
       gap: 70px; height: 630px; margin: 0; }
main { display: flex; flex: 1; flex-direction: column; padding: 60px 0 56px 70px; }
small { color: #0a5597; font-size: 26px; font-weight: 600; }
h1 { font-size: 66px; letter-spacing: -0.01em; line-height: 1.15; margin: 0 0 28px;
     margin-top: auto; text-wrap: balance; }
p { color: #59616a; margin: 0 0 auto; }
svg { margin: auto 70px auto 0; max-height: 510px; }
circle { stroke-width: 3; }
.passed { fill: #12633a; stroke: #12633a; }
.failed { fill: none; stroke: #ad231b; }
"""


@dataclass(frozen=True)
class Card:
    """Карточка одной страницы."""

    source: str
    """Путь страницы внутри docs, например recv.md."""
    markup: str

    @property
    def file(self) -> Path:
        """Картинка, на которую ссылается страница (theme/main.html)."""
        return CARDS / Path(self.source).with_suffix(".png")

    @property
    def digest(self) -> bytes:
        """Хеш того, что нарисовано."""
        return hashlib.sha256(self.markup.encode()).hexdigest().encode()

    @property
    def is_drawn(self) -> bool:
        """Картинка есть, и нарисовано на ней то, что страница говорит сейчас."""
        return self.file.is_file() and written_digest(self.file.read_bytes()) == self.digest


def cards(docs: Path = DOCS) -> Iterator[Card]:
    """Перебирает карточки всех страниц.

    Raises:
        PageError: у страницы нет описания, или запись урока не читается.
    """
    shelf = Shelf(ROOT / "snippets")
    tables = {lesson.page: lesson.id for lesson in shelf.lessons() if lesson.steps}
    for page in sorted(docs.glob("*.md")):
        text, meta = get_data(page.read_text(encoding="utf-8"))
        if "description" not in meta:
            raise PageError(f"в docs/{page.name} нет description: впишите, о чём страница.")
        title = meta.get("title") or next(line for line in text.splitlines() if line[:2] == "# ")
        table = miniature(shelf, tables.get(page.name, DEFAULT_LESSON))
        yield Card(page.name, card_markup(title.removeprefix("# "), meta["description"], table))


def card_markup(title: str, description: str, table: str) -> str:
    """Пишет страницу, которую снимет Chromium."""
    name = "" if title == site_name() else tag("small", escape(site_name()))
    text = tag("main", name, tag("h1", escape(title)), tag("p", escape(description)))
    return (
        '<!doctype html><html lang="ru"><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{STYLE}</style><body>{text}{table}</body></html>"
    )


def site_name() -> str:
    """Название сайта, как оно написано в mkdocs.yml."""
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    found = re.search(r"^site_name: (.+)$", settings, re.MULTILINE)
    assert found
    return found[1]


def miniature(shelf: Shelf, lesson: str) -> str:
    """Рисует таблицу урока кружками."""
    columns = steps(shelf, shelf.lesson(lesson))
    circles = [
        tag("circle", cx=str(30 * x + 15), cy=str(30 * y + 15), r="9",
            class_="passed" if verdict.passed else "failed")
        for x, column in enumerate(columns)
        for y, verdict in enumerate(column.verdicts.values())
    ]  # fmt: skip
    width, height = 30 * len(columns), 30 * len(columns[0].verdicts)
    scale = min(1, 510 / height, 330 / width)
    return tag(
        "svg", *circles, viewBox=f"0 0 {width} {height}",
        width=f"{width * scale:.0f}", height=f"{height * scale:.0f}",
    )  # fmt: skip


def draw(card: Card, browser: str) -> None:
    """Снимает карточку и кладёт её в docs.

    Raises:
        PageError: Chromium картинки не сделал.
    """
    with tempfile.TemporaryDirectory() as folder:
        page, shot = Path(folder, "card.html"), Path(folder, "card.png")
        page.write_text(card.markup, encoding="utf-8")
        # Под root песочница Chromium не работает; страница здесь своя.
        root = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        done = subprocess.run(
            [browser, "--headless", "--disable-gpu", *root, "--hide-scrollbars",
             f"--user-data-dir={folder}/profile", f"--window-size={WIDTH},{HEIGHT}",
             f"--screenshot={shot}", page.as_uri()],
            capture_output=True, encoding="utf-8", timeout=SECONDS, check=False,
        )  # fmt: skip
        if not shot.is_file():
            raise PageError(f"Chromium не нарисовал карточку {card.source}:\n{done.stderr}")
        card.file.parent.mkdir(parents=True, exist_ok=True)
        card.file.write_bytes(with_digest(shot.read_bytes(), card.digest))


def with_digest(png: bytes, digest: bytes) -> bytes:
    """Вписывает хеш в PNG, в текстовый кусок сразу за заголовком (PNG, 11.3.3.2 tEXt)."""
    text = b"tEXt" + KEYWORD + b"\0" + digest
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    place = len(SIGNATURE) + 25  # IHDR: длина, имя, 13 байт и сумма
    return png[:place] + chunk + png[place:]


def written_digest(png: bytes) -> bytes:
    """Достаёт из PNG хеш; если его там нет, возвращает пустую строку."""
    _, _, rest = png.partition(b"tEXt" + KEYWORD + b"\0")
    return rest[:64]


def main() -> int:
    """Рисует карточки, которых нет или которые устарели; возвращает код завершения."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    try:
        drawn = list(cards())
        for card in drawn:
            if card.is_drawn:
                continue
            if browser is None:
                print("Карточки рисует Chromium, а его нет: поставьте его.", file=sys.stderr)
                return 1
            draw(card, browser)
            print(card.file.relative_to(ROOT).as_posix())
    except PageError as error:
        print(error, file=sys.stderr)
        return 1
    for file in set(CARDS.glob("*.png")) - {card.file for card in drawn}:
        file.unlink()
        print(f"{file.relative_to(ROOT).as_posix()}: такой страницы больше нет, убрана")
    return 0


if __name__ == "__main__":
    sys.exit(main())
