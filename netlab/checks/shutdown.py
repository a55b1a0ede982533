"""Прощание: послать последний ответ так, чтобы он дошёл, и закончить разговор, не зависнув.

Порядок свойств — порядок строк в таблице урока: сначала то, что лечит первый шаг, потом второй.
"""

from netlab.checks.kind import Kind
from netlab.checks.pair import Pair
from netlab.module import Call
from netlab.peers.conversation import Failed
from netlab.stand import Stand

EXCHANGE = ("exchange",)
FINISH = ("finish",)
ANSWER = b"0123456\n" * 125_000
"""Миллион байт: в буферы ядра он целиком не помещается."""
MINUTE = 60
HURRY = 20

SHUTDOWN = Kind(
    id="shutdown",
    title="прощание",
    contract="""\
Договор прощания. Файл определяет exchange(sock, data), finish(sock, data)
или обе; sock — соединённый блокирующий сокет.
  * exchange посылает data, говорит, что больше ничего не пришлёт, и
    возвращает всё, что другая сторона прислала до конца потока;
  * обрыв связи и таймаут сокета exchange не прячет: исключение OSError;
  * finish посылает последний ответ и закрывает соединение; ответ доходит
    целиком, и за ним конец потока, даже если другая сторона прислала то,
    чего мы не читали;
  * после finish сокет закрыт; если другая сторона ушла раньше, это не
    ошибка.
Необязательные свойства: exchange не зависает, когда отвечают раньше, чем
дочитали; finish прощается не дольше минуты и с тем, кто не уходит сам.""",
    functions=("exchange(sock, data)", "finish(sock, data)"),
    all_functions=False,
)


@SHUTDOWN.property("loads", "Файл загружается")
def loads(stand: Stand) -> None:
    stand.load()


@SHUTDOWN.property(
    "answer", "Ответ возвращается, если другая сторона закончила сама", needs=EXCHANGE
)
def answer(stand: Stand) -> None:
    pair = Pair(stand)
    call = pair.call("exchange", b"hello\n")
    pair.peer.expect(b"hello\n")
    pair.peer.send(b"world\n")
    pair.peer.half_close()
    call.expect(b"world\n")


@SHUTDOWN.property("pieces", "Ответ, пришедший по частям, собран целиком", needs=EXCHANGE)
def pieces(stand: Stand) -> None:
    pair = Pair(stand)
    call = pair.call("exchange", b"hello\n")
    pair.peer.expect(b"hello\n")
    pair.peer.send(b"wor")
    pair.wait_received(3, call)
    pair.peer.send(b"ld\n")
    pair.peer.half_close()
    call.expect(b"world\n")


@SHUTDOWN.property("delivered", "Последний ответ доходит, за ним конец потока", needs=FINISH)
def delivered(stand: Stand) -> None:
    pair = Pair(stand)
    call = pair.call("finish", b"bye\n")
    pair.peer.expect(b"bye\n")
    pair.peer.expect_end("ответа")
    pair.peer.close()
    call.expect(None)


@SHUTDOWN.property("closes", "После finish сокет закрыт", needs=FINISH)
def closes(stand: Stand) -> None:
    pair = Pair(stand)
    call = pair.call("finish", b"bye\n")
    pair.peer.expect(b"bye\n")
    pair.peer.close()
    call.expect(None)
    expect_closed(pair)


@SHUTDOWN.property("truncated", "Обрыв посреди ответа — исключение", needs=EXCHANGE)
def truncated(stand: Stand) -> None:
    pair = Pair(stand)
    call = pair.call("exchange", b"hello\n")
    pair.peer.expect(b"hello\n")
    pair.peer.send(b"wor")
    pair.wait_received(3, call)
    pair.peer.reset()
    call.expect_exception("Ответ оборван, а об ошибке не сказано.", "OSError")


@SHUTDOWN.property("silence", "Собеседник молчит — таймаут сокета прерывает вызов", needs=EXCHANGE)
def silence(stand: Stand) -> None:
    pair = Pair(stand, timeout=0.3)
    call = pair.call("exchange", b"hello\n")
    call.expect_exception("Срок вышел, а исключения нет.", "TimeoutError")


