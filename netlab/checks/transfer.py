"""Передача файла: две функции, которые сами между собой договариваются, как его послать.

Формат в потоке у каждого свой, и проверяется не он. Файл программы загружен дважды, отправителем и
получателем; между ними посредник, который портит дорогу к получателю: находит в потоке приметное
место файла или его имя и там делает, что велено. Порядок свойств — порядок строк в таблице урока.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

from netlab.checks.kind import Kind
from netlab.module import Call, Shown
from netlab.peers import Drip, Fault, Reset, Truncate
from netlab.peers.at_mark import AtMark
from netlab.peers.conversation import Failed, first_difference, plural_bytes, shown
from netlab.peers.relay import Relay
from netlab.peers.replace import Replace
from netlab.stand import Stand

MIB = 1024 * 1024
SHORT = 1000
"""Столько байт, самое большее, берёт за раз send там, где он берёт не всё."""
NAME = "hello.txt"
PAGES = b"".join(b"page %02d\n" % number for number in range(20))
"""Содержание, у которого видно, где оно порвалось."""
MARK = b"page 13\n"
WHOLE, ARRIVED = len(PAGES), PAGES.index(MARK)
LEAVES = PAGES.replace(b"page 0", b"leaf 0")
"""Другой файл той же длины и с тем же концом."""
WITH_TERMINATORS = (
    b"one\r\n.\r\ntwo\n.\nthree\r\n\r\nfour\n\nfive\0six\x1aseven\x04eight\nEOF\nEND\n",
    b"..\r\n..\r\n\r\n..",
    b"ends with a dot\r\n.",
)

TRANSFER = Kind(
    id="transfer",
    title="передача файла",
    contract="""\
Договор передачи файла. Файл определяет send_file(sock, path) и
receive_file(sock, folder); sock — соединённый сокет, с таймаутом или
без. Что посылать кроме файла, решаете вы: за обе стороны играет ваш же
код. Имя (латиницей) и содержание идут в потоке как есть, несжатыми:
иначе стенду нечего портить.
  * receive_file кладёт файл в папку folder под именем, которое он носил у
    отправителя; потом возвращаются обе функции;
  * файл приходит байт в байт, что бы в нём ни было, сколько бы байт ни брал
    за раз send и как бы ни был нарезан поток; имя может быть и кириллицей;
  * поток закончился раньше файла — исключение, и в нём сказано, скольких
    байт не хватает; байт испорчен по дороге — исключение;
  * под своим именем виден только целый файл; пока его нет, там пусто или
    лежит то, что лежало; имя занято — замена или исключение, решаете вы;
  * половины двух файлов не сшиваются в один;
  * имя из потока не выводит за пределы folder; обратной черты и двоеточия,
    опасных на Windows, в именах нет и на других системах;
  * обрыв связи и таймаут сокета — исключение.
Необязательные свойства: по одному соединению приходят и другие файлы;
память не растёт с размером файла; отправитель узнаёт, что файл не принят;
во второй раз досылается только остаток.""",
    functions=("send_file(sock, path)", "receive_file(sock, folder)"),
)


class Recorded(Fault):
    """Исправная доставка, которая помнит всё, что прошло."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = b""

    def deliver(self, sock: Any, data: bytes) -> None:
        self.passed += data
        super().deliver(sock, data)


class Hold(Fault):
    """Держит байты, пока не отпустят: began — уже держит."""

    def __init__(self) -> None:
        super().__init__()
        self.began = False
        self._released = threading.Event()

    def deliver(self, sock: Any, data: bytes) -> None:
        self.began = True
        self._released.wait(HELD_AT_MOST)
        super().deliver(sock, data)

    def release(self) -> None:
        """Отпускает байты."""
        self._released.set()


HELD_AT_MOST = 30.0


