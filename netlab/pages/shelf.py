"""Полка, с которой страницы берут всё по имени: уроки, программы, разделы, записи, рисунки.

Чего на полке нет, о том PageError говорит, в каком файле искать и что сделать.
"""

import difflib
from collections.abc import Iterable
from pathlib import Path

from netlab.checks import KINDS, Kind, Report, Verdict
from netlab.lesson import Lesson, LessonError, LessonProgram, read_lesson
from netlab.pages import sections
from netlab.pages.errors import PageError
from netlab.pages.sections import Listing
from netlab.records import RecordError, read_record
from netlab.wire.talk import Talk, TalkError, read_talk


class Shelf:
    """Содержимое папки snippets и папка рисунков; каждая программа читается один раз за сборку."""

    def __init__(self, snippets: Path, *, for_teacher: bool = False) -> None:
        self.snippets = snippets
        self.for_teacher = for_teacher
        self.drawings = snippets.parent / "docs" / "drawings"
        self._lessons: dict[str, Lesson] = {}
        self._listings: dict[str, Listing] = {}
        self._reports: dict[str, Report] = {}

    def lesson(self, name: str) -> Lesson:
        """Находит урок по имени папки.

        Raises:
            PageError: такого урока нет или в его манифесте ошибка.
        """
        if name not in self._lessons:
            known = self.lesson_names()
            if name not in known:
                raise PageError(f"урока «{name}» в snippets нет{choice(name, known)}")
            try:
                self._lessons[name] = read_lesson(self.snippets / name)
            except LessonError as error:
                raise PageError(str(error)) from None
        return self._lessons[name]

    def lesson_names(self) -> list[str]:
        """Перечисляет уроки: папки с манифестом."""
        return sorted(manifest.parent.name for manifest in self.snippets.glob("*/lesson.toml"))

    def lessons(self) -> list[Lesson]:
        """Читает все уроки."""
        return [self.lesson(name) for name in self.lesson_names()]

    def program(self, name: str) -> LessonProgram:
        """Находит программу по имени `урок/файл.py`; решения даёт только преподавателю.

        Raises:
            PageError: имя написано не так, программы нет в манифесте, или она не для студента.
        """
        folder, slash, file = name.partition("/")
        if not slash:
            raise PageError(f"имя программы «{name}» неполное: напишите «урок/файл.py».")
        lesson = self.lesson(folder)
        files = [program.file for program in lesson.programs]
        if file not in files:
            raise PageError(
                f"в snippets/{folder}/lesson.toml нет программы «{file}»{choice(file, files)}"
            )
        program = lesson.find(file)
        if program.audience != "student" and not self.for_teacher:
            raise PageError(
                f"программа {name} помечена в lesson.toml как решение для преподавателя, "
                'на сайте её быть не должно: уберите макрос или поправьте audience = "student".'
            )
        return program

    def listing(self, program: LessonProgram) -> Listing:
        """Читает текст программы без пометок."""
        if program.name not in self._listings:
            text = program.path.read_text(encoding="utf-8")
            self._listings[program.name] = sections.parse(text, program.name)
        return self._listings[program.name]

    def kind(self, name: str) -> Kind:
        """Находит род программ.

        Raises:
            PageError: такого рода нет.
        """
        if name not in KINDS:
            raise PageError(f"рода программ «{name}» в netlab/checks нет{choice(name, KINDS)}")
        return KINDS[name]

    def report(self, program: LessonProgram) -> Report:
        """Читает запись программы.

        Raises:
            PageError: записи нет или она не читается.
        """
        if program.name not in self._reports:
            try:
                self._reports[program.name] = read_record(program)
            except RecordError as error:
                raise PageError(str(error)) from None
        return self._reports[program.name]

    def transcript(self, name: str) -> str:
        """Читает запись разговора с чужой программой по имени `урок/файл.txt`.

        Raises:
            PageError: такой записи нет.
        """
        folder, _, file = name.partition("/")
        records = self.lesson(folder).folder / "records"
        files = {path.name: path for path in sorted(records.glob("*.txt"))}
        if file not in files:
            raise PageError(f"записи «{file}» в snippets/{folder}/records нет{choice(file, files)}")
        return files[file].read_text(encoding="utf-8")

    def talk(self, program: LessonProgram, scenario: str) -> Talk:
        """Читает разговор программы, записанный кадрами.

        Raises:
            PageError: манифест его не обещает, записи нет, или она испорчена.
        """
        if scenario not in program.all_captures:
            advice = choice(scenario, program.all_captures)
            raise PageError(f"разговора «{scenario}» у программы {program.name} нет{advice}")
        try:
            return read_talk(program.capture(scenario))
        except TalkError as error:
            raise PageError(str(error)) from None

    def verdict(self, program: LessonProgram, id: str) -> Verdict:
        """Находит в записи одно свойство.

        Raises:
            PageError: в записи такого свойства нет.
        """
        verdicts = {verdict.id: verdict for verdict in self.report(program).verdicts}
        if id not in verdicts:
            raise PageError(f"свойства «{id}» в записи {program.name} нет{choice(id, verdicts)}")
        return verdicts[id]


def choice(wrong: str, known: Iterable[str]) -> str:
    """Заканчивает предложение советом: похожее имя или все, какие есть."""
    names = list(known)
    close = difflib.get_close_matches(wrong, names, n=1)
    if close:
        return f": напишите «{close[0]}»."
    return f": выберите из {', '.join(names)}." if names else ": там пока пусто."