@SHUTDOWN.property("half_close", "Собеседник отвечает, лишь узнав, что запрос весь", needs=EXCHANGE)
def half_close(stand: Stand) -> None:
    pair = Pair(stand)
    call = pair.call("exchange", b"hello\n")
    pair.peer.expect(b"hello\n")
    pair.peer.expect_end("запроса", "Запрос прислан, а о том, что он весь, не сказано.")
    pair.peer.send(b"world\n")
    pair.peer.close()
    call.expect(b"world\n")


@SHUTDOWN.property(
    "unread_small", "Непрочитанное не обрывает связь: за ответом конец потока", needs=FINISH
)
def unread_small(stand: Stand) -> None:
    pair = Pair(stand)
    pair.peer.send(b"x" * 4096)
    call = pair.call("finish", b"bye\n")
    pair.peer.expect(b"bye\n")
    pair.peer.expect_end("ответа")
    pair.peer.close()
    call.expect(None)


@SHUTDOWN.property(
    "unread", "Непрочитанное не губит ответ: доходит весь миллион байт", needs=FINISH
)
def unread(stand: Stand) -> None:
    pair = Pair(stand)
    pair.peer.send(b"x" * 4096)
    call = pair.call("finish", ANSWER)
    # Читаем не раньше, чем программа закрыла сокет или ждёт нас: тогда видно, что пропало.
    pair.module.wait(lambda: pair.module.closed(pair.peer) or call.over, 0.3)
    got = pair.peer.collect(len(ANSWER))
    if got != ANSWER:
        raise Failed(
            "Ответ дошёл не весь: остальное пропало вместе с соединением.",
            "миллион байт, потом конец потока",
            "меньше, потом RST",
        )
    pair.peer.expect_end("ответа")
    pair.peer.close()
    call.expect(None)


@SHUTDOWN.property("gone", "Собеседник ушёл раньше — это не ошибка", needs=FINISH)
def gone(stand: Stand) -> None:
    pair = Pair(stand)
    pair.peer.reset()
    pair.call("finish", b"bye\n").expect(None)
    expect_closed(pair)


@SHUTDOWN.property(
    "stubborn", "Тот, кто не закрывает соединение, не держит нас дольше минуты",
    required=False, hurry=HURRY, needs=FINISH,
)  # fmt: skip
def stubborn(stand: Stand) -> None:
    pair = Pair(stand)
    call = pair.call("finish", b"bye\n")
    pair.peer.expect(b"bye\n")
    pair.peer.say("не уходит")
    expect_finished(call)


@SHUTDOWN.property(
    "endless", "Тот, кто шлёт без конца, не держит нас дольше минуты",
    required=False, hurry=HURRY, needs=FINISH,
)  # fmt: skip
def endless(stand: Stand) -> None:
    pair = Pair(stand)
    call = pair.call("finish", b"bye\n")
    pair.peer.say("→ по байту и не уходит")
    for _ in range(40):
        try:
            pair.peer.sock.sendall(b"x")
        except OSError:
            break  # программа закрыла сокет: этого и ждём
        if call.wait(MINUTE / HURRY / 30):
            break
    expect_finished(call, 0)


@SHUTDOWN.property(
    "deadlock", "Отвечают раньше, чем дочитали, — вызов не зависает", required=False, needs=EXCHANGE
)
def deadlock(stand: Stand) -> None:
    pair = Pair(stand, buffers=4096)
    call = pair.call("exchange", ANSWER)
    if not pair.peer.echo():
        raise Failed(
            "Обе стороны шлют, и ни одна не читает: обе ждут вечно.",
            "миллион байт вернулся",
            "никто не движется",
        )
    call.expect(ANSWER)


def expect_closed(pair: Pair) -> None:
    """Требует, чтобы сокет программы был закрыт."""
    if not pair.module.wait(lambda: pair.module.closed(pair.peer), 1):
        raise Failed("Функция вернулась, а сокет не закрыт.", "close", "сокет открыт")


def expect_finished(call: Call, seconds: float = MINUTE / HURRY) -> None:
    """Требует, чтобы finish вернулась за минуту по часам программы."""
    if not call.wait(seconds):
        raise Failed("finish ждёт того, кто не уходит.", "функция вернулась", "ждёт дольше минуты")
    call.expect(None)
