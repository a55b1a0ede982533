"""HTML, который пишут макросы: каждый блок — одна строка.

Одна строка не даёт ни забору ```, ни `--8<--` из чужого вывода оказаться в её начале, а класс
«lab» в первом теге говорит расширению Markdown (lab_blocks.py), что строку трогать нельзя.
"""

import html
import re

UNSHOWN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
CONTINUATION = "\x1e"
"""Знак в начале строки, которую написал макрос. В тексте страниц его не бывает."""


def escape(text: str) -> str:
    """Готовит чужой текст (запись, манифест) к месту внутри тега или атрибута.

    Управляющих символов в HTML не бывает; переводы строк и скобки Jinja пишутся ссылками.
    """
    visible = UNSHOWN.sub("\N{REPLACEMENT CHARACTER}", text)
    return html.escape(visible).replace("\n", "&#10;").replace("{", "&#123;")


def tag(name: str, *inside: str, **attributes: str | bool) -> str:
    """Пишет тег; inside — готовая разметка, атрибуты экранируются здесь.

    Имя атрибута — как в Python: `class_`, `data_run`; True — атрибут без значения.
    """
    written = "".join(
        f" {attribute.rstrip('_').replace('_', '-')}"
        + ("" if value is True else f'="{escape(str(value))}"')
        for attribute, value in attributes.items()
        if value is not False
    )
    return f"<{name}{written}>{''.join(inside)}</{name}>"


def coded(text: str, code: re.Pattern[str]) -> str:
    """Текст, в котором всё, что подошло под code, размечено как код."""
    parts, end = [], 0
    for found in code.finditer(text):
        parts += [escape(text[end : found.start()]), tag("code", escape(found[0]))]
        end = found.end()
    return "".join([*parts, escape(text[end:])])


def listed(texts: list[str]) -> str:
    """Список из готовых пунктов; из ничего — ничего."""
    return tag("ul", *(tag("li", text) for text in texts)) if texts else ""


def hidden(text: str) -> str:
    """Слова для того, кто страницу слушает: ими сказано то, что видно знаком."""
    return tag("span", escape(text), class_="lab-hidden")


def silent(text: str) -> str:
    """Знак для того, кто страницу видит: слухом он не нужен, рядом есть слова."""
    return tag("span", text, aria_hidden="true")


def mark(passed: bool, words: str) -> str:
    """Знак ✓ или ✗ и слова рядом с ним."""
    sign, state = ("✓", "passed") if passed else ("✗", "failed")
    return tag("span", silent(sign), " ", escape(words), class_=f"lab-{state}")


def scrolled_table(anchor: str, caption: str, inside: str, **attributes: str) -> str:
    """Таблица, которая на узком экране прокручивается внутри себя, в том числе с клавиатуры."""
    title = tag("caption", tag("span", escape(caption)), id=f"{anchor}-caption")
    return tag(
        "div",
        tag("table", title, inside, id=anchor, **attributes),
        class_="lab lab-scroll",
        role="region",
        aria_labelledby=f"{anchor}-caption",
        tabindex="0",
    )


def continued(text: str) -> str:
    """Помечает все строки вывода макроса, кроме первой: их отступ поставит aligned."""
    return text.replace("\n", f"\n{CONTINUATION}")


def aligned(markdown: str) -> str:
    """Ставит строкам макроса отступ его вызова: так макрос годится и внутри «???» или списка."""
    lines, indent = [], ""
    for line in markdown.split("\n"):
        if line.startswith(CONTINUATION):
            lines.append((indent + line.removeprefix(CONTINUATION)).rstrip())
        else:
            indent = line[: len(line) - len(line.lstrip())]
            lines.append(line)
    return "\n".join(lines)
