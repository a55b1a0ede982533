"""Измерение скорости: сведение раундов, записи, таблицы. Ни одно время здесь не утверждается."""

import gzip
import json
import os
import shutil
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError

import pytest
from mkdocs.livereload import _SCRIPT_TEMPLATE

from netlab import node
from netlab.bench import __main__ as command
from netlab.bench import echo, fetch, record, site, transfer
from netlab.bench.big_file import MIB, BigFile, big_file
from netlab.bench.build import build
from netlab.bench.echo import record as echo_record
from netlab.bench.echo.backlog import measure_backlog
from netlab.bench.echo.contestants import (
    CONTESTANTS,
    LESSON,
    PACKAGE,
    REFERENCE,
    Contestant,
    lesson_program,
)
from netlab.bench.echo.rounds import FIRST_PROCESS, SECOND_PROCESS, Bench, Plan, measure_servers
from netlab.bench.errand import SOURCE, Errand
from netlab.bench.fetch import fetchers
from netlab.bench.fetch import record as fetch_record
from netlab.bench.fetch.download import Downloader, measure_download, netlab_fetch
from netlab.bench.fetch.plan import Plan as FetchPlan
from netlab.bench.processes import BenchError, Unavailable
from netlab.bench.record import Row
from netlab.bench.samples import Samples, turns
from netlab.bench.site import assembly, lighthouse, reload, weight
from netlab.bench.site import record as site_record
from netlab.bench.site.pages_server import Answer, PagesSite, published
from netlab.bench.site.plan import Plan as SitePlan
from netlab.bench.transfer import pairs
from netlab.bench.transfer import record as transfer_record

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
RATE = next(column for column in echo_record.COLUMNS if column.id == "many_rate")
FOR_MANY = {
    column
    for measurement in (*FIRST_PROCESS, *SECOND_PROCESS)
    if measurement.for_many
    for column in measurement.columns
}
MEMORY = next(column for column in echo_record.COLUMNS if column.id == "memory")


def build_echo(folder: Path) -> None:
    """Собирает программы эхо-измерений."""
    for program in echo.PROGRAMS:
        build(PACKAGE / program, folder)


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
    assert record.cell(samples, "netlab", RATE, REFERENCE) == {
        "median": 60,
        "low": 30,
        "high": 63,
        "ratio": 0.6,
    }


def test_memory_has_no_ratio() -> None:
    samples = samples_of(netlab=[2.0], c_epoll=[0.1])
    assert record.cell(samples, "netlab", MEMORY, REFERENCE)["ratio"] is None


def test_ratio_needs_the_reference() -> None:
    assert record.cell(samples_of(netlab=[2.0]), "netlab", RATE, REFERENCE)["ratio"] is None


def test_absent_cell_says_why_even_after_good_rounds() -> None:
    samples = samples_of(netlab=[60.0])
    samples.absent["netlab", "many_rate"] = "связь оборвалась"
    assert record.cell(samples, "netlab", RATE, REFERENCE) == {"absent": "связь оборвалась"}


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
    kept = echo_record.as_record(
        TINY, CONTESTANTS, Samples(), {"program": "a/b.py", "absent": "нет"}, True
    )
    assert all(
        cell == {"absent": "не измерено"} for row in kept["rows"] for cell in row["cells"].values()
    )
    assert "Очередь listen, b.py: нет." in list(echo.table_lines(kept))


def test_busy_machine_is_told() -> None:
    samples = Samples()
    for waited in (0.0, 20.0):
        samples.add("netlab", {"waited": waited})
    kept = echo_record.as_record(
        TINY, CONTESTANTS, samples, {"program": "a/b.py", "absent": "нет"}, True
    )
    assert kept["disturbance"] == 10
    assert any("Машина занята" in line for line in echo.table_lines(kept))


@needs_linux
def test_tiny_run_fills_every_cell(tmp_path: Path) -> None:
    build_echo(tmp_path)
    bench = Bench(tmp_path, TINY)
    ids = ("clean_stop", "threads", REFERENCE, "threading_server")
    chosen = [one for one in CONTESTANTS if one.id in ids]
    steps: list[str] = []
    affinity = os.sched_getaffinity(0)
    samples = measure_servers(bench, chosen, steps.append)
    crowd = measure_backlog(bench, steps.append)
    kept = echo_record.as_record(TINY, chosen, samples, crowd, pinned=True)

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
        len(line) <= 80 for line in echo.table_lines(kept) if not line.startswith(("Где", "Машина"))
    )


