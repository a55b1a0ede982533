"""Как страница зовёт макросы: имена и аргументы проверяются до того, как макрос начал работу."""

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, meta

from netlab.pages.errors import PageError
from netlab.pages.shelf import choice


def check_arguments(
    macro: Callable[..., str], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    """Проверяет вызов макроса.

    Raises:
        PageError: аргумент лишний, пропущен или не строка.
    """
    signature = inspect.signature(macro)
    name, known = macro.__name__, list(signature.parameters)
    for wrong in kwargs:
        if wrong not in known:
            raise PageError(f"у макроса {name} нет аргумента «{wrong}»{choice(wrong, known)}")
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError:
        raise PageError(
            f"макрос {name} ждёт аргументы ({', '.join(known)}): добавьте или уберите."
        ) from None
    for argument, value in bound.arguments.items():
        if not isinstance(value, str):
            raise PageError(
                f"аргумент {argument} макроса {name} — не строка: возьмите его в кавычки."
            )


def check_template(
    environment: Environment, markdown: str, known: Iterable[str], macros: Iterable[str]
) -> None:
    """Проверяет фигурные скобки страницы.

    Raises:
        PageError: Jinja их не разбирает, или в них имя, которого нет.
    """
    try:
        names = meta.find_undeclared_variables(environment.parse(markdown))
    except TemplateSyntaxError as error:
        raise PageError(
            f"строка {error.lineno}: фигурные скобки не разбираются ({error.message}); "
            "поправьте вызов макроса, а сами скобки в тексте пишите между {% raw %} и {% endraw %}."
        ) from None
    unknown = sorted(names - set(known))
    if unknown:
        raise PageError(f"«{unknown[0]}» нет среди макросов{choice(unknown[0], macros)}")
