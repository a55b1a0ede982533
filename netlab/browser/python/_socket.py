"""Модуль _socket для Python в браузере: та его часть, что в CPython написана на C.

Стандартный socket.py остаётся сам собой, а всё, что он просит у ядра, идёт в сеть на JavaScript
через одну дверь — netlab_syscall. Номера, тексты ошибок и константы — Linux: их читатель увидит
у себя.
"""

import sys as _sys
import warnings as _warnings

from netlab_syscall import LINUX_ERRORS, failure, syscall

has_ipv6 = True
error = OSError
timeout = TimeoutError

AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6 = 0, 1, 2, 10
SOCK_STREAM, SOCK_DGRAM, SOCK_RAW = 1, 2, 3
SOCK_NONBLOCK, SOCK_CLOEXEC = 0o4000, 0o2000000
IPPROTO_IP, IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_IPV6, IPPROTO_RAW = 0, 1, 6, 17, 41, 255
SOL_SOCKET, SOL_IP, SOL_TCP, SOL_UDP = 1, 0, 6, 17
SO_DEBUG, SO_REUSEADDR, SO_TYPE, SO_ERROR, SO_DONTROUTE, SO_BROADCAST = 1, 2, 3, 4, 5, 6
SO_SNDBUF, SO_RCVBUF, SO_KEEPALIVE, SO_OOBINLINE, SO_LINGER, SO_REUSEPORT = 7, 8, 9, 10, 13, 15
SO_RCVLOWAT, SO_SNDLOWAT, SO_RCVTIMEO, SO_SNDTIMEO, SO_ACCEPTCONN = 18, 19, 20, 21, 30
SO_PROTOCOL, SO_DOMAIN = 38, 39
SOMAXCONN = 4096
MSG_OOB, MSG_PEEK, MSG_DONTROUTE, MSG_TRUNC, MSG_DONTWAIT, MSG_WAITALL = 1, 2, 4, 0x20, 0x40, 0x100
MSG_NOSIGNAL = 0x4000
SHUT_RD, SHUT_WR, SHUT_RDWR = 0, 1, 2
TCP_NODELAY, TCP_MAXSEG, TCP_CORK, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT = 1, 2, 3, 4, 5, 6
TCP_SYNCNT, TCP_LINGER2, TCP_DEFER_ACCEPT, TCP_INFO = 7, 8, 9, 11
TCP_QUICKACK, TCP_USER_TIMEOUT = 12, 18
IP_TOS, IP_TTL, IP_MULTICAST_IF, IP_MULTICAST_TTL, IP_MULTICAST_LOOP = 1, 2, 32, 33, 34
IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP = 35, 36
IPV6_V6ONLY, IPV6_UNICAST_HOPS = 26, 16
INADDR_ANY, INADDR_BROADCAST, INADDR_LOOPBACK, INADDR_NONE = 0, 0xFFFFFFFF, 0x7F000001, 0xFFFFFFFF
AI_PASSIVE, AI_CANONNAME, AI_NUMERICHOST, AI_V4MAPPED, AI_ALL, AI_ADDRCONFIG = 1, 2, 4, 8, 16, 32
AI_NUMERICSERV = 0x400
NI_NUMERICHOST, NI_NUMERICSERV, NI_NOFQDN, NI_NAMEREQD, NI_DGRAM = 1, 2, 4, 8, 16
NI_MAXHOST, NI_MAXSERV = 1025, 32
EAI_ADDRFAMILY, EAI_AGAIN, EAI_BADFLAGS, EAI_FAIL, EAI_FAMILY = -9, -3, -1, -4, -6
EAI_MEMORY, EAI_NODATA, EAI_NONAME, EAI_SERVICE, EAI_SOCKTYPE, EAI_SYSTEM = -10, -5, -2, -8, -7, -11

_SERVICES = {
    "echo": 7, "discard": 9, "daytime": 13, "ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25,
    "time": 37, "domain": 53, "http": 80, "pop3": 110, "ntp": 123, "imap2": 143, "https": 443,
}  # fmt: skip
_PROTOCOLS = {"ip": 0, "icmp": 1, "tcp": 6, "udp": 17, "ipv6": 41}
_default_timeout = None


