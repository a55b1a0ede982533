"""Собранный сайт и веб-сервер, который отдаёт его ниже подпути, как GitHub Pages."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BELOW = "/lecture/"
"""Подпуть: на GitHub Pages сайт проекта лежит не в корне."""
MISSING = "404.html"
SECONDS = 60


@dataclass(frozen=True)
class ServedSite:
    """Собранный сайт, который открывается по адресу url."""

    folder: Path
    url: str

    @property
    def pages(self) -> list[str]:
        """Адреса всех страниц от корня сайта; у начальной адрес пустой.

        Перечень пакетов читает pip, а не человек: он не страница.
        """
        files = sorted(set(self.folder.rglob("*.html")) - {self.folder / "wheels" / "index.html"})
        return [
            file.relative_to(self.folder).as_posix().removesuffix("index.html") for file in files
        ]


class Handler(SimpleHTTPRequestHandler):
    """Отдаёт файлы ниже подпути, а вместо того, чего нет, — страницу 404 самого сайта."""

    protocol_version = "HTTP/1.1"

    def translate_path(self, path: str) -> str:
        """Переводит адрес в путь к файлу; выше подпути нет ничего."""
        if not path.startswith(BELOW):
            return str(Path(self.directory, "выше подпути"))
        return super().translate_path(path.removeprefix(BELOW.rstrip("/")))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Отвечает страницей 404 сайта, как делает GitHub Pages."""
        page = Path(self.directory, MISSING).read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:
        """Молчит: журнал запросов ведёт браузер."""


def build(folder: Path, **settings: str) -> None:
    """Собирает сайт; settings — переменные окружения, а любое предупреждение — ошибка."""
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT, capture_output=True, encoding="utf-8", timeout=SECONDS, check=False,
        env={**os.environ, **settings, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@contextlib.contextmanager
def served_site(folder: Path) -> Iterator[ServedSite]:
    """Собирает сайт в папку и отдаёт его, пока не выйдут из with."""
    handler = partial(Handler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        site = ServedSite(folder, f"http://127.0.0.1:{server.server_port}{BELOW}")
        build(folder, SITE_URL=site.url)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