class Delivery:
    """Отправитель, получатель, посредник между ними и две папки.

    timeout — таймаут обоих сокетов в секундах, buffers — размер буферов ядра в байтах.
    """

    def __init__(self, stand: Stand, **options: Any) -> None:
        self.stand = stand
        self.options = options
        self.sender = stand.load("отправитель")
        self.receiver = stand.load("получатель")
        self._temporary = TemporaryDirectory(prefix="netlab-", ignore_cleanup_errors=True)
        self.home = Path(self._temporary.name).resolve()
        self.inbox, self.outbox = self.home / "inbox", self.home / "outbox"
        self.inbox.mkdir()
        self.outbox.mkdir()
        self._relay: Relay | None = None

    def __enter__(self) -> Delivery:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        """Завершает обе стороны: пока они живы, они могли бы писать в папку."""
        self._disconnect()
        self.sender.kill()
        self.receiver.kill()
        self._temporary.cleanup()

    # ------------------------------------------------------------ дорога

    def connect(
        self, there: Fault | None = None, back: Fault | None = None, *, relayed: bool = True
    ) -> None:
        """Соединяет стороны заново; there портит дорогу к получателю, back — к отправителю.

        Без relayed дороги нет вовсе: стенд держит соединения и молчит.
        """
        self._disconnect()
        self._from, sender = self.stand.pair(self.sender, **self.options)
        self.to, self._receiver_peer = self.stand.pair(self.receiver, **self.options)
        if relayed:
            self._relay = Relay(
                sender.sock, self._receiver_peer.sock, there or Fault(), back or Fault()
            )

    def _disconnect(self) -> None:
        if self._relay is not None:
            self._relay.stop()

    def spoil(self, mark: bytes, then: Fault, deed: str) -> AtMark:
        """Соединяет стороны дорогой, на которой с mark начинается then; deed — запись о нём.

        Прежде получатель прочтёт всё, что дошло: RST уничтожил бы непрочитанное.
        """

        def before() -> None:
            self.wait_read(fault.count)
            self.stand.conversation.add("посредник", deed)

        fault = AtMark(mark, then, before)
        self.connect(fault)
        return fault

    @property
    def read(self) -> int:
        """Сколько байт прочёл получатель."""
        return self.receiver.received(self._receiver_peer)

    def wait_read(self, count: int) -> bool:
        """Ждёт, пока получатель не прочтёт count байт; False — не захотел."""
        self.receiver.wait(lambda: self.read >= count or self._receive.over, 2)
        return self.read >= count

    # ------------------------------------------------------------ вызовы

    def send(self, content: bytes, name: str = NAME, written: str = "") -> Call:
        """Кладёт отправителю файл и зовёт send_file; written — как показать имя в записи."""
        path = self.outbox / name
        path.write_bytes(content)
        there = Shown(str(path), written or repr(name))
        return self.sender.call(self.stand.conversation, "send_file", self._from, there)

    def receive(self) -> Call:
        """Зовёт receive_file."""
        here = Shown(str(self.inbox), repr(self.inbox.name))
        self._receive = self.receiver.call(self.stand.conversation, "receive_file", self.to, here)
        return self._receive

    def deliver(self, content: bytes, name: str = NAME) -> tuple[Call, Call]:
        """Передаёт файл и проверяет, что он пришёл; возвращает вызовы отправителя и получателя.

        Raises:
            Failed: одна из функций не вернулась, или файл пришёл не тот.
        """
        receive = self.receive()
        send = self.send(content, name)
        self.wait_received(send, receive)
        self.expect_both(send, receive)
        self.expect_file(content, name)
        return send, receive

    def expect_works(self) -> None:
        """Требует, чтобы исправной дорогой файл пришёл.

        Кто не принимает вообще ничего, тот и плохого не примет; хвалить его за это не за что.
        """
        self.connect()
        self.deliver(b"next\n", "next.txt")

    def wait_received(self, send: Call, receive: Call) -> None:
        """Ждёт, пока получатель не закончит или отправитель не сорвётся."""
        self.receiver.wait(lambda: receive.over or failed(send) or not self.receiver.alive)

    def expect_both(self, send: Call, receive: Call) -> None:
        """Требует, чтобы вернулись обе функции; получателя, если надо, уже подождали."""
        if failed(send):
            expect_return(send)
        expect_return(receive, 0)
        expect_return(send)

    # ------------------------------------------------------------ папка получателя

    def expect_file(self, content: bytes, name: str = NAME) -> None:
        """Требует, чтобы под именем name лежало content."""
        path = self.inbox / name
        if not path.is_file():
            there = ", ".join(map(repr, sorted(os.listdir(self.inbox))))
            raise Failed("Под этим именем ничего нет.", repr(name), there or "папка пуста")
        if (came := path.read_bytes()) != content:
            raise Failed("Файл пришёл не таким, каким был.", shown(content), shown(came))

    def expect_nothing(self, why: str) -> None:
        """Требует, чтобы под своим именем ничего не было."""
        if (self.inbox / NAME).exists():
            raise Failed(why, "этого имени в папке нет", repr(NAME))


