"""Сокеты без неожиданностей: слушать на всех адресах, оборвать связь, назвать ошибку по-русски."""

from __future__ import annotations

import errno
import os
import socket
import struct
import sys

BACKLOG = 4096
"""Столько соединений ждут accept; больше, чем позволяет система (somaxconn), она не даст."""

_NO_SUCH_ADDRESS = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT}
_PORT_ATTEMPTS = 10

Address = tuple[str, int]


def listen(host: str | None, port: int, backlog: int = BACKLOG) -> list[socket.socket]:
    """Открывает слушающие сокеты на всех адресах host с одним и тем же портом, IPv4 прежде IPv6.

    host None — все адреса машины; port 0 — любой свободный порт. Адреса, которых у машины нет
    (обычно это IPv6), пропускаются, если слушать удалось хотя бы на одном.

    Raises:
        socket.gaierror: имени host нет.
        OSError: порт занят, на него нет прав или ни одного из адресов у машины нет.
    """
    for _ in range(_PORT_ATTEMPTS):
        try:
            return _listen_everywhere(host, port, backlog)
        except OSError as error:
            # Порт 0: ядро выбрало порт для IPv4, а для IPv6 он занят. Пусть выберет другой.
            if port or error.errno != errno.EADDRINUSE:
                raise
    return _listen_everywhere(host, port, backlog)


def _listen_everywhere(host: str | None, port: int, backlog: int) -> list[socket.socket]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except UnicodeError as error:
        raise _no_such_name() from error
    # Одно имя может дать один адрес дважды (localhost в /etc/hosts); dict сохраняет порядок.
    places = dict.fromkeys((family, address) for family, _, _, _, address in found)
    listeners: list[socket.socket] = []
    absent = OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    try:
        for family, address in sorted(places, key=lambda place: place[0] != socket.AF_INET):
            try:
                listener = _listen_at(family, (address[0], port, *address[2:]), backlog)
            except OSError as error:
                if error.errno not in _NO_SUCH_ADDRESS:
                    raise
                absent = error
            else:
                listeners.append(listener)
                port = listener.getsockname()[1]
        if not listeners:
            raise absent
    except OSError:
        for listener in listeners:
            listener.close()
        raise
    return listeners


def _listen_at(family: int, address: tuple[object, ...], backlog: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            # На Windows SO_REUSEADDR пускает второй сервер на порт, пока первый ещё работает, а
            # перезапуску TIME_WAIT там не мешает и так.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # Иначе на Linux сокет IPv6 принимал бы и IPv4 и спорил за порт с соседом.
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        listener.listen(backlog)
    except OSError:
        listener.close()
        raise
    return listener


def connect(address: Address, timeout: float | None = None) -> socket.socket:
    """Соединяется с address, перебирая все адреса имени; timeout — секунд на каждый.

    Raises:
        socket.gaierror: имени нет.
        OSError: соединиться не удалось; TimeoutError — за timeout секунд.
    """
    try:
        return socket.create_connection(address, timeout)
    except UnicodeError as error:
        raise _no_such_name() from error


def _no_such_name() -> socket.gaierror:
    # Имя, невозможное в DNS (пустая или слишком длинная часть), Python отвергает сам: UnicodeError.
    return socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def reset(sock: socket.socket) -> None:
    """Обрывает соединение: другая сторона получает RST вместо конца потока (SO_LINGER, socket(7)).

    Уже закрытый сокет остаётся закрытым; поток, ждущий recv на этом сокете, просыпается.
    """
    # На Windows поля struct linger двухбайтные.
    linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        # Пока кто-то ждёт recv, close ничего не пошлёт; SHUT_RD будит его и в сеть не идёт.
        sock.shutdown(socket.SHUT_RD)
    except OSError:
        pass  # соединения уже нет
    sock.close()


def allow_files(count: int) -> bool:
    """Поднимает предел открытых файлов и сокетов для себя и потомков; говорит, хватит ли его.

    На Windows такого предела у сокетов нет (setrlimit(2)).
    """
    if sys.platform == "win32":
        return True
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        enough = count if hard == resource.RLIM_INFINITY else min(count, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, enough), hard))
        return enough >= count
    return True


def shown(address: Address) -> str:
    """Пишет адрес так, как его пишут люди: `127.0.0.1:5555`, `[::1]:5555`."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


_EXAMPLE = {"0.0.0.0": "192.0.2.1", "::": "2001:db8::1"}
"""«На всех адресах» и чужой адрес той же версии IP, из тех, что для примеров (RFC 5737, 3849)."""
_HOME = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def own_address(host: str) -> str:
    """Возвращает адрес, под которым соседи видят эту машину, если она слушает на host.

    Слушает она на всех адресах — это тот, с которого она выходит в сеть; нет дороги в сеть —
    адрес самой себя.
    """
    if host not in _HOME:
        return host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            # У UDP connect ничего не посылает, он лишь выбирает дорогу.
            probe.connect((_EXAMPLE[host], 9))
        except OSError:
            return _HOME[host]
        return str(probe.getsockname()[0])


def why_not_listening(error: OSError, host: str | None, port: int) -> str:
    """Объясняет одним предложением, почему не вышло слушать порт и что с этим делать."""
    if isinstance(error, socket.gaierror):
        return f"Адреса «{host}» нет: проверьте имя."
    if error.errno == errno.EADDRINUSE:
        look = {"win32": "netstat -ano", "linux": "ss -ltnp"}.get(sys.platform, "lsof -i")
        return (
            f"Порт {port} занят другой программой: остановите её (кто это, покажет {look}) "
            "или выберите другой порт."
        )
    if isinstance(error, PermissionError):
        return f"Порт {port} система не дала: без прав администратора берите порты от 1024."
    if error.errno in _NO_SUCH_ADDRESS:
        return f"У этой машины нет адреса «{host}»: укажите её собственный адрес."
    return f"Не удалось слушать порт {port}: {error.strerror or error}."


def why_not_connected(error: OSError, address: Address) -> str:
    """Объясняет одним предложением, почему нет соединения с address."""
    where = shown(address)
    if isinstance(error, socket.gaierror):
        return f"Имени «{address[0]}» нет: проверьте, верно ли оно написано и есть ли сеть."
    if isinstance(error, ConnectionRefusedError):
        return f"{where} отказал в соединении: этот порт там никто не слушает."
    if isinstance(error, TimeoutError):
        return f"{where} не ответил вовремя."
    if isinstance(error, ConnectionError):
        return f"{where} оборвал соединение."
    if error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL):
        return f"До {where} нет дороги: проверьте адрес и сеть."
    return f"Нет соединения с {where}: {error.strerror or error}."
