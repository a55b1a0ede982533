"""Кривая: сколько времени уходит у загрузчиков урока на страницу такого-то размера."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import linear_regression, median

from netlab.bench.big_file import MIB
from netlab.bench.errand import Errand
from netlab.bench.fetch.plan import Plan
from netlab.bench.processes import ROOT, Server, Unavailable, cores
from netlab.bench.record import Row
from netlab.bench.samples import WAITED, Announce, Samples, turns

PACKAGE = Path(__file__).resolve().parent
LESSON = ROOT / "snippets" / "fetch"
HEAD_LIMIT = 1024
"""Загрузчик может вернуть и шапку ответа; она короче."""
EXPONENT = "exponent"


def fetcher(name: str, what: str) -> Row:
    """Загрузчик урока по имени файла."""
    return Row(Path(name).stem.removeprefix("fetch_"), name, what, program=f"fetch/{name}")


FETCHERS = (
    fetcher("fetch_original.py", "result += chunk, по килобайту"),
    fetcher("fetch_join.py", "список кусков и b''.join"),
    fetcher("fetch_length.py", "буфер bytearray и Content-Length"),
    fetcher("fetch_netlab.py", "готовая функция netlab"),
)


def measure_curve(
    folder: Path, plan: Plan, announce: Announce, fetchers: Sequence[Row] = FETCHERS
) -> Samples:
    """Проводит все раунды; столбец — размер в МиБ, числа в миллисекундах."""
    samples = Samples()
    columns = [*map(column, plan.sizes), EXPONENT]
    server_core, core = cores()
    with ExitStack() as running:
        servers = {
            size: running.enter_context(Server(body_server(size), server_core))
            for size in plan.sizes
        }
        for order in turns(fetchers, plan.rounds, announce):
            for size, server in servers.items():
                for one in order:
                    if is_wanted(samples, plan, one, size):
                        once = partial(fetch_once, folder, one, size, server.port, core)
                        samples.attempt(one.id, columns, once)
    for one in fetchers:
        finish(samples, plan, one)
    return samples


def column(size: float) -> str:
    """Столбец страницы такого размера."""
    return f"{size:g}"


def body_server(size: float) -> Callable[[int], list[str]]:
    """Команда сервера, у которого тело в size МиБ."""
    program = str(PACKAGE / "body_server.py")
    return lambda port: [sys.executable, "-I", program, str(port), str(int(size * MIB))]


def is_wanted(samples: Samples, plan: Plan, one: Row, size: float) -> bool:
    """Говорит, стоит ли измерять эту точку (ещё раз)."""
    spent = sum(samples.numbers[one.id, column(size)])
    return spent < plan.enough * 1000 and not is_stopped(samples, plan, one, size)


def is_stopped(samples: Samples, plan: Plan, one: Row, size: float) -> bool:
    """Говорит, слишком ли долго шла какая-нибудь страница меньше этой."""
    return any(
        time > plan.limit * 1000
        for smaller in plan.sizes
        if smaller < size
        for time in samples.numbers[one.id, column(smaller)]
    )


def fetch_once(
    folder: Path, one: Row, size: float, port: int, core: int | None
) -> dict[str, float]:
    """Скачивает страницу один раз, в своём процессе.

    Raises:
        Unavailable: загрузчик упал или вернул не всё.
    """
    answer = folder / "answer.txt"
    # -P: иначе первой в sys.path стояла бы эта папка.
    program = [sys.executable, "-P", str(PACKAGE / "one_fetch.py")]
    with Errand(folder, [*program, str(LESSON / one.name), str(port)], core, stdout=answer) as run:
        cost = run.cost()
    seconds, length = map(float, answer.read_text(encoding="utf-8").split())
    if not size * MIB <= length < size * MIB + HEAD_LIMIT:
        raise Unavailable(f"вернул {length:.0f} байт вместо {size * MIB:.0f}")
    return {column(size): seconds * 1000, WAITED: cost.disturbance}


def finish(samples: Samples, plan: Plan, one: Row) -> None:
    """Считает показатель степени и говорит, почему кончилась кривая."""
    points = [
        (size, median(samples.numbers[one.id, column(size)]))
        for size in plan.sizes
        if samples.numbers[one.id, column(size)]
    ]
    if len(points) > 1:
        samples.add(one.id, {EXPONENT: exponent(points)})
    beyond = [column(size) for size in plan.sizes if is_stopped(samples, plan, one, size)]
    samples.excuse(one.id, beyond, f"страница поменьше шла дольше {plan.limit:g} с")


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """Возвращает k, при котором время лучше всего описывает c·размер^k (наименьшие квадраты)."""
    sizes, times = zip(*points, strict=True)
    return linear_regression([*map(math.log, sizes)], [*map(math.log, times)]).slope