class herror(OSError):
    """Имя не нашлось: старые функции."""


class gaierror(OSError):
    """Имя не нашлось: getaddrinfo."""


def _no_such_name():
    return gaierror(EAI_NONAME, "Name or service not known")


# Адреса.


def inet_aton(text):
    """Четыре байта адреса IPv4."""
    parts = text.split(".")
    try:
        numbers = [int(part, 0) for part in parts]
        *heads, last = numbers
        value = last
        for place, head in enumerate(heads):
            if not 0 <= head <= 255:
                raise ValueError
            value += head << (24 - 8 * place)
        if not (1 <= len(parts) <= 4 and 0 <= last < 1 << (8 * (5 - len(parts)))):
            raise ValueError
    except ValueError:
        raise OSError("illegal IP address string passed to inet_aton") from None
    return value.to_bytes(4, "big")


def inet_ntoa(packed):
    """Адрес IPv4 текстом."""
    if len(packed) != 4:
        raise OSError("packed IP wrong length")
    return ".".join(map(str, packed))


def inet_pton(family, text):
    """Байты адреса; понимает только полную запись."""
    import ipaddress

    kinds = {AF_INET: ipaddress.IPv4Address, AF_INET6: ipaddress.IPv6Address}
    if family not in kinds:
        raise failure("EAFNOSUPPORT")
    try:
        return kinds[family](text).packed
    except ValueError:
        raise OSError("illegal IP address string passed to inet_pton") from None


def inet_ntop(family, packed):
    """Адрес текстом."""
    import ipaddress

    if family == AF_INET:
        if len(packed) != 4:
            raise ValueError("invalid length of packed IP address string")
        return inet_ntoa(packed)
    if family != AF_INET6:
        raise ValueError(f"unknown address family {family}")
    if len(packed) != 16:
        raise ValueError("invalid length of packed IP address string")
    return _canonical(ipaddress.IPv6Address(bytes(packed)))


def _canonical(address):
    """IPv6 так, как пишет Linux: IPv4 внутри — точками."""
    inner = address.ipv4_mapped
    return f"::ffff:{inner}" if inner else str(address)


def _numeric(host):
    """Семейство и каноническая запись, если это адрес, а не имя."""
    import ipaddress

    try:
        return AF_INET, inet_ntoa(inet_aton(host))
    except OSError:
        pass
    try:
        return AF_INET6, _canonical(ipaddress.IPv6Address(host.partition("%")[0]))
    except ValueError:
        return None


def _lookup(host, family):
    """Адреса имени: [(семейство, адрес)].

    Raises:
        gaierror: имени нет, или в этом семействе его нет.
    """
    numeric = _numeric(host)
    if numeric:
        if family not in (AF_UNSPEC, numeric[0]):
            raise gaierror(EAI_ADDRFAMILY, "Address family for hostname not supported")
        return [numeric]
    found = [(AF_INET6 if ":" in one else AF_INET, one) for one in syscall("resolve", host)]
    if not found:
        raise _no_such_name()
    wanted = [one for one in found if family in (AF_UNSPEC, one[0])]
    if not wanted:
        raise gaierror(EAI_ADDRFAMILY, "Address family for hostname not supported")
    return sorted(wanted, key=lambda one: one[0] != AF_INET6)


