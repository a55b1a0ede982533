"""Табло и экран преподавателя: имена, чужие глаза, обновления, вид."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from netlab.flags.board import BoardProcess, serving, start_board, teacher
from netlab.flags.board.live import Live
from netlab.flags.board.pseudonyms import SALT, pseudonyms
from netlab.flags.board.scores import LAYOUTS, PLACES, Standing, columns
from netlab.flags.board.serving import BoardServer, from_here
from netlab.flags.board.teacher import LISTED
from netlab.flags.commands import ROSTER
from netlab.flags.folder import LabError
from netlab.flags.store import OrderKind, Outcome, Store

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 10.0
LOOPBACK = "127.0.0.1"
STUDENT = "127.0.0.2"
GLANCE = 0.02
PROJECTOR = {"width": 1024, "height": 768}
SCRIPT = "<script>document.title='взломано'</script>"
ALIENS = (SCRIPT, "\u202eнаоборот", "עומר", "😀 Лиза", "&lt;", '" onload="x', "длинное" * 1500)


class Words(HTMLParser):
    """Имена на странице: что стоит внутри bdi; и все встретившиеся теги."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.tags: list[str] = []
        self.fields: dict[str, str] = {}
        self._inside = False
        self.feed(markup)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attributes)
        assert "style" not in given
        assert not [name for name in given if name.startswith("on")]
        if tag == "bdi":
            self._inside = True
            self.names.append("")
        if tag == "input" and given.get("type") == "hidden":
            self.fields[str(given["name"])] = str(given["value"])

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "bdi"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.names[-1] += data


class Class:
    """Занятие, его табло и зритель без браузера."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder)
        self.store.begin("ИБ-21", 1800.0, time.time())
        self.folder = folder
        self.board: BoardProcess | None = None
        self.orders: list[tuple[OrderKind, str]] = []
        """Что велел преподаватель и сервер практики выполнил."""
        self._stopping = threading.Event()
        self._server = threading.Thread(target=self._carry_out)
        self._server.start()

    def _carry_out(self) -> None:
        while not self._stopping.wait(GLANCE):
            for order in self.store.pending():
                self.orders.append((order.kind, order.argument))
                self.store.carry_out(order, time.time())

    def show(self, **options: bool | str) -> BoardProcess:
        self.board = start_board(self.folder, 0, 0, **{"host": LOOPBACK, **options})
        return self.board

    def close(self) -> None:
        if self.board is not None:
            self.board.stop()
        self._stopping.set()
        self._server.join()
        self.store.close()

    @property
    def public(self) -> str:
        return self._address(0)

    @property
    def teacher(self) -> str:
        return self._address(1)

    def _address(self, line: int) -> str:
        assert self.board is not None
        return self.board.announcement[line].split()[-1]

    def solve(self, student: str, task: int, collect: bool = True) -> None:
        now = time.time()
        self.store.register(student, now)
        self.store.end(self.store.start(student, task, now), Outcome.SOLVED, now)
        if collect:
            self.store.collect(student, task, now)

    def fail(self, student: str, task: int, diagnosis: str) -> None:
        now = time.time()
        self.store.register(student, now)
        self.store.end(self.store.start(student, task, now), Outcome.WRONG, now, diagnosis)

    def order(self, what: str, **fields: str) -> tuple[int, str]:
        """Нажимает кнопку на свежей странице."""
        form = Words(ask(self.teacher)[1]).fields | {"what": what} | fields
        return ask(f"{self.teacher}order", form)


@pytest.fixture
def lesson(tmp_path: Path) -> Iterator[Class]:
    tmp_path.chmod(0o700)
    lesson = Class(tmp_path)
    yield lesson
    lesson.close()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Class]:
    """Занятие на все проверки того, что чужому ничего не выйдет: меняться в нём нечему."""
    lesson = Class(tmp_path_factory.mktemp("guarded"))
    lesson.fail("Иванова", 1, "секретный диагноз")
    lesson.show()
    yield lesson
    lesson.close()


def answer(
    url: str, form: dict[str, str] | None = None, **headers: str
) -> http.client.HTTPResponse:
    """Спрашивает url (с формой — POST) и возвращает ответ, тело которого ещё не прочитано."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=SECONDS)
    body = None if form is None else urlencode(form)
    connection.request("GET" if form is None else "POST", parts.path, body, headers)
    response = connection.getresponse()
    response.connection = connection  # сокет живёт, пока жив ответ
    return response


