"""Кнопка ▶: у каких программ она есть и что кладёт сборка, есть CPython для браузера или нет."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from types import SimpleNamespace

import pytest

from netlab.pages import run_in_browser
from netlab.pages.blocks import runs_in_browser


def config(folder: Path, *, directory_urls: bool = True) -> SimpleNamespace:
    """Настройки сборки копии, которая лежит в folder."""
    return SimpleNamespace(
        config_file_path=str(folder / "mkdocs.yml"),
        site_dir=str(folder / "site"),
        extra={},
        use_directory_urls=directory_urls,
    )


def install(folder: Path) -> None:
    """Кладёт туда, куда ставит make, файлы с их именами вместо содержимого."""
    room = run_in_browser.installed(folder)
    package = room / "node" / "node_modules" / "pyodide"
    package.mkdir(parents=True)
    for name in (*run_in_browser.PYODIDE, run_in_browser.LOCK):
        (package / name).write_text(name)
    (room / "editor.mjs").write_text("editor")


@pytest.mark.parametrize(
    ("text", "can"),
    [
        ("import socket\n", True),
        ("import socket\nimport ssl\n", False),
        ("from subprocess import run\n", False),
        ("    pid = os.fork()\n", False),
        ("# import ssl здесь не нужен\n", True),
    ],
)
def test_programs_without_encryption_and_processes_run(text: str, can: bool) -> None:
    assert runs_in_browser(text) is can


def test_without_python_there_are_no_buttons_and_the_log_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = config(tmp_path)
    with caplog.at_level(logging.INFO):
        run_in_browser.on_config(settings)
        run_in_browser.on_post_build(settings)
    assert settings.extra == {"run_in_browser": False}
    assert not (tmp_path / "site").exists()
    assert "make serve" in caplog.text


def test_site_opened_from_disk_has_no_buttons(tmp_path: Path) -> None:
    install(tmp_path)
    settings = config(tmp_path, directory_urls=False)
    run_in_browser.on_config(settings)
    assert settings.extra == {"run_in_browser": False}


def test_everything_needed_lies_in_the_site(tmp_path: Path) -> None:
    install(tmp_path)
    wheels = tmp_path / "site" / "wheels"
    wheels.mkdir(parents=True)
    (wheels / "netlab-1.whl").write_text("wheel")
    settings = config(tmp_path)
    run_in_browser.on_config(settings)
    run_in_browser.on_post_build(settings)
    folder = tmp_path / "site" / "assets" / "run"
    contents = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    assert contents["sizes"] == {name: len(name) for name in run_in_browser.PYODIDE}
    assert (folder / contents["wheel"]).resolve() == wheels / "netlab-1.whl"
    assert {"_socket.py", "_thread.py", "boot.py"} <= set(contents["shims"])
    assert {"e1_ru.py", "teacher.py"} == set(contents["scenes"])
    for name in (
        "editor.mjs",
        "net/broker.mjs",
        "lab/run.js",
        "lab/lab.css",
        "pyodide/pyodide.mjs",
    ):
        assert (folder / name).is_file()
