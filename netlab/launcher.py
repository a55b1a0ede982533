"""Запускает программу неизменной, но в мире стенда.

Файл самодостаточен: `python ФЛАГИ launcher.py НАСТРОЙКИ ПРОГРАММА [АРГУМЕНТЫ]` работает и под
`-I`, и под `-S`, где ни `sitecustomize`, ни пакета netlab не видно. До программы он подменяет
методы класса `socket.socket`:

* адреса: порт, который программа просит у `bind`, и имя, к которому она идёт в `connect`, ведут
  на порты стенда на loopback, а `getsockname`, `getpeername` и `accept` показывают программе
  то, что она просила;
* наблюдение: о каждом вызове уходит строка JSON в канал стенда, так что стенд знает, что
  программа уже слушает, сколько байт прочла и закрыла ли соединение, и ничего не угадывает по
  паузам;
* обстоятельства: `short_send` — ядро берёт за один `send` не больше стольких байт (POSIX это
  разрешает); `hurry` — часы программы идут во столько раз быстрее, и минутный таймаут
  проверяется за секунды.

Следов лаунчера в трассировках нет: их читает студент.
"""

from __future__ import annotations

import os
import sys

if not sys.flags.safe_path:
    # Без этого первой в sys.path стояла бы папка netlab, а не папка программы.
    sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[2]))

import abc
import contextlib
import errno
import json
import select
import selectors
import socket
import threading
import time
import types
import weakref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CONFIG = json.loads(sys.argv[1])
LOOPBACK = ("", "0.0.0.0", "127.0.0.1", "localhost", "::", "::1")
FIRST_CLIENT_PORT = 50001
REPORTED_ENDS = 3

# ---------------------------------------------------------------- канал наблюдения


def open_channel(number: int) -> int:
    """Открывает канал стенда: дескриптор на POSIX, описатель (handle) на Windows."""
    if sys.platform == "win32":
        import msvcrt

        number = msvcrt.open_osfhandle(number, os.O_WRONLY)
    os.set_inheritable(number, False)
    return number


CHANNEL = open_channel(CONFIG["channel"])


def report(call: str, **facts: Any) -> None:
    """Сообщает стенду об одном вызове программы."""
    facts["call"] = call
    # Если стенд уже ушёл, программа об этом знать не должна.
    with contextlib.suppress(OSError):
        os.write(CHANNEL, json.dumps(facts).encode() + b"\n")


# ---------------------------------------------------------------- адреса

reserved = list(CONFIG["ports"])
real_ports: dict[tuple[int, int], int] = {}  # (тип сокета, порт программы) -> настоящий порт
asked_ports: dict[int, int] = {}  # настоящий порт -> порт программы
# слушающий сокет -> адрес, о котором просила программа
asked_names: weakref.WeakKeyDictionary[socket.socket, Any] = weakref.WeakKeyDictionary()
# принятое соединение -> настоящий порт клиента
peer_ports: weakref.WeakKeyDictionary[socket.socket, int] = weakref.WeakKeyDictionary()
shown_peers: dict[int, int] = {}  # настоящий порт клиента -> порт, который видит программа
# соединение -> сколько байт прочитано
received: weakref.WeakKeyDictionary[socket.socket, int] = weakref.WeakKeyDictionary()
# соединение -> сколько раз прочитано b''
ends: weakref.WeakKeyDictionary[socket.socket, int] = weakref.WeakKeyDictionary()


def is_internet(sock: socket.socket) -> bool:
    """Говорит, что у сокета есть порт (AF_UNIX и прочие стенд не трогает)."""
    return sock.family in (socket.AF_INET, socket.AF_INET6)


def ip_versions(sock: socket.socket) -> list[int]:
    """Перечисляет версии IP, по которым к сокету можно прийти."""
    if sock.family == socket.AF_INET:
        return [4]
    only = sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
    return [6] if only else [4, 6]


def real_port(sock: socket.socket, port: int) -> int:
    """Возвращает настоящий порт вместо того, о котором просит программа."""
    key = (sock.type, port)
    if key not in real_ports:
        real_ports[key] = reserved.pop(0) if reserved else 0
        if port:
            asked_ports[real_ports[key]] = port
    return real_ports[key]


def real_own_address(sock: socket.socket, address: Any) -> Any:
    """Переводит адрес для bind: свой порт на loopback вместо порта на всех интерфейсах."""
    host, port, *rest = address
    if host not in LOOPBACK:
        return address
    if sock.family == socket.AF_INET:
        host = "127.0.0.1"
    elif sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY):
        host = "::1"
    return (host, real_port(sock, port), *rest)