def ask(url: str, form: dict[str, str] | None = None, **headers: str) -> tuple[int, str]:
    """Возвращает код и текст ответа."""
    response = answer(url, form, **headers)
    with response:
        told = response.status, response.read().decode()
    response.connection.close()
    return told


@contextmanager
def listening(url: str) -> Iterator[Callable[[], dict[str, object]]]:
    """Слушает события; вызов возвращает за SECONDS следующую разметку и часы перед ней."""
    response = answer(f"{url}events")
    clock: dict[str, object] = {}

    def following() -> dict[str, object]:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            line = response.readline()
            if line.startswith(b"data: "):
                clock.update(json.loads(line.removeprefix(b"data: ")))
                if "html" in clock:
                    return {**clock, "html": clock.pop("html")}
        raise TimeoutError

    with response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        yield following
    response.connection.close()


def until(condition: Callable[[], bool]) -> None:
    """Ждёт условия; каждый взгляд — новый запрос, сам по себе не мгновенный."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline


# ---------------------------------------------------------------- имена и места


@pytest.mark.parametrize("screen", ["public", "teacher"])
def test_names_stay_text(lesson: Class, screen: str):
    for name in ALIENS:
        lesson.fail(name, 1, f"диагноз {SCRIPT}")
    lesson.show()
    url = getattr(lesson, screen)
    pages = [ask(url)[1]]
    with listening(url) as following:
        pages.append(str(following()["html"]))
    for markup in pages:
        page = Words(markup)
        assert set(ALIENS) <= set(page.names)
        assert "взломано" not in re.sub(r"&lt;script.*?&lt;/script", "", markup)
        assert page.tags.count("script") <= 1


def test_more_flags_is_higher_and_sooner_wins(lesson: Class):
    lesson.solve("Поздний", 1)
    lesson.solve("Поздний", 2)
    lesson.solve("Ранний", 1)
    lesson.solve("Второй", 1)
    lesson.solve("Не сдал", 5, collect=False)
    lesson.show()
    page = ask(lesson.public)[1]
    assert Words(page).names[1:] == ["Поздний", "Ранний", "Второй", "Не сдал"]
    table = page[page.index("<table>") :]
    assert table.count(">сдан</span>") == 4
    assert table.count(">получен, но не сдан</span>") == 1


def test_pseudonyms_are_unique_stable_and_hide_names():
    students = [f"Студент {number}" for number in range(500)]
    given = pseudonyms(students, b"salt")
    assert len(set(given.values())) == len(students)
    other = pseudonyms(students, b"other")
    assert sum(given[student] == other[student] for student in students) < 10


def test_pseudonyms_do_not_run_out():
    count = 60_000
    naming = (
        "from netlab.flags.board.pseudonyms import pseudonyms\n"
        f"given = pseudonyms(map(str, range({count})), b'salt')\n"
        "print(len(set(given.values())), max(map(len, given.values())))"
    )
    told = subprocess.run(
        [sys.executable, "-c", naming],
        cwd=ROOT, capture_output=True, check=True, timeout=SECONDS,
    )  # fmt: skip
    names, longest = map(int, told.stdout.split())
    assert names == count
    assert longest < 20


def test_newcomer_does_not_take_a_pseudonym_away(lesson: Class):
    names = [f"Студент {number:04}" for number in range(1000)]
    alone = {name: pseudonyms([name], b"salt")[name] for name in names}
    first = {pseudonym: name for name, pseudonym in reversed(alone.items())}
    newcomer, old = next(
        (first[pseudonym], name) for name, pseudonym in alone.items() if first[pseudonym] != name
    )
    lesson.store.register(old, time.time())
    (lesson.folder / SALT).write_bytes(b"salt")
    lesson.show()
    with listening(lesson.public) as following:
        assert alone[old] in str(following()["html"])
        lesson.store.register(newcomer, time.time())
        assert str(following()["html"]).count("<bdi>") == 2
    shown = dict(
        re.findall(r"<bdi>(.*?)</bdi> <small>на табло (.*?)</small>", ask(lesson.teacher)[1])
    )
    assert shown[old] == alone[old]
    assert shown[newcomer] != alone[old]


def test_switch_hides_names_and_restart_does_not_reveal_them(lesson: Class):
    lesson.solve("Иванова Анна", 1)
    key = lesson.show().key
    assert "Иванова" in ask(lesson.public)[1]
    with listening(lesson.public) as following:
        following()
        assert lesson.order("hide")[0] == 303
        hidden = str(following()["html"])
    assert "Иванова" not in hidden
    assert "Иванова" not in ask(lesson.public)[1]
    assert lesson.board is not None
    lesson.board.process.kill()
    lesson.board.stop()
    lesson.show(key=key)
    (pseudonym,) = Words(ask(lesson.public)[1]).names[1:]
    assert pseudonym in hidden
    assert lesson.order("show")[0] == 303
    assert "Иванова" in ask(lesson.public)[1]


def test_pseudonyms_from_the_start(lesson: Class):
    lesson.solve("Иванова Анна", 1)
    lesson.show(pseudonyms=True)
    assert "Иванова" not in ask(lesson.public)[1]


# ---------------------------------------------------------------- чужие глаза


def test_every_answer_is_guarded(guarded: Class):
    for url in (
        guarded.public, f"{guarded.public}events", f"{guarded.public}static/live.js",
        guarded.teacher, f"{guarded.teacher}events", f"{guarded.teacher}static/board.css",
    ):  # fmt: skip
        response = answer(url)
        headers = response.headers
        response.close()
        response.connection.close()
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in headers


def test_board_has_no_way_to_the_teacher(guarded: Class):
    assert guarded.board is not None
    for path in (f"{guarded.board.key}/", f"{guarded.board.key}/events", "order"):
        assert ask(guarded.public + path)[0] == 404
    page = ask(guarded.public)[1]
    assert "диагноз" not in page
    assert guarded.board.key not in page


def test_teacher_port_is_on_loopback_only(lesson: Class):
    lesson.show(host="0.0.0.0")
    port = urlsplit(lesson.teacher).port
    # 127.0.0.2 — тоже эта машина, но другой её адрес: с ним можно соединиться, если слушают все.
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=SECONDS)
    socket.create_connection(("127.0.0.2", urlsplit(lesson.public).port), timeout=SECONDS).close()


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.168.0.5:13081"])
def test_other_host_is_refused(guarded: Class, host: str):
    code, text = ask(guarded.teacher, Host=host)
    assert code == 400
    assert "ИБ-21" not in text


@pytest.mark.parametrize("path", ["", "x/", "{}x/", "X{}/", "{}%00/", "x/events", "static/live.js"])
def test_wrong_key_is_refused(guarded: Class, path: str):
    key = guarded.board.key
    root = guarded.teacher.removesuffix(f"{key}/")
    code, text = ask(root + path.format(key))
    assert code in (403, 404)
    assert "ИБ-21" not in text


@pytest.mark.parametrize("what", [*OrderKind, "hide"])
def test_nothing_changes_without_a_post_and_its_key(guarded: Class, what: str):
    fields = Words(ask(guarded.teacher)[1]).fields | {"what": what, "text": "эй", "sure": "yes"}
    order = f"{guarded.teacher}order"
    assert ask(f"{order}?{urlencode(fields)}")[0] == 405
    assert ask(f"{guarded.teacher}?{urlencode(fields)}")[0] == 200
    for wrong in ("", fields["form_key"][:-1], "ключ"):
        assert ask(order, fields | {"form_key": wrong})[0] == 403
    assert ask(order, {"what": what})[0] == 403
    assert guarded.orders == []
    assert not (guarded.folder / "pseudonyms").exists()


def test_huge_form_is_refused(guarded: Class):
    with suppress(BrokenPipeError, ConnectionResetError):
        assert ask(f"{guarded.teacher}order", {"text": "а" * 1_000_000})[0] == 413
    assert guarded.orders == []


# ---------------------------------------------------------------- распоряжения


def test_same_order_twice_counts_once(lesson: Class):
    lesson.show()
    form = Words(ask(lesson.teacher)[1]).fields | {"what": "extend"}
    assert ask(f"{lesson.teacher}order", form)[0] == 303
    assert ask(f"{lesson.teacher}order", form)[0] == 303
    key = lesson.board.key
    lesson.board.stop()
    lesson.show(key=key)
    assert ask(f"{lesson.teacher}order", form)[0] == 303
    assert lesson.orders == [(OrderKind.EXTEND, "300")]


@pytest.mark.parametrize(
    ("what", "fields", "kind", "argument"),
    [
        ("pause", {}, OrderKind.PAUSE, ""),
        ("resume", {}, OrderKind.RESUME, ""),
        ("message", {"text": " Читайте\r\nдо\x1b конца "}, OrderKind.MESSAGE, "Читайте до конца"),
        ("close", {"sure": "yes"}, OrderKind.CLOSE, ""),
    ],
)
def test_orders_reach_the_lab(lesson: Class, what, fields, kind, argument):
    lesson.show()
    assert lesson.order(what, **fields)[0] == 303
    assert lesson.orders == [(kind, argument)]


def test_closing_asks_again_and_empty_message_is_not_sent(lesson: Class):
    lesson.show()
    code, text = lesson.order("close")
    assert code == 200
    assert "Закончить занятие?" in text
    assert lesson.order("message", text=" \r\n ")[0] == 400
    assert lesson.orders == []


def test_teacher_sees_who_is_stuck(lesson: Class):
    lesson.fail("Застрял", 3, "прежний диагноз")
    lesson.fail("Застрял", 3, "Первое расхождение — байт 4")
    lesson.store.hint("Застрял", 3, time.time())
    lesson.fail("Справился", 3, "старое")
    lesson.solve("Справился", 3)
    lesson.solve("Потерял", 4, collect=False)
    lesson.store.register("Молчит", time.time())
    lesson.store.report_foreign("Хитрец", "Справился", 3, time.time())
    lesson.show()
    stuck, lost, foreign, noticed, idle = re.split("<h2>", ask(lesson.teacher)[1])[1:]
    assert Words(stuck).names == ["Застрял"]
    assert "Первое расхождение — байт 4" in stuck
    assert "прежний" not in stuck
    assert re.findall(r'class="number">(\d+)$', stuck, re.MULTILINE) == ["2", "1"]
    assert Words(lost).names == ["Потерял"]
    assert Words(foreign).names == ["Хитрец", "Справился"]
    assert Words(idle).names == ["Молчит"]
    assert "Не было." in noticed


def test_teacher_sees_who_lost_the_connection_and_who_is_absent(lesson: Class):
    now = time.time()
    lesson.fail("Анна", 1, "диагноз")
    lesson.fail("Борис", 1, "диагноз")
    lesson.store.end(lesson.store.start("Борис", 1, now), Outcome.LEFT, now)
    names = "Анна", "Жукова", "Ёлкина", "Егоров", "Борис"
    (lesson.folder / ROSTER).write_text("\n".join(names), encoding="utf-8")
    lesson.show()
    stuck, *_, absent, _ = re.split("<h2>", ask(lesson.teacher)[1])[1:]
    assert Words(stuck).names == ["Борис", "Анна"]
    assert stuck.index("связь закрыта") < stuck.index("Анна")
    assert stuck.count("связь закрыта") == 1
    assert absent.startswith("Ещё не пришли: 3<")
    assert Words(absent).names == ["Егоров", "Ёлкина", "Жукова"]


def test_same_places_are_alphabetical(lesson: Class):
    for name in ("Яшин", "Ёлкина", "Жукова", "Егоров"):
        lesson.store.register(name, time.time())
    lesson.show()
    assert Words(ask(lesson.public)[1]).names[1:] == ["Егоров", "Ёлкина", "Жукова", "Яшин"]


def test_mistake_of_the_board_is_told_to_the_teacher_once(
    lesson: Class, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    def broken(*_: object) -> list[str]:
        raise KeyError("ключ")

    with served_here(lesson, monkeypatch) as (screen, _):
        monkeypatch.setattr(teacher, "idle", broken)
        for _ in range(2):
            code, text = ask(screen)
            assert code == 500
            assert "Табло не справилось" in text
        assert "html" not in ask(f"{screen}events")[1]  # поток кончился, а не застыл
    said = capfd.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith("netlab flags: табло не справилось (KeyError: 'ключ'; test_flags_board")


def test_board_outlives_its_files(
    lesson: Class, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
):
    copy = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "netlab", copy / "netlab")
    monkeypatch.chdir(copy)
    lesson.show()
    shutil.rmtree(copy / "netlab")
    for url in (lesson.public, lesson.teacher):
        for path in ("", "static/board.css", "static/live.js"):
            assert ask(url + path)[0] == 200
        with listening(url) as following:
            assert following()["html"]
    assert "Закончить занятие?" in lesson.order("close")[1]


def test_teacher_sees_shared_names_and_wrong_codes(lesson: Class):
    now = time.time()
    for place in ("10.0.0.1", "10.0.0.2", "10.0.0.1"):
        lesson.store.note("address", SCRIPT, place, now)
    lesson.store.note("address", "Один", "10.0.0.3", now)
    for _ in range(2):
        lesson.store.note("wrong code", "Жертва", f"10.0.0.9{SCRIPT}", now)
    for number in range(7):
        lesson.store.note("wrong code", "Жертва", f"fd00::{number}", now + 1 + number)
    lesson.show()
    noticed = re.split("<h2>", ask(lesson.teacher)[1])[4]
    places = [f"fd00::{number}" for number in range(4)]
    assert Words(noticed).names == [
        SCRIPT, "10.0.0.1", "10.0.0.2", "Жертва", f"10.0.0.9{SCRIPT}", *places
    ]  # fmt: skip
    assert "script" not in Words(noticed).tags
    assert "2 раза с адреса" in noticed
    assert "1 раз с адреса" in noticed
    assert "и ещё 3 адреса" in noticed
    assert "Не было." not in noticed


def test_long_lists_are_cut(lesson: Class):
    count = LISTED + 21
    now = time.time()
    for number in range(count):
        student = f"Студент {number}"
        lesson.fail(student, 1, "неверно")
        lesson.solve(f"Потерял {number}", 2, collect=False)
        lesson.store.register(f"Молчит {number}", now)
        lesson.store.report_foreign(student, "Отличник", 3, now)
        for place in ("10.0.0.1", "10.0.0.2"):
            lesson.store.note("address", student, place, now)
        lesson.store.note("wrong code", student, "10.0.0.1", now)
    lesson.show()
    page = ask(lesson.teacher)[1]
    assert page.count("и ещё 21 студент\n") == 5
    assert page.count("и ещё 21 флаг\n") == 1
    stuck, lost, foreign, noticed, idle = re.split("<h2>", page)[1:]
    assert [part.count("<tr>") for part in (stuck,)] == [LISTED + 1]
    assert [part.count("<li>") for part in (lost, foreign, idle)] == [LISTED] * 3
    assert noticed.count("<li>") == 2 * LISTED


# ---------------------------------------------------------------- без перезагрузки


@pytest.mark.parametrize("screen", ["public", "teacher"])
def test_change_arrives_by_itself(lesson: Class, screen: str):
    lesson.show()
    with listening(getattr(lesson, screen)) as following:
        assert "Новенькая" not in str(following())
        lesson.solve("Новенькая", 1, collect=False)
        assert "Новенькая" in str(following()["html"])


@pytest.mark.parametrize("screen", ["public", "teacher"])
def test_packed_events_are_the_same_and_much_smaller(lesson: Class, screen: str):
    for number in range(50):
        lesson.fail(f"Студент {number}", number % 12 + 1, "! Задача: неверно.")
    lesson.show()
    url = getattr(lesson, screen)
    with listening(url) as following:
        plain = str(following()["html"])
    response = answer(f"{url}events", **{"Accept-Encoding": "gzip, br"})
    with response:
        assert response.headers["Content-Encoding"] == "gzip"
        unpacking, size, text = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16), 0, ""
        while text.count("\n\n") < 2:
            part = response.read1()
            size += len(part)
            text += unpacking.decompress(part).decode()
    response.connection.close()
    packed = json.loads(text.split("\n\n")[1].removeprefix("data: "))["html"]
    age = r"(?<=>)\d+:\d\d"
    assert re.sub(age, "", packed) == re.sub(age, "", plain)
    assert size < len(plain.encode()) / 5


def test_board_shows_pause_and_extension(lesson: Class):
    lesson.show()
    with listening(lesson.public) as following:
        assert following()["paused"] is False
        lesson.order("extend")
        extended = following()
        assert 2090 < float(str(extended["left"])) < 2100
        lesson.order("pause")
        assert following()["paused"] is True


def test_board_killed_and_started_again_does_not_disturb_the_lab(lesson: Class):
    board = lesson.show()
    address = lesson.teacher
    board.process.kill()
    board.process.wait()
    lesson.solve("Иванова", 1)
    board.stop()
    ports = [urlsplit(line.split()[-1]).port for line in board.announcement]
    lesson.board = start_board(lesson.folder, *ports, host=LOOPBACK, key=board.key)
    assert lesson.teacher == address
    assert "Иванова" in ask(lesson.public)[1]
    assert lesson.order("pause")[0] == 303
    assert lesson.orders == [(OrderKind.PAUSE, "")]


def test_board_leaves_with_its_parent(lesson: Class):
    board = lesson.show()
    assert board.process.stdin is not None
    board.process.stdin.close()
    assert board.process.wait(SECONDS) == 0


def test_class_is_served_with_its_board(tmp_path: Path):
    """Табло открывается рядом с сервером, а упав — снова по тому же адресу; уходят они вместе."""
    arguments = ["--data", tmp_path / "data", "--host", LOOPBACK, "--port", "0"]
    ports = ["--board-port", "0", "--teacher-port", "0"]
    with subprocess.Popen(
        [sys.executable, "-X", "utf8", "-m", "netlab", "flags", "serve", *arguments, *ports],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as server:
        try:
            assert server.stdout is not None
            lines = iter(server.stdout.readline, "")
            public, teacher = told(lines, "Табло: "), told(lines, "Экран преподавателя: ")
            assert ask(public)[0] == ask(teacher)[0] == 200
            kill_board(server.pid)
            told(lines, "Табло закрылось")
            again, screen = told(lines, "Табло: "), told(lines, "Экран преподавателя: ")
            assert urlsplit(screen).path == urlsplit(teacher).path
            assert ask(again)[0] == ask(screen)[0] == 200
            server.send_signal(signal.SIGTERM)
            assert server.wait(SECONDS) == 0
            assert refused(again)
        finally:
            server.kill()


def told(lines: Iterator[str], beginning: str) -> str:
    """Ждёт строки с таким началом и возвращает её последнее слово."""
    return next(line for line in lines if line.startswith(beginning)).split()[-1]


def kill_board(server: int) -> None:
    """Убивает единственного потомка сервера (proc(5))."""
    tasks = Path(f"/proc/{server}/task").glob("*/children")
    (board,) = [int(child) for task in tasks for child in task.read_text().split()]
    os.kill(board, signal.SIGKILL)


def refused(url: str) -> bool:
    address = urlsplit(url)
    with suppress(ConnectionRefusedError):
        socket.create_connection((address.hostname, address.port), SECONDS).close()
        return False
    return True


def until_line(came: Iterable[bytes], wanted: str) -> None:
    """Ждёт строки, в которой есть wanted."""
    next(line for line in came if wanted.encode() in line)


@contextmanager
def served_here(lesson: Class, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """Показывает табло в этом процессе: адрес экрана преподавателя и порт табло.

    Студент — тот, кто пришёл с адреса STUDENT.
    """
    monkeypatch.setattr(serving, "from_here", lambda client, server: client[0] != STUDENT)
    with (
        socket.create_server((LOOPBACK, 0)) as public,
        socket.create_server((LOOPBACK, 0)) as teacher,
    ):
        server = BoardServer(Live(lesson.folder), [public], teacher, "key")
        showing = threading.Thread(target=lambda: asyncio.run(server.serve()))
        showing.start()
        try:
            yield f"http://{LOOPBACK}:{teacher.getsockname()[1]}/key/", public.getsockname()[1]
        finally:
            server.stop()
            showing.join()


def visited(port: int, client: str, request: bytes) -> socket.socket:
    """Соединяется с табло с адреса client и посылает request."""
    visitor = socket.create_connection((LOOPBACK, port), SECONDS, source_address=(client, 0))
    visitor.sendall(request)
    return visitor


def ended(visitor: socket.socket) -> bytes:
    """Возвращает всё, что пришло до конца соединения."""
    came = b""
    with suppress(ConnectionResetError):
        while part := visitor.recv(65536):
            came += part
    return came


def test_full_board_lets_the_projector_and_the_teacher_in(
    lesson: Class, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(serving, "PLACES", 5)
    watch = b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n"
    with served_here(lesson, monkeypatch) as (teacher, port), ExitStack() as opened:

        def watching(client: str) -> bytes:
            visitor = opened.enter_context(visited(port, client, watch))
            with suppress(ConnectionResetError):
                return visitor.recv(8)
            return b""

        # Ни окна преподавателя, ни проектор мест у студентов не отнимают.
        own = [opened.enter_context(visited(port, LOOPBACK, watch)) for _ in range(6)]
        screens = [answer(f"{teacher}events") for _ in range(6)]
        assert [watching(STUDENT) for _ in range(5)] == [b"HTTP/1.1"] * 5
        assert watching(STUDENT) == b""
        assert watching(LOOPBACK) == b"HTTP/1.1"
        assert ask(teacher)[0] == 200
        assert all(one.recv(8) == b"HTTP/1.1" for one in own)
        for screen in screens:
            screen.close()
            screen.connection.close()


@pytest.mark.parametrize(
    ("client", "here"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("192.168.0.5", True),
        ("192.168.0.6", False),
        ("fe80::1%lo", False),
    ],
)
def test_this_machine_is_known_by_its_address(client: str, here: bool):
    assert from_here((client, 50000), ("192.168.0.5", 13080)) is here


def test_address_of_a_lost_connection_is_a_stranger():
    assert not from_here(None, None)


@pytest.mark.parametrize("asked", [0, 1, 2])
@pytest.mark.parametrize("request_part", [b"", b"GET / HTTP/1.1\r\nHo"])
def test_silent_connection_is_closed(
    lesson: Class, monkeypatch: pytest.MonkeyPatch, asked: int, request_part: bytes
):
    """Сколько бы раз перед этим ни спросили и чего бы ни недослали."""
    monkeypatch.setattr(serving, "SILENCE", 1.0)
    with served_here(lesson, monkeypatch) as (_, port):
        client = http.client.HTTPConnection(LOOPBACK, port, SECONDS, (STUDENT, 0))
        client.connect()
        with closing(client):
            for _ in range(asked):
                client.request("GET", "/static/live.js")
                assert client.getresponse().read()
            client.sock.sendall(request_part)
            assert ended(client.sock) == b""


def test_viewer_is_not_silent(lesson: Class, monkeypatch: pytest.MonkeyPatch):
    """И тот, кто прежде спросил что-то ещё, и даже не дождавшись ответа."""
    monkeypatch.setattr(serving, "SILENCE", 1.0)
    asking = b"GET /static/live.js HTTP/1.1\r\nHost: x\r\n\r\n"
    watching = asking.replace(b"/static/live.js", b"/events")
    with (
        served_here(lesson, monkeypatch) as (_, port),
        visited(port, STUDENT, asking + watching) as viewer,
        viewer.makefile("rb") as came,
    ):
        until_line(came, "Пока никто")
        with visited(port, STUDENT, b"") as silent:
            ended(silent)
        lesson.store.register("Новенькая", time.time())
        until_line(came, "Новенькая")


def test_no_lesson_no_board(lesson: Class, tmp_path: Path):
    empty = tmp_path / "пусто"
    empty.mkdir()
    with pytest.raises(LabError, match="нет занятия"):
        start_board(empty, 0, 0, host=LOOPBACK)
    lesson.show()
    with pytest.raises(LabError, match="занят другой программой"):
        start_board(lesson.folder, urlsplit(lesson.public).port or 0, 0, host=LOOPBACK)


# ---------------------------------------------------------------- вид


def crowd(lesson: Class, count: int) -> None:
    """Заполняет табло так, что у первого сдано всё, а имена длиной с предел списка."""
    for number in range(count):
        lesson.store.register(f"Фамилия-Двойная Имя Отчество {number:011}", time.time())
    for task in range(1, 13):
        lesson.solve("Отличник", task)
    lesson.solve("Терпеливая", 1, collect=False)


def opened(browser: Browser, url: str, scheme: str = "light", troubles: list[str] | None = None):
    """Открывает страницу проектора в новом профиле."""
    context = browser.new_context(viewport=PROJECTOR, color_scheme=scheme)
    context.set_default_timeout(SECONDS * 1000)
    page = context.new_page()
    heard = [] if troubles is None else troubles
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda request: foreign(request.url, url, heard))
    page.goto(url)
    return page


def foreign(url: str, page: str, heard: list[str]) -> None:
    """Запоминает запрос не к самому табло."""
    if not url.startswith((page, "data:")):
        heard.append(f"чужой адрес {url}")


@pytest.mark.parametrize("count", [rows * columns for columns, rows in LAYOUTS.values()])
def test_everybody_fits_a_projector(lesson: Class, browser: Browser, count: int):
    crowd(lesson, count - 2)
    lesson.show()
    look_at_everybody(lesson, browser, count)


def test_more_than_fit_are_counted_in_the_last_row(lesson: Class, browser: Browser):
    crowd(lesson, PLACES + 40)
    lesson.show()
    page = look_at_everybody(lesson, browser, PLACES)
    assert len(page) < 200_000
    assert "и ещё 43 студента\n" in page
    assert len(Words(page).names) == PLACES  # с названием занятия, но без последней строки


@pytest.mark.parametrize("count", [5, 20])
def test_a_phone_shows_everything_in_its_width(lesson: Class, browser: Browser, count: int):
    crowd(lesson, count)
    lesson.show()
    page = opened(browser, lesson.public)
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    names = page.locator("tbody th")
    widths = names.evaluate_all("all => all.map(one => one.getBoundingClientRect().width)")
    assert min(widths) > 120
    page.context.close()


@pytest.mark.parametrize(("students", "heights"), [(15, [15]), (16, [8, 8]), (31, [11, 11, 9])])
def test_columns_are_of_one_height(students: int, heights: list[int]):
    rows = [Standing(str(number), frozenset(), frozenset(), 0.0) for number in range(students)]
    assert [len(column) for column in columns(rows)] == heights


def look_at_everybody(lesson: Class, browser: Browser, count: int) -> str:
    """Проверяет, что столько строк умещается на проекторе, и возвращает страницу."""
    page = opened(browser, lesson.public)
    size = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    assert size == [PROJECTOR["width"], PROJECTOR["height"]]
    assert page.locator("tbody tr").count() == count
    outside = page.evaluate(
        "() => [...document.querySelectorAll('table')].flatMap(table => {"
        " const right = table.getBoundingClientRect().right;"
        " return [...table.querySelectorAll('td.count')].filter(cell => {"
        "  const range = document.createRange(); range.selectNodeContents(cell);"
        "  return range.getBoundingClientRect().right > right })}).length"
    )
    assert outside == 0
    smallest = {15: 26, 30: 20, 75: 14, 152: 10}
    font = page.evaluate(
        "parseFloat(getComputedStyle(document.querySelector('tbody th')).fontSize)"
    )
    assert font >= smallest[count]
    page.context.close()
    return ask(lesson.public)[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", ["public", "teacher"])
def test_pages_are_accessible_and_quiet(lesson: Class, browser: Browser, scheme: str, screen: str):
    crowd(lesson, 5)
    lesson.fail("Застрял", 3, "Первое расхождение — байт 4")
    lesson.store.report_foreign("Хитрец", "Отличник", 3, time.time())
    lesson.store.note("wrong code", "Хитрец", "10.0.0.1", time.time())
    lesson.show(pseudonyms=screen == "teacher")
    troubles: list[str] = []
    page = opened(browser, getattr(lesson, screen), scheme, troubles)
    report = Axe().run(page)
    assert report.violations_count == 0, report.generate_report()
    assert page.evaluate("document.getAnimations().length") == 0
    assert troubles == []
    page.context.close()


def test_browser_follows_the_lesson(lesson: Class, browser: Browser):
    lesson.show()
    page: Page = opened(browser, lesson.public)
    lesson.solve(SCRIPT, 1)
    page.get_by_text(SCRIPT).wait_for()
    assert "взломано" not in page.title()
    before = page.locator("#left").inner_text()
    page.wait_for_function(
        "before => document.querySelector('#left').innerText !== before", arg=before
    )
    assert lesson.board is not None
    lesson.board.process.kill()
    page.get_by_text("нет связи с сервером").wait_for()
    page.context.close()


@pytest.mark.parametrize("javascript", [True, False])
def test_buttons_that_would_do_nothing_are_hidden(
    lesson: Class, browser: Browser, javascript: bool
):
    lesson.show()
    context = browser.new_context(java_script_enabled=javascript, viewport=PROJECTOR)
    context.set_default_timeout(SECONDS * 1000)
    page = context.new_page()

    def offered(*labels: str) -> None:
        if not javascript:
            page.reload()
        for label in ("Остановить часы", "Пустить часы", "Закончить занятие…"):
            state = "visible" if label in labels else "hidden"
            page.get_by_text(label).wait_for(state=state)

    page.goto(lesson.teacher)
    offered("Остановить часы", "Закончить занятие…")
    lesson.order("pause")
    offered("Пустить часы", "Закончить занятие…")
    lesson.order("close", sure="yes")
    offered()
    assert page.get_by_role("button", name="Продлить на 5 минут").is_visible()
    context.close()


def test_buttons_work_without_javascript(lesson: Class, browser: Browser):
    lesson.show()
    context = browser.new_context(java_script_enabled=False, viewport=PROJECTOR)
    page = context.new_page()
    page.goto(lesson.teacher)
    page.get_by_label("Сказать всем").fill("Осталась минута")
    page.get_by_role("button", name="Послать").click()
    assert lesson.orders == [(OrderKind.MESSAGE, "Осталась минута")]
    page.get_by_role("button", name="Закончить занятие").click()
    page.get_by_role("button", name="Закончить", exact=True).click()
    assert lesson.orders == [(OrderKind.MESSAGE, "Осталась минута"), (OrderKind.CLOSE, "")]
    context.close()


def test_colours_are_those_of_the_site():
    def colours(text: str) -> list[dict[str, str]]:
        blocks = re.findall(r"\{([^{}]*--lab-paper:[^{}]*)\}", text)
        return [dict(re.findall(r"(--lab-\w+): (#\w+)", block)) for block in blocks]

    site = colours((ROOT / "docs/assets/site.css").read_text(encoding="utf-8"))
    board = colours((ROOT / "netlab/flags/board/static/board.css").read_text(encoding="utf-8"))
    assert len(board) == len(site) == 2
    for ours, theirs in zip(board, site, strict=True):
        assert ours.items() <= theirs.items()
