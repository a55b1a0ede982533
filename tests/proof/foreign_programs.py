"""Чужие программы, с которыми сверяется netlab: где они и чего не хватает.

`python tests/proof/foreign_programs.py` под root в Debian и Ubuntu ставит недостающее,
в остальных случаях называет его и завершается с кодом 1. Нужна только стандартная библиотека.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class ForeignProgram:
    """Программа или словарь к ней: то, чего не поставишь через pip."""

    files: tuple[str, ...]
    """Имена файла, первое найденное подходит."""
    package: str
    """Пакет Debian."""
    purpose: str
    folder: str = ""
    """Где лежит файл, если он не исполняемый."""


DICTIONARIES = "/usr/share/hunspell"

PROGRAMS = {
    "chromium": ForeignProgram(
        ("chromium", "chromium-browser", "google-chrome"), "chromium", "смотрит собранный сайт"
    ),
    "nginx": ForeignProgram(("nginx",), "nginx-light", "чужой веб-сервер"),
    "curl": ForeignProgram(("curl",), "curl", "чужой клиент HTTP"),
    "openssl": ForeignProgram(("openssl",), "openssl", "выписывает сертификат"),
    "socat": ForeignProgram(("socat",), "socat", "чужие клиент и эхо-сервер"),
    # У nc есть и другие варианты, с другими ключами.
    "nc": ForeignProgram(("nc.openbsd", "nc"), "netcat-openbsd", "чужой клиент"),
    "telnet": ForeignProgram(("telnet",), "telnet", "чужой клиент, строки с CRLF"),
    "ss": ForeignProgram(("ss",), "iproute2", "показывает сокеты"),
    "tcpdump": ForeignProgram(("tcpdump",), "tcpdump", "показывает пакеты"),
    "tshark": ForeignProgram(("tshark",), "tshark", "разбирает захваты"),
    "ethtool": ForeignProgram(("ethtool",), "ethtool", "отключает ускорения сетевых карт"),
    "ip": ForeignProgram(("ip",), "iproute2", "сетевые пространства имён"),
    "cc": ForeignProgram(("cc", "gcc", "clang"), "gcc libc6-dev", "собирает программы на C"),
    "hunspell": ForeignProgram(("hunspell",), "hunspell", "проверяет правописание"),
    "ru_RU": ForeignProgram(("ru_RU.dic",), "hunspell-ru", "русский словарь", DICTIONARIES),
    "en_US": ForeignProgram(("en_US.dic",), "hunspell-en-us", "английский словарь", DICTIONARIES),
}


def find(name: str) -> str | None:
    """Возвращает путь к программе или None."""
    program = PROGRAMS[name]
    # У обычного пользователя Debian в PATH нет /usr/sbin, где лежат nginx и ip.
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    for file in program.files:
        if program.folder:
            found = shutil.which(file, os.R_OK, program.folder)
        else:
            found = shutil.which(file, path=path)
        if found:
            return found
    return None


def path_of(name: str) -> str:
    """Возвращает путь к программе; FileNotFoundError, если её нет."""
    if found := find(name):
        return found
    raise FileNotFoundError(f"нет {name}: {how_to_install([name])}")


def missing() -> list[str]:
    """Возвращает имена программ, которых нет."""
    return [name for name in PROGRAMS if find(name) is None]


def packages(names: list[str]) -> list[str]:
    """Возвращает пакеты Debian, в которых лежат эти программы."""
    return [package for name in names for package in PROGRAMS[name].package.split()]


def how_to_install(names: list[str]) -> str:
    """Возвращает команду установки для Debian и Ubuntu."""
    return "sudo apt-get install " + " ".join(packages(names))


def may_install() -> bool:
    """Говорит, можно ли ставить пакеты: root в системе с apt-get."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(names: list[str]) -> None:
    """Ставит программы; CalledProcessError с выводом apt-get, если тот не смог."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # Соседний apt-get (обновление системы) держит блокировку недолго: подождать дешевле.
    apt_get = ["apt-get", "--quiet=2", "-o", "DPkg::Lock::Timeout=300"]
    for arguments in (
        ["update"],
        ["install", "--yes", "--no-install-recommends", *packages(names)],
    ):
        subprocess.run(
            [*apt_get, *arguments],
            check=True,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )


def main() -> int:
    """Ставит или называет недостающее; код 0, когда есть всё."""
    absent = missing()
    if absent and may_install():
        print(f"Ставлю чужие программы: {', '.join(absent)}", flush=True)
        try:
            install(absent)
        except subprocess.CalledProcessError as error:
            print(error.output, file=sys.stderr)
        absent = missing()
    if not absent:
        return 0
    print("Для полной проверки (make test) не хватает программ:", file=sys.stderr)
    for name in absent:
        print(f"  {name:<10}{PROGRAMS[name].purpose}", file=sys.stderr)
    print(f"В Debian и Ubuntu: {how_to_install(absent)}", file=sys.stderr)
    print("Без них проходит простая проверка: python -m pytest", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
