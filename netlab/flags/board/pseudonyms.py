"""Псевдонимы для табло: «Выдра 407» вместо имени, одна и та же всё занятие."""

# Псевдоним — хеш имени со случайной солью: без неё его не вычислить, зная имя. Соль лежит в папке
# занятия, и само её наличие значит, что псевдонимы включены: табло, которое посреди
# занятия запустили снова, не покажет имён, которые велено было скрыть.

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from netlab.flags.folder import private_file

SALT = "pseudonyms"
THREE_DIGIT_TURNS = 4
"""После стольких совпадений подряд цифр в псевдониме больше."""
ANIMALS = (
    "Аист", "Барсук", "Бобёр", "Волк", "Выдра", "Гепард", "Горностай", "Дельфин", "Дрозд", "Дятел",
    "Енот", "Жираф", "Журавль", "Зубр", "Иволга", "Кабан", "Касатка", "Кедровка", "Кит", "Коала",
    "Косуля", "Кот", "Кречет", "Куница", "Лама", "Ласка", "Лемур", "Лис", "Лось", "Манул", "Морж",
    "Нерпа", "Норка", "Олень", "Орёл", "Осьминог", "Панда", "Пеликан", "Песец", "Пингвин", "Рысь",
    "Сайга", "Скворец", "Снегирь", "Сова", "Соболь", "Сокол", "Стриж", "Тапир", "Тигр", "Тюлень",
    "Удод", "Филин", "Хорёк", "Цапля", "Чайка", "Чиж", "Шмель", "Щегол", "Ястреб",
)  # fmt: skip


def read_salt(folder: Path) -> bytes | None:
    """Возвращает соль; None — на табло имена."""
    with suppress(FileNotFoundError):
        return (folder / SALT).read_bytes()
    return None


def hide_names(folder: Path) -> None:
    """Включает псевдонимы; включённые оставляет прежними.

    Raises:
        LabError: файла с солью не создать.
    """
    private_file(folder / SALT, secrets.token_bytes(16))


def show_names(folder: Path) -> None:
    """Возвращает на табло имена."""
    (folder / SALT).unlink(missing_ok=True)


def pseudonyms(students: Iterable[str], salt: bytes) -> dict[str, str]:
    """Придумывает каждому псевдоним; двух одинаковых не бывает.

    При совпадении другой псевдоним получает тот, кто в students позже: чьи имена стоят раньше,
    псевдонимы прежние, кого бы к ним ни добавили.
    """
    given: dict[str, str] = {}
    taken: set[str] = set()
    for student in students:
        turn = 0
        while (pseudonym := _pseudonym(student, salt, turn)) in taken:
            turn += 1
        taken.add(pseudonym)
        given[student] = pseudonym
    return given


def _pseudonym(student: str, salt: bytes, turn: int) -> str:
    digest = hashlib.blake2b(student.encode(), key=salt, salt=turn.to_bytes(8), digest_size=8)
    number, animal = divmod(int.from_bytes(digest.digest()), len(ANIMALS))
    # Трёхзначных хватает любому классу; но сколько бы имён ни было, свободное число найдётся.
    numbers = 900 * 10 ** max(0, turn - THREE_DIGIT_TURNS + 1)
    return f"{ANIMALS[animal]} {100 + number % numbers}"
