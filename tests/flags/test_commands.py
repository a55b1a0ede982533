"""`netlab flags …`: занятие начинается, продолжается и кончается, а ошибка — одно предложение."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest

from netlab.bench.flags.launcher import LabServer, serving
from netlab.bench.processes import ROOT
from netlab.cli import main
from netlab.flags import commands
from netlab.flags.blackboard import for_class, ways_in
from netlab.flags.flag import Key
from netlab.flags.roster import Roster
from netlab.flags.roster import Student as Listed
from netlab.flags.server import FlagServer
from netlab.flags.store import Outcome, Reader, Store
from tests.flags.socket_student import Student

SECONDS = 10.0
LONGEST_ADDRESS = "2001:db8:1111:2222:3333:4444:5555:6666"

posix = pytest.mark.skipif(sys.platform == "win32", reason="на Windows этого нет")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Всё, что команды создают рядом с собой, остаётся в папке теста."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@dataclass
class Started:
    """Сервер, который запустили бы, и где он слушал бы."""

    server: FlagServer
    hosts: list[str]


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> list[Started]:
    """Серверы, которые команда довела до serve; работать им здесь не дают."""
    seen: list[Started] = []

    def serve(server: FlagServer) -> None:
        hosts = [listener.getsockname()[0] for listener in server._listeners]
        seen.append(Started(server, hosts))

    monkeypatch.setattr(FlagServer, "serve", serve)
    return seen


def ended(server: LabServer, began: float) -> None:
    """Сервер кончил вовремя и как положено."""
    output, errors = server.process.communicate(timeout=SECONDS)
    assert (output, errors) == ("Сервер остановлен, всё записано.\n", "")
    assert server.process.returncode == 0
    assert time.monotonic() - began < 2


@posix
def test_serve_prints_what_to_write_and_continues_after_a_restart(here: Path) -> None:
    with serving(here / "data", "--minutes", "20") as server:
        assert server.lines[0].startswith("Начали занятие «")
        assert all(len(line) <= 81 for line in server.lines if str(here) not in line)
        ran = subprocess.run(
            [sys.executable, "-X", "utf8", "-c", program_in(server.lines)],
            capture_output=True,
            encoding="utf-8",
            timeout=SECONDS,
        )
        assert (ran.returncode, ran.stderr) == (0, "")
        assert ran.stdout.startswith("# Это сервер флагов")
        with Student(server.address) as student:
            began = time.monotonic()
            server.process.terminate()
            assert student.rest() == "# Сервер закрывается. Сданные флаги записаны.\n"
        ended(server, began)
    with Reader(here / "data") as reader:
        before = reader.session()
    with serving(here / "data", "--minutes", "20") as server:
        assert server.lines[0].startswith("Продолжаем занятие «")
        assert server.lines[1].startswith("Срок прежний")
        began = time.monotonic()
        server.process.send_signal(signal.SIGINT)
        ended(server, began)
    with Reader(here / "data") as reader:
        assert reader.session() == before


def program_in(lines: list[str]) -> str:
    """Три строки на Python, какими их перепишут с доски."""
    begin = next(number for number, line in enumerate(lines) if "import" in line)
    return textwrap.dedent("".join(lines[begin : begin + 3]))


def test_lines_for_the_blackboard_fit() -> None:
    for line in ways_in((LONGEST_ADDRESS, 65535)):
        assert len(line) <= 80, line
    roster = Roster((Listed("Анна"), Listed("Юрий")))
    assert "В списке 2, от «Анна» до «Юрий»;" in "".join(for_class([("::1", 1)], Path(), roster))
    lines = "\n".join(for_class([("0.0.0.0", 1), ("::", 1)], Path("папка"), None))
    assert "nc 0.0.0.0" not in lines


def test_practice_is_alone_without_clock_and_remembers(
    here: Path,
    started: list[Started],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(here / "мои данные"))
    for _ in range(2):
        assert main(["flags", "practice", "--port", "0"]) == 0
    assert [one.hosts for one in started] == [["127.0.0.1"]] * 2
    with Reader(here / "мои данные" / "netlab" / "flags") as reader:
        session = reader.session()
    assert session is not None
    assert session.left(time.time()) is None
    assert "часов нет" in capsys.readouterr().out


def test_relative_data_home_is_not_used(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, "рядом")
    assert commands.user_folder().is_relative_to(Path.home())


def test_roster_is_kept_for_the_restart(here: Path, started: list[Started]) -> None:
    """Забыли --roster после аварии — вход всё равно по коду."""
    Path("group.csv").write_text("Имя\nАнна Ёлкина\n", encoding="utf-8")
    call = ["flags", "serve", "--host", "127.0.0.1", "--port", "0"]
    assert main([*call, "--roster", "group.csv"]) == 0
    assert main(call) == 0
    assert len(started) == 2
    for one in started:
        roster = one.server._lab.roster
        assert roster is not None
        assert [student.name for student in roster.students] == ["Анна Ёлкина"]


def test_finished_class_says_so(
    here: Path, started: list[Started], capsys: pytest.CaptureFixture[str]
) -> None:
    with Store(commands.DATA) as store:
        store.begin("ИБ-21", 60, time.time() - 3600)
    assert main(["flags", "serve", "--host", "127.0.0.1", "--port", "0"]) == 0
    assert (
        "уже кончилось: студенты увидят счёт, и только. Для нового назовите другую папку"
        in capsys.readouterr().out
    )


# ---------------------------------------------------------------- ошибки


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Код завершения и то единственное предложение, которое напечатано."""
    code = main(["flags", *arguments])
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"netlab flags {arguments[0]}: ")
    assert said.err.count("\n") == 1
    return code, said.err


