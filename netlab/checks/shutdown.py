"""Прощание: послать последний ответ так, чтобы он дошёл, и закончить разговор, не зависнув.

Порядок свойств — порядок строк в таблице урока: сначала то, что лечит первый шаг, потом второй.
"""

import socket
from contextlib import suppress

from netlab.checks.kind import Kind
from netlab.checks.pair import Pair
from netlab.module import Call
from netlab.peers.connection import CHUNK, Connection
from netlab.peers.conversation import Failed, shown
from netlab.stand import Stand

EXCHANGE = ("exchange",)
FINISH = ("finish",)
ANSWER = b"0123456\n" * 125_000
"""Миллион байт: в буферы ядра он целиком не помещается."""
MINUTE = 60
HURRY = 20
ATTEMPTS = 100
"""Столько раз повторяется обрыв, о котором программа узнаёт лишь через раз."""
END = "конец потока"

SHUTDOWN = Kind(
    id="shutdown",
    title="прощание",
    contract="""\
Договор прощания. Файл определяет exchange(sock, data), finish(sock, data)
или обе; sock — соединённый блокирующий сокет.
  * exchange посылает data, говорит, что больше ничего не пришлёт, и
    возвращает всё, что другая сторона прислала до конца потока;
  * обрыв связи и таймаут сокета exchange не прячет: исключение OSError,
    даже если в это время идёт и отправка, и чтение;
  * finish посылает последний ответ и закрывает соединение; ответ доходит
    целиком, и за ним конец потока, даже если другая сторона прислала то,
    чего мы не читали, или пришлёт что-нибудь вдогонку;
  * после finish сокет закрыт; если другая сторона ушла раньше, это не
    ошибка.
Необязательные свойства: exchange не зависает, когда отвечают раньше, чем
дочитали, и когда закончили, не дочитав вовсе (тогда остаток data никому не
нужен); finish прощается не дольше минуты и с тем, кто не уходит сам, а
если ответ за это время не ушёл, обрывает связь (RST).""",
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


@SHUTDOWN.property("reset_both", "Обрыв, пока шлют обе стороны, — исключение", needs=EXCHANGE)
def reset_both(stand: Stand) -> None:
    pair = Pair(stand, buffers=4096)
    # Ошибку ядро сообщает один раз, и кому из двух вызовов, решает случай.
    silent = 0
    for _ in range(ATTEMPTS):
        stand.conversation.lines.clear()
        call = pair.call("exchange", ANSWER)
        pair.peer.expect_some()
        pair.peer.send(b"wor")
        reading = pair.module.wait(lambda: pair.module.received(pair.peer) >= 3, 1)
        pair.peer.reset()
        call.expect_exception("Ответ оборван, а об ошибке не сказано.", "OSError")
        # Не читает, пока шлёт, — выбирать ядру не из кого. Раз это мог быть и занятый компьютер.
        silent += not reading
        if silent == 2:
            break
        pair.reconnect(buffers=4096)


@SHUTDOWN.property(
    "silence_both", "Отвечают, а запроса не читают — таймаут отправки не спрятан", needs=EXCHANGE
)
def silence_both(stand: Stand) -> None:
    pair = Pair(stand, timeout=0.3, buffers=4096)
    call = pair.call("exchange", ANSWER)
    pair.peer.say("→ по байту, а запроса не читает")
    for _ in range(15):
        try:
            pair.peer.sock.sendall(b"x")
        except OSError:
            break  # программа закрыла сокет
        if call.wait(0.1):
            break
    stop_writing(pair.peer)
    call.expect_exception(
        "Запрос не отправлен: таймаут истёк, а об ошибке не сказано.", "TimeoutError"
    )


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
    expect_whole_answer(pair, call, 4096)


@SHUTDOWN.property(
    "late", "Строка вдогонку не губит ответ: доходит весь миллион байт", needs=FINISH
)
def late(stand: Stand) -> None:
    pair = Pair(stand)
    call = pair.call("finish", ANSWER)
    # Если программа ещё не закрыла сокет, строка станет непрочитанной: исход тот же.
    pair.module.wait(lambda: pair.module.closed(pair.peer) or call.over, 0.3)
    pair.peer.send(b"more\n")
    expect_whole_answer(pair, call, len(b"more\n"))


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
    pair.peer.say("→ по байту раз в две секунды и не уходит")
    for _ in range(40):
        try:
            pair.peer.sock.sendall(b"x")
        except OSError:
            break  # программа закрыла сокет: этого и ждём
        if call.wait(MINUTE / HURRY / 30):
            break
    expect_finished(call, 0)


@SHUTDOWN.property(
    "slow", "Ответ не ушёл в срок — обрыв, а не конец потока",
    required=False, hurry=HURRY, needs=FINISH,
)  # fmt: skip
def slow(stand: Stand) -> None:
    pair = Pair(stand, buffers=4096)
    call = pair.call("finish", ANSWER)
    pair.peer.say("минуту не читает")
    pair.module.wait(lambda: pair.module.closed(pair.peer) or call.over, MINUTE / HURRY)
    got, ending = read_to_end(pair.peer)
    if got == ANSWER:
        pair.peer.say(f"← {shown(got)}")
        pair.peer.say(f"← {ending}")
    else:
        # Сколько именно успело прийти, зависит от буферов ядра.
        pair.peer.say(f"← только начало, потом {ending}")
        if ending != "RST":
            if call.wait(1) and not call.raised:
                call.expect(None)
            raise Failed(
                "Ответ ушёл не весь, а об обрыве не сказано: начало сойдёт за целый ответ.",
                "весь ответ или RST",
                f"только начало, потом {ending}",
            )
    pair.peer.close()
    call.expect(None)


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


@SHUTDOWN.property(
    "early", "Закончили, не дочитав запроса, — ответ возвращается", required=False, needs=EXCHANGE
)
def early(stand: Stand) -> None:
    pair = Pair(stand, buffers=4096)
    call = pair.call("exchange", ANSWER)
    pair.peer.expect_some()
    pair.peer.send(b"world\n")
    stop_writing(pair.peer)
    if not call.wait(2):
        raise Failed(
            "Ответ прислан весь, а exchange его не читает: ждёт места для запроса.",
            "b'world\\n'",
            "функция не вернулась",
        )
    call.expect(b"world\n")


def stop_writing(peer: Connection) -> None:
    """Собеседник заканчивает писать, так и не читая."""
    peer.say("закончил писать (FIN), а запроса не читает")
    with suppress(OSError):
        peer.sock.shutdown(socket.SHUT_WR)


def expect_whole_answer(pair: Pair, call: Call, unread: int) -> None:
    """Требует, чтобы дошёл весь ответ, а за ним конец потока; unread — сколько байт мы прислали."""
    # Читаем не раньше, чем программа закрыла сокет или дочитала: тогда видно, что пропало.
    module = pair.module
    module.wait(
        lambda: module.closed(pair.peer) or module.received(pair.peer) >= unread or call.over
    )
    got, ending = read_to_end(pair.peer)
    if got != ANSWER:
        # Сколько именно успело прийти, зависит от буферов ядра.
        share = "больше половины" if len(got) > len(ANSWER) / 2 else "меньше половины"
        pair.peer.say(f"← {share} ответа, потом {ending}")
        if call.wait(1) and not call.raised:
            call.expect(None)
        raise Failed(
            "Ответ дошёл не весь: остальное пропало вместе с соединением.",
            "миллион байт, потом конец потока",
            f"{share}, потом {ending}",
        )
    pair.peer.say(f"← {shown(got)}")
    pair.peer.say(f"← {ending}")
    if ending != END:
        raise Failed("После ответа соединение должно было закончиться (FIN).", END, ending)
    pair.peer.close()
    call.expect(None)


def read_to_end(peer: Connection) -> tuple[bytes, str]:
    """Читает всё, что придёт, и говорит, чем оно закончилось."""
    got = bytearray()
    try:
        while chunk := peer.sock.recv(CHUNK):
            got += chunk
    except TimeoutError:
        return bytes(got), "тишина"
    except OSError:
        return bytes(got), "RST"
    return bytes(got), END


def expect_closed(pair: Pair) -> None:
    """Требует, чтобы сокет программы был закрыт."""
    if not pair.module.wait(lambda: pair.module.closed(pair.peer), 1):
        raise Failed("Функция вернулась, а сокет не закрыт.", "close", "сокет открыт")


def expect_finished(call: Call, seconds: float = MINUTE / HURRY) -> None:
    """Требует, чтобы finish вернулась за минуту по часам программы."""
    if not call.wait(seconds):
        raise Failed("finish ждёт того, кто не уходит.", "функция вернулась", "ждёт дольше минуты")
    call.expect(None)
