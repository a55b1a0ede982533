"""Недополученный файл: растёт рядом со своим будущим местом и занимает его только готовым."""

# Под своим именем файл появляется разом и целиком: os.replace либо сделан, либо нет. До тех пор он
# зовётся ИМЯ.netlab-part и переживает и обрыв связи, и kill -9: с него продолжит следующая попытка.
# Выключение питания обещания не нарушит, но только если диск не обгоняет файловую систему: fsync
# здесь нет, он стоил бы больше, чем вся передача.
#
# Два получателя, пишущие в один файл, сложили бы из двух верных потоков неверный файл, и ни один из
# хешей этого не заметил бы. Поэтому на файле замок; если процесс убьют, его снимет система.

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from netlab.transfer_protocol import PART_SUFFIX, Reason, Refused

if TYPE_CHECKING:
    from hashlib import _Hash

BLOCK = 1024 * 1024
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
_LOCKED_BYTE = 2**62  # на Windows замок висит на байте, и этого байта ни у кого нет


class PartFile:
    """Недополученный файл, которому предстоит стать final; пока открыт, он занят нами одними.

    count — сколько первых байт в нём есть, hash — их SHA-256; о том, что было в файле до нас, hash
    узнаёт только от hash_of_first.

    Raises:
        Refused: файл занят другим получателем (Reason.BUSY).
        OSError: файл не создать, или на его месте не файл.
    """

    def __init__(self, final: Path) -> None:
        self.final = final
        self.path = final.with_name(final.name + PART_SUFFIX)
        self.file = _open_alone(self.path)
        self.count = os.fstat(self.file.fileno()).st_size
        self.hash = hashlib.sha256()

    def __enter__(self) -> PartFile:
        return self

    def __exit__(self, *_: object) -> None:
        """Отпускает файл; пустого не оставляет."""
        if not self.file.closed:
            if os.fstat(self.file.fileno()).st_size:
                self.file.close()
            else:
                self.drop()

    def restart(self) -> None:
        """Начинает сначала."""
        self.file.seek(0)
        self.file.truncate()
        self.count = 0
        self.hash = hashlib.sha256()

    def write(self, data: memoryview) -> None:
        """Дописывает байты.

        Raises:
            OSError: записать не вышло; вошедшее до этого учтено.
        """
        while data:
            written = self.file.write(data) or 0
            self.hash.update(data[:written])
            self.count += written
            data = data[written:]

    def keep(self) -> None:
        """Переименовывает файл в final; что было на этом месте, пропадает."""
        self._close_and(lambda: os.replace(self.path, self.final))

    def drop(self) -> None:
        """Удаляет файл."""
        self._close_and(self.path.unlink)

    def _close_and(self, act: Callable[[], object]) -> None:
        # Под замком: иначе между close и act файл успел бы взять другой получатель. Но Windows
        # открытых файлов не переименовывает и не удаляет — зато и чужих тоже.
        if sys.platform == "win32":
            self.file.close()
        try:
            act()
        finally:
            self.file.close()


def hash_of_first(count: int, file: FileIO, pulse: Callable[[], object]) -> _Hash:
    """Считает SHA-256 первых count байт и останавливается сразу за ними.

    Если байт в файле меньше — хеш всех, что есть. pulse зовётся после каждого мегабайта: большой
    файл читается долго.
    """
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(BLOCK))
    file.seek(0)
    while count and (got := file.readinto(buffer[: min(count, BLOCK)])):
        digest.update(buffer[:got])
        count -= got
        pulse()
    return digest


def _open_alone(path: Path) -> FileIO:
    """Открывает файл на чтение и запись, создав его, если надо, и запирает."""
    while True:
        # Не следуем по ссылке: в общей папке её мог подложить сосед.
        file = FileIO(path, "r+", opener=lambda name, _: os.open(name, _FLAGS, 0o666))
        try:
            _lock(file)
            # Пока открывали, прежний хозяин мог закончить и переименовать: замок — на готовом
            # файле, а здесь уже пусто.
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(file.fileno()), os.stat(path)):
                    return file
        except BlockingIOError:
            file.close()
            raise Refused(
                Reason.BUSY, f"«{path.name}» уже пишет другой получатель: дождитесь его."
            ) from None
        except BaseException:
            file.close()
            raise
        file.close()


if sys.platform == "win32":
    import msvcrt

    def _lock(file: FileIO) -> None:
        """Запирает файл; BlockingIOError — он заперт другим."""
        file.seek(_LOCKED_BYTE)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError from error
        finally:
            file.seek(0)

else:

    def _lock(file: FileIO) -> None:
        """Запирает файл; BlockingIOError — он заперт другим."""
        try:
            import fcntl
        except ModuleNotFoundError:  # Python в браузере: другого процесса там нет
            return
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
