"""Что показывают nc, telnet, curl, ss и tcpdump: записи для страниц справочника.

`python -m tests.proof.tool_sessions` проводит разговоры заново и пишет
`snippets/reference/records/*.txt`; strangers/test_tools.py сверяет с ними новый запуск. Нужны root
и пространство имён сети: в нём свои порты, у клиента всегда порт 50000 и никого постороннего.

В записи `$` — приглашение, `⏎` — нажали Enter, `^D` — кончили ввод, `…` — то, что каждый раз иное.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from netlab.namespaces import ip
from tests.proof.foreign_programs import PROGRAMS, path_of

ROOT = Path(__file__).resolve().parents[2]
SNIPPETS = ROOT / "snippets"
RECORDS = SNIPPETS / "reference" / "records"
SECONDS = 20.0
CLIENT_PORT = 50000
ANSWER = r"printf 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n'"
CUT_ANSWER = r"printf 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello\n'"


class Host:
    """Хост, на котором есть только loopback; папка — рабочая, в ней программы лекции."""

    def __init__(self, folder: Path, programs: dict[str, str]) -> None:
        self.name = f"netlab-tools-{os.getpid()}"
        self.folder = folder
        self.terminals: list[Terminal] = []
        for name, source in programs.items():
            shutil.copy(SNIPPETS / source, folder / name)
        self.commands = folder / "commands"
        self.commands.mkdir()
        for name in PROGRAMS:
            (self.commands / name).symlink_to(path_of(name))
        (self.commands / "python").symlink_to(sys.executable)

    def __enter__(self) -> Host:
        ip("netns", "add", self.name)
        ip("-n", self.name, "link", "set", "lo", "up")
        self.use_port(CLIENT_PORT)
        # Без меток времени пакет читается легче.
        self.look("sysctl -qw net.ipv4.tcp_timestamps=0")
        return self

    def __exit__(self, *_: object) -> None:
        for terminal in self.terminals:
            terminal.kill()
        ip("netns", "delete", self.name)

    def terminal(self, command: str, *, ordinary_user: bool = False) -> Terminal:
        """Открывает терминал и запускает в нём команду."""
        terminal = Terminal(self, command, ordinary_user)
        self.terminals.append(terminal)
        return terminal

    def shown(self, *commands: str, ordinary_user: bool = False) -> str:
        """Выполняет команды одну за другой и возвращает экран."""
        screen = "".join(
            self.terminal(command, ordinary_user=ordinary_user).finish() for command in commands
        )
        return re.sub(r"(?m) +$", "", screen)

    def use_port(self, port: int) -> None:
        """Следующий клиент получит этот порт."""
        self.look(f"sysctl -qw net.ipv4.ip_local_port_range='{port} {port}'")

    def look(self, command: str) -> str:
        """Выполняет команду, которой в записи нет; возвращает её вывод."""
        return self.terminal(command).finish().partition("\n")[2]

    def wait(self, condition: str, port: int) -> None:
        """Ждёт сокета в этом состоянии на этом порту, например `state listening`."""
        wait_for(lambda: bool(self.look(f"ss -Htan {condition} sport = :{port}")))

    def listening(self, command: str, port: int) -> Terminal:
        """Запускает сервер и ждёт, пока он не начнёт слушать."""
        terminal = self.terminal(command)
        self.wait("state listening", port)
        return terminal


class Terminal:
    """Одна команда в терминале и всё, что на экране."""

    def __init__(self, host: Host, command: str, ordinary_user: bool) -> None:
        self.screen = f"$ {command}\n"
        # Обычный пользователь — это root без права занимать порты ниже 1024: чужому
        # пользователю Python из домашней папки root не виден.
        limits = ["setpriv", "--bounding-set=-net_bind_service"] if ordinary_user else []
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", host.name, *limits, "sh", "-c", command],
            cwd=host.folder,
            env={
                "PATH": f"{host.commands}:/usr/sbin:/usr/bin:/sbin:/bin",
                "LC_ALL": "C.UTF-8",
                "PYTHONUNBUFFERED": "1",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.input, self.output = self.process.stdin, self.process.stdout

    def type(self, line: str) -> None:
        """Набирает строку и нажимает Enter."""
        self.screen += f"{line} ⏎\n"
        self.input.write(line.encode() + b"\n")
        self.input.flush()

    def end_input(self) -> None:
        """Нажимает Ctrl-D."""
        self.screen += "^D\n"
        self.input.close()
        self.process.stdin = None

    def see(self, text: str) -> None:
        """Ждёт, пока на экране не появится ещё и этот текст."""
        start = len(self.screen)
        deadline = time.monotonic() + SECONDS
        while text not in self.screen[start:]:
            left = deadline - time.monotonic()
            ready = select.select([self.output], [], [], max(left, 0))[0]
            chunk = os.read(self.output.fileno(), 65536) if ready else b""
            if not chunk:
                raise AssertionError(f"нет «{text}» на экране:\n{self.screen}")
            self.screen += chunk.decode().replace("\r\n", "\n")

    def interrupt(self) -> str:
        """Нажимает Ctrl-C и возвращает экран."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.finish()

    def finish(self) -> str:
        """Ждёт конца команды и возвращает экран."""
        rest, _ = self.process.communicate(timeout=SECONDS)
        self.screen += rest.decode().replace("\r\n", "\n")
        return self.screen

    def kill(self) -> None:
        """Завершает команду и всё, что она запустила."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for stream in (self.input, self.output):
            with contextlib.suppress(OSError):
                stream.close()


@contextlib.contextmanager
def host(**programs: str) -> Iterator[Host]:
    """Новый хост и папка с программами: имя файла без .py — откуда его взять."""
    with tempfile.TemporaryDirectory() as folder:
        files = {f"{name}.py": source for name, source in programs.items()}
        with Host(Path(folder), files) as one:
            yield one


def wait_for(condition: Callable[[], bool]) -> None:
    """Ждёт, пока условие не станет верным."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


