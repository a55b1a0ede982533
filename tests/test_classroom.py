"""Сайт для класса: отдаёт его и ничего кроме, а на экране — то, что переписать на доску."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from netlab.pages import classroom as command
from netlab.pages.classroom import Classroom, Handler, announcement, main
from netlab.pages.wheel import write_wheel
from netlab.sockets import reset

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 10.0
SECRET = "пароль от журнала"
LOST = "<h1>Такой страницы нет</h1>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Собранный сайт, а рядом с ним — чужой файл."""
    outside = tmp_path_factory.mktemp("дом")
    (outside / "secret.txt").write_text(SECRET, encoding="utf-8")
    site = outside / "site"
    for name, text in {
        "index.html": "<h1>Начало</h1>",
        "404.html": LOST,
        "recv/index.html": "<h1>recv</h1>",
        "assets/site.css": "a{}",
        "assets/site.js": "let a;",
        "assets/logo.svg": "<svg/>",
        "programs/echo/echo.py": "# эхо\n",
        "wheels/index.html": "<h1>Пакет</h1>",
        "wheels/netlab-0.1.0-py3-none-any.whl": "PK",
    }.items():
        file = site / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return site


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Classroom]:
    with Classroom(folder, "127.0.0.1", 0) as server:
        yield server


def ask(
    server: Classroom, path: str, method: str = "GET", **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    """Задаёт один вопрос, ни знака в адресе не меняя."""
    connection = http.client.HTTPConnection(*server.address, timeout=SECONDS)
    try:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/recv/", "text/html; charset=utf-8"),
        ("/assets/site.css", "text/css; charset=utf-8"),
        ("/assets/site.js", "text/javascript; charset=utf-8"),
        ("/assets/logo.svg", "image/svg+xml"),
        ("/programs/echo/echo.py", "text/plain; charset=utf-8"),
        ("/wheels/", "text/html; charset=utf-8"),
        ("/wheels/netlab-0.1.0-py3-none-any.whl", "application/zip"),
    ],
)
def test_file_is_served(server: Classroom, folder: Path, path: str, kind: str) -> None:
    response, body = ask(server, path)
    file = folder / path.lstrip("/")
    assert body == (file / "index.html" if file.is_dir() else file).read_bytes()
    assert (response.status, response.version) == (200, 11)
    assert response.headers["Content-Type"] == kind
    assert response.headers["Cache-Control"] == "no-cache"


def test_unchanged_file_is_not_sent_again(server: Classroom) -> None:
    first, _ = ask(server, "/")
    again, body = ask(server, "/", **{"If-Modified-Since": first.headers["Last-Modified"]})
    assert (again.status, body) == (304, b"")


@pytest.mark.parametrize("path", ["/nothing", "/recv/nothing/", "/index.html/", "/programs/"])
def test_what_is_missing_is_told_by_the_site_itself(server: Classroom, path: str) -> None:
    response, body = ask(server, path)
    assert (response.status, body.decode()) == (404, LOST)


@pytest.mark.parametrize("path", ["/", "/nothing", "/netlab.txt"])
def test_headers_alone_bring_no_body(server: Classroom, path: str) -> None:
    """http.client лишнего тела не заметил бы."""
    with socket.create_connection(server.address, SECONDS) as sock:
        sock.sendall(f"HEAD {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: sock.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 ")
    assert b"\r\nContent-Length: " in answer
    assert answer.endswith(b"\r\n\r\n")


def test_folder_without_slash_leads_to_its_page(server: Classroom) -> None:
    response, _ = ask(server, "/recv")
    assert (response.status, response.headers["Location"]) == (301, "/recv/")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt", "//../secret.txt", "../secret.txt", "/recv/../../secret.txt",
        "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/%2e%2e%5csecret.txt", "/secret.txt%00.html",
        "/%ed%b0%80", "/" + "a" * 5000,
    ],
)  # fmt: skip
def test_nothing_outside_the_folder_is_served(server: Classroom, path: str) -> None:
    response, body = ask(server, path)
    assert (response.status, body.decode()) == (404, LOST)


