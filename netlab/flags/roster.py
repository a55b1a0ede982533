"""Список группы: roster.csv, каким его сохранила таблица преподавателя."""

# Excel пишет «CSV» то через запятую, то через точку с запятой, то в cp1251, то в UTF-8 с BOM, а
# «Текст Юникод» — в UTF-16 и через табуляцию. Человек этого не выбирал, и спрашивать его незачем.
# И столбцы у каждого свои: номера, группа, имя по частям. Что можно понять двояко, не угадываем:
# код на бумажке выводится из имени, и ошибку увидят уже на паре.

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from netlab.file_errors import what_is_wrong
from netlab.flags.folder import LabError

NAME_LIMIT = 40
"""Символов в имени: столько помещается в строке табло."""
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"
}  # fmt: skip
_BOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # с этого начинаются xlsx и ods, xls
_DELIMITERS = "\t;,"  # что встречается в именах реже, то впереди
_ORDER = "фио"
_WORDS = re.compile(r"[^\W\d_]+")
# Что из фамилии, имени и отчества (ф, и, о) лежит под таким заголовком.
_HEADINGS = {
    "студент": _ORDER, "студенты": _ORDER, "обучающийся": _ORDER, "полное имя": _ORDER,
    "student": _ORDER, "full name": _ORDER, "student name": _ORDER, "name": "и",
    "first name": "и", "last name": "ф", "surname": "ф", "middle name": "о",
}  # fmt: skip
_IN_HEADINGS = {
    "фио": _ORDER, "фамилия": "ф", "имя": "и", "отчество": "о", "инициалы": _ORDER[1:],
    "ф": "ф", "и": "", "о": _ORDER[1:], "полностью": "",
    "студента": "", "студентов": "", "обучающегося": "",
}  # fmt: skip
# Что бывает в номере, группе, почте, названии таблицы и итоге, а в имени, даже «Ян (2)», — нет.
_NOT_IN_NAMES = re.compile(r"[:@=№]|^\W*\d|[^\W\d]-?\d|\d{3}")
_NOT_NAMES = {
    "список", "группа", "группы", "группе", "студентов", "курс", "курса", "кафедра", "факультет",
    "институт", "университет", "семестр", "всего", "итого", "преподаватель",
}  # fmt: skip
_PATRONYMIC = re.compile("(ч|(в|ч)на)$", re.IGNORECASE)
_COMPLAINTS = 5
"""Больше бед сразу не называем: это уже не тот файл."""
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
    """Строка списка."""

    name: str


@dataclass(frozen=True)
class Roster:
    """Список группы в порядке файла."""

    students: tuple[Student, ...]

    def find(self, name: str) -> Student | None:
        """Находит студента; регистр, точки над ё и язык, на котором набрана А, не важны."""
        wanted = _likeness(name)
        return next((one for one in self.students if _likeness(one.name) == wanted), None)

    def extent(self) -> str:
        """Возвращает, сколько имён и какие с краёв: не тот столбец видно сразу."""
        return f"{len(self.students)}, от «{self.students[0].name}» до «{self.students[-1].name}»"


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


@dataclass(frozen=True)
class _Row:
    """Непустая строка таблицы."""

    line: int
    cells: tuple[str, ...]

    def name(self, columns: Sequence[int]) -> str:
        """Возвращает имя, собранное из этих столбцов."""
        joined = " ".join(self.cells[column] for column in columns if column < len(self.cells))
        return " ".join(joined.replace(",", " ").split())

    def nameless(self, columns: Sequence[int]) -> bool:
        """Верно, если есть лишь номер или название таблицы, а там, где имя, и правее пусто."""
        left = self.cells[: min(columns)]
        rest = self.cells[min(columns) :]
        return not any(map(str.strip, rest)) and not any(map(_like_name, left))


class _Complaints:
    """Что не так и в каких строках: назвать надо все сразу."""

    def __init__(self) -> None:
        self._lines: dict[str, list[int]] = {}

    def add(self, line: int, complaint: str) -> None:
        self._lines.setdefault(complaint, []).append(line)

    def told(self) -> str:
        """Возвращает жалобы через точку с запятой; если их нет — пустую строку."""
        told = [f"{_lines(lines)} — {why}" for why, lines in self._lines.items()]
        more = len(told) - _COMPLAINTS
        return "; ".join(told[:_COMPLAINTS] + ([f"и ещё {more}"] if more > 0 else []))


