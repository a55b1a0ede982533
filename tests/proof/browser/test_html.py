"""Разметка: её правилами судит html-validate, браузер простил бы что угодно."""

import json
import subprocess
from pathlib import Path

from netlab import node
from tests.proof.browser.served_site import ROOT, ServedSite

RULES = ROOT / "requirements" / "node" / "html-validate.mjs"
SECONDS = 60


def test_every_page_is_valid_html(site: ServedSite, tmp_path: Path) -> None:
    found = faults(sorted(site.folder.rglob("*.html")), tmp_path / "faults.json")
    assert not found, "\n".join(found)


def test_fault_is_named_with_its_rule_file_and_line(tmp_path: Path) -> None:
    """Правила и правда включены: у испорченной страницы ошибка находится."""
    page = tmp_path / "page.html"
    page.write_text(
        '<!DOCTYPE html>\n<html lang="ru"><head><title>?</title></head>\n<p><p></p></html>'
    )
    sibling = f"{page}:3: Element <p> is implicitly closed by sibling (no-implicit-close)"
    assert sibling in faults([page], tmp_path / "faults.json")


def faults(pages: list[Path], report: Path) -> list[str]:
    """Проверяет страницы; возвращает ошибки: файл, строка, правило и что не так."""
    # Отчёт — в файл: канал html-validate не дописывает до конца.
    ran = subprocess.run(
        [*node.command("html-validate"), "-c", RULES, "-f", f"json={report}", *pages],
        capture_output=True, encoding="utf-8", timeout=SECONDS, check=False,
    )  # fmt: skip
    assert report.exists(), ran.stderr
    return [
        f"{page['filePath']}:{one['line']}: {one['message']} ({one['ruleId']})"
        for page in json.loads(report.read_text(encoding="utf-8"))
        for one in page["messages"]
    ]
