"""Большой файл от программы к программе: netlab, nc — и, для сравнения, один лишь хеш."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from netlab.bench.big_file import MIB, NAME, BigFile
from netlab.bench.errand import CPU, SECONDS, Errand
from netlab.bench.processes import Unavailable, cores, found, free_port
from netlab.bench.record import Column, Row
from netlab.bench.samples import WAITED, Announce, Samples, turns

REFERENCE = "nc"
SENDER = Column("sender", "пик памяти, МиБ", "отправитель", "less", 1, compared=False)
RECEIVER = Column("receiver", "пик памяти, МиБ", "получатель", "less", 1, compared=False)
COLUMNS = (SECONDS, CPU, SENDER, RECEIVER)
HASH = "import hashlib, sys; hashlib.file_digest(open(sys.argv[1], 'rb'), 'sha256')"


@dataclass(frozen=True)
class Trial(Row):
    """Одна строка таблицы."""

    carry_out: Callable[[Path, BigFile], dict[str, float]]
    """Папка с cost и файл → числа одного раунда; бросает Unavailable."""


def netlab(folder: Path, big: BigFile) -> dict[str, float]:
    """`netlab send-file` и `netlab recv-file`."""
    port = free_port()
    command = [sys.executable, "-m", "netlab"]
    receiver = [*command, "recv-file", "--host", "127.0.0.1", "--port", str(port)]
    sender_core, receiver_core = cores()
    with (
        Errand(
            folder, [*receiver, "--folder", str(big.copies)], receiver_core, port=port
        ) as receiving,
        Errand(
            folder, [*command, "send-file", str(big.path), "127.0.0.1", str(port)], sender_core
        ) as sending,
    ):
        return numbers(sending, receiving, big)


def nc(folder: Path, big: BigFile) -> dict[str, float]:
    """`nc -N` и `nc -l`: файл идёт через stdin и stdout, целостность не проверяет никто."""
    port = free_port()
    command = found("nc.openbsd", "nc")
    sender_core, receiver_core = cores()
    with (
        Errand(
            folder,
            [command, "-l", "127.0.0.1", str(port)],
            receiver_core,
            port=port,
            stdout=big.copies / NAME,
        ) as receiving,
        Errand(
            folder, [command, "-N", "127.0.0.1", str(port)], sender_core, stdin=big.path
        ) as sending,
    ):
        return numbers(sending, receiving, big)


def numbers(sending: Errand, receiving: Errand, big: BigFile) -> dict[str, float]:
    """Дожидается обеих сторон; время идёт от запуска отправителя до конца последней.

    Raises:
        Unavailable: файл не передан.
    """
    sent, received = sending.cost(), receiving.cost()
    if not big.came_whole():
        raise Unavailable("передал не то")
    return {
        SECONDS.id: max(sent.ended, received.ended) - sent.began,
        CPU.id: sent.cpu + received.cpu,
        SENDER.id: sent.peak / MIB,
        RECEIVER.id: received.peak / MIB,
        WAITED: max(sent.disturbance, received.disturbance),
    }


def only_hash(folder: Path, big: BigFile) -> dict[str, float]:
    """SHA-256 того же файла."""
    _, core = cores()
    with Errand(folder, [sys.executable, "-I", "-c", HASH, str(big.path)], core) as counting:
        cost = counting.cost()
    return {SECONDS.id: cost.seconds, CPU.id: cost.cpu, WAITED: cost.disturbance}


TRIALS = (
    Trial("netlab", "netlab send-file, recv-file", "с хешем и подтверждением", netlab),
    Trial(REFERENCE, "nc -N, nc -l", "одни байты, без проверки", nc),
    Trial("hash", "SHA-256", "один лишь хеш того же файла, без сети", only_hash),
)


def measure_transfer(
    folder: Path,
    big: BigFile,
    rounds: int,
    announce: Announce,
    trials: Sequence[Trial] = TRIALS,
) -> Samples:
    """Проводит все раунды."""
    samples = Samples()
    columns = [column.id for column in COLUMNS]
    for order in turns(trials, rounds, announce):
        for one in order:
            samples.attempt(one.id, columns, partial(one.carry_out, folder, big))
    samples.excuse("hash", [SENDER.id, RECEIVER.id], "ничего не передаёт")
    return samples