def read_roster(path: Path) -> Roster:
    """Читает список группы: студент на строке, имя в одном столбце или по частям в нескольких.

    Кодировка (UTF-8, cp1251; с BOM ещё и UTF-16), разделитель, заголовок и строки над ним, номера
    и столбец с именем узнаются сами.

    Raises:
        RosterError: файла не прочесть, он пуст, имена не годятся, повторяются или их не узнать;
            названы все такие строки.
    """
    text = _text(path)
    delimiter = _delimiter(text)
    rows = _rows(path, text, delimiter)
    top = _heading(rows)
    above, below = ([], rows) if top is None else (rows[:top], rows[top + 1 :])
    columns = _guessed(below) if top is None else _titled(rows[top].cells)
    complaints = _Complaints()
    for row in above:
        if _like_name(row.name(columns)) and not _parts(row.name(columns)):
            complaints.add(row.line, "имя выше заголовка: перенесите его ниже или удалите")
    if delimiter == ",":
        for line in _ragged(below, None if top is None else len(rows[top].cells)):
            complaints.add(line, "лишняя или недостающая запятая: возьмите имя в кавычки")
    students = _students(
        [row for row in below if not row.nameless(columns)], columns, top is None, complaints
    )
    if told := complaints.told():
        raise RosterError(f"список «{path}»: {told}.")
    if not students:
        raise RosterError(f"в списке «{path}» нет ни одного студента.")
    return Roster(students)


def _students(
    rows: Sequence[_Row], columns: Sequence[int], doubted: bool, complaints: _Complaints
) -> tuple[Student, ...]:
    """Собирает студентов; doubted — заголовка нет, и строка может оказаться не студентом."""
    names: dict[str, int] = {}
    students = []
    doubted = doubted and any(_like_name(row.name(columns)) for row in rows)
    for row in rows:
        try:
            name = student_name(row.name(columns))
        except NameRefused as refused:
            why = str(refused)
            complaints.add(row.line, why[0].lower() + why[1:-1])
            continue
        same = names.setdefault(_likeness(name), row.line)
        if same != row.line:
            complaints.add(
                row.line, f"«{name}» уже есть в строке {same}: допишите тёзкам, кто из них кто"
            )
        elif doubted and not _like_name(name):
            complaints.add(
                row.line,
                f"«{name}» не похоже на имя: удалите, а если это студент, начните список "
                "строкой «ФИО»",
            )
        students.append(Student(name))
    return tuple(students)


