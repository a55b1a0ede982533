"""Запускает программу неизменной, но в мире стенда.

Файл самодостаточен: `python ФЛАГИ launcher.py НАСТРОЙКИ ПРОГРАММА [АРГУМЕНТЫ]` работает и под
`-I`, и под `-S`, где ни `sitecustomize`, ни пакета netlab не видно. `launcher.py --forks НОМЕР`
ничего не запускает, а ветвится по просьбе стенда (см. netlab/fork_server.py). До программы он
подменяет методы класса `socket.socket`:

* адреса: порт, который программа просит у `bind`, и имя, к которому она идёт в `connect`, ведут
  на порты стенда на loopback, а `getsockname`, `getpeername` и `accept` показывают программе
  то, что она просила;
* наблюдение: о каждом вызове уходит строка JSON в канал стенда, так что стенд знает, что
  программа уже слушает, сколько байт прочла и закрыла ли соединение, и ничего не угадывает по
  паузам;
* обстоятельства: `short_send` — ядро берёт за один `send` не больше стольких байт (POSIX это
  разрешает); `stuck_after` — взяв столько байт, больше не берёт ничего; `hurry` — часы программы
  идут во столько раз быстрее, и минутный таймаут проверяется за секунды; `memory` — считать,
  сколько памяти она берёт; `port_unreachable` — ядро сообщает, что датаграмму некому было
  получить (`IP_RECVERR`, ip(7)).
* след: с настройкой `trace` о каждом вызове сокета уходит ещё и строка с его аргументами, ответом
  и временем, по ней рисуют разговор; с настройкой `heard` (дескриптор) программа не идёт дальше,
  пока эту строку не увидят.

С настройкой `calls` файл не запускается, а загружается как модуль, и функции его зовёт стенд:
каждый вызов приходит на стандартный ввод строкой JSON, чем он кончился — уходит в канал.

Следов лаунчера в трассировках нет: их читает студент.
"""

from __future__ import annotations

import os
import sys

if not sys.flags.safe_path:
    # Первой в sys.path должна стоять не папка netlab, а папка программы: её поставит main.
    del sys.path[0]

import abc
import base64
import contextlib
import errno
import gc
import itertools
import json
import select
import selectors
import signal
import socket
import threading
import time
import tracemalloc
import types
import weakref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CONFIG: dict[str, Any] = {}
LOOPBACK = ("", "0.0.0.0", "127.0.0.1", "localhost", "::", "::1")
FIRST_CLIENT_PORT = 50001
REPORTED_ENDS = 3
IP_RECVERR = 11  # linux/in.h; в модуле socket — с Python 3.14

# ---------------------------------------------------------------- канал наблюдения


def open_channel(number: int, flags: int = os.O_WRONLY) -> int:
    """Открывает канал стенда: дескриптор на POSIX, описатель (handle) на Windows."""
    if sys.platform == "win32":
        import msvcrt

        number = msvcrt.open_osfhandle(number, flags)
    os.set_inheritable(number, False)
    return number


def report(call: str, **facts: Any) -> None:
    """Сообщает стенду об одном вызове программы."""
    facts["call"] = call
    # Если стенд уже ушёл, программа об этом знать не должна.
    with contextlib.suppress(OSError):
        os.write(CONFIG["channel"], json.dumps(facts).encode() + b"\n")
        if "heard" in CONFIG:
            os.read(CONFIG["heard"], 1)


# ---------------------------------------------------------------- адреса

reserved: list[int] = []
real_ports: dict[tuple[int, int], int] = {}  # (тип сокета, порт программы) -> настоящий порт
asked_ports: dict[int, int] = {}  # настоящий порт -> порт программы
# слушающий сокет -> адрес, о котором просила программа
asked_names: weakref.WeakKeyDictionary[socket.socket, Any] = weakref.WeakKeyDictionary()
# соединение -> настоящий порт той стороны, которая его открыла
peer_ports: weakref.WeakKeyDictionary[socket.socket, int] = weakref.WeakKeyDictionary()
shown_peers: dict[int, int] = {}  # настоящий порт клиента -> порт, который видит программа
# адрес, который вернула getaddrinfo, -> куда он ведёт на стенде
found: dict[tuple[str, int], Any] = {}
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
    if not port:
        return 0  # программе всё равно какой, и ядро каждый раз даёт другой
    key = (sock.type, port)
    if key not in real_ports:
        real_ports[key] = reserved.pop(0) if reserved else 0
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
        return real_named_address(sock.family, f"{host}:{port}")
    if (host, port) in found:
        return found[host, port]
    if host in LOOPBACK or host.startswith("127."):
        return address
    if host.replace(".", "").isdigit() or ":" in host:
        raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def real_named_address(family: int, name: str) -> Any:
    """Находит, куда на стенде ведёт имя по этой версии IP: из нескольких адресов — первый."""
    for address in CONFIG["names"][name]:
        if family_of(address) == family:
            return tuple(address)
    raise socket.gaierror(
        getattr(socket, "EAI_ADDRFAMILY", socket.EAI_NONAME),
        "Address family for hostname not supported",
    )