# ---------------------------------------------------------------- разговоры

Screens = dict[str, str]
"""Имя записи — что было на экране."""


def open_port() -> Screens:
    with host(server="echo/echo_end_of_stream.py") as here:
        here.listening("python server.py", 5555)
        return {"nc_port": here.shown("nc -zv 127.0.0.1 5555", "nc -zv 127.0.0.1 5556")}


def line_ends() -> Screens:
    screens = {}
    with host(echo_end_of_stream="echo/echo_end_of_stream.py") as here:
        server = here.listening("python echo_end_of_stream.py", 5555)
        nc = here.terminal("nc -N 127.0.0.1 5555")
        nc.type("hello")
        nc.see("hello\n")
        nc.end_input()
        screens["nc_echo"] = nc.finish()
        here.wait("state time-wait", CLIENT_PORT)
        here.use_port(CLIENT_PORT + 1)  # прежний ещё в TIME_WAIT
        telnet = here.terminal("telnet 127.0.0.1 5555")
        telnet.see("Escape character is '^]'.\n")
        telnet.type("hello")
        telnet.see("hello\n")
        telnet.type("quit")
        telnet.see("closed by foreign host.\n")
        screens["telnet_echo"] = telnet.finish()
        server.see(r"b'hello\r\n'")
        screens["echo_lines"] = server.screen
    return screens


def request() -> Screens:
    with host() as here:
        server = here.listening(f"{ANSWER} | nc -N -l 8000", 8000)
        answer = here.shown("curl -si http://127.0.0.1:8000/")
        request = re.sub(r"curl/[\d.]+", "curl/…", server.finish())
        return {"curl_answer": answer, "curl_request": request}


def curl_codes() -> Screens:
    with host() as here:
        servers = {8001: "sleep 60", 8002: CUT_ANSWER, 8003: ":"}
        for port, answer in servers.items():
            here.listening(f"{answer} | nc -N -l {port}", port)
        return {
            "curl_codes": here.shown(
                "curl -s http://server.invalid/; echo $?",
                "curl -s http://127.0.0.1:8000/; echo $?",
                "curl -s -m 1 http://127.0.0.1:8001/; echo $?",
                "curl -s http://127.0.0.1:8002/; echo $?",
                "curl -s http://127.0.0.1:8003/; echo $?",
            )
        }


