"""Подменяет в Pyodide модули, которые в CPython написаны на C и просят ядро: _socket и select."""

import errno
import importlib.util
import sys
from pathlib import Path

from netlab_syscall import LINUX_ERRORS

REPLACED = ("_socket", "select")
# Их импортировал ещё asyncio, с прежними модулями внутри: пусть импортируются заново.
DEPENDENT = ("socket", "selectors", "socketserver", "ssl", "http.client", "urllib.request")


def boot():
    """Ставит подмены; звать один раз, до программы."""
    for code, (number, _, _) in LINUX_ERRORS.items():
        errno.errorcode.pop(getattr(errno, code, None), None)
        setattr(errno, code, number)
        errno.errorcode[number] = code
    for name in REPLACED:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    for name in DEPENDENT:
        sys.modules.pop(name, None)


boot()
