"""Что собирают: копия лекции и Material как есть с теми же страницами."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from netlab.bench.processes import ROOT, BenchError

STOCK = Path(__file__).with_name("stock")
NEEDLESS = {"dist", "lecture.zip", "offline", "requirements", "site", "tests"}
"""Чего в копии лекции не надо: сборке это не нужно."""
LONGEST = 120.0
"""Больше секунд сборку не ждём."""


@dataclass(frozen=True)
class Project:
    """Папка с mkdocs.yml."""

    folder: Path

    def command(self, *words: str, address: str = "") -> list[str]:
        """Команда mkdocs; address — где сайт будет лежать."""
        return self.python("-m", "mkdocs", *words, address=address)

    def python(self, *words: str, address: str = "") -> list[str]:
        """Команда Python в этой папке: пути в mkdocs.yml отсчитываются от неё."""
        settings = [f"SITE_URL={address}", "NO_MKDOCS_2_WARNING=1"]
        return ["env", "-C", str(self.folder), *settings, sys.executable, "-X", "utf8", *words]

    def build(self, site: Path, address: str) -> Path:
        """Собирает сайт в папку и возвращает её.

        Raises:
            BenchError: сайт не собрался.
        """
        carry_out(self.command("build", "--site-dir", str(site), address=address))
        return site


def both(folder: Path) -> dict[str, Project]:
    """Готовит оба проекта.

    Raises:
        BenchError: сайт лекции не собрался.
    """
    ours = lecture(folder)
    return {"lecture": ours, "stock": stock(ours)}


def lecture(folder: Path) -> Project:
    """Копирует лекцию: замер правит страницы, а настоящие трогать нельзя."""
    project = Project(folder / "lecture")
    shutil.copytree(ROOT, project.folder, ignore=needless)
    return project


def needless(folder: str, names: list[str]) -> set[str]:
    """Выбирает то, чего не копируют; имена из NEEDLESS — только в корне."""
    hidden = {name for name in names if name.startswith((".", "__pycache__"))}
    return hidden | (NEEDLESS if Path(folder) == ROOT else set())


def stock(lecture: Project) -> Project:
    """Кладёт рядом с копией лекции Material как есть с её страницами.

    Raises:
        BenchError: сайт лекции не собрался.
    """
    project = Project(lecture.folder.with_name("stock"))
    shutil.copytree(STOCK, project.folder)
    (project.folder / "overrides").mkdir()
    (project.folder / "snippets").symlink_to(lecture.folder / "snippets")
    docs = str(project.folder / "docs")
    carry_out(lecture.python("-m", "netlab.bench.site.expand", docs))
    return project


def carry_out(command: list[str]) -> None:
    """Выполняет команду до конца.

    Raises:
        BenchError: она не удалась.
    """
    try:
        ran = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=LONGEST)
    except subprocess.TimeoutExpired:
        raise BenchError(f"Сайт не собрался за {LONGEST:.0f} с.") from None
    if ran.returncode:
        raise BenchError(f"Сайт не собрался:\n{ran.stderr.strip()}")
