"""Заголовок UDP: функции, которые ставят его перед данными и снимают.

Порядок свойств — порядок строк в таблице урока: сначала то, что лечит первый шаг, потом второй.
Сети этим свойствам не нужно.
"""

from netlab.checks.kind import Kind
from netlab.module import Call, Module
from netlab.peers.conversation import Failed, plural_bytes, shown
from netlab.stand import Stand

HEADER_SIZE = 8
LONGEST = 65535 - HEADER_SIZE
SENT_BY_LINUX = bytes.fromhex("c350 0035 000d e122 68656c6c6f")
"""Датаграмма UDP от 10.0.1.10 с порта 50000 к 10.0.2.80 на порт 53, как её послало ядро Linux;
записана на TUN (tests/proof/root/test_datagram.py делает это снова)."""

HEADER = Kind(
    id="header",
    title="заголовок UDP",
    contract="""\
Договор заголовка UDP (RFC 768). Файл определяет
pack_header(source, destination, data) и unpack_header(datagram).
  * pack_header ставит перед байтами data заголовок и возвращает датаграмму,
    bytes. Заголовок — четыре числа по два байта, старший байт первым: порт
    отправителя, порт получателя, длина, контрольная сумма;
  * длина считает и заголовок, и данные; контрольная сумма — ноль: поверх
    IPv4 это значит «не посчитана»;
  * порт меньше 0 или больше 65535, датаграмма длиннее 65535 байт —
    исключение;
  * unpack_header возвращает кортеж: порт отправителя, порт получателя,
    данные. Контрольную сумму не проверяет, байты после обещанной длины
    отбрасывает;
  * пришло меньше восьми байт, пришло меньше, чем обещает длина, или сама
    длина меньше восьми — исключение;
  * исключение бросают нарочно: ValueError, struct.error, OverflowError. Не
    годятся assert (под python -O его нет), exit (завершает всю программу)
    и IndexError (это ошибка в самой программе).""",
    functions=("pack_header(source, destination, data)", "unpack_header(datagram)"),
)


class Functions:
    """Обе функции файла: с них начинается каждый сценарий."""

    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        self.module: Module = stand.load()

    def pack(self, source: int, destination: int, data: bytes) -> Call:
        """Зовёт pack_header."""
        return self.module.call(self.stand.conversation, "pack_header", source, destination, data)

    def unpack(self, datagram: bytes) -> Call:
        """Зовёт unpack_header."""
        return self.module.call(self.stand.conversation, "unpack_header", datagram)

    def datagram(self, source: int, destination: int, data: bytes) -> bytes:
        """Возвращает то, что вернула pack_header.

        Raises:
            Failed: функция не вернулась или вернула не bytes.
        """
        return self.pack(source, destination, data).bytes_value()

    def round_trip(self, source: int, destination: int, data: bytes) -> None:
        """Пакует и тут же распаковывает.

        Raises:
            Failed: вернулось не то, что упаковали.
        """
        datagram = self.datagram(source, destination, data)
        self.unpack(datagram).expect((source, destination, data), "Вернулось не то, что упаковали.")


def expect_bytes(what: str, expected: bytes, received: bytes) -> None:
    """Требует, чтобы в заголовке стояли именно эти байты."""
    if received != expected:
        raise Failed(what, shown(expected), shown(received))


def expect_refusal(call: Call, why: str) -> None:
    """Требует исключения; OverflowError от int.to_bytes — такой же отказ, как struct.error.

    Raises:
        Failed: исключения нет; это assert, которого под python -O не будет; это SystemExit.
    """
    failed = None
    try:
        call.expect_exception(why)
    except Failed as error:
        failed = error
    if "SystemExit" in call.raised:
        raise Failed(
            f"{call.function} завершила всю программу; бросьте исключение, например ValueError.",
            "исключение",
            call.exception,
        )
    if "AssertionError" in call.raised:
        raise Failed(
            "Под python -O этого assert нет; бросьте исключение сами, например ValueError.",
            "исключение",
            call.exception,
        )
    if failed and "OverflowError" not in call.raised:
        raise failed


@HEADER.property("loads", "Файл загружается")
def loads(stand: Stand) -> None:
    stand.load()


@HEADER.property("round_trip", "Что упаковали, то и распаковалось")
def round_trip(stand: Stand) -> None:
    Functions(stand).round_trip(50000, 53, b"hello")


