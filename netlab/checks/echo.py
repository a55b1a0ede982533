"""Эхо-сервер: что он обязан, что хорошо бы, и как это увидеть.

Каждое свойство — короткий сценарий: запустить, подключиться, послать, дождаться. Порядок
свойств — порядок строк в таблице урока: сначала то, что лечит первый шаг, потом второй.
"""

from __future__ import annotations

from netlab.checks.kind import Kind
from netlab.peers import patience
from netlab.peers.client import Client
from netlab.peers.conversation import Failed
from netlab.peers.drip import Drip
from netlab.program import Program
from netlab.stand import Stand

HURRY = 20
PATIENT_MINUTE = 60 / HURRY + 4
"""Минута по часам программы и ещё немного: столько ждём её таймаутов."""
HELD = 1024 * 1024
"""Столько байт незаконченной строки программа копить не должна."""

ECHO = Kind(
    id="echo",
    title="эхо-сервер",
    side="server",
    contract="""\
Договор эхо-сервера:
  * программа слушает один порт TCP, любой;
  * каждый присланный байт возвращается, по порядку;
  * строка quit (с переводом строки LF или CRLF) закрывает соединение, после
    того как вернулось всё, что было до неё; сама она не возвращается;
  * строка stop — так же, а затем программа завершается с кодом 0;
  * байты без перевода строки возвращаются самое позднее тогда, когда клиент
    закончил писать (half-close);
  * клиент, как бы он ни ушёл, не вредит другим;
  * перезапустить программу можно сразу.
Необязательные свойства: несколько клиентов сразу, IPv6, срок для молчащего
и для не читающего, предел строки, чистая остановка. Сроки программы
(таймауты) — не больше минуты: её часы на проверке идут в 20 раз быстрее.
Строки в проверках короче 1000 байт; незаконченную строку длиннее 1 МиБ
копить не надо.""",
)


def greet(stand: Stand, program: Program, *, ipv6: bool = False) -> Client:
    """Приводит клиента, с которым программа уже обменялась одной строкой."""
    client = stand.connect(program, ipv6=ipv6)
    client.send(b"hello\r\n")
    client.expect(b"hello\r\n")
    return client


@ECHO.property("listens", "Слушает один порт TCP")
def listens(stand: Stand) -> None:
    program = stand.start()
    stand.connect(program)
    if len(program.asked_ports) > 1:
        ports = ", ".join(map(str, program.asked_ports))
        raise Failed("Программа слушает не один порт.", "один порт", f"порты {ports}")


@ECHO.property("echo", "Каждый байт возвращается, по порядку")
def echo(stand: Stand) -> None:
    client = stand.connect(stand.start())
    for line in ("привет\r\n".encode(), bytes(range(256)) + b"\n", b"\r\n", b"\n"):
        client.send(line)
        client.expect(line)


@ECHO.property("bulk", "Мегабайт возвращается целиком")
def bulk(stand: Stand) -> None:
    lines = b"".join(b"%06d %s\n" % (n, b"x" * (n % 90)) for n in range(20000))
    data = lines[: lines.rindex(b"\n", 0, HELD) + 1]
    came = stand.connect(stand.start()).exchange(data)
    if came != data:
        # Сколько именно пришло и где расходится, от запуска к запуску меняется.
        received = "столько же, но не те" if len(came) == len(data) else "меньше"
        raise Failed("Мегабайт вернулся не таким, каким был.", "все байты, по порядку", received)


@ECHO.property("only_quit", "Строка, лишь похожая на quit или stop, возвращается как есть")
def only_quit(stand: Stand) -> None:
    client = stand.connect(stand.start())
    for line in (
        b"quit now\r\n",
        b"don't quit\n",
        b"QUIT\r\n",
        b"Quit\n",
        b"Stop\r\n",
        b"quit\r\r\n",
        b" stop\n",
        b"stopped\n",
    ):
        client.send(line)
        client.expect(line)


@ECHO.property("tail", "Хвост без перевода строки возвращается, когда клиент закончил писать")
def tail(stand: Stand) -> None:
    client = stand.connect(stand.start())
    data = b"no line end"
    client.send(data)
    client.half_close()
    client.expect(data)


