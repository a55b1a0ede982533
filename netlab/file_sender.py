"""Посылает файл тому, кто ждёт его командой `netlab recv-file`; обрыв связи передачу не губит."""

# Пока оттуда не пришло ни байта, и отказ, и молчание, и обрыв — это ответ: там нас не ждут. После
# первого байта они случаются на время, и стоит попробовать ещё; получателя спрашивать незачем: что
# уже дошло, send_file узнает от него сам.

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from netlab.file_errors import what_is_wrong
from netlab.progress import Progress, shown_seconds
from netlab.sockets import Address, connect, shown, why_not_connected
from netlab.transfer import TIMEOUT, send_file
from netlab.transfer_protocol import LinkBroken, Reason, Refused, TransferError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

PORT = 5555
ATTEMPTS = 8
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0


def add_arguments(parser: ArgumentParser) -> None:
    """Описывает аргументы `netlab send-file`."""
    from netlab.arguments import port_number, seconds

    parser.add_argument("file", metavar="ФАЙЛ", type=Path, help="что послать")
    parser.add_argument("host", metavar="АДРЕС", help="имя или адрес получателя")
    parser.add_argument(
        "port",
        metavar="ПОРТ",
        nargs="?",
        type=port_number,
        default=PORT,
        help="порт получателя (%(default)s)",
    )
    parser.add_argument(
        "--timeout",
        metavar="СЕКУНД",
        type=seconds,
        default=TIMEOUT,
        help="сколько терпеть молчание (%(default)g)",
    )


def run(args: Namespace) -> int:
    """`netlab send-file`: возвращает 0, 1 при неудаче, 2 при неверном вызове, 130 после Ctrl-C."""
    path: Path = args.file
    try:
        if not args.port:
            return complain("Порт 0 — не порт: настоящий напечатал `netlab recv-file`.", 2)
        if not path.exists():
            return complain(f"«{path}»: такого файла нет.", 2)
        if not path.is_file():
            return complain(f"«{path}» — не файл; папку сначала упакуйте.", 2)
        _deliver(path, (args.host, args.port), args.timeout)
    except LinkBroken as broken:
        return complain(f"{broken} Повторите команду: пойдёт только остаток.", 1)
    except TransferError as error:
        return complain(str(error), 1)
    except OSError as error:
        return complain(f"«{path}» не прочесть: {what_is_wrong(error)}.", 1)
    except KeyboardInterrupt:
        return complain("Прервано; повторите, и пойдёт только остаток.", 130)
    print(f"«{path.name}» у получателя, целый и проверенный.")
    return 0


def _deliver(path: Path, address: Address, timeout: float) -> None:
    """Посылает файл, соединяясь снова после каждого обрыва, пока не кончатся попытки."""
    pause = FIRST_PAUSE
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _attempt(path, address, timeout, first=attempt == 1)
            return
        except (LinkBroken, Refused) as error:
            # Занят — скорее всего, нами же: получатель ещё не заметил обрыва.
            temporary = isinstance(error, LinkBroken) or error.reason is Reason.BUSY
            if not temporary or attempt == ATTEMPTS:
                raise
            complain(f"{error} Попробую ещё раз через {shown_seconds(pause)}.", 1)
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def _attempt(path: Path, address: Address, timeout: float, *, first: bool) -> None:
    try:
        sock = connect(address, timeout)
    except OSError as error:
        problem = why_not_connected(error, address)
        raise (TransferError if first else LinkBroken)(problem) from error
    with sock:
        try:
            send_file(sock, path, timeout=timeout, progress=Progress)
        except LinkBroken as broken:
            if first and not broken.heard:
                sentence = f"{shown(address)} не отвечает по нашему протоколу: тот ли это порт?"
                raise TransferError(sentence) from broken
            raise LinkBroken(f"{shown(address)}: {broken}") from broken


def complain(sentence: str, code: int) -> int:
    """Печатает предложение об ошибке и возвращает код завершения."""
    print(f"netlab send-file: {sentence}", file=sys.stderr, flush=True)
    return code