@needs_linux
def test_server_that_does_not_start_has_a_reason(tmp_path: Path) -> None:
    build_echo(tmp_path)
    broken = Contestant(
        "broken", "broken", "не запускается", lambda port, folder: [sys.executable, "-c", "1"]
    )
    samples = measure_servers(Bench(tmp_path, TINY), [broken], lambda step: None)
    assert set(samples.absent.values()) == {"не запустился"}
    assert not samples.numbers


@needs_linux
def test_wrong_answer_is_not_measured(tmp_path: Path) -> None:
    build_echo(tmp_path)
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
    samples = measure_servers(Bench(tmp_path, TINY), [liar], lambda step: None)
    assert samples.absent["liar", "one_rate"] == "клиент 1 получил не свои байты"


# ---------------------------------------------------------------- программа, которая кончается сама


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Папка, в которой собрана cost."""
    build(SOURCE, tmp_path)
    return tmp_path


def in_python(code: str, *words: object) -> list[str]:
    """Команда, которая выполняет этот текст."""
    return [sys.executable, "-I", "-c", code, *map(str, words)]


@needs_linux
def test_cost_is_of_the_program_and_not_of_its_parent(folder: Path) -> None:
    with Errand(folder, ["true"], None) as errand:
        small = errand.cost()
    with Errand(folder, in_python("bytearray(b'x' * 100_000_000)"), None) as errand:
        large = errand.cost()
    # Сам pytest занимает во много раз больше.
    assert small.peak < 8 * MIB
    assert large.peak > 100_000_000
    assert large.seconds > 0
    assert large.cpu > small.cpu


@needs_linux
def test_errand_reads_and_writes_files(folder: Path) -> None:
    (folder / "in").write_bytes(b"hello")
    with Errand(folder, ["cat"], None, stdin=folder / "in", stdout=folder / "out") as errand:
        errand.cost()
    assert (folder / "out").read_bytes() == b"hello"


@needs_linux
@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (in_python("raise SystemExit('нет сил')"), "нет сил"),
        (["false"], "код 1 у false"),
        (["no-such-program"], "no-such-program: No such file or directory"),
    ],
)
def test_failed_errand_has_a_reason(folder: Path, command: list[str], reason: str) -> None:
    with Errand(folder, command, None) as errand, pytest.raises(Unavailable) as failed:
        errand.cost()
    assert str(failed.value) == reason


def test_everyone_has_a_turn_and_the_first_one_changes() -> None:
    steps: list[str] = []
    orders = list(turns("abc", 3, steps.append))
    assert [sorted(order) for order in orders] == [["a", "b", "c"]] * 3
    assert [order[0] for order in orders] == ["a", "b", "c"]
    assert steps == ["раунд 1 из 3", "раунд 2 из 3", "раунд 3 из 3"]


def test_what_failed_once_is_not_tried_again() -> None:
    samples = Samples()
    tries: list[int] = []

    def fail() -> dict[str, float]:
        tries.append(1)
        raise Unavailable("нет nginx")

    for _ in range(2):
        samples.attempt("curl", ["seconds", "cpu"], fail)
    assert tries == [1]
    assert set(samples.absent.values()) == {"нет nginx"}


# ---------------------------------------------------------------- большой файл


@needs_linux
def test_big_file_is_gone_in_the_end() -> None:
    with big_file(2) as big:
        assert big.path.stat().st_size == 2 * MIB
        shutil.copy(big.path, big.copies)
        assert big.came_whole()
        assert not big.came_whole()
        (big.copies / big.path.name).write_bytes(b"x" * 2 * MIB)
        assert not big.came_whole()
    assert not big.path.parent.exists()


@needs_linux
def test_no_room_is_told() -> None:
    with pytest.raises(BenchError, match="Мало места"), big_file(10**9):
        pass


# ---------------------------------------------------------------- загрузчики


def test_exponent_of_a_square_is_two() -> None:
    assert fetchers.exponent([(size, 3 * size**2) for size in (1, 2, 4, 8)]) == pytest.approx(2)


def test_slow_point_is_not_repeated_and_ends_the_curve() -> None:
    plan = FetchPlan(sizes=(1, 2, 4), enough=3, limit=10)
    one, samples = fetchers.FETCHERS[0], Samples()
    samples.add(one.id, {"1": 2900})
    assert fetchers.is_wanted(samples, plan, one, 1)
    samples.add(one.id, {"1": 2900, "2": 10_001})
    assert [fetchers.is_wanted(samples, plan, one, size) for size in plan.sizes] == [False] * 3
    fetchers.finish(samples, plan, one)
    assert samples.absent == {(one.id, "4"): "страница поменьше шла дольше 10 с"}
    assert samples.numbers[one.id, "exponent"] == [pytest.approx(1.786, abs=0.001)]


@needs_linux
def test_tiny_curve_fills_every_cell(folder: Path) -> None:
    plan = FetchPlan(rounds=1, sizes=(1 / 16, 1 / 8))
    curve = fetchers.measure_curve(folder, plan, lambda step: None)
    nowhere = BigFile(folder, folder, 64, "нигде")
    kept = fetch_record.as_record(plan, nowhere, curve, Samples())
    assert json.loads(record.as_text(kept)) == kept
    assert [column["title"] for column in kept["curve"]["columns"]] == [
        "0,0625", "0,125", "степень",
    ]  # fmt: skip
    for row in kept["curve"]["rows"]:
        assert all(cell["median"] for cell in row["cells"].values()), row
    assert kept["disturbance"] is not None
    assert all(len(line) <= 80 for line in fetch.table_lines(kept))


@needs_linux
def test_fetcher_that_loses_bytes_is_not_measured(folder: Path) -> None:
    short = folder / "fetch_short.py"
    short.write_text("def read_website(domain, port, timeout=10):\n    return b'page'\n")
    one = Row("short", str(short), "теряет")
    plan = FetchPlan(rounds=2, sizes=(1 / 16, 1 / 8))
    samples = fetchers.measure_curve(folder, plan, lambda step: None, [one])
    assert set(samples.absent.values()) == {"вернул 4 байт вместо 65536"}
    assert not samples.numbers["short", "0.0625"]


def body_server(folder: Path, files: Path) -> Callable[[int], list[str]]:
    """Вместо nginx, которого может не быть."""
    module = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1"]
    return lambda port: [*module, "--directory", str(files), str(port)]


@needs_linux
def test_tiny_download_fills_every_cell(folder: Path) -> None:
    copying = "import sys, urllib.request; urllib.request.urlretrieve(*sys.argv[1:])"
    lying = "import sys; open(sys.argv[2], 'wb').write(b'?')"
    downloaders = (
        Downloader("netlab", "netlab fetch", "", netlab_fetch),
        Downloader("curl", "curl", "", lambda url, path: in_python(copying, url, path)),
        Downloader("liar", "liar", "", lambda url, path: in_python(lying, url, path)),
    )
    with big_file(1) as big:
        samples = measure_download(folder, big, 1, lambda step: None, downloaders, body_server)
        kept = fetch_record.as_record(FetchPlan(), big, Samples(), samples)
    rows = {row["id"]: row["cells"] for row in kept["download"]["rows"]}
    assert all(cell["median"] > 0 for cells in rows.values() for cell in cells.values())
    assert rows["curl"]["seconds"]["ratio"] == 1
    assert rows["netlab"]["peak"]["ratio"] is None
    assert samples.absent["liar", "seconds"] == "скачал не то"


def test_without_server_the_table_says_so(tmp_path: Path) -> None:
    def absent(folder: Path, files: Path) -> Callable[[int], list[str]]:
        raise Unavailable("нет nginx")

    big = BigFile(tmp_path / "big", tmp_path, 1024, "нигде")
    samples = measure_download(tmp_path, big, 1, lambda step: None, make_server=absent)
    kept = fetch_record.as_record(FetchPlan(), big, Samples(), samples)
    lines = list(fetch.table_lines(kept))
    assert "Где «—» — netlab fetch: нет nginx. curl: нет nginx." in lines
    assert all(len(line) <= 80 for line in lines)


# ---------------------------------------------------------------- передача


@needs_linux
def test_tiny_transfer_fills_its_cells(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*names: str) -> str:
        raise Unavailable("нет nc")

    monkeypatch.setattr(pairs, "found", absent)  # обычным тестам чужие программы не нужны
    with big_file(1) as big:
        samples = pairs.measure_transfer(folder, big, 1, lambda step: None)
        kept = transfer_record.as_record(1, big, samples)
    rows = {row["id"]: row["cells"] for row in kept["rows"]}
    assert all(cell["median"] > 0 for cell in rows["netlab"].values())
    assert set(map(str, rows["nc"].values())) == {"{'absent': 'нет nc'}"}
    assert rows["hash"]["seconds"]["median"] > 0
    assert rows["hash"]["sender"] == {"absent": "ничего не передаёт"}
    assert all(len(line) <= 80 for line in transfer.table_lines(kept))


# ---------------------------------------------------------------- сайт


@pytest.fixture
def folder_of_site(tmp_path: Path) -> Path:
    """Собранный сайт из двух страниц."""
    files = {
        "index.html": "<h1>Начало</h1>" * 100,
        "404.html": "<h1>Нет</h1>",
        "recv/index.html": "<h1>recv</h1>",
        "assets/logo.png": "картинка",
        "assets/search/search.js": "// окно",
        "assets/search/sections.js": "// тексты",
    }
    for name, text in files.items():
        path = tmp_path / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "site"


def test_site_is_served_compressed_as_on_github(folder_of_site: Path) -> None:
    with published() as pages:
        pages.publish(folder_of_site)
        with urllib.request.urlopen(pages.url) as answer:
            body = answer.read()
        with urllib.request.urlopen(pages.url + "assets/logo.png") as picture:
            assert picture.headers["Content-Encoding"] is None
        with pytest.raises(HTTPError) as missing:
            urllib.request.urlopen(pages.url + "nothing/")
        missing.value.close()
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Cache-Control"] == "max-age=600"
    assert gzip.decompress(body).decode().startswith("<h1>Начало")
    assert missing.value.code == 404
    assert [address for address, _ in pages.sent] == ["/", "/assets/logo.png", "/nothing/"]
    assert [row.id for row in weight.pages_of(pages)] == ["index", "recv"]


def test_search_weighs_what_the_page_did_not_ask_for(folder_of_site: Path) -> None:
    pages = PagesSite("")
    pages.publish(folder_of_site)
    pages.sent.append(("/assets/search/search.js", pages.answers["/assets/search/search.js"]))
    rest = len(pages.answers["/assets/search/sections.js"].body)
    assert weight.search_weight(pages) == rest / 1000


def test_bytes_are_divided_by_kind() -> None:
    kinds = ("text/html", "text/javascript", "application/javascript", "image/svg+xml")
    assert weight.in_parts([Answer(kind, b"x" * 1000) for kind in kinds]) == {
        "total": 4, "html": 1, "css": 0, "script": 2, "rest": 1,
    }  # fmt: skip


def lighthouse_report(**scores: float | None) -> record.Record:
    """Отчёт Lighthouse; scores — оценки проверок, hreflang ничего не весит."""
    names = ("color-contrast", "document-title", "hreflang")
    parts = [{"id": name, "weight": 0 if name == "hreflang" else 1} for name in names]
    categories = {one.id: {"score": 0.5, "auditRefs": []} for one in lighthouse.SCORES}
    categories["seo"]["auditRefs"] = parts
    audits = {one.id: {"numericValue": 1234.5} for one in lighthouse.MOMENTS}
    audits["cumulative-layout-shift"] = {"numericValue": 0.1}
    return {
        "environment": {"benchmarkIndex": 2000},
        "categories": categories,
        "audits": {**audits, **{name: {"score": scores.get(name, 1)} for name in names}},
    }


def test_report_gives_scores_and_what_failed() -> None:
    report = lighthouse_report(**{"color-contrast": 0, "document-title": None, "hreflang": 0})
    numbers = lighthouse.scores(report)
    assert numbers["seo"] == 50
    assert numbers["largest-contentful-paint"] == 1234.5
    assert list(lighthouse.faults(report)) == ["color-contrast"]


def test_site_record_is_drawn_within_80_columns() -> None:
    samples = {name: Samples() for name in ("lighthouse", "weight", "build", "reload")}
    for row in lighthouse.EXAMINED:
        samples["lighthouse"].add(row.id, lighthouse.scores(lighthouse_report()))
    pages = [Row("index", "начальная", ""), Row("fetch-again", "fetch-again", "")]
    for page, size in zip(pages, (999.94, 1234.5), strict=True):
        samples["weight"].add(page.id, {column.id: size for column in weight.COLUMNS})
    for row, seconds in zip(assembly.ASSEMBLIES, (6, 2), strict=True):
        samples["build"].add(row.id, {"seconds": seconds, "cpu": seconds, "waited": 0})
    samples["reload"].excuse("page", ["seconds"], "правка не появилась за 60 с")
    faults = {"echo": ["color-contrast"], "index": []}
    kept = site_record.as_record(SitePlan(), samples, pages, faults, 80.123456)
    assert json.loads(record.as_text(kept)) == kept
    assert kept["build"]["rows"][0]["cells"]["seconds"]["ratio"] == 3
    assert kept["lighthouse"]["faults"] == {"echo": ["color-contrast"]}
    lines = list(site.table_lines(kept))
    assert all(len(line) <= 80 for line in lines)
    assert "Не прошла «echo»: color-contrast." in lines
    assert "Быстрота машины (benchmarkIndex): от 2\xa0000 до 2\xa0000." in lines
    assert "Поиск, когда его откроют, добавит 80,1 КБ." in lines
    names = [line.split()[0] for line in lines if line.startswith(("начальная ", "fetch-again "))]
    assert names == ["начальная", "fetch-again", "начальная"]
    assert any("правка не появилась за 60 с" in line for line in lines)


def test_page_of_mkdocs_tells_what_it_waits_for() -> None:
    script = _SCRIPT_TEMPLATE.substitute(epoch=12, request_id=34)
    notice = reload.NOTICE.search(f"<body><script>{script}</script></body>")
    assert notice
    assert notice.groups() == ("12", "34")


@needs_linux
def test_without_chromium_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command.main(["site", "--quick"]) == 1
    assert "apt-get install chromium" in capsys.readouterr().err


def test_without_lighthouse_it_says_who_installs_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(node, "PACKAGES", tmp_path)
    with pytest.raises(BenchError, match=r"нет пакета npm lighthouse: .* make test"):
        lighthouse.lighthouse_command()


# ---------------------------------------------------------------- командная строка


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Вместо измерений — список: что измерено; корень проекта — временная папка."""
    done: list[str] = []
    monkeypatch.setattr(command, "ROOT", tmp_path)
    modules = {"echo": echo, "fetch": fetch, "transfer": transfer, "site": site}
    for name, module in modules.items():

        def measure(*_: object, name: str = name, **__: object) -> record.Record:
            done.append(name)
            return {"lesson": name}

        monkeypatch.setattr(module, "measure", measure)
        monkeypatch.setitem(command.TABLES, name, lambda record: iter([record["lesson"]]))
    return done


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["fetch", "--only", "netlab"], "урок здесь — echo"),
        (["--record", "x.json"], "назовите урок"),
        (["recv"], "нет такого: 'recv'"),
    ],
)
def test_wrong_use_is_explained(
    words: list[str], reason: str, measured: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(words)
    assert ended.value.code == 2
    assert reason in capsys.readouterr().err
    assert not measured


@needs_linux
@pytest.mark.parametrize(
    ("words", "lessons", "kept"),
    [
        ([], ["echo", "fetch", "transfer", "site"], ["echo", "fetch", "transfer", "site"]),
        (["fetch"], ["fetch"], ["fetch"]),
        (["site"], ["site"], ["site"]),
        (["transfer", "--quick"], ["transfer"], []),
        (["--only", "netlab"], ["echo"], []),
    ],
)
def test_records_go_to_their_lessons(
    words: list[str], lessons: list[str], kept: list[str], measured: list[str], tmp_path: Path
) -> None:
    assert command.main(words) == 0
    assert measured == lessons
    places = {
        lesson: f"snippets/{lesson}/records/bench.json" for lesson in ("echo", "fetch", "transfer")
    }
    places["site"] = "netlab/bench/site/bench.json"
    records = {
        path.relative_to(tmp_path).as_posix(): json.loads(path.read_text(encoding="utf-8"))
        for path in tmp_path.rglob("bench.json")
    }
    assert records == {places[lesson]: {"lesson": lesson} for lesson in kept}
