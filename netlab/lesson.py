"""Манифест урока: какие программы в нём есть, в каком порядке и чего каждая не умеет.

Манифест — `snippets/<урок>/lesson.toml`. Его читают тесты, записи, таблица и страница; никто
его не повторяет.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MANIFEST = "lesson.toml"
ROLES = ("step", "aside", "exercise", "solution")
"""Версия главной программы, программа рядом с ней, начало упражнения, его решение."""
AUDIENCES = ("student", "teacher")


class LessonError(Exception):
    """В манифесте ошибка; текст говорит, в каком файле, какая и что сделать."""


@dataclass(frozen=True)
class LessonProgram:
    """Программа урока, как её описывает манифест."""

    lesson: Lesson
    file: str
    title: str
    adds: str
    fails: tuple[str, ...]
    shows: tuple[str, ...]
    role: str
    audience: str
    cures: tuple[str, ...]
    """У упражнения: свойства, которые студент должен вылечить."""
    kind: str
    """Род программы; обычно он один на весь урок."""
    page: str
    """Страница, на которой программа показана; обычно она одна на весь урок."""
    captures: tuple[str, ...]
    """Сценарии, разговор которых записан ещё и кадрами."""
    first_captures: tuple[str, ...]
    """То же, но соседи ещё незнакомы: в записи видны DNS и ARP."""

    @property
    def path(self) -> Path:
        """Где лежит программа."""
        return self.lesson.folder / self.file

    @property
    def name(self) -> str:
        """Имя, под которым программу зовут страницы: `echo/echo_bytes.py`."""
        return f"{self.lesson.id}/{self.file}"

    @property
    def record(self) -> Path:
        """Где лежит запись её запусков."""
        return self.lesson.folder / "records" / f"{self.path.stem}.json"

    @property
    def all_captures(self) -> tuple[str, ...]:
        """Все сценарии, разговор которых записан кадрами."""
        return self.captures + self.first_captures

    def capture(self, scenario: str) -> Path:
        """Где лежит разговор в кадрах: к этому пути добавляют .pcapng и .json."""
        return self.lesson.folder / "captures" / f"{self.path.stem}.{scenario}"


@dataclass(frozen=True)
class Lesson:
    """Урок: папка программ и её манифест."""

    folder: Path
    title: str
    kind: str
    """Род программ урока: по его свойствам судит таблица."""
    page: str
    minutes: int
    entries: tuple[dict[str, Any], ...]

    @property
    def id(self) -> str:
        """Имя урока — имя его папки."""
        return self.folder.name

    @property
    def programs(self) -> tuple[LessonProgram, ...]:
        """Все программы урока в порядке манифеста."""
        return tuple(self._program(entry) for entry in self.entries)

    @property
    def steps(self) -> tuple[LessonProgram, ...]:
        """Версии главной программы: столбцы таблицы урока."""
        return tuple(
            program
            for program in self.programs
            if program.role == "step" and program.kind == self.kind
        )

    def find(self, file: str) -> LessonProgram:
        """Находит программу по имени файла.

        Raises:
            LessonError: в манифесте её нет.
        """
        for program in self.programs:
            if program.file == file:
                return program
        known = ", ".join(program.file for program in self.programs)
        raise LessonError(f"В {self.folder.name}/{MANIFEST} нет программы «{file}»; есть {known}.")

    def previous(self, program: LessonProgram) -> LessonProgram | None:
        """Возвращает предыдущую версию, с которой сравнивают эту; у первой её нет."""
        steps = self.steps
        if program not in steps:
            return None
        place = steps.index(program)
        return steps[place - 1] if place else None

    def _program(self, entry: dict[str, Any]) -> LessonProgram:
        return LessonProgram(
            lesson=self,
            file=entry["file"],
            title=entry["title"],
            adds=entry.get("adds", ""),
            fails=tuple(entry["fails"]),
            shows=tuple(entry.get("shows", ())),
            role=entry.get("role", "step"),
            audience=entry.get("audience", "student"),
            cures=tuple(entry.get("cures", ())),
            kind=entry.get("kind", self.kind),
            page=entry.get("page", self.page),
            captures=tuple(entry.get("captures", ())),
            first_captures=tuple(entry.get("first_captures", ())),
        )


def read_lesson(folder: Path) -> Lesson:
    """Читает и проверяет манифест папки.

    Raises:
        LessonError: манифеста нет, он не разбирается, или в нём чего-то не хватает.
    """
    manifest = folder / MANIFEST
    where = f"{folder.name}/{MANIFEST}"
    try:
        table = tomllib.loads(manifest.read_text(encoding="utf-8"))
    except OSError:
        raise LessonError(f"Нет манифеста {where}: создайте его рядом с программами.") from None
    except tomllib.TOMLDecodeError as error:
        raise LessonError(f"Манифест {where} не разбирается: {error}.") from None
    try:
        lesson = Lesson(
            folder=folder,
            title=table["title"],
            kind=table["kind"],
            page=table["page"],
            minutes=table["minutes"],
            entries=tuple(table["program"]),
        )
        programs = lesson.programs
    except KeyError as error:
        raise LessonError(f"В манифесте {where} не хватает поля {error}.") from None
    for program in programs:
        complain = _complaint(program)
        if complain:
            raise LessonError(f"Манифест {where}, программа «{program.file}»: {complain}")
    return lesson


def read_lessons(snippets: Path) -> tuple[Lesson, ...]:
    """Читает манифесты всех уроков папки snippets."""
    manifests = sorted(snippets.glob(f"*/{MANIFEST}"))
    return tuple(read_lesson(manifest.parent) for manifest in manifests)


def _complaint(program: LessonProgram) -> str:
    if not program.path.is_file():
        return "такого файла нет; поправьте имя или уберите запись."
    if program.role not in ROLES:
        return f"роль «{program.role}» неизвестна; есть {', '.join(ROLES)}."
    if program.audience not in AUDIENCES:
        return f"читатель «{program.audience}» неизвестен; есть {', '.join(AUDIENCES)}."
    stray = [name for name in (*program.shows, *program.cures) if name not in program.fails]
    if stray:
        return f"свойства {', '.join(stray)} нет среди fails; показать или вылечить нечего."
    return ""
