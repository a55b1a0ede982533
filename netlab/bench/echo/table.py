"""Таблица эхо-серверов для терминала."""

from __future__ import annotations

from collections.abc import Iterator

from netlab.bench.record import Record, number
from netlab.bench.table import heading, reasons, rows_lines, warning

NAME = 21

# Столбцы — как их читает rows_lines.
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


def table_lines(record: Record) -> Iterator[str]:
    """Отдаёт строки таблицы, пояснений и опыта с очередью."""
    yield heading(record, record["rounds"])
    for head, columns in ((SPEED_HEAD, SPEED), (COST_HEAD, COST)):
        yield ""
        yield from head
        yield from rows_lines(record["rows"], columns, NAME)
    yield ""
    yield from warning(record)
    yield "p50 и p99 — мкс. «К C» — отношение к строке «C, epoll» в том же раунде."
    yield "ЦП — время процессора на сообщение, память — на молчащего клиента."
    yield from reasons(record["rows"])
    yield ""
    yield from backlog_lines(record["backlog"])


def backlog_lines(backlog: Record) -> Iterator[str]:
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
