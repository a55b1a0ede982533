"""Программы на самой странице: кладёт в готовый сайт CPython для браузера и лабораторию.

CPython и редактор ставит make в .venv-browser; в копии репозитория их нет. Нет их — сайт
собирается без кнопок ▶ и говорит, как их получить. Нет кнопок и там, где сайт открывают с диска:
с file:// браузер потоков не заводит.

Файл подключён в mkdocs.yml как hook: оболочка страниц узнаёт от него, ставить ли кнопки.
"""

import json
import logging
import shutil
from pathlib import Path
from typing import Any

log = logging.getLogger("mkdocs.plugins.netlab")

ROOM = Path(__file__).resolve().parents[1] / "browser"
SITE_FOLDER = Path("assets", "run")
SHOWN = {"net": "*.mjs", "lab": "*.*"}
"""Папки лаборатории, которые сайт отдаёт как есть."""
PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
LOCK = "pyodide-lock.json"
INDEX = "index.json"
OFFLINE = "offline.js"
ADVICE = "Кнопок ▶ на страницах не будет: нет CPython для браузера. Его ставит make serve."


def installed(project: Path) -> Path:
    """Папка, в которую make ставит CPython для браузера и редактор."""
    return project / ".venv-browser"


def on_config(config: Any) -> None:
    """Решает, ставить ли на страницы кнопки."""
    found = (installed(Path(config.config_file_path).parent) / "editor.mjs").is_file()
    if not found:
        log.info(ADVICE)
    config.extra["run_in_browser"] = found and config.use_directory_urls


def on_post_build(config: Any) -> None:
    """Кладёт файлы в сайт; mkdocs serve за этой папкой не следит."""
    if config.extra["run_in_browser"]:
        project = Path(config.config_file_path).parent
        write_laboratory(installed(project), Path(config.site_dir))


def write_laboratory(source: Path, site: Path) -> None:
    """Кладёт CPython, редактор, лабораторию и index.json о них в папку сайта."""
    folder = site / SITE_FOLDER
    pyodide = folder / "pyodide"
    pyodide.mkdir(parents=True, exist_ok=True)
    package = source / "node" / "node_modules" / "pyodide"
    for name in (*PYODIDE, LOCK):
        copy(package / name, pyodide / name)
    copy(source / "editor.mjs", folder / "editor.mjs")
    for room, pattern in SHOWN.items():
        (folder / room).mkdir(exist_ok=True)
        for file in (ROOM / room).glob(pattern):
            copy(file, folder / room / file.name)
    # Такой файл видит только свою папку и ниже: ему место в корне.
    copy(ROOM / "lab" / OFFLINE, site / OFFLINE)
    wheels = sorted((site / "wheels").glob("*.whl"))
    contents = {
        "sizes": {name: (pyodide / name).stat().st_size for name in PYODIDE},
        "shims": texts(ROOM / "python"),
        "scenes": texts(ROOM / "scenes"),
        "wheel": f"../../wheels/{wheels[-1].name}" if wheels else None,
        "files": [
            file.relative_to(folder).as_posix()
            for file in sorted(folder.rglob("*"))
            if file.is_file() and file.name not in (INDEX, OFFLINE)
        ],
    }
    text = json.dumps(contents, ensure_ascii=False)
    (folder / INDEX).write_text(text, encoding="utf-8", newline="\n")


def texts(folder: Path) -> dict[str, str]:
    """Тексты программ папки по именам."""
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.py"))}


def copy(source: Path, target: Path) -> None:
    """Кладёт файл, если он не тот, что лежит: при каждой правке их переписывать незачем."""
    before, after = source.stat(), target.stat() if target.is_file() else None
    stamp = (before.st_size, before.st_mtime_ns)
    if after is None or stamp != (after.st_size, after.st_mtime_ns):
        shutil.copy2(source, target)