def _service(port, kind=None):
    if port is None:
        return 0
    if isinstance(port, (bytes, bytearray)):
        port = port.decode()
    if isinstance(port, str):
        if port.lstrip("+-").isdigit():
            return int(port)
        if port not in _SERVICES:
            raise gaierror(EAI_SERVICE, "Servname not supported for ai_socktype")
        return _SERVICES[port]
    # Лишнее glibc отбрасывает: 70000 — это 4464.
    return port & 0xFFFF


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    """Адреса, по которым можно звонить или на которых слушать (RFC 3493, 6.1)."""
    if host is None and port is None:
        raise _no_such_name()
    if family not in (AF_UNSPEC, AF_INET, AF_INET6):
        raise gaierror(EAI_FAMILY, "ai_family not supported")
    number = _service(port)
    if isinstance(host, (bytes, bytearray)):
        host = host.decode("ascii")
    if host is None:
        both = [(AF_INET, "0.0.0.0"), (AF_INET6, "::")]
        if not flags & AI_PASSIVE:
            both = [(AF_INET6, "::1"), (AF_INET, "127.0.0.1")]
        addresses = [one for one in both if family in (AF_UNSPEC, one[0])]
    elif flags & AI_NUMERICHOST and not _numeric(host):
        raise _no_such_name()
    else:
        addresses = _lookup(host, family)
    kinds = [(SOCK_STREAM, IPPROTO_TCP), (SOCK_DGRAM, IPPROTO_UDP), (SOCK_RAW, IPPROTO_IP)]
    kinds = [
        (kind, protocol)
        for kind, protocol in kinds
        if type in (0, kind) and (proto in (0, protocol) or kind == SOCK_RAW)
    ]
    if not kinds:
        raise gaierror(EAI_SOCKTYPE, "ai_socktype not supported")
    name = host if flags & AI_CANONNAME and host else ""
    return [
        (found, kind, protocol, name, (one, number) if found == AF_INET else (one, number, 0, 0))
        for found, one in addresses
        for kind, protocol in kinds
    ]


def getnameinfo(sockaddr, flags):
    """Имя и служба по адресу; имён у адресов здесь нет, кроме localhost."""
    host, port = sockaddr[:2]
    if flags & NI_NAMEREQD and host not in ("127.0.0.1", "::1"):
        raise _no_such_name()
    if not flags & NI_NUMERICHOST and host in ("127.0.0.1", "::1"):
        host = "localhost"
    service = str(port)
    if not flags & NI_NUMERICSERV:
        service = next((name for name, number in _SERVICES.items() if number == port), service)
    return host, service


def gethostbyname(name):
    """Первый адрес IPv4 этого имени."""
    return "0.0.0.0" if name == "" else _lookup(name, AF_INET)[0][1]


def gethostbyname_ex(name):
    """Имя, другие имена, адреса."""
    return name, [], [address for _, address in _lookup(name, AF_INET)]


def gethostbyaddr(name):
    """Имя по адресу."""
    address = gethostbyname(name)
    if address.startswith("127."):
        return "localhost", [], [address]
    raise herror(1, "Unknown host")


def gethostname():
    """Имя этой машины."""
    return syscall("hostname")


def getservbyname(name, protocol=None):
    """Порт службы."""
    if name not in _SERVICES:
        raise OSError("service/proto not found")
    return _SERVICES[name]


def getservbyport(port, protocol=None):
    """Служба порта."""
    for name, number in _SERVICES.items():
        if number == port:
            return name
    raise OSError("port/proto not found")


def getprotobyname(name):
    """Номер протокола."""
    if name not in _PROTOCOLS:
        raise OSError("protocol not found")
    return _PROTOCOLS[name]


def if_nameindex():
    """Сетевые карты."""
    return [(1, "lo"), (2, "eth0")]


def htons(value):
    """Переставляет байты порта: у этих машин младший первый."""
    if not 0 <= value <= 0xFFFF:
        problem = "Python int too large" if value > 0 else "can't convert negative Python int"
        raise OverflowError(f"htons: {problem} to convert to C 16-bit unsigned integer")
    return int.from_bytes(value.to_bytes(2, "little"), "big")


def htonl(value):
    """Переставляет байты числа из четырёх байтов."""
    if not 0 <= value <= 0xFFFFFFFF:
        raise OverflowError("int larger than 32 bits")
    return int.from_bytes(value.to_bytes(4, "little"), "big")


ntohs, ntohl = htons, htonl


def getdefaulttimeout():
    """Срок новых сокетов, с."""
    return _default_timeout


