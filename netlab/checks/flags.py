"""Программа практики: сама решает одну задачу сервера флагов, печатает флаг и сдаёт его.

Судит её настоящий сервер (netlab/checks/flag_lab.py): занятие во временной папке, те же флаги и
то же хранилище, что у класса.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import count
from typing import TYPE_CHECKING

from netlab.checks.kind import Kind
from netlab.peers.conversation import Failed
from netlab.peers.drip import Drip
from netlab.peers.fault import Fault
from netlab.stand import Stand

if TYPE_CHECKING:
    from netlab.checks.flag_lab import Practice

QUIET = 0.1
"""Столько секунд тишины кончают кусок: паузы между посылками одной задачи втрое короче."""
DRIPPED = 4000
"""Столько байт приходит по одному: диалог, условие задачи и её начало; остальное — как обычно."""

FLAGS = Kind(
    id="flags",
    title="программа практики",
    contract="""\
Договор программы практики. Она сама решает одну задачу сервера флагов.
  * адрес, порт и имя берёт из командной строки, в этом порядке; без них идёт
    на 127.0.0.1, порт 13000, и называет любое имя;
  * представляется, начинает задачу, отвечает, печатает флаг и сдаёт его
    (submit), после чего завершается с кодом 0;
  * решает задачу, какими бы кусками ни пришли байты: по одному или всё, что
    послано подряд, разом;
  * решает её и во второй раз, с новыми данными;
  * не принимает байты за строки (python -bb);
  * закрывает все сокеты (python -X dev).""",
)


class Glue(Fault):
    """Копит всё, что приходит из source, пока тот не замолчит, и отдаёт одним куском."""

    def __init__(self, source: socket.socket) -> None:
        super().__init__()
        self._source = source

    def deliver(self, sock: socket.socket, data: bytes) -> None:
        while select.select([self._source], [], [], QUIET)[0]:
            more = self._source.recv(65536)
            if not more:
                break
            data += more
        super().deliver(sock, data)


def practice(
    stand: Stand, fault: Callable[[socket.socket], Fault] | None = None
) -> AbstractContextManager[Practice]:
    """Ведёт занятие; fault по сокету сервера даёт неисправность на пути от него к программе."""
    # Договоры читает и `netlab --help`, а сервер с базой данных нужны только тому, кто судит.
    from netlab.checks.flag_lab import practice

    return practice(stand, fault)


@FLAGS.property("earns", "Решает задачу")
def earns(stand: Stand) -> None:
    with practice(stand) as lab:
        lab.solved_by_program()


@FLAGS.property("collects", "Печатает флаг и сдаёт его")
def collects(stand: Stand) -> None:
    with practice(stand) as lab:
        program = lab.solved_by_program()
        if lab.flag not in program.output:
            printed = program.last_words or "ничего"
            raise Failed("Флаг получен, но не напечатан.", lab.flag, printed)
        program.wait(lambda: lab.result.collected is not None)
        if lab.result.collected is None:
            raise Failed("Флаг получен, но не сдан.", f"submit {lab.flag}", "флаг не сдан")


@FLAGS.property("dripped", "Решает её, когда байты приходят по одному")
def dripped(stand: Stand) -> None:
    with practice(stand, drip) as lab:
        lab.solved_by_program()


def drip(server: socket.socket) -> Fault:
    """Отдаёт по одному первые DRIPPED байт."""
    sent = count(1)
    return Drip(between=lambda: next(sent) < DRIPPED)


@FLAGS.property("glued", "Решает её, когда всё, что послано подряд, приходит разом")
def glued(stand: Stand) -> None:
    with practice(stand, Glue) as lab:
        lab.solved_by_program()


@FLAGS.property("again", "Решает её ещё раз, с новыми данными")
def again(stand: Stand) -> None:
    with practice(stand) as lab:
        lab.solved_by_program()
        lab.solved_by_program()


@FLAGS.property("bytes_not_str", "Байты нигде не принимаются за строки (python -bb)", flags=["-bb"])
def bytes_not_str(stand: Stand) -> None:
    with practice(stand) as lab:
        lab.solved_by_program()


@FLAGS.property("no_leaks", "Закрывает все сокеты (python -X dev)", flags=["-X", "dev"])
def no_leaks(stand: Stand) -> None:
    with practice(stand) as lab:
        program = lab.solved_by_program()
    if "ResourceWarning" in program.output:
        raise Failed(
            "Программа бросила сокеты незакрытыми.", "ни одного ResourceWarning", "ResourceWarning"
        )
