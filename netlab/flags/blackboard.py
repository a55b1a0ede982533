"""Что написать на доске: адрес и три способа подключиться."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

from netlab.flags.roster import Roster
from netlab.sockets import Address, own_address, shown

STOP = "Остановить: Ctrl-C. Та же команда продолжит с того же места."


def for_class(addresses: Sequence[Address], folder: Path, roster: Roster | None) -> list[str]:
    """Возвращает строки для преподавателя; addresses — где сервер слушает."""
    host, port = addresses[0]
    host = own_address(host)
    if roster is None:
        entry = "Список группы не дан: назваться может любой."
    else:
        entry = f"В списке {roster.extent()}; вход по коду, коды печатает netlab flags slips."
    lines = [
        f"Папка занятия (в ней ключ, никому её не давайте): {folder}",
        entry,
        f"Слушаем {' и '.join(map(shown, addresses))}.",
        "Спросит система, пускать ли Python в сеть, — разрешите.",
    ]
    if ip_address(host).is_loopback:
        lines.append("Подключиться можно только с этой же машины.")
    return [*lines, "", "На доску:", "", *ways_in((host, port)), "", STOP]


def for_oneself(addresses: Sequence[Address], folder: Path) -> list[str]:
    """Возвращает строки для того, кто тренируется один."""
    return [
        "Тренировка: часов нет, подключиться можно только с этой машины.",
        f"Решённое хранится в папке {folder}",
        "Подключайтесь из другого терминала:",
        "",
        *ways_in(addresses[0]),
        "",
        "Остановить: Ctrl-C; решённое останется.",
    ]


def ways_in(address: Address) -> list[str]:
    """Возвращает адрес и строки, которыми подключаются к нему: nc, netlab nc и Python."""
    host, port = address
    return [
        f"    Адрес {host}, порт TCP {port}",
        "",
        f"    nc {host} {port}",
        f"    netlab nc {host} {port}",
        "",
        "    from socket import create_connection",
        f'    sock = create_connection(("{host}", {port}))',
        '    print(sock.makefile(encoding="utf-8").readline())',
    ]