def failed(call: Call) -> bool:
    """Говорит, что вызов уже закончился исключением."""
    return call.over and bool(call.raised)


def expect_return(call: Call, seconds: float | None = None) -> None:
    """Требует, чтобы функция вернулась."""
    if call.outcome("функция вернулась", seconds=seconds):
        raise Failed(f"{call.function} бросила исключение.", "функция вернулась", call.exception)


def expect_exception(call: Call, why: str, seconds: float | None = None) -> str:
    """Требует исключения, какого угодно, кроме ошибки в самой программе; возвращает его текст."""
    if not call.outcome("исключение", why, seconds):
        raise Failed(why, "исключение", "функция вернулась")
    return call.expect_exception(why)


def expect_met(fault: AtMark, what: str) -> None:
    """Требует, чтобы стенд нашёл в потоке то, что собирался испортить."""
    if not fault.met:
        raise Failed(f"{what} в потоке нет, испортить стенду нечего.", "как есть", "иначе")


# ---------------------------------------------------------------- файл приходит


@TRANSFER.property("loads", "Файл загружается")
def loads(stand: Stand) -> None:
    stand.load()


@TRANSFER.property("arrives", "Файл приходит под своим именем, обе функции возвращаются")
def arrives(stand: Stand) -> None:
    with Delivery(stand) as delivery:
        wire = Recorded()
        delivery.connect(wire)
        receive = delivery.receive()
        send = delivery.send(b"hello\n")
        delivery.wait_received(send, receive)
        stand.conversation.add("посредник", f"→ {shown(wire.passed)}")
        delivery.expect_both(send, receive)
        delivery.expect_file(b"hello\n")


@TRANSFER.property("empty", "Пустой файл приходит пустым")
def empty(stand: Stand) -> None:
    with Delivery(stand) as delivery:
        delivery.connect()
        delivery.deliver(b"")


@TRANSFER.property("every_byte", "Байты от \\x00 до \\xff доходят теми же")
def every_byte(stand: Stand) -> None:
    with Delivery(stand) as delivery:
        delivery.connect()
        delivery.deliver(bytes(range(256)) + bytes(reversed(range(256))))


@TRANSFER.property("cyrillic", "Имя кириллицей доходит")
def cyrillic(stand: Stand) -> None:
    with Delivery(stand) as delivery:
        delivery.connect()
        delivery.deliver("Привет, мир\n".encode(), "Лекция 5.txt")


