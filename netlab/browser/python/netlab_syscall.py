"""Дверь из Python в сеть: системный вызов, его ответ и его ошибка.

Сеть отвечает сразу или обещанием; обещания ждёт run_sync — WebAssembly с переключением стека
(JSPI). Ошибки получаются такими, какими их дал бы Linux: у Pyodide номера свои (WASI).
"""

from _netlab_host import call as _call
from js import Object
from pyodide.ffi import JsArray, JsBuffer, JsProxy, jsnull, run_sync, to_js
from pyodide.webloop import PyodideFuture

# Номер, текст и класс: errno(3), strerror(3), PEP 3151.
LINUX_ERRORS = {
    "EPERM": (1, "Operation not permitted", PermissionError),
    "EINTR": (4, "Interrupted system call", InterruptedError),
    "EBADF": (9, "Bad file descriptor", OSError),
    "EAGAIN": (11, "Resource temporarily unavailable", BlockingIOError),
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


def failure(code):
    """Исключение по имени ошибки: «ECONNREFUSED»."""
    number, text, kind = LINUX_ERRORS[code]
    return kind(number, text)


def syscall(name, *arguments):
    """Выполняет вызов; ждёт, если сеть велит ждать.

    Raises:
        OSError: сеть отказала; номер — как в Linux.
        KeyboardInterrupt: пока ждали, программу остановили.
    """
    answer = _call(name, to_js(arguments, create_pyproxies=False, dict_converter=_object))
    if isinstance(answer, PyodideFuture):
        answer = run_sync(answer)
    if isinstance(answer.error, str):
        if answer.error == "EINTR":
            raise KeyboardInterrupt
        raise failure(answer.error)
    return _plain(answer.value)


def _object(pairs):
    return Object.fromEntries(pairs)


def _plain(value):
    """Ответ сети обычными значениями: байты — bytes, массив — list, объект — dict."""
    if value is jsnull:
        return None
    if not isinstance(value, JsProxy):
        return value
    if isinstance(value, JsBuffer):
        return value.to_bytes()
    if isinstance(value, JsArray):
        return [_plain(part) for part in value]
    return {key: _plain(part) for key, part in value.object_entries()}
