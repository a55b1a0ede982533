"""Командная строка измерений: `python -m netlab.bench [--quick]`.

Коды завершения: 0 — измерено, 1 — не вышло, 2 — позвали неправильно или не на Linux,
130 — прервано.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from netlab.bench import backlog, record, table
from netlab.bench.contestants import CONTESTANTS, LESSON, ROOT
from netlab.bench.load import BuildError, build
from netlab.bench.processes import allow_files
from netlab.bench.rounds import QUICK, Bench, Plan, measure
from netlab.cli import Parser

OK, FAILED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130
RECORD = LESSON / "records" / "bench.json"
SPARE_FILES = 100


def main(arguments: Sequence[str] | None = None) -> int:
    """Разбирает командную строку и выполняет её; возвращает код завершения."""
    options = build_parser().parse_args(arguments)
    if sys.platform != "linux":
        return complain("Скорость измеряется только на Linux: нужны epoll и /proc.", WRONG_USE)
    # SIGTERM обычно не даёт выполниться finally, и серверы остались бы жить.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        return run(options)
    except BuildError as error:
        return complain(str(error), FAILED)
    except KeyboardInterrupt:
        return complain("Прервано; запись не тронута.", INTERRUPTED)


def build_parser() -> Parser:
    """Описывает командную строку."""
    parser = Parser(
        prog="python -m netlab.bench",
        description="Сравнивает скорость эхо-серверов и сохраняет запись для страницы урока.",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="один короткий раунд за полминуты; запись не сохраняется",
    )
    names = [one.id for one in CONTESTANTS]
    parser.add_argument(
        "--only",
        metavar="СЕРВЕР",
        nargs="+",
        choices=names,
        help=f"только эти серверы ({', '.join(names)}); запись не сохраняется",
    )
    parser.add_argument(
        "--record", metavar="ФАЙЛ", type=Path, help=f"куда сохранить запись ({short(RECORD)})"
    )
    return parser


def run(options: argparse.Namespace) -> int:
    """Измеряет и показывает."""
    plan = QUICK if options.quick else Plan()
    contestants = [one for one in CONTESTANTS if not options.only or one.id in options.only]
    if not allow_files(plan.idle_clients + SPARE_FILES):
        return complain(
            f"Мало открытых файлов на процесс, нужно {plan.idle_clients + SPARE_FILES}: "
            "поднимите жёсткий предел (ulimit -Hn).",
            FAILED,
        )
    with tempfile.TemporaryDirectory(prefix="netlab-bench-") as name:
        folder = Path(name)
        build(folder)
        bench = Bench(folder, plan)
        samples = measure(bench, contestants, announce)
        crowd = backlog.measure_backlog(bench, announce)
    kept = record.as_record(plan, contestants, samples, crowd, bench.server_core is not None)
    for line in table.table_lines(kept):
        print(line)
    path: Path | None = options.record
    if path is None and not options.quick and not options.only:
        path = RECORD
    if path is not None:
        record.write(kept, path)
        print(f"\nЗапись: {short(path)}")
    return OK


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