def test_busy_port_leaves_the_clock_alone(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        code, said = complaint(capsys, "serve", "--host", "127.0.0.1", "--port", port)
    assert code == 1
    assert f"Порт {port} занят" in said
    assert not commands.DATA.exists()


def test_superfluous_argument_is_told_to_ask_the_command_itself(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["flags", "serve", "--foo"])
    assert left.value.code == 2
    said = capsys.readouterr().err
    assert "лишние аргументы: --foo" in said
    assert said.endswith("Справка: netlab flags serve --help\n")


@posix
def test_nobody_to_read_the_announcement_is_not_a_mistake_of_ours() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nobody:
        ran = subprocess.run(
            [sys.executable, "-m", "netlab", "flags", "serve", "--no-board", "--port", "0"],
            stdout=nobody,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            timeout=SECONDS,
        )
    assert (ran.returncode, ran.stderr) == (1, b"")


def test_folder_in_use(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Store(commands.DATA):
        code, said = complaint(capsys, "serve", "--host", "127.0.0.1", "--port", "0")
    assert code == 1
    assert "уже ведёт другой процесс" in said


def test_other_class_in_the_folder(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Store(commands.DATA) as store:
        store.begin("ИБ-21", 60, time.time())
    call = ("serve", "--host", "127.0.0.1", "--port", "0", "--class", "ИБ-22")
    code, said = complaint(capsys, *call)
    assert code == 1
    assert "ИБ-21" in said
    assert "ИБ-22" in said


@pytest.mark.parametrize(
    ("text", "named"), [("Аня\nАня\n", "строке 1"), ("", "ни одного"), (None, "не прочесть")]
)
@pytest.mark.parametrize("command", ["serve", "slips"])
def test_wrong_roster_comes_before_anything_is_made(
    here: Path, capsys: pytest.CaptureFixture[str], command: str, text: str | None, named: str
) -> None:
    if text is not None:
        Path("group.csv").write_text(text, encoding="utf-8")
    code, said = complaint(capsys, command, "--roster", "group.csv")
    assert code == 2
    assert named in said
    assert not commands.DATA.exists()


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "2000", "час"])
def test_minutes_are_a_number(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["flags", "serve", f"--minutes={text}"])
    assert ended.value.code == 2
    assert f"а не «{text}»" in capsys.readouterr().err


# ---------------------------------------------------------------- бумажки


class Texts(HTMLParser):
    """Текст страницы и всё, что она просит загрузить."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not {"src", "href"} & {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_slips_hold_every_name_and_code(here: Path) -> None:
    names = ["Анна Ёлкина", "<script>alert(1)</script>", "$name ${code} & Co"]
    Path("group.csv").write_text("\n".join(names), encoding="utf-8")
    assert main(["flags", "slips", "--roster", "group.csv", "--address", "192.0.2.1"]) == 0
    page = commands.SLIPS.read_text(encoding="utf-8")
    parsed = Texts(page)
    text = "".join(parsed.words)
    key = Key.kept_in(commands.DATA)
    assert parsed.tags.count("section") == len(names)
    for name in names:
        assert f"hello {name} {key.token(name)}" in text
    assert text.count("nc 192.0.2.1 13000") == len(names)
    assert "script" not in parsed.tags
    assert "url(" not in page


def test_slips_leave_room_for_the_address(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("group.csv").write_text("1;Анна\n2;Юрий", encoding="utf-8")
    assert main(["flags", "slips", "--roster", "group.csv"]) == 0
    assert "Бумажек 2, от «Анна» до «Юрий»." in capsys.readouterr().out
    assert re.search(r"nc _{10,} 13000", commands.SLIPS.read_text(encoding="utf-8"))


def test_slips_are_private_and_overwrite_only_when_told(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("group.csv").write_text("Анна\n", encoding="utf-8")
    commands.SLIPS.write_text("моё", encoding="utf-8")
    call = ("slips", "--roster", "group.csv")
    code, said = complaint(capsys, *call)
    assert code == 1
    assert "--overwrite" in said
    assert commands.SLIPS.read_text(encoding="utf-8") == "моё"
    assert main(["flags", *call, "--overwrite"]) == 0
    assert "Анна" in commands.SLIPS.read_text(encoding="utf-8")
    if os.name == "posix":
        assert stat.S_IMODE(commands.SLIPS.stat().st_mode) == 0o600


# ---------------------------------------------------------------- проверка и выгрузка


@pytest.fixture
def played(here: Path) -> Key:
    """Занятие, где Ёж решил и сдал третью задачу, решил, но не сдал четвёртую."""
    now = time.time()
    with Store(commands.DATA) as store:
        store.begin("ИБ-21", 60, now)
        store.register("Ёж", now)
        for task in (3, 4):
            store.end(store.start("Ёж", task, now), Outcome.SOLVED, now + task)
        store.collect("Ёж", 3, now + 5)
    return Key.kept_in(commands.DATA)


@pytest.mark.parametrize(
    ("task", "told"),
    [
        (3, r"Задача 3, Ёж: получен [\d.]+ [\d:]+, сдан [\d.]+ [\d:]+\.\n"),
        (4, r"Задача 4, Ёж: получен [\d.]+ [\d:]+, не сдан\.\n"),
        (5, r"Задача 5, Ёж: подпись верна, но записи о решении нет\.\n"),
    ],
)
def test_verify(played: Key, task: int, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    flag = str(played.make("ИБ-21", task, "Ёж")).lower()
    assert main(["flags", "verify", flag]) == 0
    assert re.fullmatch(told, capsys.readouterr().out)


@pytest.mark.parametrize("flag", ["python{03-ABCDEFGHIJKLMNOP}", "не флаг", ""])
def test_unknown_flag(played: Key, flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = complaint(capsys, "verify", flag)
    assert code == 1
    assert "такого флага" in said


@pytest.mark.parametrize("call", [("verify", "python{03-ABCDEFGHIJKLMNOP}"), ("export",)])
def test_no_class_in_the_folder(
    here: Path, call: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = complaint(capsys, *call)
    assert code == 1
    assert "нет занятия" in said
    assert not commands.DATA.exists()


def test_export_says_what_it_wrote(played: Key, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["flags", "export", "--output", "таблицы"]) == 0
    written = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(written) == sorted(Path("таблицы").iterdir())
    results = next(path for path in written if path.name == "results.csv")
    with results.open(encoding="utf-8-sig", newline="") as file:
        assert [row[0] for row in csv.reader(file, delimiter=";")][1:] == ["Ёж", "Ёж"]
    lab = next(path for path in written if path.suffix == ".json")
    assert json.loads(lab.read_text(encoding="utf-8"))["session"]["class_name"] == "ИБ-21"


def test_export_while_the_class_goes_on(played: Key) -> None:
    with Store(commands.DATA):
        assert main(["flags", "export"]) == 0


def test_help_needs_neither_database_nor_server() -> None:
    """`netlab --help` не платит за то, чего не просили."""
    program = "import sys, netlab.cli; netlab.cli.build_parser(); print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=SECONDS,
    )
    loaded = set(ran.stdout.split())
    assert not {"sqlite3", "netlab.flags.store", "netlab.flags.server"} & loaded
