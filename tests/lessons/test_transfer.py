"""Урок «Файл по сети»: ответы, которые пишут чаще всего, узнаются по диагнозу."""

from collections.abc import Callable
from pathlib import Path

import pytest

from netlab.checks import KINDS, Verdict, check

Diagnose = Callable[[str, str], Verdict]
KIND = "transfer"

SNIPPETS = Path(__file__).parents[2] / "snippets/transfer"
EOF, SIZE, HASH, RESUME, SEAM_SOLVED = (
    (SNIPPETS / f"{name}.py").read_text("utf-8")
    for name in (
        "transfer_eof",
        "transfer_size",
        "transfer_hash",
        "transfer_resume",
        "solution_seam",
    )
)


def changed(program: str, *changes: tuple[str, str]) -> str:
    """Программа урока, в которой студент сделал иначе."""
    for old, new in changes:
        assert program.count(old) == 1, old
        program = program.replace(old, new)
    return program


ONE_RECV = """
import os
def send_file(sock, path):
    with open(path, 'rb') as file:
        data = file.read()
    sock.sendall(f'{os.path.basename(path)}\\n{len(data)}\\n'.encode() + data)
def receive_file(sock, folder):
    header = sock.recv(1024)
    name, size, content = header.split(b'\\n', 2)
    while len(content) < int(size):
        content += sock.recv(1024) or b'?'
    with open(os.path.join(folder, name.decode()), 'wb') as file:
        file.write(content)
"""
WHOLE_PATH = changed(HASH, ("os.path.basename(path).encode()", "path.encode()"))
LETTERS = changed(
    HASH,
    ("os.path.basename(path).encode()", "os.path.basename(path)"),
    ("digest_of(path)) + name)", "digest_of(path)) + name.encode())"),
)
BASENAME = changed(
    HASH,
    (
        "    if not name or name.startswith('.') or set(name) & set('/\\\\:'):\n"
        "        raise ValueError('имя файла не годится')\n"
        "    return name\n",
        "    return os.path.basename(name)\n",
    ),
)
CLEANED = changed(
    HASH,
    ("    name = data.decode()\n", "    return data.decode().replace('../', '')\n"),
)
TIDY = changed(
    HASH,
    ("    part = path + '.part'\n", "    part = path\n"),
    (
        "        receive_content(sock, size, file)\n    if",
        "        try:\n            receive_content(sock, size, file)\n"
        "        except BaseException:\n            os.remove(part)\n            raise\n    if",
    ),
)
ZERO_ENDS = """
import os
def send_file(sock, path):
    with open(path, 'rb') as file:
        sock.sendall(os.path.basename(path).encode() + b'\\0' + file.read() + b'\\0')
def receive_file(sock, folder):
    data = b''
    while data.count(b'\\0') < 2:
        chunk = sock.recv(1024)
        if not chunk:
            raise EOFError
        data += chunk
    name, content, rest = data.split(b'\\0', 2)
    with open(os.path.join(folder, name.decode()), 'wb') as file:
        file.write(content)
"""
TEXT = """
import os
def send_file(sock, path):
    with open(path) as file:
        sock.sendall(os.path.basename(path).encode() + b'\\n' + file.read().encode())
    sock.close()
def receive_file(sock, folder):
    stream = sock.makefile('rb')
    name = stream.readline().decode().strip()
    with open(os.path.join(folder, name), 'wb') as file:
        file.write(stream.read())
"""
DEADLOCK = changed(
    RESUME,
    (
        "    with open(path, 'rb') as file:\n        sock.sendfile(file, offset=count)\n",
        "    recv_exactly(sock, 1)\n"
        "    with open(path, 'rb') as file:\n        sock.sendfile(file, offset=count)\n",
    ),
)
PART_STAYS = changed(
    RESUME,
    ("digest.hex() + '.part'", "'half.part'"),
    ("        os.remove(part)\n", ""),
)
PACKED = changed(
    HASH,
    ("        sock.sendfile(file)\n", "        sock.sendall(bytes(b ^ 1 for b in file.read()))\n"),
    ("        file.write(chunk)\n", "        file.write(bytes(b ^ 1 for b in chunk))\n"),
)
NOTHING = """
def send_file(sock, path):
    pass
def receive_file(sock, folder):
    pass
"""
REFUSES = NOTHING.replace("pass", "raise ConnectionError('не хочу')")
SENDFILE = "        sock.sendfile(file)\n"
SHORT_SEND_EOF = changed(EOF, (SENDFILE, "        sock.send(file.read())\n"))
SHORT_SEND_SIZE = changed(SIZE, (SENDFILE, "        sock.send(file.read())\n"))
SHORT_SEND_HASH = changed(
    HASH, (SENDFILE, "        while chunk := file.read(4096):\n            sock.send(chunk)\n")
)
LONGER_PART_STAYS = changed(
    SEAM_SOLVED,
    (
        "        if file.tell() > size:\n            file.seek(0)\n            file.truncate()\n",
        "",
    ),
)


