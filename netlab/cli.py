"""Командная строка netlab: какая команда названа, с чем и чем кончилась.

Коды завершения у всех команд одни: 0 — получилось, 1 — не получилось, 2 — позвали неправильно.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from netlab import chaos, dissect, echo, fetch, file_receiver, file_sender, netcat, report, watch
from netlab.checks import KINDS, WrongKind, check
from netlab.flags import commands as flags
from netlab.lesson import LessonError, read_lesson, read_lessons
from netlab.records import write_records
from netlab.stand import StandError

OK, FAILED, WRONG_USE = 0, 1, 2
SNIPPETS = Path("snippets")


class Help(argparse.RawDescriptionHelpFormatter):
    """Справка по-русски; абзацы описания остаются как написаны."""

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        """Пишет строку вызова."""
        super().add_usage(usage, actions, groups, "вызов: " if prefix is None else prefix)

    def add_argument(self, action: argparse.Action) -> None:
        """Учитывает строку справки."""
        super().add_argument(action)
        if isinstance(action, argparse._SubParsersAction):
            # Команды пишутся с ещё одним отступом, а argparse в ширине столбца его забывает.
            self._action_max_length += self._indent_increment


class Parser(argparse.ArgumentParser):
    """argparse, который и справку, и ошибку пишет по-русски."""

    def __init__(self, **options: Any) -> None:
        super().__init__(add_help=False, formatter_class=Help, **options)
        self._positionals.title = "что указать"
        self._optionals.title = "ключи"
        self.add_argument("-h", "--help", action="help", help="показать эту справку")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Разбирает аргументы; лишние называет сразу, чтобы справку советовала сама команда."""
        options, extra = super().parse_known_args(args, namespace)
        if extra:
            self.error(f"unrecognized arguments: {' '.join(extra)}")
        return options, extra

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USE, f"{self.prog}: {russian(message)} Справка: {self.prog} --help\n")


def russian(message: str) -> str:
    """Переводит сообщение argparse об ошибке."""
    head, _, tail = message.partition(": ")
    translations = {
        "the following arguments are required": f"не хватает аргументов: {tail}.",
        "unrecognized arguments": f"лишние аргументы: {tail}.",
    }
    if head in translations:
        return translations[head]
    if "invalid choice" in message:
        _, _, value = message.partition("invalid choice: ")
        wrong, _, known = value.partition(" (choose from ")
        return f"нет такого: {wrong}; есть {known.rstrip(')')}."
    if head.startswith("argument ") and "expected one argument" in tail:
        return f"у {head.removeprefix('argument ')} нет значения."
    if head.startswith("argument ") and "invalid" in tail:
        return f"{head.removeprefix('argument ')}: не годится значение {tail.rpartition(': ')[2]}."
    if head.startswith("argument "):
        return f"{head.removeprefix('argument ')}: {tail}."
    return f"{message}."


def main(arguments: Sequence[str] | None = None) -> int:
    """Разбирает командную строку и выполняет команду; возвращает код завершения."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        code = command(options)
        if sys.stdout:  # запустить могли и без него
            sys.stdout.flush()
        return code
    except BrokenPipeError:
        if not sys.stdout:
            raise
        # Читать больше некому: так кончается и `netlab … | head`. Остаток вывода сливаем в никуда,
        # иначе о нём пожалуется интерпретатор (https://docs.python.org/3/library/signal.html).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (LessonError, StandError) as error:
        return complain(str(error), FAILED)
    except KeyboardInterrupt:
        return 130


def build_parser() -> Parser:
    """Собирает разбор командной строки."""
    parser = Parser(
        prog="netlab",
        description="Лаборатория лекции «Работа с сетью (синхронная)».",
    )
    commands = parser.add_subparsers(metavar="КОМАНДА", required=True, parser_class=Parser)

    checking = commands.add_parser(
        "check",
        help="проверить программу по свойствам урока",
        description="Проверяет программу: запускает её неизменной и разговаривает с ней.",
        epilog="\n\n".join(kind.contract for kind in KINDS.values())
        + "\n\nКод завершения: 0 — обязательные свойства выполнены, 1 — нет,\n"
        + "2 — команда написана неверно.",
    )
    checking.add_argument(
        "kind", metavar="РОД", choices=KINDS, help=f"род программы: {', '.join(KINDS)}"
    )
    checking.add_argument("file", metavar="ФАЙЛ", type=Path, help="программа")
    checking.add_argument("--json", action="store_true", help="отчёт в виде JSON")
    checking.set_defaults(command=run_check)

    recording = commands.add_parser(
        "record",
        help="записать заново запуски программ урока",
        description="Запускает программы уроков и сохраняет записи, по которым строятся страницы.",
    )
    recording.add_argument(
        "lessons", metavar="УРОК", nargs="*", help="папки в snippets; без них — все"
    )
    recording.set_defaults(command=run_record)

    for name, module, summary in (
        ("echo", echo, "запустить готовый эхо-сервер"),
        ("nc", netcat, "маленький netcat: есть и там, где nc нет"),
        ("chaos", chaos, "посредник, который портит связь"),
        ("fetch", fetch, "скачать страницу или файл по HTTP"),
        ("send-file", file_sender, "послать файл"),
        ("recv-file", file_receiver, "принять один файл"),
        ("dissect", dissect, "показать кадры захвата слой за слоем"),
        ("watch", watch, "показать вызовы сокетов идущей программы"),
        ("flags", flags, "практика: флаги на порту 13000"),
    ):
        command = commands.add_parser(name, help=summary, description=module.__doc__)
        module.add_arguments(command)
        command.set_defaults(command=module.run)
    return parser


def run_check(options: argparse.Namespace) -> int:
    """`netlab check РОД ФАЙЛ`."""
    path: Path = options.file
    if not path.is_file():
        problem = "это папка" if path.is_dir() else "такого файла нет"
        return complain(f"«{path}»: {problem}; укажите файл программы.", WRONG_USE)
    # SIGTERM обычно не даёт выполниться finally, и проверяемая программа осталась бы жить.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    quiet = options.json
    try:
        result = check(
            path.resolve(),
            KINDS[options.kind],
            announce=(lambda verdict: None) if quiet else report.announce,
        )
    except WrongKind as error:
        return complain(str(error), WRONG_USE)
    if quiet:
        print(json.dumps({**result.as_json(), "file": str(path)}, ensure_ascii=False, indent=2))
    else:
        for line in report.ending_lines(result, report.wants_colour(sys.stdout)):
            print(line)
    return OK if result.ok else FAILED


def run_record(options: argparse.Namespace) -> int:
    """`netlab record [УРОК …]`."""
    if not SNIPPETS.is_dir():
        return complain("Здесь нет папки snippets: перейдите в корень проекта.", WRONG_USE)
    names = options.lessons
    lessons = [read_lesson(SNIPPETS / name) for name in names] if names else read_lessons(SNIPPETS)
    from netlab.wire.record import can_record, stale_captures, write_captures

    code = OK
    for lesson in lessons:
        print(f"{lesson.id}: записываю {len(lesson.programs)} программ…", flush=True)
        changed = write_records(lesson)
        if can_record():
            changed += write_captures(lesson)
        elif stale := stale_captures(lesson):
            print("\n".join(stale))
            code = FAILED
        print("  изменилось: " + (", ".join(changed) if changed else "ничего"))
    if not can_record():
        print("Захваты не записаны, а только сверены: для записи нужны Linux, root, ip и ethtool.")
    return code


def complain(sentence: str, code: int) -> int:
    """Печатает предложение об ошибке и возвращает код."""
    print(f"netlab: {sentence}", file=sys.stderr)
    return code