def test_pip_is_told_where_to_look_and_where_not(server: Classroom) -> None:
    response, body = ask(server, "/netlab.txt", Host="192.168.1.7:8000")
    assert response.status == 200
    assert body.decode().splitlines() == [
        "--no-index",
        "--trusted-host 192.168.1.7:8000",
        "--find-links http://192.168.1.7:8000/wheels/",
        "netlab",
    ]


def test_class_comes_at_once(server: Classroom, folder: Path) -> None:
    with ThreadPoolExecutor(100) as students:
        answers = list(students.map(lambda _: ask(server, "/assets/site.js"), range(100)))
    assert {(answer.status, body) for answer, body in answers} == {(200, b"let a;")}


def test_silent_client_is_cut_off_and_its_place_is_taken(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "PLACES", 1)
    monkeypatch.setattr(Handler, "timeout", Handler.timeout / 100)
    with (
        Classroom(folder, "127.0.0.1", 0) as server,
        socket.create_connection(server.address, SECONDS) as silent,
    ):
        assert ask(server, "/")[0].status == 200
        assert silent.recv(1) == b""


def test_silent_client_does_not_stop_others(server: Classroom) -> None:
    with socket.create_connection(server.address, SECONDS) as silent:
        silent.sendall(b"GET / HT")
        assert ask(server, "/")[0].status == 200


def test_screen_keeps_only_what_is_for_the_blackboard(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "PLACES", 1)  # ответ придёт, когда с ушедшим уже покончено
    with Classroom(folder, "127.0.0.1", 0) as server:
        gone = socket.create_connection(server.address, SECONDS)
        gone.sendall(b"GET / HTTP/1.1\r\n")
        reset(gone)
        assert ask(server, "/nothing")[0].status == 404
        assert ask(server, "/", "POST")[0].status == 501
    assert capfd.readouterr() == ("", "")


def test_blackboard(folder: Path) -> None:
    lines = list(announcement(folder, ("192.168.100.107", 8000)))
    assert lines == [
        "Сайт открыт всей сети. Напишите на доске:",
        "",
        "    http://192.168.100.107:8000/",
        "",
        "Поставить netlab:",
        "",
        "    python -m pip install -r http://192.168.100.107:8000/netlab.txt",
        "",
        "Остановить: Ctrl-C",
    ]


def test_machine_without_a_network_is_told_what_to_do(folder: Path) -> None:
    lines = list(announcement(folder, ("127.0.0.1", 8000)))
    assert "    http://127.0.0.1:8000/" in lines
    assert "ipconfig" in " ".join(lines)
    assert max(map(len, lines)) <= 80


def test_site_without_the_wheel_does_not_promise_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "flit_core", None)
    write_wheel(ROOT, tmp_path, "https://example.org/")
    assert list(tmp_path.iterdir()) == []
    text = "\n".join(announcement(tmp_path, ("192.168.1.7", 8000)))
    assert "pip" not in text
    assert "flit_core" in text
    with Classroom(tmp_path, "127.0.0.1", 0) as server:
        assert ask(server, "/netlab.txt")[0].status == 404


def test_folder_without_a_site_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in (tmp_path, tmp_path / "нет"):
        assert main([str(folder)]) == 2
        assert capsys.readouterr().err == (
            f"python -m netlab.pages.classroom: «{folder}»: собранного сайта здесь нет; "
            "его собирает mkdocs build --strict.\n"
        )


def test_busy_port_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        assert main([str(folder), "--host", "127.0.0.1", "--port", str(port)]) == 1
    assert f"Порт {port} занят" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="на Windows этого нет")
def test_ctrl_c_ends_the_lesson(folder: Path) -> None:
    arguments = ["-m", command.__name__, folder, "--host", "localhost", "--port", "0"]
    with subprocess.Popen(
        [sys.executable, "-X", "dev", "-X", "utf8", *arguments],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    ) as process:  # fmt: skip
        try:
            assert process.stdout
            screen = "".join(iter(process.stdout.readline, "Остановить: Ctrl-C\n"))
            found = re.search(r"http://127\.0\.0\.1:(\d+)/\n", screen)
            assert found
            with socket.create_connection(("127.0.0.1", int(found[1])), SECONDS):
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=SECONDS)
            assert (process.returncode, out, err) == (0, "", "")
        finally:
            process.kill()
