"""Запись об эхо-серверах: `snippets/echo/records/bench.json`.

Это таблица серверов (см. netlab/bench/record.py) прямо в записи, а рядом с ней — опыт с очередью:

    {…,
     "backlog": {"program": "echo/echo_threads.py", "clients": 500, "rounds": 3, "limit": 16,
                 "rows": [{"listen": 10, "in_second": 95, "greeted": 211, "seconds": null}, …]}}

Задержки и время процессора — в микросекундах, поток — в МБ/с (10⁶ байт), память — в КиБ, load_busy
— в процентах.

backlog: in_second — скольким ответили за первую секунду, greeted — скольким за limit секунд,
seconds — когда ответили последнему (null, если за limit секунд не всем). Вместо clients, rounds,
limit и rows может стоять absent.
"""

from __future__ import annotations

from collections.abc import Sequence

from netlab.bench.echo.contestants import REFERENCE, Contestant
from netlab.bench.echo.rounds import CLIENTS, LINE, Plan
from netlab.bench.record import Column, Record, header, number, table
from netlab.bench.samples import Samples

COLUMNS = (
    Column("one_rate", "1 клиент", "сообщений в секунду", "more", 0),
    Column("one_p50", "1 клиент", "p50, мкс", "less", 0),
    Column("one_p99", "1 клиент", "p99, мкс", "less", 0),
    Column("many_rate", f"{CLIENTS} клиентов", "сообщений в секунду", "more", 0),
    Column("many_p50", f"{CLIENTS} клиентов", "p50, мкс", "less", 0),
    Column("many_p99", f"{CLIENTS} клиентов", "p99, мкс", "less", 0),
    Column("cpu", f"{CLIENTS} клиентов", "ЦП сервера, мкс на сообщение", "less", 1),
    Column("bulk", "", "поток, МБ/с", "more", 0),
    Column("memory", "", "память на молчащего клиента, КиБ", "less", 1, compared=False),
    Column("load_busy", "", "занятость нагрузки, %", "", 0, compared=False),
)


def notes(plan: Plan, pinned: bool) -> list[str]:
    """Перечисляет условия, без которых числа не понять."""
    cores = (
        "Сервер привязан к одному ядру, нагрузка — к другому; когда клиент один, оба на одном: "
        "они всё равно работают по очереди."
    )
    return [
        f"Всё на loopback. Сообщение — строка в {LINE} байта: клиент ждёт её назад, "
        "потом шлёт следующую.",
        cores if pinned else "Ядро одно: сервер и нагрузка делят его.",
        "Программы урока те же, заменён только порт; print на каждую строку пишет в /dev/null.",
        f"Поток — один клиент: {plan.bulk_mib} МиБ строк кусками по 64 КиБ, читает он одновременно "
        f"с записью; через {number(plan.bulk_seconds, 1)} с новых кусков не шлёт.",
        f"Память — прирост на {plan.idle_clients} молчащих клиентах; буферов ядра в ней нет.",
        "Нагрузка — программа на C. Где она занята почти всё время, предел поставила она, "
        "а не сервер.",
    ]


def as_record(
    plan: Plan,
    contestants: Sequence[Contestant],
    samples: Samples,
    backlog: Record,
    pinned: bool,
) -> Record:
    """Собирает запись из измеренного."""
    return {
        **header("echo", samples.waits()),
        **table(plan.rounds, REFERENCE, notes(plan, pinned), COLUMNS, contestants, samples),
        "backlog": backlog,
    }
