"""Типографика и слог собранных страниц: кавычки, тире, пробелы и слова, без которых обходятся.

Неразрывные пробелы ставит netlab/pages/typography.py; здесь проверено, что они стоят всюду, где
строки переносятся, и в том тексте, который вставили макросы.
"""

import re
from pathlib import Path

import pytest

from tests.proof.prose import Passage, passages

EVERYWHERE = {
    "кавычки — «ёлочки»": r"[\"“”„]",
    "между словами тире, а не дефис": r"(?<!\S)(--?|–)(?!\S)",
    "между числами тире, а не дефис": r"(?<![\w-])\d+-\d+(?![\w-])",
    "многоточие — один знак": r"\.\.\.",
    "пробел один": r"\S[ \xa0]{2,}\S",
    "перед знаком пробела нет": r"\s[,;:!?»)](?!\S)",
    "с пробелом: т. е.": r"\bт\.[едкп]\.",
    "без восклицаний": r"!",
    "без «данного»": r"\bданн(ый|ая|ое|ого|ой|ому|ую|ом)\b",
    "без «является»": r"\bявля([ею]тся|л(ся|ась|ось|ись))\b",
    "без «осуществляется»": r"\bосуществля\w+",
    "без зачинов": r"\b(давайте рассмотрим|важно отметить|в рамках)\b",
    "без «не просто»": r"\bне просто\b",
}
"""Чего нет ни в тексте, ни в подписях, которые не видны."""

IN_LINES = {
    "строка не начинается с тире": r"\S[ \n]+—",
    "строка не кончается словом из одной буквы": r"(?<![\w-])[авикосуя][ \n]+\S",
    "разряды числа на одной строке": r"\d[ \n]+\d{3}(?!\d)",
    "число и единица на одной строке": (
        r"\d[ \n]+(%|(м|мк)?с|мин|час\w*|минут\w*|секунд\w*|байт\w*|раза?|[кмгт]иб|мб)(?!\w)"
    ),
}
"""Чего нет в тексте, который переносится по строкам."""

EXCEPTIONS = {
    ("между числами тире, а не дефис", "port must be 0-65535"): "слова самого Python",
    ("перед знаком пробела нет", r"с \ или : не берётся"): "двоеточие здесь — знак в имени файла",
    ("без восклицаний", r"5\nhello6\nworld!"): "байты, которые пришли",
}
"""Правило и место, где от него отступили: почему."""


@pytest.fixture(scope="module")
def text(teacher_site: Path) -> list[Passage]:
    """Весь текст сайта, с заметками преподавателя."""
    return list(passages(teacher_site))


def breaches(text: list[Passage], rules: dict[str, str]) -> list[str]:
    """Возвращает места, где правила нарушены, с текстом вокруг."""
    return [
        f"{rule} — {one}: …{one.text[max(0, found.start() - 30) : found.end() + 30]}…"
        for rule, pattern in rules.items()
        for one in text
        for found in re.finditer(pattern, one.text, re.IGNORECASE)
        if not any(known == rule and place in plain(one) for known, place in EXCEPTIONS)
    ]


def plain(passage: Passage) -> str:
    """Возвращает текст с обычными пробелами."""
    return passage.text.replace("\N{NO-BREAK SPACE}", " ")


def test_text_and_labels_keep_the_rules(text: list[Passage]) -> None:
    if found := breaches(text, EVERYWHERE):
        pytest.fail("\n".join(found), pytrace=False)


def test_lines_break_where_they_may(text: list[Passage]) -> None:
    if found := breaches([one for one in text if one.wraps], IN_LINES):
        pytest.fail("\n".join(found), pytrace=False)


def test_every_exception_is_used(text: list[Passage]) -> None:
    for rule, place in EXCEPTIONS:
        pattern = {**EVERYWHERE, **IN_LINES}[rule]
        assert any(
            place in plain(one) and re.search(pattern, one.text, re.IGNORECASE) for one in text
        ), (rule, place)
