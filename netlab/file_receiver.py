"""Ждёт один файл от `netlab send-file` и кладёт его в папку, целый и проверенный."""

# Соединения принимаются по одному, пока файл не придёт весь. Ни обрыв, ни чужой, который стучится в
# порт, ожидания не прекращают: прекращает его лишь то, что поправить можно только здесь, свой диск.

from __future__ import annotations

import socket
import sys
from argparse import SUPPRESS
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from typing import TYPE_CHECKING

from netlab.file_sender import PORT
from netlab.progress import Progress
from netlab.sockets import listen, own_address, shown, why_not_listening
from netlab.transfer import LARGEST, TIMEOUT, receive_file
from netlab.transfer_protocol import Reason, Refused, TransferError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

GLANCE = 0.25
"""Как часто (в секундах) смотрим на Ctrl-C: на Windows он select не прерывает."""


def add_arguments(parser: ArgumentParser) -> None:
    """Описывает аргументы `netlab recv-file`."""
    from netlab.arguments import byte_count, port_number, seconds

    parser.add_argument("misplaced", nargs="*", help=SUPPRESS)  # папка без ключа
    parser.add_argument("--host", metavar="АДРЕС", help="какой адрес слушать (без него — все)")
    parser.add_argument(
        "--port", metavar="ПОРТ", type=port_number, default=PORT, help="порт (%(default)s)"
    )
    parser.add_argument(
        "--folder",
        metavar="ПАПКА",
        type=Path,
        default=Path(),
        help="куда положить файл (текущая папка)",
    )
    parser.add_argument(
        "--limit",
        metavar="БАЙТ",
        type=byte_count(0),
        default=LARGEST,
        help="не брать файлов больше (без него — любые)",
    )
    parser.add_argument("--overwrite", action="store_true", help="заменить файл с тем же именем")
    parser.add_argument(
        "--timeout",
        metavar="СЕКУНД",
        type=seconds,
        default=TIMEOUT,
        help="сколько терпеть молчание (%(default)g)",
    )


def run(args: Namespace) -> int:
    """`netlab recv-file`: печатает путь к файлу и возвращает 0; 1 при неудаче, 2 при неверном
    вызове, 130 после Ctrl-C."""
    if args.misplaced:
        return complain(f"Папку называет ключ: --folder {args.misplaced[0]}", 2)
    if not args.folder.is_dir():
        problem = "это файл, а не папка" if args.folder.exists() else "такой папки нет"
        return complain(f"«{args.folder}»: {problem}.", 2)
    try:
        listeners = listen(args.host, args.port)
    except OSError as error:
        return complain(why_not_listening(error, args.host, args.port), 1)
    try:
        where = " и ".join(shown(listener.getsockname()[:2]) for listener in listeners)
        host, port = listeners[0].getsockname()[:2]
        call = f"python -m netlab send-file ФАЙЛ {own_address(host)} {port}"
        print(f"Жду файла на {where}; послать: {call}", file=sys.stderr, flush=True)
        print(_wait_for_file(listeners, args))
    except TransferError as error:
        return complain(str(error), 1)
    except KeyboardInterrupt:
        return complain("Прервано; что принято, то сохранено.", 130)
    finally:
        for listener in listeners:
            listener.close()
    return 0


def _wait_for_file(listeners: list[socket.socket], args: Namespace) -> Path:
    """Принимает соединения, пока одно из них не принесёт файла или его конца."""
    while True:
        with _accept(listeners) as sock:
            try:
                return receive_file(
                    sock,
                    args.folder,
                    limit=args.limit,
                    overwrite=args.overwrite,
                    timeout=args.timeout,
                    progress=Progress,
                )
            except TransferError as error:
                if isinstance(error, Refused) and error.reason in _OWN_TROUBLE:
                    raise
                complain(f"{error} Жду дальше.", 1)


_OWN_TROUBLE = {Reason.NO_SPACE, Reason.NOT_WRITTEN}


def _accept(listeners: list[socket.socket]) -> socket.socket:
    with DefaultSelector() as selector:
        for listener in listeners:
            selector.register(listener, EVENT_READ, listener)
        while not (ready := selector.select(GLANCE)):
            pass
    sock: socket.socket = ready[0][0].data.accept()[0]
    return sock


def complain(sentence: str, code: int) -> int:
    """Печатает предложение об ошибке и возвращает код завершения."""
    print(f"netlab recv-file: {sentence}", file=sys.stderr, flush=True)
    return code
