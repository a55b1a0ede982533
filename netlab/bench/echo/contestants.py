"""Кого сравнивают: имена строк таблицы и команды, которыми запускают серверы."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from netlab.bench.processes import ROOT, Unavailable, found
from netlab.bench.record import Row

PACKAGE = Path(__file__).resolve().parent
LESSON = ROOT / "snippets" / "echo"
LESSON_PORT = "5555"
REFERENCE = "c_epoll"
"""С этой строкой сравнивают остальные."""


@dataclass(frozen=True)
class Contestant(Row):
    """Сервер: одна строка таблицы."""

    command: Callable[[int, Path], list[str]]
    """Порт и временная папка → команда; бросает Unavailable, если сервера здесь нет."""
    one_at_a_time: bool = False
    """Обслуживает только одного клиента: остальные измерения ему не по силам."""


def netlab_echo(port: int, folder: Path) -> list[str]:
    """Команда законченного сервера."""
    return [sys.executable, "-m", "netlab", "echo", "--port", str(port)]


def c_epoll(port: int, folder: Path) -> list[str]:
    """Команда сервера на C, уже собранного в папке."""
    return [str(folder / "epoll_echo"), str(port)]


def rival(name: str) -> Callable[[int, Path], list[str]]:
    """Команда сервера из rivals.py."""
    return lambda port, folder: [sys.executable, "-I", str(PACKAGE / "rivals.py"), name, str(port)]


def lesson_program(file: str, backlog: int = 10) -> Callable[[int, Path], list[str]]:
    """Команда программы урока: её текст, в котором заменены порт и, если надо, длина очереди.

    Лаунчер стенда здесь не годится: он подменяет recv и send и измерялся бы вместе с программой.
    """

    def command(port: int, folder: Path) -> list[str]:
        try:
            text = (LESSON / file).read_text(encoding="utf-8")
        except OSError:
            raise Unavailable(f"нет файла {file}") from None
        text = replaced(text, f"'0.0.0.0', {LESSON_PORT}", f"'127.0.0.1', {port}")
        if backlog != 10:
            text = replaced(text, ".listen(10)", f".listen({backlog})")
        copy = folder / f"{Path(file).stem}_{port}.py"
        copy.write_text(text, encoding="utf-8")
        return [sys.executable, "-I", str(copy)]

    return command


def replaced(text: str, old: str, new: str) -> str:
    """Заменяет единственное вхождение; если программу переписали, говорит об этом сразу."""
    if text.count(old) != 1:
        raise Unavailable(f"в программе нет «{old}»")
    return text.replace(old, new)


def socat(port: int, folder: Path) -> list[str]:
    """Команда socat: процесс на клиента, эхо через канал (pipe)."""
    listening = f"TCP4-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr,backlog=4096"
    # Порции по странице: канал, в котором есть место, примет её целиком, и socat, единственный его
    # читатель, не заснёт на записи.
    return [found("socat"), "-b", "4096", listening, "PIPE"]


CONTESTANTS = (
    Contestant("netlab", "netlab echo", "законченный сервер этого сайта", netlab_echo),
    Contestant(
        "clean_stop",
        "echo_clean_stop.py",
        "программа урока: один клиент за раз",
        lesson_program("echo_clean_stop.py"),
        program="echo/echo_clean_stop.py",
        one_at_a_time=True,
    ),
    Contestant(
        "threads",
        "echo_threads.py",
        "программа урока: поток на клиента",
        lesson_program("echo_threads.py"),
        program="echo/echo_threads.py",
    ),
    Contestant(
        "socketserver",
        "echo_socketserver.py",
        "программа урока: поток на клиента, класс стандартной библиотеки",
        lesson_program("echo_socketserver.py"),
        program="echo/echo_socketserver.py",
    ),
    Contestant(
        "selectors",
        "echo_selectors.py",
        "программа урока: один поток на всех",
        lesson_program("echo_selectors.py"),
        program="echo/echo_selectors.py",
    ),
    Contestant(REFERENCE, "C, epoll", "эхо байтов на C, один поток", c_epoll),
    Contestant("protocol", "asyncio, Protocol", "эхо байтов", rival("protocol")),
    Contestant("streams", "asyncio, streams", "эхо байтов", rival("streams")),
    Contestant(
        "threading_server",
        "ThreadingTCPServer",
        "эхо байтов: recv и sendall, поток на клиента",
        rival("threading_server"),
    ),
    Contestant("socat", "socat, fork", "эхо байтов: процесс на клиента", socat),
)
