"""Неразрывные пробелы: где строке кончаться нельзя, и что трогать нельзя."""

import pytest

from netlab.pages.typography import glued


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("в слове", "в~слове"),
        ("<p>С ним</p>", "<p>С~ним</p>"),
        ("и в нём", "и~в~нём"),
        ("в\nслове", "в~слове"),
        ("(в скобках), «а в кавычках»", "(в~скобках), «а~в~кавычках»"),
        ("в <code>recv</code> — всё", "в~<code>recv</code>~— всё"),
        ("сокет — файл", "сокет~— файл"),
        ("за 0,5 с, 10 МиБ и 3 байта", "за 0,5~с, 10~МиБ и~3~байта"),
        ("1 048 576 байт", "1~048~576~байт"),
        ("30 мкс, 2 ТиБ и 40 МБ/с", "30~мкс, 2~ТиБ и~40~МБ/с"),
        ("5 секторов, 2 пары", "5 секторов, 2 пары"),
        ("т. е. Шаг 3 и RFC 9112", "т.~е. Шаг~3 и~RFC~9112"),
        ("сторона к-то ушла", "сторона к-то ушла"),
        ("слова и точка", "слова и~точка"),
    ],
)
def test_line_does_not_end_there(markup: str, shown: str) -> None:
    assert glued(markup).replace("\N{NO-BREAK SPACE}", "~") == shown


@pytest.mark.parametrize(
    "markup",
    [
        "<pre><code>print('в слове — 5 с')\n</code></pre>",
        '<a title="в слове" href="#и — так">слово</a>',
        "<pre>a <span>в слове</span> — b</pre>",
        "<script>и = 1</script>",
    ],
)
def test_code_and_attributes_are_not_touched(markup: str) -> None:
    assert glued(markup) == markup


def test_text_after_code_is_touched_again() -> None:
    assert "\N{NO-BREAK SPACE}" in glued("<code>в x</code> в слове")
