"""Список группы: roster.csv, каким его сохранила таблица преподавателя."""

# Excel пишет «CSV» то через запятую, то через точку с запятой, то в cp1251, то в UTF-8 с BOM, а
# «Текст Юникод» — в UTF-16 и через табуляцию. Человек этого не выбирал, и спрашивать его незачем.

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
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
# А это для Unicode буквы и знаки, но на экране их нет: варианты начертания, заполнители, пустые
# нота и клетка точечного шрифта (Default_Ignorable_Code_Point в UAX #44, и не только).
_BLANK = {
    *range(0x115F, 0x1161), *range(0x17B4, 0x17B6), *range(0x180B, 0x1810), *range(0xFE00, 0xFE10),
    *range(0xE0100, 0xE01F0), 0x034F, 0x2800, 0x3164, 0xFFA0, 0x16FE4, 0x1D159,
}  # fmt: skip
_MARKS_OVER_LETTER = {"Mn", "Me"}
_MARKS_IN_A_ROW = 2
# Русские и латинские буквы, которые не различить хотя бы в одном из регистров.
_LOOK_ALIKES = str.maketrans(
    "а в е к м н о р с т у х ё і ј ѕ ԁ ԛ ԝ ӏ".replace(" ", ""), "abekmhopctyxeijsdqwl"
)


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
        """Находит студента; регистр, точки над ё и язык, на котором набрана А, не важны."""
        wanted = _likeness(name)
        return next((one for one in self.students if _likeness(one.name) == wanted), None)


def student_name(text: str) -> str:
    """Приводит имя к одному виду: NFC, между словами по одному пробелу.

    Raises:
        NameRefused: имя пустое, длиннее NAME_LIMIT символов, в нём есть невидимые, нагромождены
            надстрочные знаки или нет ни одной буквы и цифры.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name:
        raise NameRefused("Имя пустое, а на табло нужно хоть какое-нибудь.")
    if len(name) > NAME_LIMIT:
        raise NameRefused(f"Имя длиннее {NAME_LIMIT} символов: сократите его.")
    in_a_row = 0
    for letter in name:
        category = unicodedata.category(letter)
        if category in _FORBIDDEN or ord(letter) in _BLANK:
            raise NameRefused(
                f"В имени есть невидимый символ U+{ord(letter):04X}: годятся лишь видимые."
            )
        in_a_row = in_a_row + 1 if category in _MARKS_OVER_LETTER else 0
        if in_a_row > _MARKS_IN_A_ROW:
            raise NameRefused("Надстрочных знаков в имени может быть не больше двух подряд.")
    if not any(letter.isalnum() for letter in name):
        raise NameRefused("В имени должна быть хотя бы одна буква или цифра.")
    return name


def same_looking(name: str, students: Iterable[str]) -> str | None:
    """Находит среди имён students то, которое на табло не отличить от name (или само name)."""
    wanted = _likeness(name)
    alike = [student for student in students if _likeness(student) == wanted]
    return name if name in alike else next(iter(alike), None)


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


@lru_cache(maxsize=4096)
def _likeness(name: str) -> str:
    # upper: у «ı» и «ΐ» заглавные те же, что у «i» и «ΐ», а casefold их различает.
    folded = unicodedata.normalize("NFKC", name).upper().casefold()
    return unicodedata.normalize("NFKC", folded).translate(_LOOK_ALIKES)
