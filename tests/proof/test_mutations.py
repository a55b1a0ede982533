"""Свойства ловят поломки: каждая из этих порч готового сервера роняет названное свойство."""

import shutil
from pathlib import Path

import pytest

from netlab.checks import KINDS, check

ROOT = Path(__file__).parents[2]

MUTATIONS = [
    ("quit_crlf", "echo_protocol.py", 'COMMANDS = (b"quit", b"quit\\r"', 'COMMANDS = (b"quit"'),
    ("quit_lf", "echo_protocol.py", 'COMMANDS = (b"quit", b"quit\\r"', 'COMMANDS = (b"quit\\r"'),
    ("stop_crlf", "echo_protocol.py", 'STOP = (b"stop", b"stop\\r")', 'STOP = (b"stop",)'),
    ("stop_glued", "echo.py", "if protocol.stopping:", "if False:"),
    ("only_quit", "echo_protocol.py", "if line in COMMANDS", "if line.strip() in COMMANDS"),
    ("only_quit", "echo_protocol.py", "if line in COMMANDS", "if line.startswith(COMMANDS)"),
    (
        "quit_glued",
        "echo_protocol.py",
        'return b"".join(before + b"\\n" for before in lines[:number])',
        'return b""',
    ),
    ("tail", "echo_protocol.py", "else self._lines.take()", 'else b""'),
    ("quit_split", "framing.py", "self._buffer += data\n            lines", "lines"),
    (
        "echo",
        "framing.py",
        "if end == len(data) and not self._buffer:\n            return data",
        "if end == len(data) and not self._buffer:\n            return data.upper()",
    ),
    ("bulk", "framing.py", "self._buffer[:] = data[end:]", "self._buffer.clear()"),
    ("short_send", "echo.py", "client.unsent = client.unsent[sent:]", 'client.unsent = b""'),
    (
        "half_close",
        "echo.py",
        "protocol.receive(data) if data else protocol.end_of_stream()",
        "protocol.receive(data)",
    ),
    (
        "reset",
        "echo.py",
        "except OSError:\n            self._close(client)\n            return\n        protocol",
        "except BlockingIOError:\n            return\n        protocol",
    ),
    ("restart", "sockets.py", "socket.SO_REUSEADDR, 1", "socket.SO_REUSEADDR, 0"),
    ("several_clients", "echo.py", "sys.maxsize  #", "1  #"),
    ("ipv6", "sockets.py", "socket.getaddrinfo(host, port,", "socket.getaddrinfo('0.0.0.0', port,"),
    ("idle_deadline", "echo.py", "deadlines(idle_timeout,", "deadlines(idle_timeout * 100,"),
    ("send_deadline", "echo.py", "deadlines(send_timeout,", "deadlines(send_timeout * 100,"),
    ("line_limit", "echo_protocol.py", "LINE_LIMIT = 65536", "LINE_LIMIT = 1 << 30"),
    ("no_leaks", "echo.py", "            listener.close()\n", ""),
]


def mutant(folder: Path, file: str, old: str, new: str) -> Path:
    """Кладёт в папку программу на netlab и испорченную копию netlab рядом с ней."""
    package = folder / "netlab"
    shutil.copytree(ROOT / "netlab", package, ignore=shutil.ignore_patterns("__pycache__"))
    broken = package / file
    text = broken.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"в {file} такого места нет или оно не одно: {old}"
    broken.write_text(text.replace(old, new), encoding="utf-8")
    program = folder / "echo_netlab.py"
    shutil.copy(ROOT / "snippets" / "echo" / program.name, program)
    return program


@pytest.mark.parametrize(
    ("property", "file", "old", "new"),
    MUTATIONS,
    ids=[f"{one[0]}-{number}" for number, one in enumerate(MUTATIONS)],
)
def test_mutation_is_caught(property: str, file: str, old: str, new: str, tmp_path: Path) -> None:
    program = mutant(tmp_path, file, old, new)
    report = check(program, KINDS["echo"], only=[property])
    threshold, judged = report.verdicts
    assert threshold.passed, "порча не должна мешать серверу подняться: такую заметит кто угодно"
    assert not judged.passed
