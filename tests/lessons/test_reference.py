"""Справочник: тексты ошибок записаны, номера верны, каждое слово лекции есть в словаре."""

import errno
import re
import socket
import sys
from pathlib import Path

import pytest

from netlab.cli import main
from netlab.lesson import read_lessons
from netlab.records import read_record

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
RECORDS = ROOT / "snippets" / "reference" / "records"
FROM_SOURCES = {"ConnectionAbortedError"}
"""Ошибки, которые страница только цитирует: на Linux их не вызвать."""

SYSTEM = {"linux": "Linux", "darwin": "macOS", "win32": "Windows"}.get(sys.platform, "")


def page(name: str) -> str:
    """Текст страницы с обычными пробелами."""
    return (DOCS / name).read_text(encoding="utf-8").replace("\N{NO-BREAK SPACE}", " ")


# ---------------------------------------------------------------- ошибки


def seen() -> list[str]:
    """Первая строка под каждым заголовком ошибки: что видно и номера."""
    return re.findall(r"^### .*\n\n(`.*)", page("errors.md"), re.MULTILINE)


def recorded() -> str:
    """Всё, что напечатано в записях уроков и чужих программ."""
    reports = (read_record(one) for lesson in read_lessons(ROOT / "snippets") for one in
               lesson.programs)  # fmt: skip
    lines = [
        line.what for report in reports for one in report.verdicts for line in one.conversation
    ]
    screens = [path.read_text(encoding="utf-8") for path in RECORDS.glob("*.txt")]
    return "\n".join([*lines, *screens])


def test_every_error_text_is_recorded() -> None:
    texts = {re.match(r"`(.*?)`", line)[1] for line in seen()} - FROM_SOURCES
    assert len(texts) > 25
    everything = recorded()
    assert [text for text in texts if text not in everything] == []


def number(name: str) -> int:
    """Номер ошибки на этой системе; на Windows сокеты получают номера с приставкой WSA."""
    if name == "EAI_NONAME":
        return socket.EAI_NONAME
    return int(getattr(errno, f"WSA{name}" if sys.platform == "win32" else name))


@pytest.mark.skipif(not SYSTEM, reason="страница говорит о трёх системах")
def test_numbers_are_of_this_system() -> None:
    """Номера macOS и Windows проверит тот, кто запустит тест там."""
    found = {}
    for line in seen():
        name = re.search(r"`(E[A-Z_]+)`", line)
        if name is None:
            continue
        pattern = r"\[Errno (-?\d+)\]|(\d+) на Linux" if SYSTEM == "Linux" else rf"{SYSTEM} (\d+)"
        for one in re.finditer(pattern, line):
            found[name[1]] = int(one[1] or one[2])
    assert len(found) > 12
    assert found == {name: number(name) for name in found}


@pytest.mark.skipif(sys.platform != "linux", reason="на шпаргалке номера Linux")
def test_numbers_of_the_cheatsheet() -> None:
    rows = re.findall(r"^\| (\d+) \| \[`(E\w+)`\]", page("cheatsheet.md"), re.MULTILINE)
    assert len(rows) > 10
    assert {name: int(one) for one, name in rows} == {name: number(name) for _, name in rows}


# ---------------------------------------------------------------- инструменты


def test_every_transcript_is_shown() -> None:
    pages = "".join(path.read_text(encoding="utf-8") for path in DOCS.glob("*.md"))
    shown = set(re.findall(r'transcript\("reference/(\S+?)"\)', pages))
    assert shown == {path.name for path in RECORDS.glob("*.txt")}


def test_codes_of_curl_are_those_it_exited_with() -> None:
    table = page("tools.md").partition("| Код |")[2].partition("\n\n")[0]
    codes = re.findall(r"^\| (\d+) \|", table, re.MULTILINE)
    screen = (RECORDS / "curl_codes.txt").read_text(encoding="utf-8")
    assert codes == re.findall(r"^\d+$", screen, re.MULTILINE)


@pytest.mark.parametrize("name", ["tools.md", "cheatsheet.md", "errors.md"])
def test_named_commands_exist(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in set(re.findall(r"`netlab ([\w-]+)", page(name))):
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0
    capsys.readouterr()


# ---------------------------------------------------------------- словарь

ENGLISH = re.compile(r"[а-яё»] \(([a-z0-9][a-zA-Z0-9 -]*[a-z])(?: — [^)]*)?\)")
"""Английское слово в скобках после русского."""


def test_glossary_has_every_english_word_of_the_pages() -> None:
    glossary = page("glossary.md")
    words = {
        (path.name, word)
        for path in sorted(DOCS.glob("*.md"))
        for word in ENGLISH.findall(page(path.name))
    }
    assert len(words) > 30
    assert [one for one in words if one[1] not in glossary] == []


def test_glossary_is_in_alphabetical_order() -> None:
    _, *parts = page("glossary.md").split("\n## ")
    for part in parts:
        terms = re.findall(r"^(\S.*?)(?: \(.*\))?\n:   ", part, re.MULTILINE)
        order = [term.lower().replace("ё", "е") for term in terms]
        assert order == sorted(order)