@pytest.mark.parametrize(
    ("answer", "property", "why", "received"),
    [
        (ONE_RECV, "dripped", "receive_file бросила исключение", "ValueError"),
        (WHOLE_PATH, "arrives", "receive_file бросила исключение", "имя файла не годится"),
        (LETTERS, "cyrillic", "receive_file бросила исключение", "испорченным"),
        (BASENAME, "windows_name", "на Windows увело бы", "..\\evil.txt"),
        (CLEANED, "evil_name", "записан мимо папки", "рядом с папкой"),
        (TIDY, "in_progress", "уже виден под своим именем", "'hello.txt'"),
        (TIDY, "kept", "а прежнего нет", "ничего"),
        (ZERO_ENDS, "every_byte", "не таким, каким был", "b''"),
        (TEXT, "every_byte", "send_file бросила исключение", "UnicodeDecodeError"),
        (DEADLOCK, "arrives", "receive_file не вернулась", "всё ещё не вернулась"),
        (PART_STAYS, "stitched", "receive_file бросила исключение", "ValueError"),
        (PACKED, "flipped", "Содержания файла в потоке нет", "иначе"),
        (NOTHING, "in_progress", "Под этим именем ничего нет", "папка пуста"),
        (NOTHING, "kept", "Под этим именем ничего нет", "папка пуста"),
        (REFUSES, "unfinished", "_file бросила исключение", "не хочу"),
        (REFUSES, "silence", "а срок ещё не вышел", "не хочу"),
        (SHORT_SEND_EOF, "big", "send взял не всё", "1\N{NO-BREAK SPACE}000 байт"),
        (SHORT_SEND_SIZE, "big", "send взял не всё", "1\N{NO-BREAK SPACE}000 байт"),
        (SHORT_SEND_HASH, "big", "send взял не всё", "1\N{NO-BREAK SPACE}000 байт"),
        (LONGER_PART_STAYS, "stitched", "receive_file бросила исключение", "negative buffersize"),
    ],
    ids=[
        "one_recv",
        "whole_path",
        "letters",
        "basename",
        "cleaned",
        "tidy_visible",
        "tidy_loses_old",
        "zero_ends",
        "text",
        "deadlock",
        "part_stays",
        "packed",
        "nothing_in_progress",
        "nothing_kept",
        "refuses_unfinished",
        "refuses_silence",
        "short_send_eof",
        "short_send_size",
        "short_send_hash",
        "longer_part_stays",
    ],
)
def test_typical_wrong_answer_is_diagnosed(
    answer: str, property: str, why: str, received: str, diagnose: Diagnose
) -> None:
    verdict = diagnose(answer, property)
    assert not verdict.passed
    assert why in verdict.why
    assert received in verdict.received


def test_function_that_does_nothing_passes_nothing(tmp_path: Path) -> None:
    """Кроме порога: файл всё-таки загружается."""
    for answer in (NOTHING, REFUSES):
        file = tmp_path / "answer.py"
        file.write_text(answer, encoding="utf-8")
        report = check(file, KINDS[KIND])
        assert [verdict.id for verdict in report.verdicts if verdict.passed] == ["loads"]


def test_short_send_is_the_first_diagnosis(tmp_path: Path) -> None:
    file = tmp_path / "answer.py"
    file.write_text(SHORT_SEND_HASH, encoding="utf-8")
    assert check(file, KINDS[KIND]).failures[0].id == "big"


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ни папок, ни файлов: даже того, который программа записала мимо папки."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(home))
    file = tmp_path / "answer.py"
    file.write_text(CLEANED, encoding="utf-8")
    check(file, KINDS[KIND], only=["evil_name", "in_progress", "unfinished"])
    assert list(home.iterdir()) == []