def real_peer_address(sock: socket.socket, address: Any) -> Any:
    """Переводит адрес для connect; за пределы стенда программа не выходит."""
    host, port, *rest = address
    if isinstance(host, (bytes, bytearray)):
        host = bytes(host).decode("idna")
    if (sock.type, port) in real_ports and host in LOOPBACK:
        return (host, real_ports[sock.type, port], *rest)
    if f"{host}:{port}" in CONFIG["names"]:
        return tuple(CONFIG["names"][f"{host}:{port}"])
    if host in LOOPBACK or host.startswith("127."):
        return address
    if host.replace(".", "").isdigit() or ":" in host:
        raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def shown_own_address(sock: socket.socket, address: Any) -> Any:
    """Переводит адрес из getsockname обратно в тот, о котором программа просила."""
    if sock in asked_names:
        return asked_names[sock]
    host, port, *rest = address
    return (host, asked_ports.get(port, port), *rest)


def shown_peer_address(address: Any) -> Any:
    """Даёт клиентам порты 50001, 50002, …: вывод программы одинаков в каждом запуске."""
    host, port, *rest = address
    for name, real in CONFIG["names"].items():
        if real[1] == port:
            name, _, number = name.rpartition(":")
            return (host, int(number), *rest)
    return (host, shown_peers.get(port, asked_ports.get(port, port)), *rest)


# ---------------------------------------------------------------- подмена методов

Socket = socket.socket
REPLACED = (
    "bind",
    "listen",
    "accept",
    "connect",
    "connect_ex",
    "getsockname",
    "getpeername",
    "recv",
    "recv_into",
    "recvfrom",
    "send",
    "sendto",
    "_real_close",
)
real = types.SimpleNamespace(**{name: getattr(Socket, name) for name in REPLACED})
getaddrinfo = socket.getaddrinfo


def bind(self: socket.socket, address: Any) -> Any:
    if not CONFIG["mapped"] or not is_internet(self):
        return real.bind(self, address)
    try:
        real.bind(self, real_own_address(self, address))
    except OSError as error:
        report("bind", port=address[1], error=errno.errorcode.get(error.errno or 0, str(error)))
        raise
    asked_port = address[1] or real.getsockname(self)[1]
    asked_names[self] = (address[0] or "0.0.0.0", asked_port, *real.getsockname(self)[2:])


def listen(self: socket.socket, *backlog: int) -> None:
    real.listen(self, *backlog)
    if is_internet(self):
        host, port, *_ = real.getsockname(self)
        asked = shown_own_address(self, (host, port))
        report("listen", versions=ip_versions(self), port=port, asked=asked[1])


def accept(self: socket.socket) -> Any:
    connection, address = real.accept(self)
    if is_internet(self):
        peer_ports[connection] = address[1]
        if CONFIG["mapped"]:
            shown_peers[address[1]] = FIRST_CLIENT_PORT + len(shown_peers)
            address = shown_peer_address(address)
        report("accept", peer=peer_ports[connection])
    return connection, address


def connect(self: socket.socket, address: Any) -> Any:
    if CONFIG["mapped"] and is_internet(self):
        address = real_peer_address(self, address)
    return real.connect(self, address)


def connect_ex(self: socket.socket, address: Any) -> Any:
    if CONFIG["mapped"] and is_internet(self):
        address = real_peer_address(self, address)
    return real.connect_ex(self, address)


def getsockname(self: socket.socket) -> Any:
    address = real.getsockname(self)
    return shown_own_address(self, address) if CONFIG["mapped"] and is_internet(self) else address


def getpeername(self: socket.socket) -> Any:
    address = real.getpeername(self)
    return shown_peer_address(address) if CONFIG["mapped"] and is_internet(self) else address


def mapped_getaddrinfo(
    host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
) -> list[Any]:
    """Отвечает за имена стенда сам; к настоящему DNS программа не обращается."""
    if f"{host}:{port}" in CONFIG["names"]:
        kind = type or socket.SOCK_STREAM
        return [(socket.AF_INET, kind, socket.IPPROTO_TCP, "", (host, port))]
    name = host.decode() if isinstance(host, bytes) else host
    if name is None or name in LOOPBACK or name.replace(".", "").isdigit() or ":" in name:
        return getaddrinfo(host, port, family, type, proto, flags)
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def note_received(connection: socket.socket, count: int, wanted: int) -> None:
    """Сообщает, сколько байт прочитано с соединения всего и сколько раз подряд — ни одного."""
    peer = peer_ports.get(connection)
    if peer is None or not wanted:
        return
    if count:
        received[connection] = received.get(connection, 0) + count
        report("recv", peer=peer, total=received[connection])
        return
    ends[connection] = times = ends.get(connection, 0) + 1
    if times <= REPORTED_ENDS or times % 1000 == 0:
        report("end", peer=peer, times=times)


