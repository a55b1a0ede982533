"""Колесо netlab: ставится настоящим pip без Интернета, работает без репозитория, повторимо."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from netlab.pages.classroom import Classroom
from netlab.pages.wheel import write_wheel

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 100


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Сайт, в котором нет ничего, кроме колеса."""
    site = tmp_path_factory.mktemp("site")
    write_wheel(ROOT, site, "")
    return site


@pytest.fixture(scope="module")
def url(site: Path) -> Iterator[str]:
    """Адрес этого сайта в классе."""
    with Classroom(site, "127.0.0.1", 0) as server:
        yield "http://{}:{}".format(*server.address)


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ноутбук студента: Python, pip и больше ничего."""
    folder = tmp_path_factory.mktemp("laptop")
    run([sys.executable, "-m", "venv", folder], cwd=folder)
    return folder


def run(command: list[str | Path], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Выполняет команду; ни репозиторий, ни настройки pip этой машины ей не видны."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))
    }
    return subprocess.run(
        command, cwd=cwd, capture_output=True, encoding="utf-8", timeout=SECONDS, check=False,
        env={**environment, "PIP_CONFIG_FILE": os.devnull, "PYTHONUTF8": "1"},
    )  # fmt: skip


def python(laptop: Path) -> Path:
    """Python студента."""
    return laptop / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


@pytest.mark.parametrize(
    "how",
    [
        ["-r", "{url}/netlab.txt"],
        ["--no-index", "--find-links", "{url}/wheels/", "netlab"],
        ["--no-index", "--find-links", "{site}/wheels", "netlab"],
    ],
    ids=["доска", "ссылки", "архив"],
)
def test_pip_installs_it(laptop: Path, site: Path, url: str, how: list[str]) -> None:
    words = [word.format(url=url, site=site) for word in how]
    pip = [python(laptop), "-m", "pip", "--disable-pip-version-check"]
    done = run([*pip, "install", "--force-reinstall", *words], cwd=laptop)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Successfully installed netlab" in done.stdout


@pytest.mark.parametrize(("program", "code"), [("echo_netlab.py", 0), ("echo_original.py", 1)])
def test_installed_netlab_judges_a_program(
    laptop: Path, site: Path, tmp_path: Path, program: str, code: int
) -> None:
    pip = [python(laptop), "-m", "pip", "--disable-pip-version-check", "install", "--no-index"]
    run([*pip, "--find-links", site / "wheels", "netlab"], cwd=laptop)
    shutil.copy(ROOT / "snippets" / "echo" / program, tmp_path)
    done = run([python(laptop).with_name("netlab"), "check", "echo", program], cwd=tmp_path)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Обязательных свойств выполнено" in done.stdout


def test_published_site_names_itself(tmp_path: Path) -> None:
    write_wheel(ROOT, tmp_path, "https://example.org/lecture/")
    assert (tmp_path / "netlab.txt").read_text(encoding="utf-8").splitlines() == [
        "--no-index",
        "--find-links https://example.org/lecture/wheels/",
        "netlab",
    ]


def test_same_files_give_the_same_wheel(tmp_path: Path) -> None:
    """Время файлов, папка и порядок обхода на байты колеса не влияют."""
    wheels = []
    for number in range(2):
        copy = tmp_path / str(number)
        shutil.copytree(ROOT / "netlab", copy / "netlab", ignore=lambda *_: ["__pycache__"])
        for name in ("pyproject.toml", "LICENSE"):
            shutil.copy(ROOT / name, copy)
        for file in copy.rglob("*.py"):
            os.utime(file, (10**9 * (number + 1),) * 2)
        write_wheel(copy, copy, "")
        wheels += (copy / "wheels").glob("*.whl")
    first, second = wheels
    assert first.read_bytes() == second.read_bytes()