def setdefaulttimeout(value):
    """Назначает срок новым сокетам, с."""
    global _default_timeout
    _default_timeout = _checked_timeout(value)


def _checked_timeout(value):
    if value is None:
        return None
    if isinstance(value, (str, bytes, bytearray)):
        raise TypeError(f"'{_type_name(value)}' object cannot be interpreted as an integer")
    value = float(value)
    if value != value:
        raise ValueError("Invalid value NaN (not a number)")
    if value < 0:
        raise ValueError("Timeout value out of range")
    return value


def dup(descriptor):
    """Второй дескриптор того же сокета."""
    return syscall("dup", descriptor)


def close(descriptor):
    """Закрывает дескриптор."""
    syscall("close", descriptor)


def socketpair(family=AF_INET, type=SOCK_STREAM, proto=0):
    """Два соединённых сокета: здесь — через 127.0.0.1."""
    if type != SOCK_STREAM:
        raise failure("EOPNOTSUPP")
    with_listener = socket(AF_INET, SOCK_STREAM)
    try:
        with_listener.bind(("127.0.0.1", 0))
        with_listener.listen(1)
        one = socket(AF_INET, SOCK_STREAM)
        one.connect(with_listener.getsockname())
        descriptor, _ = with_listener._accept()
    finally:
        with_listener.close()
    return one, socket(AF_INET, SOCK_STREAM, 0, descriptor)


