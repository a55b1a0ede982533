"""Пакет netlab на самом сайте: страница, с которой его берёт `pip install --find-links`."""

# Колесо (wheel, файл пакета) собирает flit_core — тот же, что ставит netlab в окружение. Он есть в
# замке, но не среди четырёх пакетов, которых сайту хватает: нет его — нет и колеса.

import io
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

FOLDER = "wheels"
REQUIREMENTS = "netlab.txt"
"""Файл для `pip install -r`: с ним команда умещается на доске."""
TIME = (2016, 1, 1, 0, 0, 0)
"""Время всех файлов в колесе, как у тех, что flit_core пишет сам: из тех же файлов — то же колесо.

Окружение (SOURCE_DATE_EPOCH) не годится: его прочёл бы и mkdocs, датируя карту сайта.
"""

INDEX = """<!doctype html>
<html lang="ru">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="Пакет netlab для pip.">
<meta name="color-scheme" content="light dark">
<title>Пакет netlab</title>
<link rel="icon" href="../assets/logo.svg">
</head>
<body>
<main>
<h1>Пакет netlab</h1>
<p>Эту страницу читает pip. Как поставить netlab, сказано в <a href="../index.html">лекции</a>.</p>
<p><a href="{file}">{file}</a></p>
</main>
</body>
</html>
"""


def write_wheel(project: Path, site: Path, url: str) -> None:
    """Собирает netlab из копии репозитория и кладёт колесо и страницу о нём в готовый сайт.

    Сайту, который знает свой адрес url, — и файл для `pip install -r`. Ничего не делает там, где
    нет flit_core или самого pyproject.toml.
    """
    pyproject = project / "pyproject.toml"
    if find_spec("flit_core") is None or not pyproject.is_file():
        return
    from flit_core.wheel import WheelBuilder  # type: ignore[import-untyped]

    content = io.BytesIO()
    wheel = WheelBuilder.from_ini_path(pyproject, content)
    wheel.source_time_stamp = TIME
    wheel.build()
    folder = site / FOLDER
    folder.mkdir(exist_ok=True)
    (folder / wheel.wheel_filename).write_bytes(content.getvalue())
    index = INDEX.format(file=wheel.wheel_filename)
    (folder / "index.html").write_text(index, encoding="utf-8", newline="\n")
    if url:
        (site / REQUIREMENTS).write_text(requirements(url), encoding="utf-8", newline="\n")


def requirements(url: str) -> str:
    """Говорит pip, что ставить и откуда: netlab, и только с сайта по адресу url."""
    # Без --no-index pip взял бы чужой netlab с PyPI.
    lines = ["--no-index", f"--find-links {url}{FOLDER}/", "netlab", ""]
    parts = urlsplit(url)
    if parts.scheme == "http":
        # По http pip доверяет лишь loopback, остальных надо назвать.
        lines.insert(1, f"--trusted-host {parts.netloc}")
    return "\n".join(lines)