def sockets() -> Screens:
    with host(echo_original="echo/echo_original.py") as here:
        here.listening("python echo_original.py", 5555)
        listen = here.shown("ss -tlnp")
        nc = here.terminal("nc -N 127.0.0.1 5555")
        nc.type("hello")
        nc.see("hello\n")
        talk = here.shown("ss -tn")
        nc.end_input()
        here.wait("state fin-wait-2", CLIENT_PORT)
        return {
            "ss_listen": re.sub(r"pid=\d+", "pid=…", listen),
            "ss_talk": in_order(talk),
            "ss_close_wait": in_order(here.shown("ss -tn")),
        }


def queue() -> Screens:
    with host(echo_original="echo/echo_original.py") as here:
        here.listening("python echo_original.py", 5555)
        nc = here.terminal("nc 127.0.0.1 5555")
        nc.type("hello")
        nc.see("hello\n")
        here.use_port(CLIENT_PORT + 1)
        here.terminal("nc 127.0.0.1 5555")
        here.wait("state established", CLIENT_PORT + 1)
        return {"ss_queue": here.shown("ss -tln")}


def in_order(screen: str) -> str:
    """Ставит строки ss по порядку: у ядра он случаен."""
    command, titles, *lines = screen.splitlines()
    return "\n".join([command, titles, *sorted(lines)]) + "\n"


def packets() -> Screens:
    with host(echo_end_of_stream="echo/echo_end_of_stream.py") as here:
        here.listening("python echo_end_of_stream.py", 5555)
        talk = watching(here)
        nc = here.terminal("nc -N 127.0.0.1 5555")
        nc.type("hello")
        nc.see("hello\n")
        nc.end_input()
        nc.finish()
        here.wait("state time-wait", CLIENT_PORT)
        talk.see(f"{CLIENT_PORT} > 127.0.0.1.5555: Flags [.], ack 8")
        talk.interrupt()
    with host() as here:
        refusal = watching(here)
        here.look("nc -z 127.0.0.1 5555")
        refusal.see("[R.]")
        refusal.interrupt()
    return {"tcpdump_talk": packet_lines(talk), "tcpdump_refused": packet_lines(refusal)}


def watching(here: Host) -> Terminal:
    """Запускает tcpdump и ждёт, пока он не начнёт смотреть."""
    tcpdump = here.terminal("tcpdump -i lo -n -t --immediate-mode -l tcp port 5555")
    tcpdump.see("listening on lo")
    return tcpdump


def packet_lines(tcpdump: Terminal) -> str:
    """Оставляет от экрана пакеты, а от пакета — то, что не меняется от запуска к запуску."""
    lines = [line for line in tcpdump.screen.splitlines() if line.startswith("IP ")]
    pattern = re.compile(r"(\[[SR]\.?\]), seq \d+(?:, ack \d+)?|, win \d+|, options \[[^]]*\]")
    command = "$ sudo tcpdump -i lo -n -t tcp port 5555"
    return "\n".join([command, *(pattern.sub(r"\1", line) for line in lines)]) + "\n"


def roads() -> Screens:
    with host(names="layers/names.py") as here:
        ip("-n", here.name, "route", "add", "unreachable", "10.0.2.0/24")
        return {
            "no_route": here.shown("nc -v 10.0.2.80 80", "nc -v 10.0.3.80 80"),
            "no_dns": last_line(here.shown("python names.py e1.ru")),
        }


def low_port() -> Screens:
    with host() as here:
        return {"low_port": last_line(here.shown("python -m http.server 80", ordinary_user=True))}


def modules() -> Screens:
    with host(socket="echo/echo_original.py") as here:
        own_socket = last_line(here.shown("python socket.py"))
    with host(echo_netlab="echo/echo_netlab.py") as here:
        return {
            "own_socket": own_socket,
            "no_netlab": last_line(here.shown("python echo_netlab.py")),
        }


def last_line(screen: str) -> str:
    """Оставляет от трассировки первую строку и последнюю."""
    return re.sub(r"(?ms)^(Traceback [^\n]*\n).*?^(?=\S)", r"\1  …\n", screen)


SESSIONS = (
    open_port, line_ends, request, curl_codes, sockets, queue, packets, roads, low_port, modules
)  # fmt: skip


def main() -> None:
    """Проводит все разговоры и пишет записи."""
    RECORDS.mkdir(exist_ok=True)
    for session in SESSIONS:
        for name, screen in session().items():
            (RECORDS / f"{name}.txt").write_text(screen, encoding="utf-8")
            print(f"{name}.txt\n{screen}")


if __name__ == "__main__":
    main()
