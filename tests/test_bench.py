"""Измерение скорости: сведение раундов, запись, таблица. Ни одно время здесь не утверждается."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from netlab.bench import __main__ as command
from netlab.bench import backlog, load, record, table
from netlab.bench.contestants import (
    CONTESTANTS,
    LESSON,
    REFERENCE,
    Contestant,
    Unavailable,
    lesson_program,
)
from netlab.bench.rounds import FIRST_PROCESS, SECOND_PROCESS, Bench, Plan, Samples, measure

needs_linux = pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which(os.environ.get("CC", "cc").split()[0]),
    reason="измерения идут только на Linux, где есть компилятор C",
)
TINY = Plan(
    rounds=2,
    one_seconds=0.02,
    many_seconds=0.05,
    warm_up=0.01,
    bulk_mib=1,
    bulk_seconds=0.05,
    idle_clients=20,
    flood_clients=20,
    flood_rounds=1,
    flood_seconds=2.0,
)
RATE = next(column for column in record.COLUMNS if column.id == "many_rate")
FOR_MANY = {
    column
    for measurement in (*FIRST_PROCESS, *SECOND_PROCESS)
    if measurement.for_many
    for column in measurement.columns
}
MEMORY = next(column for column in record.COLUMNS if column.id == "memory")


def samples_of(**rows: list[float]) -> Samples:
    """Раунды столбца many_rate для названных строк."""
    samples = Samples()
    for row, numbers in rows.items():
        for number in numbers:
            samples.add(row, {"many_rate": number, "memory": number})
    return samples


def test_cell_is_median_edges_and_ratio_within_round() -> None:
    # Второй раунд накрыла помеха: всё вдвое медленнее, отношение то же.
    samples = samples_of(netlab=[60, 30, 63], c_epoll=[100, 50, 105])
    assert record.cell(samples, "netlab", RATE) == {
        "median": 60,
        "low": 30,
        "high": 63,
        "ratio": 0.6,
    }


def test_memory_has_no_ratio() -> None:
    assert record.cell(samples_of(netlab=[2.0], c_epoll=[0.1]), "netlab", MEMORY)["ratio"] is None


def test_ratio_needs_the_reference() -> None:
    assert record.cell(samples_of(netlab=[2.0]), "netlab", RATE)["ratio"] is None


def test_absent_cell_says_why_even_after_good_rounds() -> None:
    samples = samples_of(netlab=[60.0])
    samples.absent["netlab", "many_rate"] = "связь оборвалась"
    assert record.cell(samples, "netlab", RATE) == {"absent": "связь оборвалась"}


@pytest.mark.parametrize(
    ("value", "kept"), [(143_456.7, 143_500), (0.123456, 0.1235), (9.6, 9.6), (1029.4, 1029)]
)
def test_record_keeps_four_digits(value: float, kept: float) -> None:
    assert record.rounded(value) == kept


def test_numbers_are_written_in_russian() -> None:
    assert record.number(143_500, 0) == "143\N{NO-BREAK SPACE}500"
    assert record.number(0.614, 2) == "0,61"


def test_lesson_program_changes_port_and_backlog_only(tmp_path: Path) -> None:
    copy = Path(lesson_program("echo_threads.py", 4096)(7777, tmp_path)[-1])
    original = (LESSON / "echo_threads.py").read_text(encoding="utf-8").splitlines()
    changed = [
        (before.strip(), after.strip())
        for before, after in zip(
            original, copy.read_text(encoding="utf-8").splitlines(), strict=True
        )
        if before != after
    ]
    assert changed == [
        ("connection.bind(('0.0.0.0', 5555))", "connection.bind(('127.0.0.1', 7777))"),
        ("connection.listen(10)", "connection.listen(4096)"),
    ]


@pytest.mark.parametrize("one", [one for one in CONTESTANTS if one.program], ids=lambda one: one.id)
def test_lesson_programs_can_be_measured(one: Contestant, tmp_path: Path) -> None:
    assert one.program == f"echo/{Path(one.command(7777, tmp_path)[-1]).stem.rsplit('_', 1)[0]}.py"


def test_lesson_program_that_is_gone_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"echo_nothing\.py"):
        lesson_program("echo_nothing.py")(7777, tmp_path)


def test_elsewhere_than_linux_it_is_wrong_use(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert command.main([]) == 2
    assert "только на Linux" in capsys.readouterr().err


def test_unknown_server_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["--only", "nginx"])
    assert ended.value.code == 2
    assert "нет такого: 'nginx'" in capsys.readouterr().err


@needs_linux
def test_without_compiler_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    assert command.main(["--quick"]) == 1
    assert "Нет компилятора C («no-such-compiler»)" in capsys.readouterr().err


def test_record_of_a_run_without_numbers_is_complete() -> None:
    """Таблица рисуется, даже когда не измерено ничего."""
    kept = record.as_record(
        TINY, CONTESTANTS, Samples(), {"program": "a/b.py", "absent": "нет"}, True
    )
    assert all(
        cell == {"absent": "не измерено"} for row in kept["rows"] for cell in row["cells"].values()
    )
    assert "Очередь listen, b.py: нет." in list(table.table_lines(kept))


def test_busy_machine_is_told() -> None:
    samples = Samples()
    for waited in (0.0, 20.0):
        samples.add("netlab", {"load_waited": waited})
    kept = record.as_record(
        TINY, CONTESTANTS, samples, {"program": "a/b.py", "absent": "нет"}, True
    )
    assert kept["disturbance"] == 10
    assert any("Машина занята" in line for line in table.table_lines(kept))


@needs_linux
def test_tiny_run_fills_every_cell(tmp_path: Path) -> None:
    load.build(tmp_path)
    bench = Bench(tmp_path, TINY)
    ids = ("clean_stop", "threads", REFERENCE, "threading_server")
    chosen = [one for one in CONTESTANTS if one.id in ids]
    steps: list[str] = []
    affinity = os.sched_getaffinity(0)
    samples = measure(bench, chosen, steps.append)
    crowd = backlog.measure_backlog(bench, steps.append)
    kept = record.as_record(TINY, chosen, samples, crowd, pinned=True)

    assert steps[:2] == ["раунд 1 из 2", "раунд 2 из 2"]
    assert os.sched_getaffinity(0) == affinity
    path = tmp_path / "records" / "bench.json"
    record.write(kept, path)
    assert json.loads(path.read_text(encoding="utf-8")) == kept
    rows = {row["id"]: row["cells"] for row in kept["rows"]}
    assert [column["id"] for column in kept["columns"]] == list(rows[REFERENCE])
    for row, cells in rows.items():
        absent = {name for name, cell in cells.items() if "absent" in cell}
        assert absent == (FOR_MANY & cells.keys() if row == "clean_stop" else set())
        assert all(
            cell["low"] <= cell["median"] <= cell["high"]
            for name, cell in cells.items()
            if name not in absent
        )
    assert rows[REFERENCE]["many_rate"]["ratio"] == 1
    assert [row["listen"] for row in crowd["rows"]] == [10, 4096]
    assert crowd["rows"][1]["greeted"] == TINY.flood_clients
    assert all(
        len(line) <= 80
        for line in table.table_lines(kept)
        if not line.startswith(("Где", "Машина"))
    )


@needs_linux
def test_server_that_does_not_start_has_a_reason(tmp_path: Path) -> None:
    load.build(tmp_path)
    broken = Contestant(
        "broken", "broken", "не запускается", lambda port, folder: [sys.executable, "-c", "1"]
    )
    samples = measure(Bench(tmp_path, TINY), [broken], lambda step: None)
    assert set(samples.absent.values()) == {"не запустился"}
    assert not samples.numbers


@needs_linux
def test_wrong_answer_is_not_measured(tmp_path: Path) -> None:
    load.build(tmp_path)
    shouting = (
        "import socket, sys\n"
        "listener = socket.create_server(('127.0.0.1', int(sys.argv[1])))\n"
        "while True:\n"
        "    connection, _ = listener.accept()\n"
        "    while data := connection.recv(4096):\n"
        "        connection.sendall(data.upper())\n"
    )
    liar = Contestant(
        "liar",
        "liar",
        "отвечает не тем",
        lambda port, folder: [sys.executable, "-I", "-c", shouting, str(port)],
        one_at_a_time=True,
    )
    samples = measure(Bench(tmp_path, TINY), [liar], lambda step: None)
    assert samples.absent["liar", "one_rate"] == "клиент 1 получил не свои байты"
