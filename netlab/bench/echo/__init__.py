"""Эхо-серверы: сколько сообщений в секунду и какой ценой; очередь listen."""

# contestants.py      кого сравнивают и как их запустить
# rivals.py           серверы стандартной библиотеки; epoll_echo.c — сервер на C
# load.py, load.c     нагрузка
# rounds.py           раунды: в каждом все серверы по очереди, чтобы помехи достались всем поровну
# backlog.py          отдельный опыт: короткая и длинная очередь listen
# record.py, table.py запись и таблица

from collections.abc import Collection
from pathlib import Path

from netlab.bench.build import build
from netlab.bench.echo import record
from netlab.bench.echo.backlog import measure_backlog
from netlab.bench.echo.contestants import CONTESTANTS, PACKAGE
from netlab.bench.echo.rounds import QUICK, Bench, Plan, measure_servers
from netlab.bench.echo.table import table_lines
from netlab.bench.processes import BenchError
from netlab.bench.record import Record
from netlab.bench.samples import Announce
from netlab.sockets import allow_files

__all__ = ["measure", "table_lines"]

PROGRAMS = ("load.c", "epoll_echo.c")
SPARE_FILES = 100


def measure(
    folder: Path, announce: Announce, quick: bool = False, only: Collection[str] = ()
) -> Record:
    """Измеряет серверы (все или названные) и возвращает запись; folder — временная папка.

    Raises:
        BenchError: нет компилятора, или открытых файлов разрешено слишком мало.
    """
    plan = QUICK if quick else Plan()
    if not allow_files(plan.idle_clients + SPARE_FILES):
        raise BenchError(
            f"Мало открытых файлов на процесс, нужно {plan.idle_clients + SPARE_FILES}: "
            "поднимите жёсткий предел (ulimit -Hn)."
        )
    for program in PROGRAMS:
        build(PACKAGE / program, folder)
    contestants = [one for one in CONTESTANTS if not only or one.id in only]
    bench = Bench(folder, plan)
    samples = measure_servers(bench, contestants, announce)
    crowd = measure_backlog(bench, announce)
    return record.as_record(plan, contestants, samples, crowd, bench.server_core is not None)
