"""Показывает вызовы сокетов идущей программы: когда какой начался, чем кончился и сколько ждал."""

# Программу запускает тот же лаунчер, что и на стенде, только сеть, ввод, вывод и аргументы у неё
# настоящие. О каждом вызове он докладывает и ждёт ответа, что строка уже нарисована: иначе то, что
# программа напечатает следом, обогнало бы её.

from __future__ import annotations

import argparse
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netlab import report
from netlab.call_diagram import NOTICEABLE, Diagram
from netlab.fork_server import LAUNCHER

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    Channel = queue.Queue[dict[str, Any] | None]

LAST_WORDS = 0.5
"""Столько секунд после конца программы ждём её последних вызовов: канал мог достаться потомку."""


def add_arguments(parser: ArgumentParser) -> None:
    """Описывает аргументы `netlab watch`."""
    parser.add_argument("program", metavar="ПРОГРАММА", help="файл программы")
    parser.add_argument(
        "arguments", metavar="…", nargs=argparse.REMAINDER, help="аргументы программы"
    )


def run(args: Namespace) -> int:
    """`netlab watch`: возвращает код завершения программы, 2 при неверном вызове."""
    path = Path(args.program)
    if not path.is_file():
        problem = "это папка" if path.is_dir() else "такого файла нет"
        print(
            f"netlab watch: «{path}»: {problem}; укажите файл программы.", file=sys.stderr
        )  # fmt: skip
        return 2
    # Ctrl-C слышат обе программы; решает та, за которой смотрят.
    with ctrl_c_ignored():
        return watch(path, args.arguments)


def watch(path: Path, arguments: list[str]) -> int:
    """Запускает программу и рисует её вызовы в stderr, пока она не кончится."""
    events, theirs = os.pipe()
    heard, ours = os.pipe()
    try:
        process = launch(path, arguments, theirs, heard)
    finally:
        os.close(theirs)
        os.close(heard)
    channel: Channel = queue.Queue()
    threading.Thread(target=read_events, args=(events, channel), daemon=True).start()
    diagram = Diagram(time.time(), report.wants_colour(sys.stderr))
    try:
        draw(diagram, process, channel, ours)
        code = process.wait()
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    return code if code >= 0 else 128 - code


def launch(path: Path, arguments: list[str], channel: int, heard: int) -> subprocess.Popen[bytes]:
    """Запускает программу: лаунчер пишет о вызовах в channel и ждёт ответа из heard."""
    config = {
        "ports": [], "names": {}, "mapped": False, "hurry": 1, "short_send": 0, "stuck_after": 0,
        "memory": False, "port_unreachable": False, "trace": True, "calls": False,
        "shown": str(path), "channel": channel, "heard": heard,
    }  # fmt: skip
    options: dict[str, Any] = {"pass_fds": [channel, heard]}
    if sys.platform == "win32":
        import msvcrt

        handles = [msvcrt.get_osfhandle(one) for one in (channel, heard)]
        for handle in handles:
            os.set_handle_inheritable(handle, True)
        config["channel"], config["heard"] = handles
        # Описатели ввода и вывода Windows передаёт сама лишь вместе со всеми остальными.
        options = {"close_fds": False}
    # -u: иначе напечатанное программой ждало бы в буфере и пришло позже её вызовов.
    command = [sys.executable, "-u", str(LAUNCHER), json.dumps(config), str(path.absolute())]
    return subprocess.Popen([*command, *arguments], **options)


def read_events(events: int, channel: Channel) -> None:
    """Читает доклады лаунчера; None — их больше не будет."""
    with os.fdopen(events, "rb") as lines:
        for line in lines:
            channel.put(json.loads(line))
    channel.put(None)


def draw(diagram: Diagram, process: subprocess.Popen[bytes], channel: Channel, heard: int) -> None:
    """Рисует вызовы по мере докладов, а тот, что затянулся, — не дожидаясь его конца."""
    ended: float | None = None
    while ended is None or time.monotonic() < ended + LAST_WORDS:
        try:
            event = channel.get(timeout=NOTICEABLE / 2)
        except queue.Empty:
            if ended is None and process.poll() is not None:
                ended = time.monotonic()
            event = {}
        if event is None:
            return
        lines = [*diagram.overdue(time.time()), *diagram.lines(event)]
        if lines:
            print("\n".join(lines), file=sys.stderr, flush=True)
        if event:
            with suppress(OSError):  # ждать ответа уже некому
                os.write(heard, b".")


@contextmanager
def ctrl_c_ignored() -> Iterator[None]:
    """На время с Ctrl-C разбирается не эта программа."""
    # Обработчик, а не SIG_IGN: тот достался бы и потомку.
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    terminated = signal.signal(
        signal.SIGTERM, lambda number, frame: sys.exit(128 + signal.SIGTERM)
    )  # fmt: skip
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        signal.signal(signal.SIGTERM, terminated)