class socket:
    """Сокет: то, от чего наследует socket.socket."""

    # Без __dict__ и __weakref__, как у написанного на C: их добавляет наследник.
    __slots__ = ("_family", "_fd", "_proto", "_timeout", "_type")

    def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
        self._fd = -1
        if fileno is not None:
            if isinstance(fileno, float):
                raise TypeError("integer argument expected, got float")
            if fileno < 0:
                raise ValueError("negative file descriptor")
            domain = syscall("getsockopt", fileno, SOL_SOCKET, SO_DOMAIN)
            family = domain if family == -1 else family
            type = syscall("getsockopt", fileno, SOL_SOCKET, SO_TYPE) if type == -1 else type
        family = AF_INET if family == -1 else int(family)
        type = SOCK_STREAM if type == -1 else int(type)
        self._family, self._proto = family, max(int(proto), 0)
        self._type = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)
        self._timeout = 0.0 if type & SOCK_NONBLOCK else _default_timeout
        if fileno is not None:
            self._fd = int(fileno)
            return
        if family not in (AF_INET, AF_INET6):
            raise failure("EAFNOSUPPORT")
        if self._type not in (SOCK_STREAM, SOCK_DGRAM):
            raise PermissionError(1, "Operation not permitted")
        self._fd = syscall("socket", 6 if family == AF_INET6 else 4, self._type)

    family = property(lambda self: self._family)
    type = property(lambda self: self._type)
    proto = property(lambda self: self._proto)
    timeout = property(lambda self: self._timeout)

    def __repr__(self):
        return (
            f"<socket object, fd={self._fd}, family={self._family}, "
            f"type={self._type}, proto={self._proto}>"
        )

    def __del__(self):
        if getattr(self, "_fd", -1) != -1 and not _sys.is_finalizing():
            _warnings.warn(f"unclosed {self!r}", ResourceWarning, source=self, stacklevel=2)
            self.close()

    # Адреса.

    def _address(self, address, caller):
        """Адрес из кортежа программы: (текст, порт)."""
        if not isinstance(address, tuple):
            kind = "AF_INET6" if self._family == AF_INET6 else "AF_INET"
            raise TypeError(f"{caller}(): {kind} address must be tuple, not {_type_name(address)}")
        if self._family == AF_INET and len(address) != 2:
            raise TypeError("AF_INET address must be a pair (host, port)")
        if self._family == AF_INET6 and not 2 <= len(address) <= 4:
            raise TypeError("AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])")
        host, port = address[:2]
        if not isinstance(port, int):
            raise TypeError(f"'{_type_name(port)}' object cannot be interpreted as an integer")
        if not 0 <= port <= 0xFFFF:
            raise OverflowError(f"{caller}(): port must be 0-65535.")
        if isinstance(host, (bytes, bytearray)):
            host = host.decode("ascii")
        elif not isinstance(host, str):
            raise TypeError("str, bytes or bytearray expected, not " + _type_name(host))
        if host == "":
            return ("::" if self._family == AF_INET6 else "0.0.0.0"), port
        if host == "<broadcast>":
            return "255.255.255.255", port
        return _lookup(host, self._family)[0][1], port

    def _shown(self, found):
        address, port = found["address"], found["port"]
        return (address, port, 0, 0) if self._family == AF_INET6 else (address, port)

    def getsockname(self):
        """Свой адрес."""
        return self._shown(syscall("getsockname", self._fd))

    def getpeername(self):
        """Адрес собеседника."""
        return self._shown(syscall("getpeername", self._fd))

    # Сервер.

    def bind(self, address):
        """Занимает адрес и порт."""
        syscall("bind", self._fd, *self._address(address, "bind"))

    def listen(self, backlog=128):
        """Начинает принимать соединения."""
        syscall("listen", self._fd, backlog)

    def _accept(self):
        found = self._wait("accept")
        return found["descriptor"], self._shown(found)

    # Клиент.

    def connect(self, address):
        """Соединяется."""
        self._wait("connect", *self._address(address, "connect"))

    def connect_ex(self, address):
        """Соединяется; вместо исключения — номер ошибки."""
        where = self._address(address, "connect_ex")
        try:
            self._wait("connect", *where)
        except TimeoutError as problem:
            return problem.errno or LINUX_ERRORS["EAGAIN"][0]
        except OSError as problem:
            return problem.errno
        return 0

    # Обмен.

    def _wait(self, name, *arguments, timeout=...):
        """Вызов, который ждёт не дольше срока сокета."""
        limit = self._timeout if timeout is ... else timeout
        try:
            return syscall(name, self._fd, *arguments, None if limit is None else limit * 1000)
        except (BlockingIOError, OSError) as problem:
            again = (LINUX_ERRORS["EAGAIN"][0], LINUX_ERRORS["EINPROGRESS"][0])
            if limit and problem.errno in again:
                raise TimeoutError("timed out") from None
            raise

    def _flags(self, flags):
        # Со сроком сокет для ядра неблокирующий, и MSG_WAITALL на таком ничего не значит.
        wait_all = bool(flags & MSG_WAITALL) and self._timeout is None
        options = {"peek": bool(flags & MSG_PEEK), "all": wait_all}
        return options, 0.0 if flags & MSG_DONTWAIT else self._timeout

    def recv(self, size, flags=0):
        """Не больше size байтов; b'' — больше не будет."""
        if size < 0:
            raise ValueError("negative buffersize in recv")
        if size == 0:
            return b""
        options, limit = self._flags(flags)
        return self._wait("receive", size, options, timeout=limit)

    def recv_into(self, buffer, nbytes=0, flags=0):
        """То же в готовый буфер; вернёт, сколько пришло."""
        view = memoryview(buffer).cast("B")
        if nbytes < 0:
            raise ValueError("negative buffersize in recv_into")
        if nbytes > len(view):
            raise ValueError("buffer too small for requested bytes")
        data = self.recv(nbytes or len(view), flags)
        view[: len(data)] = data
        return len(data)

    def recvfrom(self, size, flags=0):
        """Байты и от кого."""
        if size < 0:
            raise ValueError("negative buffersize in recvfrom")
        options, limit = self._flags(flags)
        got = self._wait("receiveFrom", size, options, timeout=limit)
        return got["bytes"], got["from"] and self._shown(got["from"])

    def recvfrom_into(self, buffer, nbytes=0, flags=0):
        """То же в готовый буфер."""
        view = memoryview(buffer).cast("B")
        data, address = self.recvfrom(nbytes or len(view), flags)
        view[: len(data)] = data
        return len(data), address

    def send(self, data, flags=0):
        """Отдаёт ядру сколько поместится; вернёт, сколько."""
        limit = 0.0 if flags & MSG_DONTWAIT else self._timeout
        return self._wait("send", _octets(data), timeout=limit)

    def sendall(self, data, flags=0):
        """Отдаёт ядру всё; срок — на всё вместе."""
        from time import monotonic

        view = memoryview(_octets(data))
        ends = None if self._timeout is None else monotonic() + self._timeout
        while view:
            left = self._timeout
            if ends is not None and self._timeout:
                left = ends - monotonic()
                if left <= 0:
                    raise TimeoutError("timed out")
            view = view[self._wait("send", view, timeout=left) :]

    def sendto(self, data, *where):
        """Отправляет датаграмму по адресу."""
        if not 1 <= len(where) <= 2:
            raise TypeError(f"sendto() takes 2 or 3 arguments ({len(where) + 1} given)")
        address = self._address(where[-1], "sendto")
        return self._wait("sendTo", _octets(data), *address)

    def sendmsg(self, buffers, ancdata=(), flags=0, address=None):
        """То же, но байты лежат в нескольких местах; дополнительных данных здесь не бывает."""
        data = b"".join(bytes(_octets(part)) for part in buffers)
        return self.send(data, flags) if address is None else self.sendto(data, flags, address)

    def recvmsg(self, bufsize, ancbufsize=0, flags=0):
        """Байты, дополнительные данные (их нет), флаги и от кого."""
        data, address = self.recvfrom(bufsize, flags)
        return data, [], 0, address

    def recvmsg_into(self, buffers, ancbufsize=0, flags=0):
        """То же в несколько готовых буферов."""
        views = [memoryview(part).cast("B") for part in buffers]
        data, address = self.recvfrom(sum(map(len, views)), flags)
        place = 0
        for view in views:
            part = data[place : place + len(view)]
            view[: len(part)] = part
            place += len(part)
        return len(data), [], 0, address

    def shutdown(self, how):
        """Закрывает половину соединения или обе."""
        syscall("shutdown", self._fd, how)

    # Жизнь и настройки.

    def close(self):
        """Закрывает."""
        descriptor, self._fd = self._fd, -1
        if descriptor != -1:
            syscall("close", descriptor)

    def detach(self):
        """Отдаёт дескриптор, не закрывая."""
        descriptor, self._fd = self._fd, -1
        return descriptor

    def fileno(self):
        """Дескриптор; -1 — закрыт."""
        return self._fd

    def settimeout(self, value):
        """Срок каждого вызова, с; None — ждать, 0 — не ждать."""
        self._timeout = _checked_timeout(value)

    def gettimeout(self):
        """Срок, с."""
        return self._timeout

    def setblocking(self, flag):
        """Ждать или не ждать."""
        self._timeout = None if flag else 0.0

    def getblocking(self):
        """Ждёт ли."""
        return self._timeout != 0.0

    def setsockopt(self, level, option, value, length=None):
        """Настройка; байты — для SO_LINGER."""
        if isinstance(value, (bytes, bytearray)):
            import struct

            numbers = struct.unpack(f"{len(value) // 4}i", value)
            value = list(numbers) if option == SO_LINGER else numbers[0]
        elif level == SOL_SOCKET and option == SO_LINGER:
            raise failure("EINVAL")
        syscall("setsockopt", self._fd, level, option, value)

    def getsockopt(self, level, option, size=0):
        """Настройка числом или, если задан size, байтами."""
        import struct

        value = syscall("getsockopt", self._fd, level, option)
        numbers = value if isinstance(value, list) else [value]
        if size:
            return struct.pack(f"{len(numbers)}i", *numbers)[:size]
        return numbers[0]


SocketType = socket


def _type_name(value):
    return type(value).__name__


def _octets(data):
    if isinstance(data, str):
        raise TypeError("a bytes-like object is required, not 'str'")
    return memoryview(data).cast("B")
