"""Ошибки файлов по-русски: система называет их по-английски."""

from __future__ import annotations

import errno

_NO_SPACE = "на диске нет места"
_NO_PATH = "нет такого файла или папки"
_NO_RIGHTS = "нет прав"
_REASONS = {
    errno.ENOSPC: _NO_SPACE,
    getattr(errno, "EDQUOT", errno.ENOSPC): _NO_SPACE,  # на Windows этого номера нет
    errno.EFBIG: _NO_SPACE,
    errno.ENOENT: _NO_PATH,
    errno.ENOTDIR: _NO_PATH,
    errno.EACCES: _NO_RIGHTS,
    errno.EPERM: _NO_RIGHTS,
    errno.EROFS: "диск только для чтения",
    errno.EISDIR: "это папка",
    errno.EEXIST: "это имя занято",
    errno.ENAMETOOLONG: "слишком длинное имя",
    errno.EIO: "диск не отвечает",
    errno.EMFILE: "открыто слишком много файлов",
    errno.ENFILE: "открыто слишком много файлов",
}


def what_is_wrong(error: OSError) -> str:
    """Говорит, почему с файлом не вышло, словами для середины предложения."""
    return _REASONS.get(error.errno or 0, error.strerror or str(error))
