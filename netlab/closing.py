"""Прощание по TCP: обменяться до конца потока и закрыть соединение, ничего не потеряв."""

# close — не «всё дошло»: байты ещё лежат в буфере ядра. И если другая сторона прислала то, чего мы
# не прочли, ядро обрывает соединение (RFC 1122, 4.2.2.13), а вместе с ним пропадает недосланное.
# Поэтому сначала FIN (SHUT_WR), потом чтение до конца потока другой стороны, и только потом close.

from __future__ import annotations

import socket
import threading
from contextlib import suppress

from netlab.deadline import Deadline
from netlab.sockets import reset

RECEIVE_SIZE = 65536
PATIENCE = 5.0
"""Столько секунд finish прощается с тем, кто не уходит сам."""


def exchange(sock: socket.socket, data: bytes) -> bytes:
    """Посылает data и FIN и возвращает всё, что другая сторона пришлёт до конца потока.

    Шлёт отдельный поток: пока он ждёт места в буфере, ответ уже читается. Если собеседник
    закончил, не дочитав data, остаток не посылается.

    Raises:
        TimeoutError: вышел таймаут сокета.
        OSError: связь оборвалась.
    """
    failures: list[OSError] = []
    sender = threading.Thread(target=_send, args=(sock, data, failures), daemon=True)
    sender.start()
    answer = bytearray()
    while chunk := sock.recv(RECEIVE_SIZE):
        answer += chunk
    # Поток закончился или оборвался? Об обрыве ядро сообщает один раз, и если об этом узнал send,
    # recv вернёт b''. Поэтому дожидаемся отправки: shutdown будит её, даже если места в буфере нет.
    _stop_writing(sock)
    sender.join(PATIENCE)
    if failures:
        raise failures[0]
    return bytes(answer)


def _send(sock: socket.socket, data: bytes, failures: list[OSError]) -> None:
    try:
        sock.sendall(data)
        _stop_writing(sock)
    except BrokenPipeError:
        pass  # собеседник закончил, не дочитав: его ответ цел
    except OSError as error:
        failures.append(error)


def _stop_writing(sock: socket.socket) -> None:
    with suppress(OSError):  # соединения уже нет: об этом скажет recv
        sock.shutdown(socket.SHUT_WR)


def finish(sock: socket.socket, data: bytes = b"", timeout: float = PATIENCE) -> None:
    """Посылает последние байты и закрывает сокет так, чтобы они дошли; не дольше timeout секунд.

    Если за это время ядро взяло не все, связь обрывается (RST): начало ответа не сойдёт за целый.
    Взятое целиком ядро дошлёт и после close, сколько бы собеседник ни медлил.

    Ушёл ли собеседник раньше, неважно: сокет закрывается в любом случае, исключений нет.
    """
    deadline = Deadline(timeout)
    with sock, suppress(OSError):
        try:
            deadline.apply(sock)
            sock.sendall(data)
        except BaseException:
            reset(sock)
            raise
        sock.shutdown(socket.SHUT_WR)
        deadline.apply(sock)
        while sock.recv(RECEIVE_SIZE):
            deadline.apply(sock)