@ECHO.property("quit_crlf", "quit из telnet (CRLF) закрывает соединение")
def quit_crlf(stand: Stand) -> None:
    client = stand.connect(stand.start())
    client.send(b"quit\r\n")
    client.expect_end()


@ECHO.property("stop_crlf", "stop закрывает соединение и завершает программу с кодом 0")
def stop_crlf(stand: Stand) -> None:
    program = stand.start()
    client = stand.connect(program)
    client.send(b"stop\r\n")
    client.expect_end("stop")
    expect_exit(stand, program)


@ECHO.property(
    "stop_with_others", "stop завершает программу, даже если пришёл второй клиент и молчит"
)
def stop_with_others(stand: Stand) -> None:
    program = stand.start()
    client = greet(stand, program)
    silent = stand.connect(program)
    # Кто обслуживает клиентов по одному, второго не примет и будет прав.
    program.wait(lambda: program.accepted(silent), patience.EXTRA)
    client.send(b"stop\r\n")
    client.expect_end("stop")
    expect_exit(stand, program)


@ECHO.property("half_close", "Клиент закончил писать — получает ответ и конец потока")
def half_close(stand: Stand) -> None:
    client = stand.connect(stand.start())
    client.send(b"hi\n")
    client.half_close()
    client.expect(b"hi\n")
    client.expect_end("FIN клиента")


@ECHO.property("next_client", "Клиент ушёл — следующий обслужен")
def next_client(stand: Stand) -> None:
    program = stand.start()
    greet(stand, program).close()
    greet(stand, program)


@ECHO.property("short_send", "Ничего не теряется, когда send берёт не всё", short_send=100)
def short_send(stand: Stand) -> None:
    client = stand.connect(stand.start())
    line = b"0123456789" * 50 + b"\r\n"
    client.send(line)
    client.expect(line)


@ECHO.property("quit_lf", "quit из nc (LF) закрывает соединение")
def quit_lf(stand: Stand) -> None:
    client = stand.connect(stand.start())
    client.send(b"quit\n")
    client.expect_end()


@ECHO.property("quit_split", "quit, разрезанный на части, закрывает соединение")
def quit_split(stand: Stand) -> None:
    program = stand.start()
    client = stand.connect(program)
    client.send(b"qu")
    program.wait_received(client, 2)
    client.send(b"it\r\n")
    client.expect_end()


@ECHO.property("quit_dripped", "quit, пришедший по байту, закрывает соединение")
def quit_dripped(stand: Stand) -> None:
    program = stand.start()
    client = stand.connect(program)
    line = b"hi\nquit\n"
    seen = iter(range(1, len(line) + 1))
    client.send(line, Drip(between=lambda: program.wait_received(client, next(seen))))
    client.expect(b"hi\n")
    client.expect_end()


@ECHO.property("quit_glued", "quit, пришедший вместе с другой строкой, закрывает соединение")
def quit_glued(stand: Stand) -> None:
    client = stand.connect(stand.start())
    client.send(b"hi\r\nquit\r\n")
    client.expect(b"hi\r\n")
    client.expect_end()


@ECHO.property("stop_glued", "stop, пришедший вместе с другой строкой, завершает программу")
def stop_glued(stand: Stand) -> None:
    program = stand.start()
    client = stand.connect(program)
    client.send(b"hi\nstop\n")
    client.expect(b"hi\n")
    client.expect_end("stop")
    expect_exit(stand, program)


@ECHO.property("restart", "Перезапуск сразу после остановки")
def restart(stand: Stand) -> None:
    program = stand.start()
    client = greet(stand, program)
    stand.interrupt(program)
    client.close()
    greet(stand, stand.start())


@ECHO.property("reset", "Обрыв связи (RST) не убивает программу")
def reset(stand: Stand) -> None:
    program = stand.start()
    client = greet(stand, program)
    client.reset()
    program.wait(lambda: program.closed(client) or not program.alive)
    greet(stand, program)


