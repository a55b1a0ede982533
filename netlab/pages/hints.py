"""Подсказки практики: те же, что даёт сервер флагов по команде hint, и свёрнутые."""

import re

from netlab.flags.task import Task
from netlab.flags.tasks import TASKS
from netlab.pages.markup import coded, escape, tag

CODE = re.compile(r"b?'[^']*'|\\[rn](?:\\[rn]|\.)*|[A-Za-z_][\w.-]*\b(?:\([^)]*\))?")
"""Что в подсказке — код: байты, \\r\\n, имена и вызовы. Других слов латиницей там нет."""


def hints() -> str:
    """Показывает подсказки всех задач: задача свёрнута, и каждая подсказка в ней — тоже."""
    return tag("div", *map(task_hints, TASKS), class_="lab lab-hints")


def task_hints(task: Task) -> str:
    """Подсказки одной задачи."""
    numbered = enumerate(map(shown, task.hints), 1)
    inside = (folded(f"Подсказка {number}", hint) for number, hint in numbered)
    return folded(f"Задача {task.number}. {task.title}", *inside)


def folded(title: str, *inside: str) -> str:
    """Сворачивает готовую разметку; название — текст."""
    return tag("details", tag("summary", escape(title)), *inside, class_="tip")


def shown(hint: str) -> str:
    """Подсказка в несколько строк — программа, в одну — слова."""
    if "\n" in hint:
        return tag("pre", tag("code", escape(hint)))
    return tag("p", coded(hint, CODE))