def family_of(address: Any) -> int:
    """Узнаёт версию IP по записи адреса."""
    return socket.AF_INET6 if ":" in address[0] else socket.AF_INET


def shown_own_address(sock: socket.socket, address: Any) -> Any:
    """Переводит адрес из getsockname обратно в тот, о котором программа просила."""
    if sock in asked_names:
        return asked_names[sock]
    host, port, *rest = address
    # Программа, которая играет обе стороны, видит порт клиента с обеих одинаково.
    return (host, shown_peers.get(port, asked_ports.get(port, port)), *rest)


def shown_peer_address(address: Any) -> Any:
    """Даёт клиентам порты 50001, 50002, …: вывод программы одинаков в каждом запуске."""
    host, port, *rest = address
    for name, addresses in CONFIG["names"].items():
        if port in (real[1] for real in addresses):
            return (host, int(name.rpartition(":")[2]), *rest)
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


def bind(self: socket.socket, address: Any) -> None:
    if not CONFIG["mapped"] or not is_internet(self):
        real.bind(self, address)
        note_bound(self)
        return
    try:
        real.bind(self, real_own_address(self, address))
    except OSError as error:
        report("bind", port=address[1], error=errno.errorcode.get(error.errno or 0, str(error)))
        raise
    asked_port = address[1] or real.getsockname(self)[1]
    # Порт выбрало ядро, но во второй раз программа может попросить его сама.
    real_ports.setdefault((self.type, asked_port), real.getsockname(self)[1])
    asked_names[self] = (address[0] or "0.0.0.0", asked_port, *real.getsockname(self)[2:])
    note_bound(self)


def note_bound(sock: socket.socket) -> None:
    """Сообщает, что программа заняла порт UDP: listen она не позовёт."""
    if not is_internet(sock) or sock.type != socket.SOCK_DGRAM:
        return
    if CONFIG["port_unreachable"] and sys.platform == "linux":
        sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    address = real.getsockname(sock)
    report("bound", port=address[1], asked=shown_own_address(sock, address)[1])


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


def connect(self: socket.socket, address: Any) -> None:
    if CONFIG["mapped"] and is_internet(self):
        address = real_peer_address(self, address)
    real.connect(self, address)
    note_connected(self)


def connect_ex(self: socket.socket, address: Any) -> Any:
    if CONFIG["mapped"] and is_internet(self):
        address = real_peer_address(self, address)
    error = real.connect_ex(self, address)
    if not error:
        note_connected(self)
    return error


def note_connected(connection: socket.socket) -> None:
    """Запоминает соединение, которое открыла программа."""
    if is_internet(connection) and connection.type == socket.SOCK_STREAM:
        peer_ports[connection] = real.getsockname(connection)[1]


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
    name = host.decode("idna") if isinstance(host, bytes) else host
    if f"{name}:{port}" in CONFIG["names"]:
        kind = type or socket.SOCK_STREAM
        answers = [
            (family_of(real), kind, socket.IPPROTO_TCP, "", found_address(name, int(port), real))
            for real in CONFIG["names"][f"{name}:{port}"]
            if family in (family_of(real), 0)
        ]
        if answers:
            return answers
    if name is None or name in LOOPBACK or name.replace(".", "").isdigit() or ":" in name:
        return getaddrinfo(host, port, family, type, proto, flags)
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def found_address(name: str, port: int, real: list[Any]) -> Any:
    """Показывает программе адрес для примеров (RFC 5737, RFC 3849) вместо адреса на стенде."""
    everywhere = [one for addresses in CONFIG["names"].values() for one in addresses]
    number = everywhere.index(real) + 1
    ipv6 = family_of(real) == socket.AF_INET6
    host = name if ":" in name else f"2001:db8::{number:x}" if ipv6 else f"192.0.2.{number}"
    found[host, port] = tuple(real)
    return (host, port, 0, 0) if ipv6 else (host, port)


# сколько раз за вызов позвали send и recv и сколько байт ядро взяло
counts = {"sends": 0, "sent": 0, "recvs": 0}


