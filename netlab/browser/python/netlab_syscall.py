"""Дверь из Python в ядро лаборатории: системный вызов, его ответ, его ошибка и ожидание.

Ядро живёт в другом потоке браузера и отвечает обещанием; обещание ждёт run_sync — WebAssembly с
переключением стека (JSPI). Пока один поток выполнения ждёт, идут другие: поэтому после каждого
ожидания сюда возвращают, чей теперь черёд. Ошибки — какими их дал бы Linux: у Pyodide номера свои
(WASI).
"""

import _asyncio
import signal
import sys

from _netlab_host import call as _call
from _netlab_host import post as _post
from js import Object
from pyodide.ffi import JsArray, JsBuffer, JsProxy, can_run_sync, jsnull, run_sync, to_js

# Номер, текст и класс: errno(3), strerror(3), PEP 3151.
LINUX_ERRORS = {
    "EPERM": (1, "Operation not permitted", PermissionError),
    "EINTR": (4, "Interrupted system call", InterruptedError),
    "EBADF": (9, "Bad file descriptor", OSError),
    "EAGAIN": (11, "Resource temporarily unavailable", BlockingIOError),
    "EACCES": (13, "Permission denied", PermissionError),
    "EINVAL": (22, "Invalid argument", OSError),
    "EPIPE": (32, "Broken pipe", BrokenPipeError),
    "EDESTADDRREQ": (89, "Destination address required", OSError),
    "EMSGSIZE": (90, "Message too long", OSError),
    "ENOPROTOOPT": (92, "Protocol not available", OSError),
    "EOPNOTSUPP": (95, "Operation not supported", OSError),
    "EAFNOSUPPORT": (97, "Address family not supported by protocol", OSError),
    "EADDRINUSE": (98, "Address already in use", OSError),
    "EADDRNOTAVAIL": (99, "Cannot assign requested address", OSError),
    "ENETUNREACH": (101, "Network is unreachable", OSError),
    "ECONNABORTED": (103, "Software caused connection abort", ConnectionAbortedError),
    "ECONNRESET": (104, "Connection reset by peer", ConnectionResetError),
    "EISCONN": (106, "Transport endpoint is already connected", OSError),
    "ENOTCONN": (107, "Transport endpoint is not connected", OSError),
    "ETIMEDOUT": (110, "Connection timed out", TimeoutError),
    "ECONNREFUSED": (111, "Connection refused", ConnectionRefusedError),
    "EHOSTUNREACH": (113, "No route to host", OSError),
    "EALREADY": (114, "Operation already in progress", BlockingIOError),
    "EINPROGRESS": (115, "Operation now in progress", BlockingIOError),
}

MAIN_THREAD = 1


class Running:
    """Какой поток выполнения идёт и ждёт ли главного Ctrl-C."""

    thread = MAIN_THREAD
    interrupted = False


def failure(code):
    """Исключение по имени ошибки: «ECONNREFUSED»."""
    number, text, kind = LINUX_ERRORS[code]
    return kind(number, text)


def syscall(name, *arguments):
    """Выполняет вызов и ждёт ответа; прерванный Ctrl-C повторяет (PEP 475).

    Raises:
        OSError: ядро отказало; номер — как в Linux.
        KeyboardInterrupt: нажали Ctrl-C.
    """
    given = _to_js(arguments)
    while True:
        handle_interrupt()
        thread, loop = Running.thread, _asyncio._get_running_loop()
        # Иначе run_sync ждала бы через цикл событий программы, а он сам ждёт.
        _asyncio._set_running_loop(None)
        answer = run_sync(_call(name, given).promise)
        # Пока ждали, могли идти другие потоки и цикл событий самой Pyodide.
        Running.thread = thread
        _asyncio._set_running_loop(loop)
        if not isinstance(answer.error, str):
            return _plain(answer.value)
        if answer.error != "EINTR":
            raise failure(answer.error)
        Running.interrupted = True


def post(name, *arguments):
    """Просит ядро о том, чему не нужен ответ: ждать нельзя или незачем."""
    _post(name, _to_js(arguments))


def can_wait():
    """Говорит, можно ли здесь ждать: из того, что позвал сам JavaScript, нельзя."""
    return can_run_sync()


def handle_interrupt():
    """Отвечает на Ctrl-C так, как велел программе signal.signal: это дело главного потока.

    Raises:
        KeyboardInterrupt: программа не велела ничего.
    """
    if not Running.interrupted or Running.thread != MAIN_THREAD:
        return
    Running.interrupted = False
    handler = signal.getsignal(signal.SIGINT)
    if callable(handler):
        handler(signal.SIGINT, sys._getframe())


def _to_js(arguments):
    return to_js(arguments, create_pyproxies=False, dict_converter=_object)


def _object(pairs):
    return Object.fromEntries(pairs)


def _plain(value):
    """Ответ ядра обычными значениями: байты — bytes, массив — list, объект — dict."""
    if value is jsnull:
        return None
    if not isinstance(value, JsProxy):
        return value
    if isinstance(value, JsBuffer):
        return value.to_bytes()
    if isinstance(value, JsArray):
        return [_plain(part) for part in value]
    return {key: _plain(part) for key, part in value.object_entries()}
