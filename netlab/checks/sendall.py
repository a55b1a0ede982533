"""sendall: функция, которая отдаёт ядру все байты, сколько бы оно ни брало за раз.

Порядок свойств — порядок строк в таблице урока: сначала то, что лечит первый шаг, потом второй.
"""

import socket

from netlab.checks.kind import Kind
from netlab.checks.pair import Pair
from netlab.module import Call
from netlab.peers.conversation import Failed, plural_bytes
from netlab.stand import Stand

MIB = 1024 * 1024
QUARTER = b"x" * (MIB // 4)

SENDALL = Kind(
    id="sendall",
    title="sendall",
    contract="""\
Договор sendall. Файл определяет sendall(sock, data, flags=0); sock —
соединённый сокет, с таймаутом или без; data — bytes, bytearray или
memoryview.
  * уходят все байты data, по порядку, сколько бы ядро ни брало за один
    send, а функция возвращает None;
  * лишних вызовов send нет: по UDP уходит ровно одна датаграмма;
  * flags достаются каждому send;
  * памяти нужно не больше, чем на две копии data;
  * связь оборвалась или таймаут сокета истёк — исключение OSError.
Необязательные свойства: send, который не берёт ничего, — исключение;
время растёт линейно; таймаут сокета — срок всего вызова; размер data
считается в байтах, из чего бы memoryview ни состоял.""",
    functions=("sendall(sock, data, flags=0)",),
)


@SENDALL.property("loads", "Файл загружается")
def loads(stand: Stand) -> None:
    stand.load()


@SENDALL.property("whole", "Короткое сообщение уходит целиком")
def whole(stand: Stand) -> None:
    pair = Pair(stand)
    pair.call("sendall", b"hello").expect(None)
    pair.peer.expect(b"hello")


@SENDALL.property("empty", "Пустое сообщение — не ошибка")
def empty(stand: Stand) -> None:
    pair = Pair(stand)
    pair.call("sendall", b"").expect(None)


@SENDALL.property("bulk", "Мегабайт уходит целиком, по порядку")
def bulk(stand: Stand) -> None:
    pair = Pair(stand, buffers=4096)
    data = b"".join(b"%07d\n" % n for n in range(MIB // 8))
    call = pair.call("sendall", data)
    pair.peer.expect(data)
    call.expect(None)


@SENDALL.property("bytes_like", "bytearray и memoryview уходят так же, как bytes")
def bytes_like(stand: Stand) -> None:
    pair = Pair(stand)
    pair.call("sendall", bytearray(b"hello ")).expect(None)
    pair.call("sendall", memoryview(b"world")).expect(None)
    pair.peer.expect(b"hello world")


@SENDALL.property("flags", "flags достаются вызову send")
def flags(stand: Stand) -> None:
    pair = Pair(stand)
    pair.call("sendall", b"!", int(socket.MSG_OOB)).expect(None)
    if pair.peer.wait_urgent() != b"!":
        raise Failed("flags не дошли до send.", "срочный байт (MSG_OOB)", "обычный байт")


@SENDALL.property("reset", "Обрыв связи — исключение")
def reset(stand: Stand) -> None:
    pair = Pair(stand, buffers=4096)
    call = pair.call("sendall", b"x" * MIB)
    pair.peer.expect_some()
    pair.peer.reset()
    call.expect_exception("Связь оборвана, а об ошибке не сказано.")


@SENDALL.property("silence", "Собеседник не читает — таймаут сокета прерывает вызов")
def silence(stand: Stand) -> None:
    pair = Pair(stand, timeout=0.5, buffers=4096)
    call = pair.call("sendall", b"x" * MIB)
    call.expect_exception("Срок вышел, а исключения нет.", "TimeoutError")


@SENDALL.property("short_send", "Ядро берёт по байту — уходят все 2000", short_send=1)
def short_send(stand: Stand) -> None:
    pair = Pair(stand)
    data = b"".join(b"%03d\n" % n for n in range(500))
    kernel(stand, "берёт за один send только 1 байт")
    call = pair.call("sendall", data)
    call.wait()
    tell_taken(stand, call, len(data))
    call.expect(None)
    taken = call.facts["sent"]
    if call.facts["sends"] and taken < len(data):
        raise Failed(
            "Ядро взяло не всё, а остального функция не послала.",
            f"послано {plural_bytes(len(data))}",
            f"послано {plural_bytes(taken)}",
        )
    pair.peer.expect(data)


@SENDALL.property("one_send", "send зовётся столько раз, сколько нужно")
def one_send(stand: Stand) -> None:
    pair = Pair(stand)
    call = pair.call("sendall", b"hello")
    call.wait()
    tell_taken(stand, call, len(b"hello"))
    call.expect(None)
    if call.facts["sends"] > 1:
        raise Failed(
            "Ядро взяло всё с первого раза, а send позван ещё.",
            "1 вызов send",
            f"вызовов send: {call.facts['sends']}",
        )


@SENDALL.property("datagram", "По UDP уходит одна датаграмма")
def datagram(stand: Stand) -> None:
    module = stand.load()
    sock, peer = stand.datagram_pair(module)
    module.call(stand.conversation, "sendall", sock, b"hello").expect(None)
    # На loopback датаграмма доставлена ещё до того, как вернулся send.
    datagrams = peer.datagrams()
    if datagrams != [b"hello"]:
        raise Failed("Пришла не одна датаграмма.", "[b'hello']", repr(datagrams))


@SENDALL.property(
    "memory", "Памяти нужно не больше, чем на две копии", short_send=1024, memory=True
)
def memory(stand: Stand) -> None:
    pair = Pair(stand)
    kernel(stand, "берёт за один send не больше килобайта")
    call = pair.call("sendall", QUARTER)
    pair.peer.expect(QUARTER)
    call.expect(None)
    tell_bypassed(stand, call)
    if call.facts["peak"] > 2 * len(QUARTER):
        raise Failed(
            "Отправлено 256 КиБ, а памяти под них взято много больше.",
            "не больше 512 КиБ",
            "больше 30 МиБ" if call.facts["peak"] > 30 * MIB else "больше 512 КиБ",
        )


@SENDALL.property(
    "stuck", "send, который не взял ничего, — исключение", required=False, stuck_after=3
)
def stuck(stand: Stand) -> None:
    pair = Pair(stand)
    kernel(stand, "возьмёт 3 байта, а дальше на каждый send отвечает: взято 0")
    call = pair.call("sendall", b"hello")
    if not call.wait(1):
        raise Failed(
            "send возвращает 0, а функция зовёт его снова и снова.", "исключение", "ничего"
        )
    tell_taken(stand, call, len(b"hello"))
    if call.raised:
        call.expect_exception("")
        return
    call.expect(None)
    if call.facts["sends"]:
        raise Failed(
            "Ядро не взяло двух байт, а функция говорит, что отправлено всё.",
            "исключение",
            "None",
        )
    pair.peer.expect(b"hello")


@SENDALL.property(
    "linear", "Время растёт с размером линейно", required=False, short_send=1024, memory=True
)
def linear(stand: Stand) -> None:
    pair = Pair(stand)
    kernel(stand, "берёт за один send не больше килобайта")
    call = pair.call("sendall", QUARTER)
    pair.peer.expect(QUARTER)
    call.expect(None)
    tell_bypassed(stand, call)
    if call.facts["allocated"] > 16 * len(QUARTER):
        raise Failed(
            "Каждый send копирует весь остаток: время растёт квадратично.",
            "скопировано не больше 4 МиБ",
            "скопированы десятки мегабайт",
        )


@SENDALL.property("items", "Размер memoryview считается в байтах", required=False, short_send=3)
def items(stand: Stand) -> None:
    pair = Pair(stand)
    kernel(stand, "берёт за один send не больше 3 байт")
    data = memoryview(b"0123456789abcdef").cast("I")
    call = pair.call("sendall", data)
    call.expect(None)
    tell_bypassed(stand, call)
    pair.peer.expect(b"0123456789abcdef")


@SENDALL.property(
    "deadline", "Таймаут сокета — срок всего вызова, а не одного send", required=False
)
def deadline(stand: Stand) -> None:
    pair = Pair(stand, timeout=0.5, buffers=4096)
    call = pair.call("sendall", b"x" * 4 * MIB)
    pair.peer.say("читает понемногу, десять раз в секунду")
    for _ in range(20):
        pair.peer.sip()
        if call.wait(0.1):
            break
    if not call.over:
        raise Failed(
            "Пока собеседник понемногу читает, таймаут не срабатывает никогда.",
            "TimeoutError через 0,5 с",
            "через 2 с вызов всё ещё шлёт",
        )
    call.expect_exception("Не всё отправлено, а об ошибке не сказано.", "TimeoutError")


def kernel(stand: Stand, what: str) -> None:
    """Записывает, что сделало ядро: программа видит от него только число."""
    stand.conversation.add("ядро", what)


def tell_taken(stand: Stand, call: Call, size: int) -> None:
    """Записывает, сколько байт ядро взяло за весь вызов."""
    if not call.over:
        return
    taken = call.facts["sent"]
    if tell_bypassed(stand, call):
        return
    if taken == size:
        kernel(stand, f"взяло все {plural_bytes(size)}")
    elif call.raised and "RecursionError" in call.raised:
        # На каком по счёту send кончится рекурсия, зависит от версии Python.
        kernel(stand, "взяло только начало")
    else:
        kernel(stand, f"взяло {plural_bytes(taken)}, а послать надо было {plural_bytes(size)}")


def tell_bypassed(stand: Stand, call: Call) -> bool:
    """Записывает, что стенд подставил ядро зря: программа обошлась без sock.send."""
    bypassed = not call.facts["sends"]
    if bypassed:
        kernel(stand, "настоящее: встроенный sendall зовёт его, минуя sock.send")
    return bypassed