def note_received(connection: socket.socket, count: int, wanted: int) -> None:
    """Сообщает, сколько байт прочитано с соединения всего и сколько раз подряд — ни одного."""
    counts["recvs"] += 1
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
    with memory.kernel():
        data = real.recv(self, size, *flags)
    note_received(self, len(data), size)
    return data


def recv_into(self: socket.socket, buffer: Any, *args: int) -> Any:
    with memory.kernel():
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
    if CONFIG["stuck_after"]:
        data = memoryview(data)[: CONFIG["stuck_after"] - counts["sent"]]
    counts["sends"] += 1
    with memory.kernel():
        count = real.send(self, data, *flags) if len(data) or not CONFIG["stuck_after"] else 0
    counts["sent"] += count
    return count


def sendto(self: socket.socket, data: Any, *args: Any) -> Any:
    if CONFIG["mapped"] and is_internet(self):
        args = (*args[:-1], real_peer_address(self, args[-1]))
    return real.sendto(self, data, *args)


def _real_close(self: socket.socket, *args: Any) -> None:
    peer = peer_ports.pop(self, None)
    real._real_close(self, *args)
    if peer is not None:
        report("close", peer=peer)


class Memory:
    """Сколько памяти программа взяла за один вызов: больше всего сразу и всего, по очереди.

    Память, которую recv берёт под чужие байты и тут же отдаёт, не в счёт.
    """

    def __init__(self) -> None:
        self.allocated = self._before = self.peak = self._start = 0

    def start(self) -> None:
        """Начинает счёт."""
        if CONFIG["memory"]:
            tracemalloc.start()
            self.allocated = self.peak = 0
            self._before = self._start = tracemalloc.get_traced_memory()[0]

    def stop(self) -> dict[str, int]:
        """Кончает счёт; числа в байтах."""
        if not CONFIG["memory"]:
            return {}
        self._add()
        tracemalloc.stop()
        return {"allocated": self.allocated, "peak": self.peak - self._start}

    @contextlib.contextmanager
    def kernel(self) -> Any:
        """На время вызова ядра счёт останавливается."""
        if tracemalloc.is_tracing():
            self._add()
        yield
        if tracemalloc.is_tracing():
            self._before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()

    def _add(self) -> None:
        _, peak = tracemalloc.get_traced_memory()
        self.allocated += max(0, peak - self._before)
        self.peak = max(self.peak, peak)


memory = Memory()


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
    if CONFIG["trace"]:
        trace_calls()


def watch_asyncio() -> None:
    """Даёт asyncio на Windows цикл на select: обычный обходится без методов сокета (IOCP)."""
    if sys.platform == "win32":
        from asyncio import windows_events

        for name in ("WindowsProactorEventLoopPolicy", "_WindowsProactorEventLoopPolicy"):
            if name in vars(windows_events):  # подчёркивание — с Python 3.14
                vars(windows_events)[name]._loop_factory = windows_events.SelectorEventLoop


# ---------------------------------------------------------------- след вызовов

TRACED = (
    "bind",
    "listen",
    "accept",
    "connect",
    "connect_ex",
    "send",
    "sendall",
    "sendto",
    "recv",
    "recv_into",
    "recvfrom",
    "shutdown",
    "close",
)
LONGEST_SHOWN = 24
clock = time.time  # hurry подменит часы программы, а след сверяют с захватом
numbers = itertools.count(1)
inside = threading.local()


def trace_calls() -> None:
    """Ставит наблюдателя вокруг каждого вызова, который программа делает сама."""
    for name in TRACED:
        setattr(Socket, name, traced(name, getattr(Socket, name)))


def traced(name: str, function: Any) -> Any:
    """Оборачивает метод сокета: когда начался, чем и когда кончился."""

    def call(self: socket.socket, *args: Any, **kwargs: Any) -> Any:
        # accept и create_connection внутри зовут другие методы, но позвала их не программа.
        if getattr(inside, "call", False) or not is_internet(self) or closed_before(self, name):
            return function(self, *args, **kwargs)
        inside.call = True
        number = os.getpid() << 32 | next(numbers)  # после fork счёт у каждого свой
        shown_args = [shown_value(one) for one in args]
        shown_args += [f"{key}={shown_value(value)}" for key, value in kwargs.items()]
        thread = threading.current_thread().name
        facts = {"number": number, "name": name, "args": shown_args, "thread": thread}
        before, here = peer_ports.get(self, 0), own_port(self)
        report("begin", at=clock(), port=before, here=here, **facts)
        try:
            result = function(self, *args, **kwargs)
        except BaseException as error:
            report("done", number=number, at=clock(), port=before, here=here or own_port(self),
                   error=shown_error(error))  # fmt: skip
            raise
        finally:
            inside.call = False
        port = peer_ports.get(result[0] if name == "accept" else self, before)
        report("done", number=number, at=clock(), port=port, here=here or own_port(self),
               result=shown_value(result))  # fmt: skip
        return result

    return call


