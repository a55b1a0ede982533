"""Правописание: каждое слово знает hunspell или words.txt.

Проверены все страницы с заметками преподавателя (код на них — нет) и русские слова файлов: README,
лаборатории, программ урока и того, из чего собирается сайт. Строка words.txt — слово или
`слово/образец`: второе изменяется, как образец из словаря hunspell.
"""

import os
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.proof.browser.served_site import ROOT
from tests.proof.foreign_programs import path_of
from tests.proof.prose import passages

WORDS = Path(__file__).with_name("words.txt")
ENTRIES = WORDS.read_text(encoding="utf-8").splitlines()
FILES = [
    "*.md", "*.toml", "*.yml", "Makefile", ".github/**/*.yml", "requirements/*.in",
    "docs/assets/*.*s", "docs/assets/search/search.js", "docs/drawings/*.svg",
    "netlab/**/*.py", "netlab/**/*.c", "netlab/**/*.html", "snippets/**/*.toml", "snippets/*/*.py",
]  # fmt: skip
VERBATIM = "_original.py"
"""Программы с лекции хранятся дословно."""

TOKEN = re.compile(r"[\w.\\/:@+-]+")
LETTERS = re.compile(r"[^\W\d_]{2,}")
RUSSIAN = re.compile("[а-яё]", re.IGNORECASE)
ENGLISH = re.compile(r"[A-Z]?[a-z]+(-[a-z]+)*")
"""Английское слово; e1.ru, recv_line и ECONNRESET — имена."""
ESCAPE = re.compile(r"\\[a-z]")

WITHOUT_YO = {"все", "всем", "узнает", "чем", "вперед"}
"""Слова, которые с «ё» значат другое; «Вперед» пишет на кнопке сама тема."""


def words(text: str) -> Iterator[str]:
    """Даёт слова текста; слово через дефис — по частям."""
    for token in TOKEN.findall(text):
        if RUSSIAN.search(token) or ENGLISH.fullmatch(token.strip("./:")):
            yield from (word for word in LETTERS.findall(token) if not word.isupper())


@pytest.fixture(scope="module")
def places(teacher_site: Path) -> dict[str, list[str]]:
    """Слова сайта и файлов, и где каждое стоит."""
    places = defaultdict(list)
    for passage in passages(teacher_site):
        for word in words(passage.text):
            places[word].append(str(passage))
    for file in sorted({file for pattern in FILES for file in ROOT.glob(pattern)}):
        if file.name.endswith(VERBATIM):
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            for word in filter(RUSSIAN.search, words(ESCAPE.sub(" ", line))):
                places[word].append(f"{file.relative_to(ROOT)}:{number}")
    return places


def hunspell(option: str, words: Iterable[str]) -> str:
    """Спрашивает hunspell о словах; option — чего от него хотят: -l, -a или -s."""
    dictionaries = ",".join(path_of(name).removesuffix(".dic") for name in ("ru_RU", "en_US"))
    return subprocess.run(
        [path_of("hunspell"), option, "-i", "utf-8", "-d", dictionaries, "-p", WORDS],
        input="\n".join(words), capture_output=True, encoding="utf-8", check=True,
        # words.txt hunspell читает в кодировке локали.
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    ).stdout  # fmt: skip


def advice(word: str) -> str:
    """Возвращает слова, которые hunspell предлагает вместо этого."""
    return hunspell("-a", [f"^{word}"]).partition("\n")[2].partition(": ")[2].strip()


def test_every_word_is_known(places: dict[str, list[str]]) -> None:
    unknown = hunspell("-l", places).split()
    if found := [f"{places[word][0]}: {word} → {advice(word) or '?'}" for word in unknown]:
        pytest.fail("\n".join(found), pytrace=False)


def test_every_listed_word_is_used(places: dict[str, list[str]]) -> None:
    stems = {stem for line in hunspell("-s", places).splitlines() for stem in line.split()}
    assert [entry for entry in ENTRIES if entry.partition("/")[0] not in stems] == []


def test_list_is_sorted_and_has_no_repetition() -> None:
    assert sorted(set(ENTRIES)) == ENTRIES


def test_word_is_written_with_yo_everywhere_or_nowhere(places: dict[str, list[str]]) -> None:
    lower = {word.lower(): where for word, where in places.items()}
    doubtful = {word.replace("ё", "е") for word in lower if "ё" in word} & lower.keys() - WITHOUT_YO
    if doubtful:
        pytest.fail("\n".join(f"{lower[word][0]}: {word}" for word in doubtful), pytrace=False)
