"""Эхо-сервер UDP: соединений нет, есть датаграммы, и у каждой — обратный адрес.

Порядок свойств — порядок строк в таблице урока: сначала то, что лечит первый шаг, потом второй.
"""

import sys

from netlab.checks.kind import Kind
from netlab.peers.conversation import Failed
from netlab.peers.datagram_client import DatagramClient
from netlab.program import Program
from netlab.stand import Stand

PACKET = 1400
"""Столько байт данных проходит через обычный Ethernet одним пакетом, даже в туннеле."""
LARGEST = 65507 if sys.platform != "darwin" else 9216
"""Самая большая датаграмма IPv4: 65535 байт без заголовков IP (20) и UDP (8). macOS без просьбы
шлёт не больше 9216 (net.inet.udp.maxdgram)."""

UDP_ECHO = Kind(
    id="udp_echo",
    title="эхо-сервер UDP",
    side="server",
    contract="""\
Договор эхо-сервера UDP:
  * программа занимает один порт UDP, любой;
  * на каждую датаграмму она отвечает одной датаграммой с теми же байтами
    тому, кто её прислал;
  * байты любые и сколько угодно, от нуля до самой большой датаграммы
    (65507 байт); команд среди них нет;
  * если ответ некому получить, остальным это не мешает.
Необязательные свойства: программа не принимает байты за строки и по Ctrl-C
закрывает сокет.""",
)


def greet(stand: Stand, program: Program) -> DatagramClient:
    """Приводит клиента, которому программа уже ответила."""
    client = stand.connect_udp(program)
    ask(client, b"hello")
    return client


def ask(client: DatagramClient, data: bytes) -> None:
    """Посылает датаграмму и ждёт такой же."""
    client.send_datagram(data)
    client.expect_datagram(data)


@UDP_ECHO.property("listens", "Занимает один порт UDP")
def listens(stand: Stand) -> None:
    program = stand.start(udp=True)
    stand.connect_udp(program).say("узнал порт")
    if len(program.asked_udp_ports) > 1:
        ports = ", ".join(map(str, program.asked_udp_ports))
        raise Failed("Программа занимает не один порт.", "один порт", f"порты {ports}")


@UDP_ECHO.property("echo", "Датаграмма возвращается такой же")
def echo(stand: Stand) -> None:
    client = stand.connect_udp(stand.start(udp=True))
    for data in (b"hello", "привет\r\n".encode(), b"quit\n"):
        ask(client, data)


@UDP_ECHO.property("borders", "Сколько датаграмм пришло, столько и возвращается")
def borders(stand: Stand) -> None:
    client = stand.connect_udp(stand.start(udp=True))
    for data in (b"one", b"two\nthree\n"):
        client.send_datagram(data)
    client.expect_datagram(b"one")
    client.expect_datagram(b"two\nthree\n")
    # Пришло бы лишнее — пришло бы оно перед этой.
    ask(client, b"end")


@UDP_ECHO.property("garbage", "Байты, из которых не выходит текста, возвращаются как есть")
def garbage(stand: Stand) -> None:
    ask(stand.connect_udp(stand.start(udp=True)), bytes(range(256)))


@UDP_ECHO.property("several_clients", "Каждому клиенту — его ответ")
def several_clients(stand: Stand) -> None:
    program = stand.start(udp=True)
    first = greet(stand, program)
    second = stand.connect_udp(program)
    first.send_datagram(b"from the first")
    second.send_datagram(b"from the second")
    second.expect_datagram(b"from the second")
    first.expect_datagram(b"from the first")


@UDP_ECHO.property("empty", "Пустая датаграмма возвращается пустой")
def empty(stand: Stand) -> None:
    client = stand.connect_udp(stand.start(udp=True))
    ask(client, b"")
    ask(client, b"hello")


@UDP_ECHO.property("packet", "1400 байт возвращаются целиком")
def packet(stand: Stand) -> None:
    ask(stand.connect_udp(stand.start(udp=True)), numbered(PACKET))


@UDP_ECHO.property("largest", "Самая большая датаграмма возвращается целиком")
def largest(stand: Stand) -> None:
    ask(stand.connect_udp(stand.start(udp=True)), numbered(LARGEST))


@UDP_ECHO.property(
    "gone", "Клиент ушёл, не дождавшись ответа, — остальным это не мешает", port_unreachable=True
)
def gone(stand: Stand) -> None:
    program = stand.start(udp=True)
    stand.connect_udp(program).send_and_leave(b"hello")
    greet(stand, program)


@UDP_ECHO.property(
    "bytes_not_str",
    "Байты нигде не принимаются за строки (python -bb)",
    required=False,
    flags=["-bb"],
)
def bytes_not_str(stand: Stand) -> None:
    client = greet(stand, stand.start(udp=True))
    # Первый ответ программа могла послать и перед тем, как упасть на print.
    ask(client, b"hello again")


@UDP_ECHO.property(
    "no_leaks",
    "По Ctrl-C завершается и закрывает сокет (python -X dev)",
    required=False,
    flags=["-X", "dev"],
    posix_only=True,
)
def no_leaks(stand: Stand) -> None:
    program = stand.start(udp=True)
    greet(stand, program)
    if not stand.interrupt(program):
        raise Failed("По Ctrl-C программа не завершилась.", "программа завершена", "программа идёт")
    if "ResourceWarning" in program.output:
        raise Failed(
            "Программа бросила сокет незакрытым.", "ни одного ResourceWarning", "ResourceWarning"
        )


def numbered(size: int) -> bytes:
    """Байты, по которым видно, откуда кусок."""
    return b"".join(b"%06d " % n for n in range(0, size, 7))[:size]
