"""Список группы: roster.csv, каким его сохранила таблица преподавателя."""

# Excel пишет «CSV» то через запятую, то через точку с запятой, то в cp1251, то в UTF-8 с BOM, а
# «Текст Юникод» — в UTF-16 и через табуляцию. Человек этого не выбирал, и спрашивать его незачем.

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from netlab.flags.folder import LabError

NAME_LIMIT = 40
"""Символов в имени: столько помещается в строке табло."""
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"
}  # fmt: skip
_DELIMITERS = "\t;,"  # что встречается в именах реже, то впереди
_HEADINGS = {"имя", "фио", "ф.и.о.", "студент", "фамилия", "фамилия имя", "фамилия и имя"} | {
    "name", "student", "full name"
}  # fmt: skip
# Управляющие, невидимые и меняющие направление письма (Cf), половинки пар, частные и незанятые.
_FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn"}


class RosterError(LabError):
    """Списком группы не воспользоваться; текст говорит, в какой строке дело и что исправить."""


class NameRefused(ValueError):
    """Такое имя не годится; текст — предложение для того, кто его набрал."""


@dataclass(frozen=True)
class Student:
    """Строка списка: имя и остальные её клетки, как они были."""

    name: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Roster:
    """Список группы в порядке файла."""

    students: tuple[Student, ...]

    def find(self, name: str) -> Student | None:
        """Находит студента; регистр и точки над ё не важны."""
        wanted = _likeness(name)
        return next((one for one in self.students if _likeness(one.name) == wanted), None)


def student_name(text: str) -> str:
    """Приводит имя к одному виду: NFC, между словами по одному пробелу.

    Raises:
        NameRefused: имя пустое, длиннее NAME_LIMIT символов, или в нём есть невидимые.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name:
        raise NameRefused("Имя пустое, а на табло нужно хоть какое-нибудь.")
    if len(name) > NAME_LIMIT:
        raise NameRefused(f"Имя длиннее {NAME_LIMIT} символов: сократите его.")
    for letter in name:
        if unicodedata.category(letter) in _FORBIDDEN:
            raise NameRefused(
                f"В имени есть невидимый символ U+{ord(letter):04X}: наберите имя заново."
            )
    return name


def read_roster(path: Path) -> Roster:
    """Читает список группы: студент на строке, имя в первом столбце.

    Кодировка (UTF-8, cp1251; с BOM ещё и UTF-16), разделитель и заголовок узнаются сами.

    Raises:
        RosterError: файла не прочесть, он пуст, имя не годится или повторяется.
    """
    students: list[Student] = []
    lines: dict[str, int] = {}
    for line, (first, *others) in _rows(path):
        try:
            student = Student(student_name(first), tuple(others))
        except NameRefused as refused:
            raise RosterError(f"список «{path}», строка {line}. {refused}") from None
        same = lines.setdefault(_likeness(student.name), line)
        if same != line:
            raise RosterError(
                f"список «{path}», строка {line}: «{student.name}» уже есть в строке {same}; "
                "допишите тёзкам, кто из них кто."
            )
        students.append(student)
    if not students:
        raise RosterError(f"в списке «{path}» нет ни одного студента.")
    return Roster(tuple(students))


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Выдаёт строки таблицы с номерами; пустые и заголовок пропускает."""
    text = _text(path)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    headed = True
    try:
        for row in rows:
            if any(cell.strip() for cell in row):
                if not (headed and " ".join(row[0].casefold().split()) in _HEADINGS):
                    yield rows.line_num, row
                headed = False
    except csv.Error:
        raise RosterError(
            f"список «{path}», строка {rows.line_num}: кавычки не сходятся; исправьте их."
        ) from None


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        for mark, encoding in _MARKS.items():
            if data.startswith(mark):
                return data.decode(encoding)
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return data.decode("cp1251")
    except OSError as error:
        raise RosterError(f"список «{path}» не прочесть ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise RosterError(f"«{path}» — не текст: сохраните таблицу как CSV (UTF-8).") from None


def _delimiter(text: str) -> str:
    lines = text.splitlines()
    return max(_DELIMITERS, key=lambda delimiter: sum(delimiter in line for line in lines))


def _likeness(name: str) -> str:
    return name.casefold().replace("ё", "е")
