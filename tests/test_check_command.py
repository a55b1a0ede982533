"""`netlab check`: договор JSON, коды завершения и слова для человека."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from netlab.checks import KINDS
from netlab.cli import main
from netlab.lesson import read_lesson
from netlab.records import read_record
from netlab.report import report_lines

ROOT = Path(__file__).parents[1]
SNIPPETS = ROOT / "snippets" / "echo"

SILENT = """
    raise SystemExit('не сегодня')
"""


@pytest.fixture
def silent(tmp_path: Path) -> Path:
    """Программа, которая не слушает: проверка кончается на первом свойстве."""
    path = tmp_path / "silent.py"
    path.write_text(textwrap.dedent(SILENT), encoding="utf-8")
    return path


def test_json_is_the_contract(silent: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "echo", str(silent), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert list(report) == ["kind", "file", "properties", "passed", "total"]
    assert (report["kind"], report["file"]) == ("echo", str(silent))
    assert (report["passed"], report["total"]) == (0, len(report["properties"]))
    names = ["id", "title", "required", "passed", "why", "expected", "received"]
    assert all(list(one) == names for one in report["properties"])
    assert report["properties"][0]["received"] == "не сегодня"


def test_exit_code_0_when_required_properties_pass(capsys: pytest.CaptureFixture[str]) -> None:
    """Необязательные могут и не выполняться: IPv6 этот шаг не умеет."""
    assert main(["check", "echo", str(SNIPPETS / "echo_threads.py"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    failed = [one["id"] for one in report["properties"] if not one["passed"]]
    assert failed in (["ipv6"], [])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check"], "не хватает аргументов: РОД, ФАЙЛ."),
        (["check", "echo"], "не хватает аргументов: ФАЙЛ."),
        (["check", "echo", "no_such_file.py"], "такого файла нет"),
        (["check", "echo", "."], "это папка"),
        (["check", "choir", "file.py"], "нет такого: 'choir'; есть"),
        (["check", "echo", "file.py", "--loud"], "лишние аргументы: --loud."),
        (["sing"], "нет такого: 'sing'; есть"),
        ([], "не хватает аргументов: КОМАНДА."),
    ],
)
def test_wrong_use_is_one_sentence_and_code_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code: object = main(arguments)
    except SystemExit as exit:
        code = exit.code
    output = capsys.readouterr()
    assert code == 2
    assert output.out == ""
    assert words in output.err
    assert output.err.count("\n") == 1


def test_person_sees_first_failure_explained(
    silent: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "echo", str(silent)]) == 1
    output = capsys.readouterr().out
    assert "✗ Слушает один порт TCP" in output
    assert "Первое, что не так: Слушает один порт TCP" in output
    assert "почему:    Программа завершилась, так и не начав слушать порт TCP." in output
    assert "ожидалось: вызовы bind и listen" in output
    assert "получено:  не сегодня" in output
    assert "$ python silent.py" in output
    assert "\x1b[" not in output


def test_report_fits_80_columns_and_paints_on_request() -> None:
    for program in read_lesson(SNIPPETS).programs:
        lines = list(report_lines(read_record(program)))
        assert max(map(len, lines)) <= 80, program.file
    painted = "\n".join(report_lines(read_record(read_lesson(SNIPPETS).programs[0]), colour=True))
    assert "\x1b[31m✗\x1b[0m" in painted
    assert "\x1b[32m✓\x1b[0m" in painted


def test_contract_is_in_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit:
        main(["check", "--help"])
    assert exit.value.code == 0
    assert KINDS["echo"].contract in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM на Windows не перехватить")
def test_sigterm_leaves_no_program_behind(tmp_path: Path) -> None:
    """Остановленная проверка завершает и проверяемую программу: её порт снова свободен."""
    pid_file = tmp_path / "pid"
    path = tmp_path / "program.py"
    path.write_text(
        textwrap.dedent(f"""
            import os, socket, time
            with open({str(pid_file)!r}, 'a') as file:
                print(os.getpid(), file=file, flush=True)
            server = socket.create_server(('', 5555))
            time.sleep(3600)
        """),
        encoding="utf-8",
    )
    checking = subprocess.Popen(
        [sys.executable, "-m", "netlab", "check", "echo", str(path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert checking.stdout is not None
    assert "Слушает один порт TCP" in checking.stdout.readline()
    checking.terminate()
    checking.communicate(timeout=30)
    assert checking.returncode == 143
    for pid in map(int, pid_file.read_text().split()):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
