"""Табло: `python -m netlab.flags.board --data ПАПКА`."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import sys
import threading
from argparse import SUPPRESS
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from netlab.arguments import port_number
from netlab.cli import FAILED, OK, Parser, complain
from netlab.flags.board import BOARD_PORT, CHILD, TEACHER_PORT
from netlab.flags.board.live import Live
from netlab.flags.folder import LabError
from netlab.sockets import listen, own_address, shown, why_not_listening

LOOPBACK = "127.0.0.1"
POLITENESS = 5
"""Занятие важнее: процессора не хватает обоим — подождёт табло (nice(2))."""
PACKAGES = "starlette uvicorn jinja2"


def main(arguments: Sequence[str] | None = None) -> int:
    """Показывает табло, пока не остановят; возвращает код завершения."""
    options = build_parser().parse_args(arguments)
    if hasattr(os, "nice"):
        os.nice(POLITENESS)
    key = sys.stdin.readline().strip() if options.child else secrets.token_urlsafe(16)
    try:
        from netlab.flags.board.serving import BoardServer
    except ModuleNotFoundError as error:
        cure = f"запускайте make flags или выполните python -m pip install {PACKAGES}"
        return fail(f"для табло не хватает пакета {error.name}: {cure}", options.child)
    with ExitStack() as opened:
        try:
            public = opened_at(options.host, options.port, opened)
            teacher = opened_at(LOOPBACK, options.teacher_port, opened)
            live = Live(options.data, options.pseudonyms)
        except LabError as error:
            return fail(str(error), options.child)
        server = BoardServer(live, public, teacher[0], key)
        host, port = public[0].getsockname()[:2]
        print(f"Табло: http://{shown((own_address(host), port))}/", flush=True)
        print(f"Экран преподавателя: http://{LOOPBACK}:{port_of(teacher)}/{key}/", flush=True)
        if options.child:
            threading.Thread(target=leave_with_parent, args=[server.stop], daemon=True).start()
        with suppress(KeyboardInterrupt):
            asyncio.run(server.serve())
    return OK


def build_parser() -> Parser:
    """Описывает командную строку."""
    parser = Parser(
        prog="python -m netlab.flags.board",
        description="Показывает табло занятия всем и экран преподавателя — этой машине.",
    )
    parser.add_argument("--data", metavar="ПАПКА", type=Path, required=True, help="папка занятия")
    parser.add_argument(
        "--host", metavar="АДРЕС", help="какой адрес слушать табло (без него — все)"
    )
    parser.add_argument(
        "--port", type=port_number, default=BOARD_PORT, metavar="ПОРТ",
        help="порт табло, %(default)s",
    )  # fmt: skip
    parser.add_argument(
        "--teacher-port", type=port_number, default=TEACHER_PORT, metavar="ПОРТ",
        help="порт экрана преподавателя, %(default)s",
    )  # fmt: skip
    parser.add_argument("--pseudonyms", action="store_true", help="псевдонимы вместо имён")
    # Запустил сервер практики: ключ придёт в stdin, а с концом stdin надо уйти.
    parser.add_argument(CHILD, dest="child", action="store_true", help=SUPPRESS)
    return parser


def fail(sentence: str, child: bool) -> int:
    """Говорит, почему табло не будет: человеку — в stderr, серверу практики — в stdout."""
    if not child:
        return complain(sentence, FAILED)
    print(sentence, flush=True)
    return FAILED


def opened_at(host: str | None, port: int, opened: ExitStack) -> list[socket.socket]:
    """Открывает порт на адресах host.

    Raises:
        LabError: порт не открыть.
    """
    try:
        return [opened.enter_context(one) for one in listen(host, port)]
    except OSError as error:
        raise LabError(why_not_listening(error, host, port)) from None


def port_of(listeners: Sequence[socket.socket]) -> int:
    """Возвращает порт, который слушают."""
    return int(listeners[0].getsockname()[1])


def leave_with_parent(leave: Callable[[], None]) -> None:
    """Ждёт конца stdin и зовёт leave."""
    sys.stdin.read()
    leave()


if __name__ == "__main__":
    sys.exit(main())
