"""Записанный запуск одного свойства: команда, разговор, вердикт."""

import re

from netlab.checks import Verdict
from netlab.lesson import LessonProgram
from netlab.pages.errors import PageError
from netlab.pages.markup import coded, escape, hidden, mark, silent, tag
from netlab.pages.page import Page, run_anchor
from netlab.pages.shelf import Shelf
from netlab.peers.conversation import Line

ARROWS = {"→": "отправил", "←": "получил"}
PROMPTS = ("$", ">>>")
LITERAL = re.compile(r"""b(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")


def run(shelf: Shelf, page: Page, name: str, property: str, question: str | None = None) -> str:
    """Показывает запуск; с вопросом — сначала вопрос, а запуск свёрнутым.

    Raises:
        PageError: нет программы, записи или свойства, или неудачный запуск не обещан в shows.
    """
    program = shelf.program(name)
    verdict = shelf.verdict(program, property)
    if not verdict.passed and property not in program.shows:
        raise PageError(
            f"запуск «{property}» программы {name} неудачный, а в shows его нет: "
            f"впишите «{property}» в shows этой программы в {program.lesson.id}/lesson.toml."
        )
    shown = figure(program, verdict, page.anchor(run_anchor(program, property)))
    if question is None:
        return shown
    summary = tag("summary", "Ответ: запись запуска")
    folded = tag("details", summary, shown, class_="lab-answer")
    return tag("div", tag("p", escape(question)), folded, class_="lab lab-question")


def figure(program: LessonProgram, verdict: Verdict, anchor: str) -> str:
    """Запуск целиком."""
    outcome = mark(verdict.passed, "выполнено" if verdict.passed else "не выполнено")
    return tag(
        "figure",
        tag("figcaption", outcome, " ", tag("span", escape(verdict.title))),
        conversation(verdict),
        "" if verdict.passed else reasons(verdict),
        class_="lab lab-run",
        id=anchor,
        data_run=program.name,
        data_property=verdict.id,
    )


def conversation(verdict: Verdict) -> str:
    """Разговор: кто, стрелка, байты; по реплике на пункт."""
    items = (
        tag("li", tag("span", escape(line.who), class_="lab-who"), " ", deed(line))
        for line in verdict.conversation
    )
    # Без кружков Safari перестаёт считать список списком; роль возвращает ему это.
    return tag("ol", *items, class_="lab-conversation", role="list")


def deed(line: Line) -> str:
    """Поступок одной реплики. Стрелка смотрит от собеседника: → он отправил, ← получил.

    У строки вывода программы того, кто говорит, нет.
    """
    if not line.who:
        return tag("samp", escape(line.what), class_="lab-deed")
    sign, _, rest = line.what.partition(" ")
    if sign in ARROWS:
        arrow = tag("span", silent(sign), hidden(ARROWS[sign]), class_="lab-arrow")
        return f"{arrow} {tag('span', coded(rest, LITERAL), class_='lab-deed')}"
    if sign in PROMPTS:
        prompt = tag("span", escape(sign), class_="lab-prompt", aria_hidden="true")
        return f"{prompt} {tag('code', escape(rest), class_='lab-deed')}"
    return f"{tag('span')} {tag('span', coded(line.what, LITERAL), class_='lab-deed')}"


def reasons(verdict: Verdict) -> str:
    """Почему не выполнено, чего ждали и что получили."""
    rows = {
        "Почему": verdict.why,
        "Ожидалось": verdict.expected,
        "Получено": verdict.received,
    }
    inside = (
        tag("dt", name) + tag("dd", coded(text, LITERAL)) for name, text in rows.items() if text
    )
    return tag("dl", *inside, class_="lab-reasons")