@ECHO.property("reset_while_sending", "Обрыв посреди ответа не убивает программу")
def reset_while_sending(stand: Stand) -> None:
    program = stand.start()
    client = stand.connect(program, receive_buffer=4096)
    client.flood(b"0123456789abcdef" * 4 + b"\n", limit=HELD)
    client.reset()
    program.wait(lambda: program.closed(client) or not program.alive)
    greet(stand, program)


@ECHO.property(
    "bytes_not_str",
    "Байты нигде не принимаются за строки (python -bb)",
    required=False,
    flags=["-bb"],
)
def bytes_not_str(stand: Stand) -> None:
    client = greet(stand, stand.start())
    # Первый ответ программа могла послать и перед тем, как упасть на print.
    client.send(b"hello again\r\n")
    client.expect(b"hello again\r\n")


@ECHO.property("idle_deadline", "Молчащий клиент отключается", required=False, hurry=HURRY)
def idle_deadline(stand: Stand) -> None:
    program = stand.start()
    client = greet(stand, program)
    client.expect_closed(PATIENT_MINUTE, "За минуту молчания программа клиента не отключила.")
    greet(stand, program)


@ECHO.property(
    "send_deadline", "Клиент, который не читает, отключается", required=False, hurry=HURRY
)
def send_deadline(stand: Stand) -> None:
    program = stand.start()
    client = stand.connect(program, receive_buffer=4096)
    limit = 64 * HELD
    if client.flood(b"0123456789abcdef" * 4 + b"\n", limit) >= limit:
        raise Failed(
            "Программа копит ответы в памяти без предела.", "приём остановлен", "64 МиБ приняты"
        )
    if not program.wait(lambda: program.closed(client) or not program.alive, PATIENT_MINUTE):
        raise Failed(
            "За минуту программа не отключила клиента, который не читает.",
            "соединение закрыто",
            "соединение открыто",
        )
    greet(stand, program)


@ECHO.property("line_limit", "Строка без конца не копится в памяти", required=False)
def line_limit(stand: Stand) -> None:
    program = stand.start()
    client = stand.connect(program)
    came = client.exchange(
        b"x" * 2 * HELD,
        give_up=lambda sent, got: bool(got) or program.received(client) >= HELD,
    )
    if came or program.wait(lambda: program.closed(client)):
        return
    raise Failed(
        "Программа копит строку без конца в памяти.",
        "строка возвращается по частям или соединение закрыто",
        "1 МиБ прочитан, не вернулось ничего"
        if program.received(client) >= HELD
        else "ничего: программа перестала читать",
    )


@ECHO.property("stop_without_site", "stop работает и под python -S", required=False, flags=["-S"])
def stop_without_site(stand: Stand) -> None:
    stop_crlf(stand)


@ECHO.property(
    "no_leaks",
    "По Ctrl-C завершается и закрывает все сокеты (python -X dev)",
    required=False,
    flags=["-X", "dev"],
    posix_only=True,
)
def no_leaks(stand: Stand) -> None:
    program = stand.start()
    greet(stand, program)
    if not stand.interrupt(program):
        raise Failed("По Ctrl-C программа не завершилась.", "программа завершена", "программа идёт")
    if "ResourceWarning" in program.output:
        raise Failed(
            "Программа бросила сокеты незакрытыми.", "ни одного ResourceWarning", "ResourceWarning"
        )


@ECHO.property("several_clients", "Несколько клиентов сразу", required=False)
def several_clients(stand: Stand) -> None:
    program = stand.start()
    for _ in range(3):
        greet(stand, program)


@ECHO.property("ipv6", "Отвечает по IPv6", required=False, needs_ipv6=True)
def ipv6(stand: Stand) -> None:
    greet(stand, stand.start(), ipv6=True)


def expect_exit(stand: Stand, program: Program) -> None:
    """Ждёт, что программа завершится с кодом 0."""
    code = program.wait_exit()
    if code is None:
        raise Failed("После stop программа не завершилась.", "код завершения 0", "программа идёт")
    stand.conversation.add("программа", f"завершилась с кодом {code}")
    if code != 0:
        raise Failed(
            "После stop программа завершилась с ошибкой.", "код завершения 0", program.last_words
        )
