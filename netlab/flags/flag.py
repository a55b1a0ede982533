"""Флаг: подпись под тем, что студент решил задачу. Ключ только у сервера, и подделать её нечем."""

# Флаг выводится из ключа, занятия, задачи и студента, поэтому он один и тот же, сколько ни решай, а
# хранить его незачем: чужой узнаётся перебором знакомых студентов. Коды для входа — оттуда же.
#
# Поля подписываются каждое со своей длиной впереди: иначе занятие «А1» и задача 2 дали бы тот же
# флаг, что занятие «А» и задача 12.

from __future__ import annotations

import base64
import hmac
import re
import secrets
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from netlab.file_errors import what_is_wrong
from netlab.flags.folder import LabError, private_file, private_folder

KEY_FILE = "key"
_KEY_SIZE = 32  # байт
_MARK_SIZE = 10  # байт, ровно шестнадцать букв base32
_FLAG = re.compile(r"python\{([0-9]{2})-([A-Z2-7]{16})\}", re.ASCII | re.IGNORECASE)

# В коде нет знаков, которые на бумаге не отличить: 0 и O, 1 и I и L, 2 и Z, 5 и S, 8 и B, 6 и G.
# 25⁸ — 150 миллиардов кодов: подбирать их по сети можно годами.
_TOKEN_ALPHABET = "234679ACDEFHJKMNPQRTUVWXY"
_TOKEN_SIZE = 8
# Русская раскладка: на бумаге буква та же, а набрана другая.
_LATIN = str.maketrans("АСЕНКМРТХУ", "ACEHKMPTXY")


@dataclass(frozen=True)
class Flag:
    """Флаг, каким его видит студент: номер задачи и подпись."""

    task: int
    mark: str

    def __str__(self) -> str:
        return f"python{{{self.task:02}-{self.mark}}}"


@dataclass(frozen=True)
class Owner:
    """Чей это флаг и за какую задачу."""

    student: str
    task: int


def parse(text: str) -> Flag | None:
    """Читает флаг, набранный в любом регистре; None — это не похоже на флаг."""
    found = _FLAG.fullmatch(text.strip())
    return Flag(int(found[1]), found[2].upper()) if found else None


class Key:
    """Ключ занятия: подписывает флаги и выводит коды для входа."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @classmethod
    def kept_in(cls, folder: Path) -> Key:
        """Берёт ключ из папки занятия, а если его там ещё нет — придумывает.

        Raises:
            LabError: ключа не создать и не прочесть, он испорчен, или его могут прочесть другие.
        """
        path = private_folder(folder) / KEY_FILE
        private_file(path, secrets.token_bytes(_KEY_SIZE))
        try:
            secret = path.read_bytes()
        except OSError as error:
            raise LabError(f"ключ «{path}» не прочесть ({what_is_wrong(error)}).") from None
        if len(secret) != _KEY_SIZE:
            raise LabError(
                f"ключ «{path}» испорчен: верните его из копии, а если флагов ещё никто "
                "не получал, удалите."
            )
        return cls(secret)

    def make(self, class_name: str, task: int, student: str) -> Flag:
        """Выводит флаг студента за задачу."""
        mark = self._sign(_fields("v1", class_name, str(task), student))
        return Flag(task, base64.b32encode(mark).decode("ascii"))

    def verify(self, text: str, class_name: str, students: Iterable[str]) -> Owner | None:
        """Находит среди students того, чей это флаг; None — ничей.

        Сравнение занимает одно время, где бы подписи ни разошлись.
        """
        flag = parse(text)
        if flag is None:
            return None
        mark = base64.b32decode(flag.mark)
        earned = _fields("v1", class_name, str(flag.task))
        for student in students:
            if hmac.compare_digest(self._sign(earned + _fields(student)), mark):
                return Owner(student, flag.task)
        return None

    def token(self, student: str) -> str:
        """Выводит код, с которым студент входит: восемь букв и цифр без похожих."""
        number = int.from_bytes(self._sign(_fields("v1 token", student)))
        letters = ""
        for _ in range(_TOKEN_SIZE):
            number, letter = divmod(number, len(_TOKEN_ALPHABET))
            letters += _TOKEN_ALPHABET[letter]
        return letters

    def admits(self, student: str, token: str) -> bool:
        """Говорит, тот ли это код; регистр и раскладка не важны."""
        typed = token.strip().upper().translate(_LATIN)
        return hmac.compare_digest(self.token(student).encode(), typed.encode(errors="replace"))

    def screen(self) -> str:
        """Выводит ключ экрана преподавателя: после перезапуска его адрес прежний."""
        return base64.b32encode(self._sign(_fields("v1 screen"))).decode("ascii").lower()

    def _sign(self, message: bytes) -> bytes:
        return hmac.digest(self._secret, message, "sha256")[:_MARK_SIZE]


def _fields(*fields: str) -> bytes:
    encoded = [field.encode() for field in fields]
    return b"".join(struct.pack(">I", len(field)) + field for field in encoded)
