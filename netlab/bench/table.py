"""Таблица измерений для терминала шириной в 80 знаков."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netlab.bench.record import number

NAME = 21
NOTHING = "—"
QUIET = 3
"""Столько процентов помех ещё не портят чисел."""

# Столбец: id, знаков после запятой, ширина; «×» — отношение к эталону, «±» — разброс раундов.
SPEED = (
    ("one_rate", 0, 9), ("one_rate×", 2, 6), ("one_p50", 0, 6), ("one_p99", 0, 7),
    ("many_rate", 0, 10), ("many_rate×", 2, 6), ("many_p50", 0, 7), ("many_p99", 0, 8),
)  # fmt: skip
COST = (
    ("bulk", 0, 7), ("bulk×", 2, 6), ("cpu", 1, 9), ("cpu×", 2, 6),
    ("memory", 1, 10), ("load_busy", 0, 10), ("many_rate±", 0, 10),
)  # fmt: skip
SPEED_HEAD = (
    f"{'':{NAME}}{'один клиент':^28}{'сто клиентов':^31}",
    f"{'сервер':{NAME}}{'сообщ./с':>9}{'к C':>6}{'p50':>6}{'p99':>7}"
    f"{'сообщ./с':>10}{'к C':>6}{'p50':>7}{'p99':>8}",
)
COST_HEAD = (
    f"{'':{NAME}}{'поток':^13}{'ЦП сервера':^15}{'память':>10}{'нагрузка':>10}{'разброс':>10}",
    f"{'сервер':{NAME}}{'МБ/с':>7}{'к C':>6}{'мкс':>9}{'к C':>6}"
    f"{'КиБ':>10}{'занята, %':>10}{'раундов':>10}",
)


def table_lines(record: dict[str, Any]) -> Iterator[str]:
    """Отдаёт строки таблицы, пояснений и опыта с очередью."""
    machine = record["machine"]
    yield (
        f"{machine['system']} {machine['kernel']}, ядер: {machine['cores']}, "
        f"Python {machine['python']}; медиана раундов: {record['rounds']}."
    )
    for head, columns in ((SPEED_HEAD, SPEED), (COST_HEAD, COST)):
        yield ""
        yield from head
        for row in record["rows"]:
            yield f"{row['name']:{NAME}}" + "".join(
                f"{shown(row['cells'], name, digits):>{width}}" for name, digits, width in columns
            )
    yield ""
    if (record["disturbance"] or 0) > QUIET:
        waited = number(record["disturbance"], 0)
        yield f"Машина занята: нагрузка ждала своего ядра {waited} % времени."
        yield "Числа ненадёжны, повторите в тишине."
    yield "p50 и p99 — мкс. «К C» — отношение к строке «C, epoll» в том же раунде."
    yield "ЦП — время процессора на сообщение, память — на молчащего клиента."
    reasons = [f"{row['name']}: {reason}." for row in record["rows"] for reason in absences(row)]
    if reasons:
        yield f"Где «{NOTHING}» — {' '.join(reasons)}"
    yield ""
    yield from backlog_lines(record["backlog"])


def shown(cells: dict[str, Any], name: str, digits: int) -> str:
    """Пишет одну ячейку: медиану, отношение (×) или разброс (±) в процентах."""
    cell = cells[name.rstrip("×±")]
    if "absent" in cell:
        return NOTHING
    if name.endswith("±"):
        return f"± {number((cell['high'] - cell['low']) / 2 / cell['median'] * 100, 0)} %"
    value = cell["ratio" if name.endswith("×") else "median"]
    return NOTHING if value is None else number(value, digits)


def absences(row: dict[str, Any]) -> Iterator[str]:
    """Отдаёт причины, по которым в строке нет чисел, каждую один раз."""
    yield from dict.fromkeys(cell["absent"] for cell in row["cells"].values() if "absent" in cell)


def backlog_lines(backlog: dict[str, Any]) -> Iterator[str]:
    """Отдаёт строки опыта с очередью listen."""
    program = backlog["program"].rpartition("/")[2]
    if "absent" in backlog:
        yield f"Очередь listen, {program}: {backlog['absent']}."
        return
    clients = backlog["clients"]
    yield f"Очередь listen: {clients} клиентов разом, {program}"
    for row in backlog["rows"]:
        everyone = (
            f"всем — за {number(row['seconds'], 2)} с"
            if row["seconds"] is not None
            else f"за {number(backlog['limit'], 0)} с — {row['greeted']}"
        )
        yield f"  listen({row['listen']})".ljust(16) + (
            f"за первую секунду ответили {row['in_second']}, {everyone}"
        )