@TRANSFER.property("big", "Мегабайт приходит целиком, хотя send берёт не всё", short_send=SHORT)
def big(stand: Stand) -> None:
    content = b"".join(b"%07d\n" % number for number in range(MIB // 8))
    with Delivery(stand) as delivery:
        wire = Recorded()
        delivery.connect(wire)
        receive = delivery.receive()
        send = delivery.send(content)
        delivery.wait_received(send, receive)
        if receive.over:
            send.wait()
        if taken := taken_once(send, receive, content, wire.passed):
            raise Failed(
                "send взял не всё, что ему дали, а остального send_file не послала.",
                plural_bytes(len(content)),
                plural_bytes(taken),
            )
        delivery.expect_both(send, receive)
        delivery.expect_file(content)


def taken_once(send: Call, receive: Call, content: bytes, passed: bytes) -> int:
    """Считает байты, на которых send_file остановилась, поверив одному send; 0 — причина не в нём.

    sendall и sendfile берут всё и сами, здесь они не в счёт.
    """
    if send.over:
        sent = int(send.facts["sent"])
        return sent if not send.raised and SHORT <= sent < len(content) else 0
    # Ещё не вернулась: ждёт ответа, а получатель ждёт остального.
    start = passed.find(content[: SHORT // 2])
    arrived = first_difference(content, passed[start:])
    # Строки по восемь байт похожи, и после обрыва могут совпасть ещё несколько знаков.
    stopped = any(0 <= end - SHORT < 8 for end in (arrived, start + arrived))
    return SHORT if start >= 0 and stopped and not receive.over else 0


@TRANSFER.property("dripped", "Поток по одному байту собирается в тот же файл")
def dripped(stand: Stand) -> None:
    with Delivery(stand) as delivery:
        wire = Recorded()
        reads = True

        def wait_read() -> None:
            nonlocal reads
            # Кто однажды не стал читать, того дальше не ждём.
            reads = reads and delivery.wait_read(len(wire.passed))

        delivery.connect(Drip(between=wait_read, carrier=wire))
        delivery.deliver(b"hello\n")


@TRANSFER.property("silence", "Собеседник молчит — таймаут сокета прерывает обе функции")
def silence(stand: Stand) -> None:
    timeout = 0.3
    with Delivery(stand, timeout=timeout, buffers=4096) as delivery:
        delivery.connect(relayed=False)
        began = time.monotonic()
        receive = delivery.receive()
        send = delivery.send(b"x" * MIB)
        for call in (receive, send):
            expect_exception(call, "Срок вышел, а исключения нет.")
            if time.monotonic() - began < timeout:
                why = "Исключение есть, а срок ещё не вышел."
                raise Failed(why, "исключение через 0,3 с", call.exception)


# ---------------------------------------------------------------- где файл заканчивается


@TRANSFER.property("truncated", "Поток закончился посреди файла — исключение")
def truncated(stand: Stand) -> None:
    with Delivery(stand) as delivery:
        expect_shortage(delivery)
        delivery.expect_works()


@TRANSFER.property("terminators", "Терминатор внутри файла ничего не портит")
def terminators(stand: Stand) -> None:
    with Delivery(stand) as delivery:
        for content, name in zip(WITH_TERMINATORS, ("1.txt", "2.txt", "3.txt"), strict=True):
            delivery.connect()
            delivery.deliver(content, name)


@TRANSFER.property("missing", "В исключении сказано, скольких байт не хватает")
def missing(stand: Stand) -> None:
    with Delivery(stand) as delivery:
        _, text = expect_shortage(delivery)
    if str(WHOLE - ARRIVED) not in text:
        raise Failed(
            "В исключении не сказано, скольких байт файла не хватает.",
            f"{WHOLE - ARRIVED} в тексте",
            text or "исключение без текста",
        )


def expect_shortage(delivery: Delivery) -> tuple[Call, str]:
    """Обрывает поток посреди файла и требует исключения у получателя.

    Возвращает вызов отправителя и текст исключения.
    """
    deed = f"закончил поток (FIN): дошло {ARRIVED} байта из {WHOLE}"
    fault = delivery.spoil(MARK, Truncate(0), deed)
    receive = delivery.receive()
    send = delivery.send(PAGES)
    receive.wait()
    expect_met(fault, "Содержания файла")
    return send, expect_exception(receive, "Файл пришёл не весь, а об ошибке не сказано.", 0)


@TRANSFER.property("second", "По тому же соединению приходят и другие файлы", required=False)
def second(stand: Stand) -> None:
    with Delivery(stand) as delivery:
        there, back = Recorded(), Recorded()
        delivery.connect(there, back)
        delivery.deliver(b"one\n", "one.txt")
        if back.passed:
            # Отправитель ждёт ответов, и вперёд он не забежит.
            delivery.deliver(b"two\n", "two.txt")
            return
        for name in ("two", "three"):
            send = delivery.send(name.encode() + b"\n", name + ".txt")
            expect_return(send)
        delivery.sender.wait(lambda: b"three\n" in there.passed)
        for name in ("two", "three"):
            receive = delivery.receive()
            if name == "three" and not receive.wait(1):
                kept = ", ".join(sorted(os.listdir(delivery.inbox)))
                stand.conversation.add("получатель", f"всё ещё ждёт; в папке {kept}")
                raise Failed(
                    "Вызов, который принимал two.txt, прочёл и three.txt; тот пропал.",
                    "three.txt в папке",
                    "ничего",
                )
            delivery.wait_received(send, receive)
            delivery.expect_both(send, receive)
            delivery.expect_file(name.encode() + b"\n", name + ".txt")


@TRANSFER.property("memory", "Память не растёт с размером файла", required=False, memory=True)
def memory(stand: Stand) -> None:
    with Delivery(stand) as delivery:
        delivery.connect()
        for call in delivery.deliver(bytes(4 * MIB)):
            if call.facts["peak"] > 2 * MIB:
                raise Failed(
                    f"{call.function} держит в памяти весь файл.",
                    "не больше 2 МиБ на файл в 4 МиБ",
                    "больше",
                )


# ---------------------------------------------------------------- имя


@TRANSFER.property("evil_name", "Имя из потока не выводит из папки: ../ и полный путь")
def evil_name(stand: Stand) -> None:
    with Delivery(stand) as delivery:
        rename(delivery, "../evil.txt")
        rename(delivery, str(delivery.home / "evil.txt"), "полный путь")
        delivery.expect_works()


@TRANSFER.property("windows_name", "Имя с \\ или : не берётся ни на какой системе")
def windows_name(stand: Stand) -> None:
    with Delivery(stand) as delivery:
        for evil in ("..\\evil.txt", "C:virus.txt"):
            rename(delivery, evil)
            if any({"\\", ":"} & set(name) for name in os.listdir(delivery.inbox)):
                raise Failed(
                    "Взято имя, которое на Windows увело бы из папки.",
                    "исключение или другое имя",
                    f"файл {evil}",
                )
        delivery.expect_works()


def rename(delivery: Delivery, evil: str, written: str = "") -> None:
    """Передаёт файл, подменяя по дороге его имя другим, той же длины."""
    honest = ("picture" * len(evil))[: len(evil) - 4] + ".txt"
    deed = f"подменил имя: {written or evil}"
    fault = delivery.spoil(honest.encode(), Replace(evil.encode()), deed)
    receive = delivery.receive()
    delivery.send(b"hello\n", honest, "'picture….txt'" if written else "")
    receive.outcome("функция вернулась или бросила исключение")
    expect_met(fault, "Имени файла")
    if (delivery.home / "evil.txt").exists():
        raise Failed(
            "Файл записан мимо папки: место выбрал тот, кто прислал.",
            "исключение или файл в папке inbox",
            "файл evil.txt рядом с папкой",
        )


# ---------------------------------------------------------------- файл целый или никакого


@TRANSFER.property("in_progress", "Посреди передачи файла под его именем ещё нет")
def in_progress(stand: Stand) -> None:
    with Delivery(stand) as delivery:
        hold = Hold()
        fault = delivery.spoil(MARK, hold, "замолчал посреди файла")
        receive = delivery.receive()
        send = delivery.send(PAGES)
        delivery.receiver.wait(lambda: hold.began or receive.over)
        try:
            delivery.expect_nothing("Недополученный файл уже виден под своим именем.")
            if hold.began:
                stand.conversation.add("посредник", "дослал остальное")
        finally:
            hold.release()
        delivery.wait_received(send, receive)
        delivery.expect_both(send, receive)
        delivery.expect_file(PAGES)
        expect_met(fault, "Содержания файла")


@TRANSFER.property("unfinished", "После обрыва посреди файла под его именем ничего нет")
def unfinished(stand: Stand) -> None:
    with Delivery(stand) as delivery:
        delivery.spoil(MARK, Reset(0), "оборвал связь (RST) посреди файла")
        receive = delivery.receive()
        delivery.send(PAGES)
        expect_exception(receive, "Связь оборвана посреди файла, а об ошибке не сказано.")
        delivery.expect_nothing("Недополученный файл остался под своим именем.")
        delivery.expect_works()


@TRANSFER.property("kept", "Неудачная передача не портит прежнего файла с тем же именем")
def kept(stand: Stand) -> None:
    with Delivery(stand) as delivery:
        old = b"old file\n"
        delivery.connect()
        delivery.deliver(old)
        stand.conversation.add("получатель", f"в папке лежит {NAME}: {shown(old)}")
        place = delivery.inbox / NAME
        delivery.spoil(MARK, Truncate(0), "закончил поток (FIN) посреди файла")
        receive = delivery.receive()
        delivery.send(PAGES)
        receive.outcome("функция вернулась или бросила исключение")
        if not place.is_file():
            raise Failed("Новый файл не пришёл, а прежнего нет.", shown(old), "ничего")
        if (came := place.read_bytes()) != old:
            raise Failed("Новый файл пришёл не весь, а прежнего нет.", shown(old), shown(came))


@TRANSFER.property("flipped", "Байт испорчен по дороге — исключение, и файла нет")
def flipped(stand: Stand) -> None:
    with Delivery(stand) as delivery:
        expect_damage(delivery)
        delivery.expect_nothing("Испорченный файл остался под своим именем.")
        delivery.expect_works()


@TRANSFER.property("told", "Файл не принят — отправитель об этом узнаёт", required=False)
def told(stand: Stand) -> None:
    why = "Файл не принят, а отправитель об этом не узнал."
    with Delivery(stand) as delivery:
        send = expect_shortage(delivery)[0]
        expect_exception(send, why)
        send = expect_damage(delivery)
        stand.conversation.add("получатель", ">>> sock.close()")
        delivery.receiver.close_socket(delivery.to)
        expect_exception(send, why)


def expect_damage(delivery: Delivery) -> Call:
    """Портит байт файла, требует исключения у получателя и возвращает вызов отправителя."""
    bit = Replace(bytes([MARK[0] ^ 1]))
    fault = delivery.spoil(MARK, bit, "испортил один бит посреди файла")
    receive = delivery.receive()
    send = delivery.send(PAGES)
    receive.wait()
    expect_met(fault, "Содержания файла")
    expect_exception(receive, "Файл пришёл испорченным, а об ошибке не сказано.", 0)
    return send


# ---------------------------------------------------------------- вторая попытка


@TRANSFER.property("stitched", "Начало одного файла не сшивается с концом другого")
def stitched(stand: Stand) -> None:
    for changed, deed in (
        (LEAVES, "изменён"),
        (LEAVES[:40], "изменён и стал короче того, что дошло"),
    ):
        with Delivery(stand) as delivery:
            break_off(delivery, PAGES)
            happened = f"между попытками {NAME} {deed}: {shown(changed)}"
            stand.conversation.add("отправитель", happened)
            delivery.connect()
            receive = delivery.receive()
            send = delivery.send(changed)
            if receive.outcome("функция вернулась или бросила исключение"):
                # Отказавшись сшивать, надо суметь начать сначала.
                delivery.connect()
                delivery.deliver(changed)
            else:
                expect_return(send)
                delivery.expect_file(changed)


@TRANSFER.property("resume", "Во второй раз досылается только остаток", required=False)
def resume(stand: Stand) -> None:
    with Delivery(stand) as delivery:
        lines = [b"%06d\n" % number for number in range(20_000)]
        lines[15_000] = MARK
        content = b"".join(lines)
        break_off(delivery, content)
        wire = Recorded()
        delivery.connect(wire)
        delivery.deliver(content)
        passed = "весь файл" if len(wire.passed) > len(content) // 2 else "последняя четверть файла"
        stand.conversation.add("посредник", f"пропустил: {passed}")
        if passed == "весь файл":
            raise Failed(
                "Вторая попытка послала и то, что уже дошло.", "последняя четверть файла", passed
            )


def break_off(delivery: Delivery, content: bytes) -> None:
    """Передаёт файл, пока поток не закончится перед MARK."""
    fault = delivery.spoil(MARK, Truncate(0), "закончил поток (FIN) посреди файла")
    receive = delivery.receive()
    delivery.send(content)
    receive.outcome("функция вернулась или бросила исключение")
    expect_met(fault, "Содержания файла")
