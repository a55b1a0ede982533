"""Папка занятия: её видит только преподаватель. Внутри ключ и базы; наружу они не выходят."""

# Права файлов -wal и -shm SQLite берёт у самой базы: достаточно создать закрытой её.
#
# Готовый файл проверяем по имени, не открывая: close любого дескриптора снимает с файла все замки
# этого процесса, и SQLite остался бы без своих (https://www.sqlite.org/howtocorrupt.html, 2.2).

from __future__ import annotations

import os
import stat
from pathlib import Path

from netlab.file_errors import what_is_wrong

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_STRANGERS = stat.S_IRWXG | stat.S_IRWXO


class LabError(Exception):
    """Занятие не начать или не продолжить; текст — предложение: что случилось и что делать."""


def private_folder(path: Path) -> Path:
    """Создаёт папку, открытую только хозяину (0700), если её ещё нет, и возвращает её.

    Raises:
        LabError: папки не создать, или она открыта и другим (проверяется везде, кроме Windows).
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_private(path, "chmod 700")
    except OSError as error:
        raise LabError(_why(error, f"папку занятия «{path}» не создать")) from None
    return path


def private_file(path: Path, content: bytes = b"") -> None:
    """Создаёт файл с таким содержимым, открытый только хозяину (0600); готовый не трогает.

    Raises:
        LabError: файла не создать, или он открыт и другим (проверяется везде, кроме Windows).
    """
    try:
        try:
            descriptor = os.open(path, _FLAGS, 0o600)
        except FileExistsError:
            _check_private(path, "chmod 600")
            return
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
    except OSError as error:
        raise LabError(_why(error, f"файл «{path}» не создать")) from None


def replace_private_file(path: Path, content: bytes) -> None:
    """Пишет закрытый файл на место прежнего, если тот был; в любой миг там либо тот, либо этот.

    Raises:
        LabError: файла не записать.
    """
    fresh = path.with_name(f"{path.name}.new")
    try:
        fresh.unlink(missing_ok=True)
        private_file(fresh, content)
        fresh.replace(path)
    except OSError as error:
        raise LabError(_why(error, f"файл «{path}» не записать")) from None


def _check_private(path: Path, cure: str) -> None:
    # На Windows этих битов нет: stat сочиняет их сам.
    if os.name == "posix" and path.stat().st_mode & _STRANGERS:
        raise LabError(
            f"«{path}» открыт не только вам, а в нём тайна занятия: выполните {cure} {path}"
        )


def _why(error: OSError, what: str) -> str:
    return f"{what} ({what_is_wrong(error)}): проверьте место и права или назовите другую папку."
