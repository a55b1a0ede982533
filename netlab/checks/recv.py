"""Приёмник: функции, которые собирают из потока ровно n байт или одну строку.

Порядок свойств — порядок строк в таблице урока: сначала то, что лечит первый шаг, потом второй.
"""

from collections.abc import Iterator

from netlab.checks.kind import Kind
from netlab.checks.pair import Pair
from netlab.module import Call
from netlab.peers.conversation import Failed
from netlab.peers.drip import Drip
from netlab.stand import Stand

EXACTLY = ("recv_exactly",)
LINE = ("recv_line",)
BOTH = EXACTLY + LINE
MIB = 1024 * 1024
CHUNK = 65536

RECV = Kind(
    id="recv",
    title="приёмник",
    contract="""\
Договор приёмника. Файл определяет recv_exactly(sock, n), recv_line(sock)
или обе; sock — соединённый сокет, с таймаутом или без.
  * recv_exactly возвращает ровно n байт, как бы поток ни был нарезан; для
    n = 0 — сразу b'';
  * recv_line возвращает следующую строку вместе с её b'\\n'; в конце потока,
    если строка не начата, — b'';
  * байты, пришедшие вслед за прочитанными, не пропадают: их получит
    следующий вызов любой из двух функций на этом же сокете;
  * поток кончился посреди строки или раньше n байт — исключение EOFError
    или OSError; у recv_exactly в нём сказано, скольких байт не хватает;
  * обрыв связи и таймаут сокета — исключение OSError (ConnectionResetError и
    TimeoutError — его виды).
Необязательные свойства: после таймаута вызов можно повторить; таймаут
сокета — срок всего вызова; строка длиннее 1 МиБ отвергается, а не копится;
закрытый сокет не остаётся в памяти; память и время растут с n линейно;
recv зовут не на каждый байт.""",
    functions=("recv_exactly(sock, n)", "recv_line(sock)"),
    all_functions=False,
)


class Receiver(Pair):
    """Приёмник и тот, кто ему шлёт."""

    def exactly(self, count: int) -> Call:
        """Зовёт recv_exactly."""
        return self.call("recv_exactly", count)

    def line(self) -> Call:
        """Зовёт recv_line."""
        return self.call("recv_line")

    def drip(self, data: bytes, call: Call) -> None:
        """Шлёт по байту; следующий — когда программа прочла предыдущий."""
        seen = iter(range(self.module.received(self.peer) + 1, 2**31))
        self.peer.send(data, Drip(between=lambda: self.wait_received(next(seen), call)))

    def each(self, count: int) -> Iterator[Call]:
        """Зовёт каждую функцию, которая есть в файле, второй раз — на новом соединении."""
        defined = RECV.defined_in(self.stand.path)
        if "recv_exactly" in defined:
            yield self.exactly(count)
        if defined == set(BOTH):
            self.reconnect(**self.options)
        if "recv_line" in defined:
            yield self.line()


@RECV.property("loads", "Файл загружается")
def loads(stand: Stand) -> None:
    stand.load()


@RECV.property("whole", "n байт, пришедшие разом, возвращаются", needs=EXACTLY)
def whole(stand: Stand) -> None:
    receiver = Receiver(stand)
    receiver.peer.send(b"hello")
    receiver.exactly(5).expect(b"hello")


@RECV.property("whole_line", "Строка, пришедшая разом, возвращается вместе с \\n", needs=LINE)
def whole_line(stand: Stand) -> None:
    receiver = Receiver(stand)
    receiver.peer.send(b"hello\n")
    receiver.line().expect(b"hello\n")


@RECV.property("pieces", "n байт, пришедшие по частям, собираются", needs=EXACTLY)
def pieces(stand: Stand) -> None:
    receiver = Receiver(stand)
    call = receiver.exactly(5)
    receiver.peer.send(b"he")
    receiver.wait_received(2, call)
    receiver.peer.send(b"llo")
    call.expect(b"hello", "recv_exactly вернула не всё.")


@RECV.property("line_in_pieces", "Строка, пришедшая по частям, собирается", needs=LINE)
def line_in_pieces(stand: Stand) -> None:
    receiver = Receiver(stand)
    call = receiver.line()
    receiver.peer.send(b"he")
    receiver.wait_received(2, call)
    receiver.peer.send(b"llo\n")
    call.expect(b"hello\n", "recv_line вернула не всю строку.")