def own_port(sock: socket.socket) -> int:
    """Свой порт сокета; 0 — его ещё нет или уже нет."""
    try:
        port: int = real.getsockname(sock)[1]
    except OSError:
        return 0
    return port


def closed_before(sock: socket.socket, name: str) -> bool:
    """Говорит, что сокет уже закрыт: with закрывает и то, что программа закрыла сама."""
    return name == "close" and sock.fileno() < 0


def shown_value(value: Any) -> str:
    """Показывает аргумент или ответ коротко: у длинных байтов — их число."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        if len(value) > LONGEST_SHOWN:
            return f"{len(value)} байт"
        return repr(bytes(value))
    if isinstance(value, tuple) and value and isinstance(value[0], socket.socket):
        return "сокет"
    if isinstance(value, tuple) and len(value) > 1:
        return f"({', '.join(map(shown_value, value))})"
    return repr(value)


def shown_error(error: BaseException) -> str:
    """Называет исключение так, как назвал бы его Python, без номера: у систем они разные."""
    name = errno.errorcode.get(getattr(error, "errno", None) or 0)
    return f"{type(error).__name__}: {name}" if name else f"{type(error).__name__}"


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
    if "heard" in CONFIG and isinstance(error, KeyboardInterrupt):
        return  # человек нажал Ctrl-C и знает об этом
    error = without_launcher(error)
    sys.__excepthook__(kind, error, error.__traceback__)


def thread_excepthook(args: Any) -> None:
    if args.exc_value is not None:
        without_launcher(args.exc_value)
        trace = args.exc_value.__traceback__
        args = threading.ExceptHookArgs((args.exc_type, args.exc_value, trace, args.thread))
    threading.__excepthook__(args)


# ---------------------------------------------------------------- запуск


def program_module(path: str, name: str) -> types.ModuleType:
    """Создаёт пустой модуль, каким его увидела бы программа без лаунчера."""
    module = types.ModuleType(name)
    module.__file__ = path
    vars(module)["__builtins__"] = __builtins__
    sys.modules[name] = module
    return module


def main(config: dict[str, Any], path: str, arguments: list[str]) -> None:
    """Запускает программу или загружает её как модуль."""
    CONFIG.update(config, channel=open_channel(config["channel"]))
    if "heard" in CONFIG:
        CONFIG["heard"] = open_channel(CONFIG["heard"], os.O_RDONLY)
    # Фоновой задаче (`netlab check … &`) оболочка велит не замечать Ctrl-C, и это наследуют.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGURG"):
        # Не делает ничего, но будит: см. Program.interrupt.
        signal.signal(signal.SIGURG, lambda number, frame: None)
    reserved.extend(config["ports"])
    shown = config["shown"]
    sys.argv[:] = [shown, *arguments]
    if not sys.flags.safe_path:
        sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    sys.excepthook = excepthook
    threading.excepthook = thread_excepthook
    with open(path, "rb") as file:
        source = file.read()
    replace_methods()
    if b"asyncio" in source:
        watch_asyncio()
    code = compile(source, shown, "exec", dont_inherit=True)
    if not CONFIG["calls"]:
        exec(code, program_module(path, "__main__").__dict__)
        return
    commands = take_stdin()
    module = program_module(path, shown.removesuffix(".py"))
    exec(code, module.__dict__)
    report("loaded")
    serve_calls(commands, vars(module))


# ---------------------------------------------------------------- ветвление


def serve_forks(stand: socket.socket) -> tuple[dict[str, Any], str]:
    """Ветвится по каждой просьбе стенда; возвращается только в потомке, с его настройками.

    Просьба — строка JSON и три дескриптора: канал, ввод и вывод потомка. Ответ — {"pid": …}, а
    когда потомок завершится, ещё и {"pid": …, "status": …} (waitpid(2)).
    """
    alive: set[int] = set()
    woken, waker = os.pipe()
    os.set_blocking(waker, False)
    # Потомку незачем обходить и копировать то, что загружено до него (gc.freeze).
    gc.collect()
    gc.freeze()
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    while True:
        ready, _, _ = select.select([stand.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, 1024)
            for pid in list(alive):
                if (done := os.waitpid(pid, os.WNOHANG))[0]:
                    alive.discard(pid)
                    stand.sendall(json.dumps({"pid": pid, "status": done[1]}).encode() + b"\n")
        if stand.fileno() in ready:
            request, descriptors, _, _ = socket.recv_fds(stand, 1 << 20, 3)
            if not request:
                break
            pid = os.fork()
            if not pid:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                os.close(woken)
                os.close(waker)
                return become_program(stand, json.loads(request), descriptors)
            # Группу ставят оба: кто из двоих успеет первым, неизвестно.
            with contextlib.suppress(OSError):
                os.setpgid(pid, pid)
            alive.add(pid)
            for descriptor in descriptors:
                os.close(descriptor)
            stand.sendall(json.dumps({"pid": pid}).encode() + b"\n")
    for pid in alive:
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
    stand.close()
    sys.exit()


def become_program(
    stand: socket.socket, request: dict[str, Any], descriptors: list[int]
) -> tuple[dict[str, Any], str]:
    """Превращает потомка в процесс программы: свои группа, папка, ввод и вывод."""
    with contextlib.suppress(OSError):
        os.setpgid(0, 0)
    stand.close()
    channel, given, printed = descriptors
    for descriptor, place in ((given, 0), (printed, 1), (printed, 2)):
        os.dup2(descriptor, place)
    os.close(given)
    os.close(printed)
    os.chdir(request["folder"])
    return {**request["config"], "channel": channel}, request["path"]


# ---------------------------------------------------------------- вызовы по одному


def take_stdin() -> Any:
    """Забирает стандартный ввод себе: программе он достаётся пустым."""
    commands = os.fdopen(os.dup(0), "rb")
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    return commands


def serve_calls(commands: Any, functions: dict[str, Any]) -> None:
    """Открывает сокеты и зовёт функции, о которых просит стенд, пока тот не уйдёт."""
    sockets: dict[int, socket.socket] = {}
    for line in commands:
        command = json.loads(line)
        number = command["number"]
        if "address" in command:
            sockets[number] = open_socket(command)
            report("connected", number=number, port=real.getsockname(sockets[number])[1])
            continue
        if "closes" in command:
            report("closed", number=number, forgotten=close_and_forget(sockets, command["closes"]))
            continue
        arguments = [decoded(argument, sockets) for argument in command["arguments"]]
        counts.update(sends=0, sent=0, recvs=0)
        memory.start()
        try:
            value = functions[command["function"]](*arguments)
        except BaseException as error:
            kinds = [kind.__name__ for kind in type(error).__mro__]
            outcome: dict[str, Any] = {"raised": kinds, "text": str(error)}
        else:
            outcome = {"value": encoded(value)}
        del arguments  # иначе закрытый сокет жил бы до следующего вызова
        used = memory.stop()
        report("returned", number=number, **counts, **used, **outcome)


def close_and_forget(sockets: dict[int, socket.socket], number: int) -> bool:
    """Закрывает сокет; возвращает, не держит ли его программа и после этого."""
    sockets[number].close()
    last = weakref.ref(sockets.pop(number))
    gc.collect()
    return last() is None


def open_socket(command: dict[str, Any]) -> socket.socket:
    """Соединяет новый сокет с собеседником, которого играет стенд."""
    address = command["address"]
    sock = socket.socket(family_of(address), getattr(socket, command["kind"]))
    if command["buffers"]:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, command["buffers"])
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, command["buffers"])
    real.connect(sock, tuple(address))
    note_connected(sock)
    sock.settimeout(command["timeout"])
    return sock


def decoded(argument: Any, sockets: dict[int, socket.socket]) -> Any:
    """Читает аргумент вызова из JSON."""
    if not isinstance(argument, dict):
        return argument
    if "socket" in argument:
        return sockets[argument["socket"]]
    data = base64.b64decode(argument["bytes"])
    if argument["as"] == "memoryview":
        return memoryview(data).cast(argument["items"])
    return bytearray(data) if argument["as"] == "bytearray" else data


def encoded(value: Any) -> Any:
    """Пишет значение в JSON; байты — как base64, чего JSON не умеет — как repr."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"bytes": base64.b64encode(value).decode(), "as": type(value).__name__}
    if isinstance(value, (list, tuple)):
        return {"items": [encoded(item) for item in value]}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return {"repr": repr(value), "as": type(value).__name__}


if sys.argv[1] == "--forks":
    main(*serve_forks(socket.socket(fileno=int(sys.argv[2]))), [])
else:
    main(json.loads(sys.argv[1]), sys.argv[2], sys.argv[3:])
