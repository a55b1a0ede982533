"""Превращает Pyodide в Python на машине лаборатории: сокеты, потоки, часы, терминал."""

import _asyncio as asyncio_in_c
import errno
import importlib.util
import os
import sys
import time
from pathlib import Path

from netlab_syscall import LINUX_ERRORS, syscall

# Модули, которые в CPython написаны на C и просят ядро.
REPLACED = ("_socket", "select", "_thread")
# Их импортировала уже сама Pyodide, с прежними модулями внутри: пусть импортируются заново.
DEPENDENT = (
    "threading", "queue", "concurrent", "asyncio", "_asyncio", "logging", "socket", "selectors",
    "socketserver", "ssl", "http", "urllib", "signal", "tempfile",
)  # fmt: skip
HOME = "/home/student"


def boot():
    """Ставит подмены; звать один раз, до программы."""
    # Сначала все прежние: чужой прежний номер бывает своим новым.
    for code in LINUX_ERRORS:
        errno.errorcode.pop(getattr(errno, code, None), None)
    for code, (number, _, _) in LINUX_ERRORS.items():
        setattr(errno, code, number)
        errno.errorcode[number] = code
    for name in REPLACED:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    for name in [name for name in sys.modules if name.partition(".")[0] in DEPENDENT]:
        del sys.modules[name]
    # Очередь на C ждала бы, не пуская других; та же на Python ждёт на замке.
    sys.modules["_queue"] = None
    # Цикл событий Pyodide программе не нужен: у неё будет свой, над select.
    asyncio_in_c._set_running_loop(None)
    time.sleep = sleep
    os.environ.update(HOME=HOME, USER="student", PATH="/usr/bin:/bin", LANG="C.UTF-8")
    os.makedirs(HOME, exist_ok=True)
    os.chdir(HOME)
    sys.path.insert(0, "")
    sys.platform = "linux"
    # Обработчика Ctrl-C в WebAssembly никто не ставил: там нет сигналов.
    import signal

    signal.signal(signal.SIGINT, signal.default_int_handler)
    import netlab_console
    import netlab_program

    netlab_console.take_over()
    netlab_program.hide_shims()


def sleep(seconds, /):
    """Ждёт столько секунд; тем временем идут другие потоки."""
    if not isinstance(seconds, (int, float)):
        if not hasattr(seconds, "__float__") and not hasattr(seconds, "__index__"):
            raise TypeError(
                f"'{type(seconds).__name__}' object cannot be interpreted as an integer"
            )
        seconds = float(seconds)
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    syscall("sleep", seconds * 1000)


boot()
