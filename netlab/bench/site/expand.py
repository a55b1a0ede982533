"""Страницы лекции после макросов: `python -m netlab.bench.site.expand ПАПКА` в корне лекции."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.plugins import BasePlugin
from mkdocs.structure.pages import Page


class Keeper(BasePlugin):  # type: ignore[type-arg, no-untyped-call]
    """Пишет в папку каждую страницу такой, какой её получает Markdown."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def on_page_markdown(self, markdown: str, /, *, page: Page, **_: Any) -> None:
        """Стоит последним: макросы своё уже сделали."""
        target = self.folder / page.file.src_uri
        target.parent.mkdir(parents=True, exist_ok=True)
        meta = json.dumps(page.meta, ensure_ascii=False, default=str)
        target.write_text(f"---\n{meta}\n---\n\n{markdown}", encoding="utf-8")


def expand(folder: Path) -> None:
    """Собирает сайт лекции ради его страниц; сам сайт никому не нужен."""
    with tempfile.TemporaryDirectory(prefix="netlab-bench-") as site:
        config = load_config("mkdocs.yml", site_dir=site)
        config.plugins["keeper"] = Keeper(folder)
        config.plugins.on_startup(command="build", dirty=False)
        build(config)


if __name__ == "__main__":
    expand(Path(sys.argv[1]))