@HEADER.property("empty", "Пустые данные — тоже данные")
def empty(stand: Stand) -> None:
    Functions(stand).round_trip(50000, 53, b"")


@HEADER.property("any_bytes", "Нули, кириллица и \\xff в данных не портятся")
def any_bytes(stand: Stand) -> None:
    functions = Functions(stand)
    functions.round_trip(50000, 53, "привет".encode())
    functions.round_trip(50000, 53, b"\x00\xff\n")


@HEADER.property("colon", "Двоеточие в данных остаётся в данных")
def colon(stand: Stand) -> None:
    Functions(stand).round_trip(50000, 80, b"Host: e1.ru")


@HEADER.property("size", "Заголовок — восемь байт, за ними данные")
def size(stand: Stand) -> None:
    functions = Functions(stand)
    for port in (5, 50000):
        datagram = functions.datagram(port, 53, b"hello")
        if len(datagram) != HEADER_SIZE + 5:
            raise Failed(
                "Заголовок не той длины.",
                "8 байт и 5 байт данных",
                f"{plural_bytes(len(datagram))} вместе с данными",
            )
        expect_bytes("За заголовком не данные.", b"hello", datagram[HEADER_SIZE:])


@HEADER.property("checksum", "Контрольная сумма — два нулевых байта")
def checksum(stand: Stand) -> None:
    datagram = Functions(stand).datagram(50000, 53, b"hello")
    expect_bytes("Контрольная сумма не ноль.", b"\x00\x00", datagram[6:8])


@HEADER.property("port_range", "Порт — от 0 до 65535, другой — исключение")
def port_range(stand: Stand) -> None:
    functions = Functions(stand)
    functions.round_trip(0, 65535, b"hello")
    for port in (65536, -1):
        why = f"Порта {port} не бывает."
        expect_refusal(functions.pack(port, 53, b"hello"), why)
        expect_refusal(functions.pack(50000, port, b"hello"), why)


@HEADER.property("too_long", "Датаграмма длиннее 65535 байт — исключение")
def too_long(stand: Stand) -> None:
    functions = Functions(stand)
    functions.datagram(50000, 53, bytes(LONGEST))
    expect_refusal(
        functions.pack(50000, 53, bytes(LONGEST + 1)), "Длина 65536 в два байта не помещается."
    )


@HEADER.property("cut_header", "Короче заголовка — исключение")
def cut_header(stand: Stand) -> None:
    functions = Functions(stand)
    for datagram in (SENT_BY_LINUX[: HEADER_SIZE - 1], b""):
        expect_refusal(functions.unpack(datagram), "Заголовка нет, а об ошибке не сказано.")


@HEADER.property("byte_order", "Старший байт числа идёт первым")
def byte_order(stand: Stand) -> None:
    datagram = Functions(stand).datagram(258, 772, b"hello")
    expect_bytes("Порты записаны не так.", b"\x01\x02\x03\x04", datagram[:4])


@HEADER.property("length", "Длина считает и заголовок, и данные")
def length(stand: Stand) -> None:
    datagram = Functions(stand).datagram(50000, 53, b"hello")
    expect_bytes("Поле длины — не 13.", b"\x00\x0d", datagram[4:6])


@HEADER.property("real", "Датаграмма, которую послало ядро, разбирается")
def real(stand: Stand) -> None:
    Functions(stand).unpack(SENT_BY_LINUX).expect(
        (50000, 53, b"hello"), "Чужая датаграмма прочитана неверно."
    )


@HEADER.property("missing", "Длина врёт — исключение")
def missing(stand: Stand) -> None:
    functions = Functions(stand)
    datagram = functions.datagram(50000, 53, b"hello")
    expect_refusal(functions.unpack(datagram[:-2]), "Двух байт не хватает, а об ошибке не сказано.")
    short = SENT_BY_LINUX[:4] + b"\x00\x07" + SENT_BY_LINUX[6:]
    expect_refusal(functions.unpack(short), "Длина 7 меньше заголовка, а об ошибке не сказано.")


@HEADER.property("extra", "Лишнее после обещанной длины — не данные")
def extra(stand: Stand) -> None:
    functions = Functions(stand)
    datagram = functions.datagram(50000, 53, b"hello")
    functions.unpack(datagram + b"\x00\x00").expect(
        (50000, 53, b"hello"), "Чужие байты приняты за данные."
    )
