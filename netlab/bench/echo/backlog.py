"""Опыт с очередью listen: пятьсот клиентов разом приходят к серверу с короткой и с длинной."""

from __future__ import annotations

from statistics import median

from netlab.bench.echo.contestants import lesson_program
from netlab.bench.echo.load import LoadError, load
from netlab.bench.echo.rounds import Bench
from netlab.bench.processes import Server, Unavailable
from netlab.bench.record import Record
from netlab.bench.samples import Announce

PROGRAM = "echo_threads.py"
LENGTHS = (10, 4096)


def measure_backlog(bench: Bench, announce: Announce) -> Record:
    """Проводит опыт и возвращает его часть записи (ключ backlog в record.py)."""
    announce(f"очередь listen: {bench.plan.flood_clients} клиентов разом")
    runs: dict[int, list[dict[str, float]]] = {length: [] for length in LENGTHS}
    for _ in range(bench.plan.flood_rounds):
        for length in LENGTHS:
            try:
                runs[length].append(_flood(bench, length))
            except (LoadError, Unavailable) as error:
                return {"program": f"echo/{PROGRAM}", "absent": str(error)}
    return {
        "program": f"echo/{PROGRAM}",
        "clients": bench.plan.flood_clients,
        "rounds": bench.plan.flood_rounds,
        "limit": bench.plan.flood_seconds,
        "rows": [_row(length, runs[length], bench.plan.flood_clients) for length in LENGTHS],
    }


def _flood(bench: Bench, length: int) -> dict[str, float]:
    command = lesson_program(PROGRAM, length)
    words = (bench.plan.flood_clients, bench.plan.flood_seconds)
    with (
        Server(lambda port: command(port, bench.folder), bench.server_core) as server,
        load(bench.folder, bench.load_core, "flood", server.port, *words) as crowd,
    ):
        crowd.until("ready")
        crowd.go_on()
        return crowd.until("done")


def _row(length: int, runs: list[dict[str, float]], clients: int) -> Record:
    everyone = all(run["greeted"] == clients for run in runs)
    return {
        "listen": length,
        "in_second": round(median(run["in_second"] for run in runs)),
        "seconds": round(median(run["last"] for run in runs), 3) if everyone else None,
        "greeted": round(median(run["greeted"] for run in runs)),
    }