def _rows(path: Path, text: str, delimiter: str) -> list[_Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return [_Row(reader.line_num, tuple(row)) for row in reader if any(map(str.strip, row))]
    except csv.Error:
        raise RosterError(
            f"список «{path}», строка {reader.line_num}: кавычки не сходятся; исправьте их."
        ) from None


def _heading(rows: Sequence[_Row]) -> int | None:
    """Находит заголовок: «Студенты» над «ФИО» — название, а в каждой строке — столбец с ролью."""
    found = [
        (number, (column, " ".join(cell.casefold().split())))
        for number, row in enumerate(rows)
        for column, cell in enumerate(row.cells)
        if _parts(cell)
    ]
    times = Counter(place for _, place in found)
    return max((number for number, place in found if times[place] == 1), default=None)


def _parts(cell: str) -> str:
    """Возвращает, какие части имени обещает заголовок: буквы из «фио» по порядку."""
    words = _WORDS.findall(cell.casefold())
    if not all(word in _IN_HEADINGS for word in words):
        return _HEADINGS.get(" ".join(words), "")
    found = "".join(_IN_HEADINGS[word] for word in words)
    return "".join(part for part in _ORDER if part in found)


def _titled(heading: Sequence[str]) -> list[int]:
    """Выбирает столбцы имени по заголовку: сперва тот, где частей больше, к нему недостающие."""
    chosen: dict[int, str] = {}
    for column, cell in sorted(enumerate(heading), key=lambda one: -len(_parts(one[1]))):
        parts = _parts(cell)
        if parts and not set(parts) & set("".join(chosen.values())):
            chosen[column] = parts
    return sorted(chosen, key=lambda column: _ORDER.index(chosen[column][0]))


def _guessed(rows: Sequence[_Row]) -> list[int]:
    """Выбирает столбцы имени без заголовка: не номера, не группа; фамилия и имя рядом — оба."""
    width = max((len(row.cells) for row in rows), default=1)
    table = [row.cells + ("",) * (width - len(row.cells)) for row in rows]
    columns = [[cell.strip() for cell in column] for column in zip(*table, strict=True)]
    first = next((n for n, cells in enumerate(columns) if _varied(cells)), None)
    if first is None:
        return [next((n for n, cells in enumerate(columns) if not _numbers(cells)), 0)]
    named = [n for n, cell in enumerate(columns[first]) if _like_name(cell)]
    given, patronymics = (
        [columns[n][line] for line in named] if n < width else [] for n in (first + 1, first + 2)
    )
    if not all(len(columns[first][line].split()) == 1 for line in named):
        return [first]
    if not _varied(given) or not all(map(_given, given)):
        return [first]
    if any(patronymics) and all(_PATRONYMIC.search(cell) for cell in patronymics if cell):
        return [first, first + 1, first + 2]
    return [first, first + 1]


def _varied(cells: Sequence[str]) -> bool:
    """Верно, если тут в основном имена; группа или роль у многих одна, а имя — у немногих."""
    filled = [cell for cell in cells if cell]
    names = [cell for cell in filled if _like_name(cell)]
    return len(names) * 2 >= len(filled) and len(set(names)) * 4 > len(names)


def _numbers(cells: Sequence[str]) -> bool:
    return not any(letter.isalpha() for cell in cells for letter in cell)


def _like_name(cell: str) -> bool:
    """Верно, если это может быть именем, а не номером, группой, почтой или названием таблицы."""
    words = _WORDS.findall(cell.casefold())
    return bool(words) and not _NOT_IN_NAMES.search(cell) and _NOT_NAMES.isdisjoint(words)


def _given(cell: str) -> bool:
    """Верно, если это «Иван», «Анна-Мария», «Иван Иванович» или «И. И.», а не «ИБ» и не «М»."""
    return re.fullmatch(r"[\w.-]{2,}( [\w.-]{2,})?", cell) is not None and all(
        word[0].isupper() and ("." in word or len(word) > 3 or not word.isupper())
        for word in cell.split()
    )


def _ragged(rows: Sequence[_Row], width: int | None) -> list[int]:
    """Находит строки, где запятая в имени могла сойти за границу; width — по заголовку."""
    if width is not None:
        return [row.line for row in rows if any(map(str.strip, row.cells[width:]))]
    usual = Counter(len(row.cells) for row in rows).most_common(1)
    return [row.line for row in rows if len(row.cells) != usual[0][0]]


def _lines(numbers: Sequence[int]) -> str:
    """Называет строки по возрастанию: «строка 3», «строки 2–5, 9»."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][-1] + 1:
            ranges[-1][1:] = [number]
        else:
            ranges.append([number])
    shown = ", ".join("–".join(map(str, ends)) for ends in ranges)
    return f"{'строка' if len(numbers) == 1 else 'строки'} {shown}"


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        if data.startswith(_BOOKS):
            raise RosterError(
                f"«{path}» — книга Excel или ods: откройте её и «Сохранить как» — CSV UTF-8."
            )
        for mark, encoding in _MARKS.items():
            if data.startswith(mark):
                return data.decode(encoding)
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return data.decode("cp1251")
    except OSError as error:
        raise RosterError(f"список «{path}» не прочесть ({what_is_wrong(error)}).") from None
    except UnicodeDecodeError:
        raise RosterError(f"«{path}» — не текст: сохраните таблицу как CSV UTF-8.") from None


def _delimiter(text: str) -> str:
    lines = text.splitlines()
    return max(_DELIMITERS, key=lambda delimiter: sum(delimiter in line for line in lines))


@lru_cache(maxsize=4096)
def _likeness(name: str) -> str:
    # upper: у «ı» и «ΐ» заглавные те же, что у «i» и «ΐ», а casefold их различает.
    folded = unicodedata.normalize("NFKC", name).upper().casefold()
    return unicodedata.normalize("NFKC", folded).translate(_LOOK_ALIKES)
