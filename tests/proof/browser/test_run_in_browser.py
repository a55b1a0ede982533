"""Программы, которые идут прямо на странице: ▶, окна, провод и всё, что с ними делает читатель."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from netlab.wire.dissect import dissect
from netlab.wire.pcapng import frames_in_pcapng
from tests.proof.browser.reader import NARROW, VIEWS, Reader, View
from tests.proof.browser.test_look import AXE, SIDEWAYS

FIRST_RUN = 60_000
"""Срок первого запуска, мс: на занятой машине CPython грузится долго."""
BUDGET = 15_000
"""На столько байтов страница с ▶ вправе быть тяжелее страницы без них."""
AT_ONCE = 2000
"""За столько мс Стоп обязан остановить любую программу."""

FRAME = "() => new Promise(requestAnimationFrame)"
"""Ждёт кадра экрана: тем временем Playwright слушает новости браузера."""

KEPT = """async () => {
  const index = new URL('../assets/run/index.json', location);
  const { files } = await (await fetch(index)).json();
  const store = await caches.open('lecture');
  const found = await Promise.all(files.map(name => store.match(new URL(name, index))));
  return found.every(Boolean);
}"""
"""Всё, что нужно лаборатории, уже осталось в браузере."""

SPINS = "while True:\n    pass\n"
PRINTS = "while True:\n    print('x' * 70)\n"
SLEEPS = "import time\n\ntime.sleep(1000)\n"
TYPED = "name = input('Имя: ')\nprint('Привет,', name)\n"
TAKEN = """import socket

first = socket.create_server(("", 7777))
second = socket.socket()
second.bind(("", 7777))
"""
# Так учат сокетам чужие учебники: обе программы на одной машине, адрес 127.0.0.1.
FOREIGN_SERVER = """import socket

HOST = "127.0.0.1"  # Standard loopback interface address (localhost)
PORT = 65432  # Port to listen on (non-privileged ports are > 1023)

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.bind((HOST, PORT))
    s.listen()
    conn, addr = s.accept()
    with conn:
        print(f"Connected by {addr[0]}")
        while True:
            data = conn.recv(1024)
            if not data:
                break
            conn.sendall(data)
"""
FOREIGN_CLIENT = """import socket

HOST = "127.0.0.1"  # The server's hostname or IP address
PORT = 65432  # The port used by the server

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.connect((HOST, PORT))
    s.sendall(b"Hello, world")
    data = s.recv(1024)