def recv(self: socket.socket, size: int, *flags: int) -> Any:
    data = real.recv(self, size, *flags)
    note_received(self, len(data), size)
    return data


def recv_into(self: socket.socket, buffer: Any, *args: int) -> Any:
    count = real.recv_into(self, buffer, *args)
    note_received(self, count, len(buffer))
    return count


def recvfrom(self: socket.socket, size: int, *flags: int) -> Any:
    data, address = real.recvfrom(self, size, *flags)
    note_received(self, len(data), size)
    return data, address


def send(self: socket.socket, data: Any, *flags: int) -> Any:
    if CONFIG["short_send"] and self.type == socket.SOCK_STREAM:
        data = memoryview(data)[: CONFIG["short_send"]]
    return real.send(self, data, *flags)


def sendto(self: socket.socket, data: Any, *args: Any) -> Any:
    if CONFIG["mapped"] and is_internet(self):
        args = (*args[:-1], real_peer_address(self, args[-1]))
    return real.sendto(self, data, *args)


def _real_close(self: socket.socket, *args: Any) -> None:
    peer = peer_ports.pop(self, None)
    real._real_close(self, *args)
    if peer is not None:
        report("close", peer=peer)


def hurry(times: float) -> None:
    """Ускоряет часы программы: таймауты короче, время идёт быстрее."""
    faster(Socket, "settimeout", 1, times)
    faster(time, "sleep", 0, times)
    faster(select, "select", 3, times)
    faster(threading.Condition, "wait", 1, times)
    for cls in {cls for cls in vars(selectors).values() if isinstance(cls, abc.ABCMeta)}:
        # SelectSelector на Windows сам зовёт select.select, уже ускоренный.
        calls_select = os.name == "nt" and cls is selectors.SelectSelector
        if "select" in vars(cls) and not cls.__abstractmethods__ and not calls_select:
            faster(cls, "select", 1, times)
    for name in ("monotonic", "time", "perf_counter"):
        clock = getattr(time, name)
        setattr(time, name, lambda clock=clock: clock() * times)


def faster(owner: Any, name: str, place: int, times: float) -> None:
    """Заменяет функцию такой же, у которой срок (аргумент номер place или timeout) короче."""
    function = getattr(owner, name)

    def hurried(*args: Any, timeout: float | None = None) -> Any:
        if len(args) > place:
            timeout = args[place]
        shorter = timeout and timeout / times
        return function(*args[:place], shorter)

    setattr(owner, name, hurried)


def replace_methods() -> None:
    """Ставит методы стенда на место настоящих."""
    for name in REPLACED:
        setattr(Socket, name, globals()[name])
    if CONFIG["mapped"]:
        vars(socket)["getaddrinfo"] = mapped_getaddrinfo
    if CONFIG["hurry"] != 1:
        hurry(CONFIG["hurry"])


# ---------------------------------------------------------------- трассировки без стенда


def without_launcher(error: BaseException) -> BaseException:
    """Убирает из трассировки исключения и его причин кадры этого файла."""
    seen: set[int] = set()
    chain: list[BaseException | None] = [error]
    while chain:
        one = chain.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        frames = []
        step = one.__traceback__
        while step is not None:
            if step.tb_frame.f_code.co_filename != __file__:
                frames.append(step)
            step = step.tb_next
        trace: types.TracebackType | None = None
        for step in reversed(frames):
            trace = types.TracebackType(trace, step.tb_frame, step.tb_lasti, step.tb_lineno)
        one.__traceback__ = trace
        chain += [one.__cause__, one.__context__]
    return error


def excepthook(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    error = without_launcher(error)
    sys.__excepthook__(kind, error, error.__traceback__)


def thread_excepthook(args: Any) -> None:
    if args.exc_value is not None:
        without_launcher(args.exc_value)
        trace = args.exc_value.__traceback__
        args = threading.ExceptHookArgs((args.exc_type, args.exc_value, trace, args.thread))
    threading.__excepthook__(args)


# ---------------------------------------------------------------- запуск


def program_module(path: str) -> types.ModuleType:
    """Создаёт пустой модуль `__main__`, каким его увидела бы программа без лаунчера."""
    module = types.ModuleType("__main__")
    module.__file__ = path
    vars(module)["__builtins__"] = __builtins__
    sys.modules["__main__"] = module
    return module


def main() -> None:
    path, shown = sys.argv[2], CONFIG["shown"]
    sys.argv[:] = [shown, *sys.argv[3:]]
    sys.excepthook = excepthook
    threading.excepthook = thread_excepthook
    with open(path, "rb") as file:
        source = file.read()
    replace_methods()
    code = compile(source, shown, "exec", dont_inherit=True)
    exec(code, program_module(path).__dict__)


main()
