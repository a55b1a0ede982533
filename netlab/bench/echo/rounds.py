"""Раунды: в каждом — все серверы и все измерения, чтобы помехи машины достались всем поровну."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from netlab.bench.echo.contestants import Contestant
from netlab.bench.echo.load import LoadError, load
from netlab.bench.processes import Server, Unavailable, cores
from netlab.bench.samples import WAITED, Announce, Samples, turns

LINE = 64
CLIENTS = 100
WARM_UP_CLIENTS = 10


@dataclass(frozen=True)
class Plan:
    """Сколько и чего измерять; времена в секундах."""

    rounds: int = 5
    one_seconds: float = 0.5
    many_seconds: float = 1.0
    warm_up: float = 0.1
    bulk_mib: int = 256
    bulk_seconds: float = 0.5
    idle_clients: int = 2000
    flood_clients: int = 500
    flood_rounds: int = 3
    flood_seconds: float = 16.0
    """Ядро повторяет SYN через 1, 3, 7 и 15 секунд: все четыре волны успевают."""


QUICK = Plan(
    rounds=1,
    one_seconds=0.2,
    many_seconds=0.3,
    bulk_seconds=0.2,
    idle_clients=500,
    flood_rounds=1,
    flood_seconds=4.0,
)


class Bench:
    """Измерения одного сервера: каждое отдаёт числа нескольких столбцов."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder = folder
        self.plan = plan
        self.server_core, self.load_core = cores()

    def start(self, contestant: Contestant) -> Server:
        """Запускает сервер на его ядре."""
        return Server(lambda port: contestant.command(port, self.folder), self.server_core)

    def one_client(self, server: Server) -> dict[str, float]:
        """Один клиент спрашивает и ждёт ответа."""
        # На одном ядре с сервером: работают они всё равно по очереди, а будить спящее ядро
        # виртуальной машины дольше, чем ответить, и измерялось бы оно.
        words = ("ask", server.port, 1, self.plan.one_seconds, self.plan.warm_up)
        with load(self.folder, self.server_core, *words) as asking:
            asking.until("ready")
            asking.go_on()
            facts = asking.until("done")
        return {
            "one_rate": facts["messages"] / facts["seconds"],
            "one_p50": facts["p50"],
            "one_p99": facts["p99"],
        }

    def many_clients(self, server: Server) -> dict[str, float]:
        """Сто клиентов спрашивают разом; нагрузка — на другом ядре."""
        words = ("ask", server.port, CLIENTS, self.plan.many_seconds, self.plan.warm_up)
        with load(self.folder, self.load_core, *words) as asking:
            asking.until("ready")
            before = server.cpu_seconds()
            asking.go_on()
            facts = asking.until("done")
            spent = server.cpu_seconds() - before
        return {
            "many_rate": facts["messages"] / facts["seconds"],
            "many_p50": facts["p50"],
            "many_p99": facts["p99"],
            "cpu": spent / facts["messages"] * 1e6,
            "load_busy": facts["busy"] / facts["seconds"] * 100,
            WAITED: facts["waited"] / facts["seconds"] * 100,
        }

    def bulk(self, server: Server) -> dict[str, float]:
        """Один клиент шлёт поток строк и разом читает."""
        words = ("bulk", server.port, self.plan.bulk_mib, self.plan.bulk_seconds)
        with load(self.folder, self.load_core, *words) as pouring:
            pouring.until("ready")
            pouring.go_on()
            facts = pouring.until("done")
        return {"bulk": facts["bytes"] / facts["seconds"] / 1e6}

    def idle_memory(self, server: Server) -> dict[str, float]:
        """Клиенты пришли, получили строку и молчат: сколько памяти держит каждый."""
        # Первые десять — до первого взвешивания: на них сервер заводит то, что нужно один раз.
        words = ("hold", server.port, WARM_UP_CLIENTS, WARM_UP_CLIENTS + self.plan.idle_clients)
        with load(self.folder, self.load_core, *words) as holding:
            holding.until("ready")
            before = server.memory()
            holding.go_on()
            facts = holding.until("done")
            return {"memory": (server.memory() - before) / facts["clients"] / 1024}


@dataclass(frozen=True)
class Measurement:
    """Одно измерение: какие столбцы заполняет и по силам ли серверу, у которого один клиент."""

    columns: tuple[str, ...]
    carry_out: Callable[[Bench, Server], dict[str, float]]
    for_many: bool


# Память взвешивают у свежего процесса: у того, кто уже обслужил сотню, место для новых есть.
FIRST_PROCESS = (Measurement(("memory",), Bench.idle_memory, for_many=True),)
SECOND_PROCESS = (
    Measurement(("one_rate", "one_p50", "one_p99"), Bench.one_client, for_many=False),
    Measurement(
        ("many_rate", "many_p50", "many_p99", "cpu", "load_busy", WAITED),
        Bench.many_clients,
        for_many=True,
    ),
    Measurement(("bulk",), Bench.bulk, for_many=False),
)
ONE_AT_A_TIME = "один клиент за раз"


def measure_servers(bench: Bench, contestants: Sequence[Contestant], announce: Announce) -> Samples:
    """Проводит все раунды; что не вышло однажды, того больше не пробует."""
    samples = Samples()
    for contestant in contestants:
        for measurement in (*FIRST_PROCESS, *SECOND_PROCESS):
            if measurement.for_many and contestant.one_at_a_time:
                samples.excuse(contestant.id, measurement.columns, ONE_AT_A_TIME)
    for order in turns(contestants, bench.plan.rounds, announce):
        for contestant in order:
            for process in (FIRST_PROCESS, SECOND_PROCESS):
                _visit(bench, contestant, process, samples)
    return samples


def _visit(
    bench: Bench, contestant: Contestant, process: Sequence[Measurement], samples: Samples
) -> None:
    """Запускает сервер и проводит на нём измерения; вместо неудачи записывает причину."""
    wanted = [one for one in process if (contestant.id, one.columns[0]) not in samples.absent]
    if not wanted:
        return
    try:
        with bench.start(contestant) as server:
            for measurement in wanted:
                try:
                    samples.add(contestant.id, measurement.carry_out(bench, server))
                except LoadError as error:
                    samples.excuse(contestant.id, measurement.columns, str(error))
    except Unavailable as error:
        for measurement in wanted:
            samples.excuse(contestant.id, measurement.columns, str(error))