print(f"Received {data!r}")
"""


class Laboratory:
    """Лаборатория под программой глазами читателя."""

    def __init__(self, page: Page, snippet: str) -> None:
        self.page = page
        self.block = page.locator(f'[data-runs][data-snippet="{snippet}"]').first
        self.element = page.locator(".run-lab").last

    def open(self) -> Laboratory:
        """Нажимает ▶ под программой."""
        self.block.locator(".run-start").click()
        self.element.wait_for()
        return self

    @property
    def programs(self) -> Locator:
        """Окна с программами."""
        return self.element.locator(".run-pane:has(.run-editor)")

    @property
    def cats(self) -> Locator:
        """Окна с nc."""
        return self.element.get_by_label("nc", exact=True)

    def state(self, number: int = 0) -> Locator:
        """Что сейчас с программой."""
        return self.programs.nth(number).locator(".run-state")

    def screen(self, number: int = 0) -> Locator:
        """Что она напечатала."""
        return self.programs.nth(number).locator(".run-screen")

    def waits(self, call: str, number: int = 0) -> None:
        """Ждёт, пока программа не остановится на этом вызове."""
        expect(self.state(number)).to_have_text(f"ждёт: {call}", timeout=FIRST_RUN)

    def write(self, text: str, number: int = 0) -> None:
        """Вставляет в редактор другую программу, как вставил бы её читатель."""
        self.page.evaluate("text => navigator.clipboard.writeText(text)", text)
        self.programs.nth(number).locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.press("ControlOrMeta+v")

    def press(self, title: str, number: int = 0) -> None:
        """Нажимает кнопку в окне программы."""
        self.programs.nth(number).get_by_role("button", name=title).click()

    def send(self, text: str) -> None:
        """Набирает строку в nc."""
        self.cats.first.get_by_label("Что отправить").fill(text)
        self.cats.first.get_by_role("button", name="Enter").click()

    @property
    def frames(self) -> Locator:
        """Кадры на проводе."""
        return self.element.locator(".run-frames button")


@pytest.fixture
def echo(reader: Reader) -> Laboratory:
    """Эхо-сервер из урока, который уже ждёт клиента."""
    lab = Laboratory(reader.open("echo/"), "echo/echo_bytes.py").open()
    lab.waits("accept")
    return lab


def test_server_answers_and_every_segment_is_drawn(echo: Laboratory, tmp_path: Path) -> None:
    echo.cats.get_by_role("button", name="▶").click()
    echo.send("hello")
    expect(echo.cats.locator(".run-screen")).to_have_text(re.compile(r"hello\s+hello"))
    expect(echo.screen()).to_contain_text(r"b'hello\n'")
    for words in ("SYN", "SYN, ACK", r"6 Б: hello\n"):
        expect(echo.frames.filter(has_text=words).first).to_be_visible()
    with echo.page.expect_download() as download:
        echo.element.get_by_role("button", name="Скачать .pcapng").click()
    capture = tmp_path / "echo.pcapng"
    download.value.save_as(capture)
    frames = list(frames_in_pcapng(capture.read_bytes()))
    assert len(frames) == echo.frames.count()
    assert [
        layer.problem for frame in frames for layer in dissect(frame.data) if layer.problem
    ] == []
    tshark = shutil.which("tshark")
    assert tshark
    command = [tshark, "-r", str(capture), "-o", "tcp.check_checksum:TRUE", "-T", "fields"]
    fields = ["-e", "_ws.expert.message"]
    read = subprocess.run([*command, *fields], capture_output=True, text=True, check=True)
    assert "checksum" not in read.stdout.lower()
    assert "malformed" not in read.stdout.lower()


def test_frame_is_explored_by_fields(echo: Laboratory) -> None:
    echo.cats.get_by_role("button", name="▶").click()
    echo.frames.nth(2).click()
    tree = echo.element.locator(".run-tree")
    expect(tree).to_contain_text("IPv4", timeout=FIRST_RUN)
    expect(tree).to_contain_text("TCP")


def test_nothing_is_loaded_before_the_first_run(reader: Reader) -> None:
    page = reader.new_context(VIEWS[2]).new_page()
    loaded: dict[str, int] = {}
    page.on("response", lambda answer: loaded.update({answer.url: len(answer.body())}))
    reader.go(page, "echo/")
    extra = {url: size for url, size in loaded.items() if "/assets/run/" in url}
    assert {url.rpartition("/")[2] for url in extra} == {"run.js", "lab.css"}
    assert sum(extra.values()) < BUDGET


@pytest.mark.parametrize(
    ("text", "state"),
    [(SLEEPS, "закончила с кодом 130"), (SPINS, "остановлена"), (PRINTS, "закончила с кодом 130")],
    ids=["blocked", "spins", "prints"],
)
def test_stop_stops(echo: Laboratory, text: str, state: str) -> None:
    echo.press("■ Стоп")
    expect(echo.state()).to_have_text("закончила", timeout=AT_ONCE)
    echo.write(text)
    echo.press("▶ Запустить")
    expect(echo.state()).to_have_text(re.compile("идёт|ждёт"), timeout=FIRST_RUN)
    echo.press("■ Стоп")
    expect(echo.state()).to_have_text(state, timeout=AT_ONCE)


def test_errors_are_those_of_linux_without_frames_of_the_laboratory(echo: Laboratory) -> None:
    echo.press("■ Стоп")
    echo.write(TAKEN)
    echo.press("▶ Запустить")
    expect(echo.screen()).to_contain_text(
        "OSError: [Errno 98] Address already in use", timeout=FIRST_RUN
    )
    expect(echo.screen()).to_contain_text('File "echo_bytes.py", line 5')
    expect(echo.screen()).not_to_contain_text("_socket")
    expect(echo.state()).to_have_text("закончила с кодом 1")


def test_program_reads_what_is_typed(echo: Laboratory) -> None:
    echo.press("■ Стоп")
    echo.write(TYPED)
    echo.press("▶ Запустить")
    echo.waits("ввод")
    echo.programs.get_by_label("Ввод для").fill("Аня")
    echo.press("Enter")
    expect(echo.screen()).to_contain_text("Привет, Аня")


def test_site_of_the_lecture_answers_and_dialogue_stays(reader: Reader) -> None:
    lab = Laboratory(reader.open("fetch/"), "fetch/fetch_join.py").open()
    lab.waits("ввод")
    expect(lab.screen()).to_contain_text("HTTP/1.1 200 OK")
    lab.programs.first.get_by_label("Ввод для").fill("6 * 7")
    lab.press("Enter")
    expect(lab.screen()).to_contain_text("42")


def test_programs_of_another_tutorial_run_as_they_are(echo: Laboratory) -> None:
    echo.press("■ Стоп")
    echo.element.get_by_role("button", name="+ Программа").click()
    echo.programs.nth(1).get_by_label("Машина").select_option("server")
    echo.write(FOREIGN_SERVER)
    echo.write(FOREIGN_CLIENT, 1)
    echo.press("▶ Запустить")
    echo.waits("accept")
    echo.press("▶ Запустить", 1)
    expect(echo.screen(1)).to_contain_text("Received b'Hello, world'", timeout=FIRST_RUN)
    expect(echo.screen()).to_contain_text("Connected by 127.0.0.1")
    expect(echo.state()).to_have_text("закончила")


def test_wire_is_cut_into_bytes_stepped_and_broken(echo: Laboratory) -> None:
    echo.element.get_by_label("Провод").select_option("по одному байту")
    echo.cats.get_by_role("button", name="▶").click()
    echo.send("abc")
    expect(echo.screen()).to_contain_text("b'a'")
    echo.element.get_by_label("по шагам").check()
    count = echo.frames.count()
    echo.send("z")
    # «z» и конец строки — два сегмента, и оба задержаны.
    expect(echo.frames).to_have_count(count + 2)
    # Первыми могут долететь подтверждения прежнего: на них не отвечают.
    deadline = time.monotonic() + 20
    while echo.frames.count() == count + 2 and time.monotonic() < deadline:
        echo.element.get_by_role("button", name="Шаг").click()
        echo.page.evaluate(FRAME)
    assert echo.frames.count() > count + 2
    echo.element.get_by_label("по шагам").uncheck()
    expect(echo.screen()).to_contain_text("b'z'")
    echo.element.get_by_role("button", name="Оборвать").click()
    expect(echo.screen()).to_contain_text("ConnectionResetError: [Errno 104]")
    expect(echo.cats.locator(".run-screen")).to_contain_text("ECONNRESET")


def test_edit_survives_reload_and_is_shared_by_link(echo: Laboratory, reader: Reader) -> None:
    page = echo.page
    echo.press("■ Стоп")
    echo.write("print('моё')\n")
    echo.element.get_by_role("button", name="Ссылка").click()
    expect(echo.element.get_by_role("button", name="Ссылка скопирована")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    page.goto(reader.site.url + "echo/")
    page.reload()
    again = Laboratory(page, "echo/echo_bytes.py").open()
    expect(again.screen()).to_contain_text("моё", timeout=FIRST_RUN)
    again.press("Вернуть")
    expect(again.programs.first.locator(".cm-content")).to_contain_text("import socket")
    other = reader.new_context(VIEWS[2]).new_page()
    other.goto(link)
    expect(other.locator(".run-lab .cm-content").first).to_contain_text("print('моё')")


def test_closed_laboratory_leaves_nothing(reader: Reader) -> None:
    page = reader.open("echo/")
    for _ in range(3):
        lab = Laboratory(page, "echo/echo_bytes.py").open()
        lab.waits("accept")
        lab.element.get_by_role("button", name="Закрыть").click()
        expect(page.locator(".run-lab")).to_have_count(0)
    deadline = time.monotonic() + 10
    while page.workers and time.monotonic() < deadline:
        page.evaluate(FRAME)
    assert page.workers == []


def test_two_laboratories_on_a_page_do_not_hear_each_other(echo: Laboratory) -> None:
    other = Laboratory(echo.page, "echo/echo_original.py")
    other.block.locator(".run-start").click()
    expect(echo.page.locator(".run-lab")).to_have_count(2)
    states = echo.page.locator(".run-lab .run-state")
    # Порт 5555 занят в каждой своей машиной: отказа нет.
    expect(states.filter(has_text="ждёт: accept")).to_have_count(2, timeout=FIRST_RUN)


def test_browser_without_stack_switching_is_told_what_to_do(reader: Reader) -> None:
    page = reader.new_context(VIEWS[2]).new_page()
    page.add_init_script("delete WebAssembly.Suspending")
    reader.go(page, "echo/")
    Laboratory(page, "echo/echo_bytes.py").block.locator(".run-start").click()
    expect(page.locator(".run-why")).to_contain_text("JSPI")
    expect(page.locator(".run-why")).to_contain_text("python echo_bytes.py")


def test_keyboard_is_enough(reader: Reader) -> None:
    page = reader.open("echo/")
    lab = Laboratory(page, "echo/echo_bytes.py")
    lab.block.locator(".run-start").focus()
    page.keyboard.press("Enter")
    lab.waits("accept")
    lab.programs.locator(".cm-content").focus()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(lab.programs.get_by_role("button", name="▶ Запустить")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(lab.state()).to_have_text("закончила", timeout=AT_ONCE)


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_laboratory_is_accessible_and_fits(reader: Reader, view: View) -> None:
    lab = Laboratory(reader.open("echo/", view), "echo/echo_bytes.py").open()
    lab.waits("accept")
    lab.cats.get_by_role("button", name="▶").click()
    lab.send("hello")
    expect(lab.screen()).to_contain_text(r"b'hello\n'")
    assert Axe().run(lab.page, ".run-lab", AXE).response["violations"] == []
    if (view.width, view.height) == NARROW:
        assert lab.page.evaluate(SIDEWAYS) == []


def test_machine_of_the_teacher_gives_tasks(reader: Reader) -> None:
    lab = Laboratory(reader.open("flags/"), "flags/first_try.py").open()
    expect(lab.screen()).to_contain_text("Задача 2: неверно", timeout=FIRST_RUN)
    expect(lab.state()).to_have_text("закончила")
    expect(lab.state(1)).to_contain_text("accept")


def test_next_visit_needs_no_network(echo: Laboratory, reader: Reader) -> None:
    page = echo.page
    deadline = time.monotonic() + 60
    while not page.evaluate(KEPT) and time.monotonic() < deadline:
        page.evaluate(FRAME)
    page.context.set_offline(True)
    page.reload()
    again = Laboratory(page, "echo/echo_bytes.py").open()
    again.waits("accept")
    # Сети нет, и об этом браузер сообщает: так и задумано.
    reader.troubles = [one for one in reader.troubles if "ERR_INTERNET_DISCONNECTED" not in one]
