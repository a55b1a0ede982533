"""Командная строка измерений: `python -m netlab.bench [УРОК] [--quick]`.

Сайт, сервер флагов и программы на странице — тоже уроки: site, flags и browser. flags и browser
измеряют только по имени: первое идёт часами, второму нужен CPython для браузера.

Коды завершения: 0 — измерено, 1 — не вышло, 2 — позвали неправильно или не на Linux,
130 — прервано.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from netlab.bench import browser, echo, fetch, flags, site, transfer
from netlab.bench.echo.contestants import CONTESTANTS
from netlab.bench.processes import ROOT, BenchError
from netlab.bench.record import COMMAND, Record, write
from netlab.bench.samples import Announce
from netlab.cli import Parser

OK, FAILED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130
TABLES: dict[str, Callable[[Record], Iterator[str]]] = {
    "echo": echo.table_lines,
    "fetch": fetch.table_lines,
    "transfer": transfer.table_lines,
    "site": site.table_lines,
    "flags": flags.table_lines,
    "browser": browser.table_lines,
}
WITHOUT_NAME = ("echo", "fetch", "transfer", "site")
"""Что измеряют, если урок не назван: остальное идёт часами."""
OWN_RECORDS = ("site", "flags", "browser")
"""Это не уроки: программ, рядом с которыми лежать записи, у них нет."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Разбирает командную строку и выполняет её; возвращает код завершения."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    if options.only and options.lesson not in (None, "echo"):
        parser.error("--only выбирает эхо-серверы: урок здесь — echo")
    if options.record and not (options.lesson or options.only):
        parser.error("--record — файл одной записи: назовите урок")
    if sys.platform != "linux":
        return complain("Скорость измеряется только на Linux: нужны epoll и /proc.", WRONG_USE)
    # SIGTERM обычно не даёт выполниться finally, и серверы остались бы жить.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        return run(options)
    except BenchError as error:
        return complain(str(error), FAILED)
    except KeyboardInterrupt:
        return complain("Прервано; начатая запись не тронута.", INTERRUPTED)


def build_parser() -> Parser:
    """Описывает командную строку."""
    parser = Parser(
        prog=COMMAND,
        description="Измеряет скорость и сохраняет записи, из которых страницы уроков берут числа.",
    )
    parser.add_argument(
        "lesson",
        metavar="УРОК",
        nargs="?",
        choices=TABLES,
        help=f"что измерить: {', '.join(TABLES)} (без него — всё, кроме flags и browser)",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="один короткий раунд; запись не сохраняется",
    )
    names = [one.id for one in CONTESTANTS]
    parser.add_argument(
        "--only",
        metavar="СЕРВЕР",
        nargs="+",
        choices=names,
        help=f"в уроке echo только эти серверы ({', '.join(names)}); запись не сохраняется",
    )
    parser.add_argument(
        "--record",
        metavar="ФАЙЛ",
        type=Path,
        help="куда сохранить запись (snippets/УРОК/records/bench.json; у site, flags и browser — "
        "netlab/bench/УРОК)",
    )
    parser.add_argument(
        "--soak",
        metavar="МИНУТ",
        type=float,
        default=flags.SOAK_MINUTES,
        help="сколько минут в flags длится долгая работа (%(default)g)",
    )
    return parser


def run(options: argparse.Namespace) -> int:
    """Измеряет и показывает урок за уроком."""
    named = "echo" if options.only else options.lesson
    lessons = [named] if named else list(WITHOUT_NAME)
    measures: dict[str, Callable[[Path, Announce, bool], Record]] = {
        "echo": partial(echo.measure, only=options.only or ()),
        "fetch": fetch.measure,
        "transfer": transfer.measure,
        "site": site.measure,
        "browser": browser.measure,
        "flags": partial(flags.measure, soak=options.soak),
    }
    for lesson in lessons:
        with tempfile.TemporaryDirectory(prefix="netlab-bench-") as folder:
            record = measures[lesson](Path(folder), announce, options.quick)
        for line in TABLES[lesson](record):
            print(line)
        path: Path | None = options.record
        if path is None and not options.quick and not options.only:
            path = place(lesson)
        if path is not None:
            write(record, path)
            print(f"\nЗапись: {short(path)}")
        if lesson != lessons[-1]:
            print(flush=True)
    return OK


def place(lesson: str) -> Path:
    """Возвращает файл записи: у урока она рядом с программами, а нет их — с тем, что меряет."""
    if lesson in OWN_RECORDS:
        return ROOT / "netlab" / "bench" / lesson / "bench.json"
    return ROOT / "snippets" / lesson / "records" / "bench.json"


def announce(step: str) -> None:
    """Говорит, чем занята машина: измерение идёт минуты."""
    print(f"netlab.bench: {step}…", file=sys.stderr, flush=True)


def short(path: Path) -> Path:
    """Пишет путь от корня проекта, если он внутри."""
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def complain(sentence: str, code: int) -> int:
    """Печатает предложение об ошибке и возвращает код."""
    print(f"netlab.bench: {sentence}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