@RECV.property("bulk", "Мегабайт собирается целиком", needs=EXACTLY)
def bulk(stand: Stand) -> None:
    data = b"".join(b"%07d\n" % n for n in range(MIB // 8))
    receiver = Receiver(stand)
    call = receiver.exactly(MIB)
    receiver.peer.send(data)
    # Сколько именно пришло, от запуска к запуску меняется.
    call.outcome("bytes")
    value = call.bytes_value()
    if value != data:
        received = "столько же, но не те" if len(value) == len(data) else "меньше"
        raise Failed("Мегабайт пришёл не таким, каким был.", "все байты, по порядку", received)


@RECV.property("zero", "Ноль байт — это b'', и ждать нечего", needs=EXACTLY)
def zero(stand: Stand) -> None:
    Receiver(stand).exactly(0).expect(b"")


@RECV.property(
    "missing", "Поток кончился раньше n байт — исключение, и в нём сколько не хватает",
    needs=EXACTLY,
)  # fmt: skip
def missing(stand: Stand) -> None:
    receiver = Receiver(stand)
    call = receiver.exactly(10)
    receiver.peer.send(b"hel")
    receiver.wait_received(3, call)
    receiver.peer.close()
    why = "Пришло 3 байта из 10, а об ошибке не сказано."
    text = call.expect_exception(
        why, "EOFError", "OSError", expected="исключение, где сказано про 7 байт"
    )
    if "7" not in text:
        raise Failed(
            "В исключении не сказано, сколько байт не хватает.", "7 в тексте", call.exception
        )


@RECV.property("end", "Конец потока на границе строк — b''", needs=LINE)
def end(stand: Stand) -> None:
    receiver = Receiver(stand)
    receiver.peer.send(b"hello\n")
    receiver.line().expect(b"hello\n")
    receiver.peer.close()
    receiver.line().expect(b"")


@RECV.property("unfinished", "Конец потока посреди строки — исключение", needs=LINE)
def unfinished(stand: Stand) -> None:
    receiver = Receiver(stand)
    call = receiver.line()
    receiver.peer.send(b"hel")
    receiver.wait_received(3, call)
    receiver.peer.close()
    call.expect_exception("Строка дошла не вся, а об ошибке не сказано.", "EOFError", "OSError")


@RECV.property("not_more", "Чужие байты остаются следующему вызову", needs=EXACTLY)
def not_more(stand: Stand) -> None:
    receiver = Receiver(stand)
    receiver.peer.send(b"helloworld!")
    for expected in (b"hello", b"world", b"!"):
        receiver.exactly(len(expected)).expect(expected)


@RECV.property("glued", "Три строки сразу — по строке на вызов", needs=LINE)
def glued(stand: Stand) -> None:
    receiver = Receiver(stand)
    lines = b"one\n", b"two\n", b"three\n"
    for line in lines:
        receiver.peer.send(line)
    receiver.peer.wait_arrival()
    for line in lines:
        receiver.line().expect(line)


@RECV.property("line_then_bytes", "Строка и байты за ней одним куском не теряются", needs=BOTH)
def line_then_bytes(stand: Stand) -> None:
    receiver = Receiver(stand)
    receiver.peer.send(b"5\nhello6\nworld!")
    for expected in (b"hello", b"world!"):
        receiver.line().expect(b"%d\n" % len(expected))
        receiver.exactly(len(expected)).expect(expected)


@RECV.property("dripped", "Поток по одному байту собирается так же", needs=BOTH)
def dripped(stand: Stand) -> None:
    receiver = Receiver(stand)
    line = receiver.line()
    receiver.drip(b"2\n", line)
    line.expect(b"2\n")
    both = receiver.exactly(2)
    receiver.drip(b"\n\n", both)
    both.expect(b"\n\n")


@RECV.property("separate", "Остатки разных соединений не смешиваются", needs=LINE)
def separate(stand: Stand) -> None:
    receiver = Receiver(stand)
    receiver.peer.send(b"one\nleft over")
    receiver.line().expect(b"one\n")
    # Новый сокет часто получает и номер (fileno), и место в памяти (id), которые были у закрытого.
    receiver.module.close_socket(receiver.sock)
    receiver.reconnect()
    receiver.peer.send(b"two\n")
    receiver.line().expect(b"two\n")


@RECV.property("reset", "Обрыв связи — исключение")
def reset(stand: Stand) -> None:
    receiver = Receiver(stand)
    for call in receiver.each(5):
        receiver.peer.send(b"he")
        receiver.wait_received(2, call)
        receiver.peer.reset()
        call.expect_exception("Связь оборвана, а об ошибке не сказано.", "OSError")


@RECV.property("silence", "Собеседник молчит — таймаут сокета прерывает вызов")
def silence(stand: Stand) -> None:
    for call in Receiver(stand, timeout=0.3).each(5):
        call.expect_exception("Срок вышел, а исключения нет.", "TimeoutError")


@RECV.property("retry", "После таймаута вызов можно повторить: байты не потеряны", required=False)
def retry(stand: Stand) -> None:
    receiver = Receiver(stand, timeout=0.3)
    again = {"recv_exactly": lambda: receiver.exactly(6), "recv_line": receiver.line}
    for call in receiver.each(6):
        receiver.peer.send(b"he")
        call.expect_exception("Срок вышел, а исключения нет.", "TimeoutError")
        second = again[call.function]()
        receiver.peer.send(b"llo\n")
        second.expect(b"hello\n")


@RECV.property(
    "linear", "Память и время recv_exactly растут с n линейно", required=False, memory=True,
    needs=EXACTLY,
)  # fmt: skip
def linear(stand: Stand) -> None:
    receiver = Receiver(stand)
    call = receiver.exactly(MIB)
    # Куски по килобайту: примерно так приходит страница через Интернет.
    for start in range(0, MIB, 1024):
        receiver.peer.sock.sendall(b"x" * 1024)
        if not receiver.wait_received(start + 1024, call):
            break
    receiver.peer.say("→ 1 МиБ кусками по килобайту")
    if len(call.bytes_value()) != MIB:
        raise Failed("recv_exactly вернула не всё.", "1 МиБ", "меньше")
    allocated = call.facts["allocated"]
    if allocated > 16 * MIB:
        raise Failed(
            "Каждый новый кусок копирует всё собранное раньше: время растёт квадратично.",
            "скопировано не больше 16 МиБ",
            "скопированы сотни мегабайт" if allocated > 100 * MIB else "скопировано больше",
        )


@RECV.property("few_calls", "recv зовётся не на каждый байт строки", required=False, needs=LINE)
def few_calls(stand: Stand) -> None:
    receiver = Receiver(stand)
    receiver.peer.send(b"x" * 999 + b"\n")
    call = receiver.line()
    call.expect(b"x" * 999 + b"\n")
    if call.facts["recvs"] > 100:
        raise Failed(
            "На строку в 1000 байт recv зовётся почти столько же раз.",
            "не больше 100 вызовов recv",
            f"{call.facts['recvs']} вызовов",
        )


@RECV.property(
    "forgotten", "Закрытый сокет не остаётся в памяти вместе с остатком", required=False, needs=LINE
)
def forgotten(stand: Stand) -> None:
    receiver = Receiver(stand)
    receiver.peer.send(b"one\nleft over")
    receiver.line().expect(b"one\n")
    if not receiver.module.close_socket(receiver.sock):
        raise Failed(
            "Сокет закрыт, а программа его держит: с каждым соединением памяти нужно больше.",
            "сокета больше нет",
            "сокет в памяти",
        )


@RECV.property("line_limit", "Строка длиннее 1 МиБ отвергается", required=False, needs=LINE)
def line_limit(stand: Stand) -> None:
    receiver = Receiver(stand)
    call = receiver.line()
    receiver.peer.flood(b"x" * 64, limit=MIB + 2 * CHUNK)
    receiver.wait_received(MIB + CHUNK, call)
    if not call.over:
        raise Failed("Строка без конца копится в памяти.", "исключение", "recv_line читает дальше")
    call.expect_exception("Строка без конца принята.")


@RECV.property("deadline", "Таймаут сокета — срок всего вызова, а не одного recv", required=False)
def deadline(stand: Stand) -> None:
    receiver = Receiver(stand, timeout=0.5)
    for call in receiver.each(100):
        receiver.peer.say("→ по байту пять раз в секунду")
        for _ in range(8):
            receiver.peer.sock.sendall(b"x")
            if call.wait(0.2):
                break
        if not call.over:
            raise Failed(
                "Пока байты капают, таймаут не срабатывает никогда.",
                "TimeoutError через 0,5 с",
                "в три раза позже вызов всё ещё ждёт",
            )
        call.expect_exception("Вызов вернулся, не дождавшись остального.", "TimeoutError")
