"""Чат: что написал один гость, видят остальные.

Порядок свойств — от главного к тому, о чём вспоминают последним.
"""

from contextlib import suppress

from netlab.checks.kind import Kind
from netlab.peers.client import Client
from netlab.peers.conversation import Failed
from netlab.program import Program
from netlab.stand import Stand

BLOCK = 32 * 1024
BLOCKS = 256
"""Восемь мегабайт: столько буферы ядра для гостя, который не читает, не вместят."""

CHAT = Kind(
    id="chat",
    title="чат",
    side="server",
    contract="""\
Договор чата:
  * программа слушает один порт TCP, любой;
  * законченную строку, какой она пришла, получают все остальные гости, но
    не тот, кто её написал;
  * строка приходит целиком: пока в ней нет перевода строки, её никто не
    видит;
  * гость, как бы он ни ушёл, остальным не мешает; не мешает и тот, кто не
    читает: остальные его не ждут.
Необязательные свойства: программа не принимает байты за строки и по Ctrl-C
закрывает все сокеты. Строки в проверках короче 64 КиБ.""",
)


def room(stand: Stand, program: Program, count: int) -> list[Client]:
    """Приводит гостей; последний уже сказал первую строку, и все её услышали."""
    guests = [stand.connect(program) for _ in range(count)]
    # Услышали — значит, программа приняла каждого.
    say(guests[-1], b"hello\n", *guests[:-1])
    return guests


def say(speaker: Client, line: bytes, *others: Client) -> None:
    """Гость пишет строку, остальные её получают."""
    speaker.send(line)
    for other in others:
        other.expect(line)


def passes(speaker: Client, line: bytes, listener: Client) -> bool:
    """Передаёт длинную строку, не записывая этого; False — она не дошла."""
    left = len(line)
    with suppress(OSError):
        speaker.sock.sendall(line)
        while left and (chunk := listener.sock.recv(left)):
            left -= len(chunk)
    return not left


@CHAT.property("listens", "Слушает один порт TCP")
def listens(stand: Stand) -> None:
    program = stand.start()
    stand.connect(program)
    if len(program.asked_ports) > 1:
        ports = ", ".join(map(str, program.asked_ports))
        raise Failed("Программа слушает не один порт.", "один порт", f"порты {ports}")


@CHAT.property("others", "Строку получают все, кроме того, кто её написал")
def others(stand: Stand) -> None:
    first, second, third = room(stand, stand.start(), 3)
    say(first, "привет\r\n".encode(), second, third)
    # Вернись строка тому, кто её написал, он прочёл бы сначала её.
    say(second, b"hi\n", first, third)
    say(third, b"\n", first, second)


@CHAT.property("whole_lines", "Строки, которые пишут одновременно, не перемешиваются")
def whole_lines(stand: Stand) -> None:
    program = stand.start()
    first, second, third = room(stand, program, 3)
    first.send(b"hel")
    program.wait_received(first, 3)
    say(second, b"world\n", third, first)
    first.send(b"lo\nbye\n")
    third.expect(b"hello\nbye\n")


@CHAT.property("left", "Гость ушёл — остальные разговаривают")
def left(stand: Stand) -> None:
    program = stand.start()
    first, second, third = room(stand, program, 3)
    first.close()
    say(second, b"still here\n", third)
    say(third, b"me too\n", second)
    program.wait(lambda: program.closed(first) or program.spins_on(first))
    if not program.closed(first):
        spins = program.spins_on(first)
        raise Failed(
            "Гость ушёл, а его сокет всё ещё открыт.",
            "close",
            "recv без конца: b'', b'', b''…" if spins else "сокет открыт",
        )


@CHAT.property("reset", "Гость оборвал связь (RST) — остальные разговаривают")
def reset(stand: Stand) -> None:
    first, second, third = room(stand, stand.start(), 3)
    first.reset()
    say(second, b"still here\n", third)
    say(third, b"me too\n", second)


@CHAT.property("not_reading", "Гостя, который не читает, остальные не ждут")
def not_reading(stand: Stand) -> None:
    program = stand.start()
    stand.connect(program, receive_buffer=4096).say("не читает")
    speaker, listener = room(stand, program, 2)
    line = b"x" * (BLOCK - 1) + b"\n"
    speaker.say("пишет строку за строкой, клиент 3 их читает")
    for _ in range(BLOCKS):
        if not passes(speaker, line, listener):
            raise Failed(
                "Пока один гость не читает, остальные друг друга не слышат.",
                "все строки",
                "строки больше не приходят",
            )
    say(speaker, b"heard?\n", listener)


@CHAT.property("short_send", "Ничего не теряется, когда send берёт не всё", short_send=100)
def short_send(stand: Stand) -> None:
    first, second = room(stand, stand.start(), 2)
    say(first, b"0123456789" * 50 + b"\r\n", second)


@CHAT.property(
    "bytes_not_str",
    "Байты нигде не принимаются за строки (python -bb)",
    required=False,
    flags=["-bb"],
)
def bytes_not_str(stand: Stand) -> None:
    first, second = room(stand, stand.start(), 2)
    say(first, b"hello again\n", second)


@CHAT.property(
    "no_leaks",
    "По Ctrl-C завершается и закрывает все сокеты (python -X dev)",
    required=False,
    flags=["-X", "dev"],
    posix_only=True,
)
def no_leaks(stand: Stand) -> None:
    program = stand.start()
    room(stand, program, 2)
    if not stand.interrupt(program):
        raise Failed("По Ctrl-C программа не завершилась.", "программа завершена", "программа идёт")
    if "ResourceWarning" in program.output:
        raise Failed(
            "Программа бросила сокеты незакрытыми.", "ни одного ResourceWarning", "ResourceWarning"
        )
