"""Табло для проектора и экран преподавателя: отдельный процесс, который занятие только читает."""

# Здесь только стандартная библиотека: этим файлом пользуется сервер практики, которому starlette и
# uvicorn не нужны. Они нужны процессу табло, и если их нет, он завершится с предложением об этом.
#
# stdin процесса — ниточка к тому, кто его запустил: в ней приходит ключ экрана преподавателя (в
# командной строке его увидели бы все, кто работает на этой машине), а когда она рвётся, табло
# уходит само. Поэтому и после kill -9 его порты не останутся занятыми.
#
# Терять табло нечего, оно только читает: не ушло само — его убивают, упало — запускают снова.

from __future__ import annotations

import secrets
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from netlab.flags.folder import LabError

BOARD_PORT = 13080
TEACHER_PORT = 13081
CHILD = "--child"
LINES = 2
"""Столько строк печатает табло, когда готово; об ошибке — одну."""
_FAREWELL = 0.3  # секунд
_GLANCE = 0.1
_RETRY = 2.0
_LONGEST_RETRY = 60.0
_JOIN = 1.0
# Ctrl-C в терминале получают все процессы группы, а останавливать табло — дело сервера.
_NEW_GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)  # есть на одной Windows


@dataclass(frozen=True)
class BoardProcess:
    """Работающее табло; announcement — строки для преподавателя с адресами, key — его ключ.

    Ключ передают в start_board, чтобы после перезапуска адрес экрана преподавателя был прежним.
    """

    process: subprocess.Popen[str]
    announcement: Sequence[str]
    key: str

    def poll(self) -> int | None:
        """Возвращает код завершения; None — табло работает."""
        return self.process.poll()

    def stop(self) -> None:
        """Останавливает табло и ждёт, пока его не станет."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        try:
            self.process.wait(_FAREWELL)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_board(
    folder: Path,
    port: int = BOARD_PORT,
    teacher_port: int = TEACHER_PORT,
    *,
    host: str | None = None,
    pseudonyms: bool = False,
    key: str | None = None,
) -> BoardProcess:
    """Запускает табло занятия из папки folder и возвращает его, когда оно уже отвечает.

    Занятие должно быть начато (Store.begin). host — какой адрес слушать табло, None — все; экран
    преподавателя всегда на 127.0.0.1. Порт 0 — любой свободный.

    Raises:
        LabError: табло не запустилось; текст говорит почему и что делать.
    """
    key = key or secrets.token_urlsafe(16)
    command = [
        sys.executable, "-X", "utf8", "-m", "netlab.flags.board", CHILD, "--data", str(folder),
        "--port", str(port), "--teacher-port", str(teacher_port),
        *(["--host", host] if host else []), *(["--pseudonyms"] if pseudonyms else []),
    ]  # fmt: skip
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command, stdin=pipe, stdout=pipe, encoding="utf-8",
        creationflags=_NEW_GROUP, process_group=0,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError):  # уже завершился; почему, он сказал
        process.stdin.write(f"{key}\n")
        process.stdin.flush()
    told = [line for _ in range(LINES) if (line := process.stdout.readline().rstrip())]
    board = BoardProcess(process, told, key)
    if len(told) < LINES:
        board.stop()
        raise LabError(told[0] if told else "табло не запустилось: почему, сказано выше.")
    return board


@contextmanager
def kept_running(start: Callable[[], BoardProcess], say: Callable[[str], None]) -> Iterator[None]:
    """Держит табло запущенным: не вышло или упало — пробует снова, а занятие идёт и без него.

    say печатает строки для преподавателя, из своего потока.
    """
    leaving = threading.Event()
    keeper = threading.Thread(target=_keep, args=[start, say, leaving], daemon=True)
    keeper.start()
    try:
        yield
    finally:
        leaving.set()
        # Табло, которое ещё только запускается, уйдёт само: его stdin кончится вместе с нами.
        keeper.join(_JOIN)


def _keep(
    start: Callable[[], BoardProcess], say: Callable[[str], None], leaving: threading.Event
) -> None:
    said, pause = "", _RETRY
    while not leaving.is_set():
        try:
            board = start()
        except LabError as error:
            if str(error) != said:
                said = str(error)
                say(f"Табло пока не открылось, занятие идёт и без него. Причина: {said}")
            leaving.wait(pause)
            pause = min(2 * pause, _LONGEST_RETRY)
            continue
        said, pause = "", _RETRY
        for line in board.announcement:
            say(line)
        while board.poll() is None and not leaving.wait(_GLANCE):
            pass
        board.stop()
        if not leaving.is_set():
            say("Табло закрылось; открываю его снова.")
            leaving.wait(pause)
