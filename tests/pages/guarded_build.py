"""Собирает сайт, запретив сокеты и чужие программы: `guarded_build.py САЙТ ПОПЫТКИ.json`.

Запрет ставит sys.addaudithook: снять его нельзя. Попытки записываются в файл, даже если
исключение кто-то поймал.
"""

import json
import sys
from pathlib import Path

# Эти библиотеки при импорте пробуют, есть ли IPv6; сборкой импорт ещё не считается.
import mkdocs_macros.plugin  # noqa: F401
from mkdocs.__main__ import cli

FORBIDDEN = {
    "socket.__new__", "socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname",
    "subprocess.Popen", "_winapi.CreateProcess", "os.system", "os.exec", "os.spawn",
    "os.posix_spawn", "os.fork", "os.forkpty", "os.startfile",
}  # fmt: skip

site, attempts_file = sys.argv[1], Path(sys.argv[2])
attempts = []


def forbid(event, arguments):
    """Записывает запрещённый поступок и не даёт ему случиться."""
    if event in FORBIDDEN:
        attempts.append([event, repr(arguments)])
        raise PermissionError(f"при сборке сайта: {event}")


sys.addaudithook(forbid)
try:
    cli(["build", "--strict", "--site-dir", site])
finally:
    attempts_file.write_text(json.dumps(attempts), encoding="utf-8")
