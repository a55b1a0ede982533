"""Типичные ошибки, сыгранные на живом сервере: диагноз называет именно ту, что сделана.

Каждая — решение из snippets/flags, в котором заменена строка-другая.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from netlab.flags import session
from netlab.flags.tasks import TASKS
from tests.flags.test_server import Running, running

FLAGS = Path(__file__).parents[2] / "snippets" / "flags"
SECONDS = 60.0
AT_ONCE = 24
"""Больше программ разом машине не под силу: куски, посланные порознь, у них склеивались бы."""
LIMIT = 12.0
"""Столько секунд вместо минуты идут задачи 1–7: кто завис, узнает об этом раньше."""
HURRIED = ("timeout=30", "timeout=2")
"""Кто не дождался ответа за две секунды, тот ушёл: сервер судит по тому, что уже пришло."""
ONE_RECV = ("while len(buffer) < n:\n        recv_more", "if not buffer:\n        recv_more")


@dataclass(frozen=True)
class Mistake:
    """Ошибка: чьё решение испорчено, какими заменами и чем её называет диагноз."""

    solution: str
    name: str
    changes: tuple[tuple[str, str], ...]
    named: str

    def program(self) -> str:
        """Возвращает текст испорченной программы."""
        text = (FLAGS / f"solution_{self.solution}.py").read_text(encoding="utf-8")
        for old, new in self.changes:
            assert text.count(old) == 1, (self.name, old)
            text = text.replace(old, new)
        return text


def mistake(solution: str, name: str, named: str, *changes: tuple[str, str]) -> Mistake:
    return Mistake(solution, name, changes, named)


ANSWER = "    sock.sendall(line)\n"
READ_64 = "digits = recv_exactly(sock, 64)"
READ_8 = "lines = [recv_line(sock) for _ in range(8)]"
UNTIL_DOT = "while b'\\r\\n.\\r\\n' not in buffer:\n        recv_more(sock)\n"
CRC = "b'%08x\\n' % zlib.crc32(text)"
NEXT_CRC = "crc = zlib.crc32(recv_exactly(sock, size), crc)"
ANSWER_6 = "struct.pack('>II', 4, crc)"
NAME = "name = recv_exactly(sock, size)"
ANSWER_7 = "struct.pack('!H', len(name)) + name"
END = "    sock.shutdown(socket.SHUT_WR)\n"
ON_TIMEOUT = "            sock.sendall(b'timeout\\n')\n"
REQUEST = "f'GET {path} HTTP/1.1\\r\\nHost: lab\\r\\n\\r\\n'"
BODY = "    return recv_exactly(sock, size)\n"
THREAD = "threading.Thread(target=echo, args=[client], daemon=True).start()"

MISTAKES = [
    mistake("by_hand", "strip", "Не хватает только конца строки",
            (ANSWER, "    sock.sendall(line.strip())\n"), HURRIED),
    mistake("by_hand", "command", "Это команда", (ANSWER, "    sock.sendall(b'help\\n')\n")),
    mistake("by_hand", "str", "str(data)", (ANSWER, "    sock.sendall(f'{line}\\n'.encode())\n")),
    mistake("crlf", "strip", "strip снимает и их",
            (ANSWER, "    sock.sendall(line.strip() + b'\\r\\n')\n")),
    mistake("crlf", "rstrip", "rstrip снимает и его",
            (ANSWER, "    sock.sendall(line.rstrip() + b'\\r\\n')\n")),
    mistake("crlf", "newline", "Нет байта \\r",
            (ANSWER, "    sock.sendall(line.rstrip(b'\\r\\n') + b'\\n')\n")),
    mistake("crlf", "no_end", "Нет конца строки",
            (ANSWER, "    sock.sendall(line.rstrip(b'\\r\\n'))\n"), HURRIED),
    mistake("crlf", "text_mode", "Лишний \\r",
            (ANSWER, "    sock.sendall(line.replace(b'\\n', b'\\r\\n'))\n")),
    mistake("crlf", "str_is_not_bytes", "сравнивает строку с байтами",
            ("!= b'go\\n'", "!= 'go\\n'")),
    mistake("pieces", "one_recv", "Перевёрнуто только начало", ONE_RECV),
    mistake("pieces", "lost_beginning", "начало пришло вместе с go и потерялось",
            (READ_64, "digits = sock.recv(64)")),
    mistake("pieces", "lost_and_waiting", "кто ждёт его или 65-го байта",
            (READ_64, "buffer.clear()\n    digits = recv_exactly(sock, 64)")),
    mistake("pieces", "each_reversed", "Каждый кусок перевёрнут сам по себе",
            (READ_64, "digits = recv_exactly(sock, len(buffer))[::-1]\n"
             "    while len(digits) < 64:\n        digits += sock.recv(64)[::-1]"),
            ("digits[::-1] + b'\\n'", "digits + b'\\n'")),
    mistake("pieces", "line", "нет перевода строки", (READ_64, "digits = recv_line(sock)")),
    mistake("pieces", "one_more", "65-го байта",
            ("recv_exactly(sock, 64)", "recv_exactly(sock, 65)")),
    mistake("pieces", "no_end", "Не хватает только перевода строки",
            ("digits[::-1] + b'\\n'", "digits[::-1]"), HURRIED),
    mistake("pieces", "not_reversed", "не перевёрнуты", ("digits[::-1]", "digits")),
    mistake("glued", "recv_is_a_message", "ждёт восьмого recv",
            (READ_8, "lines = [sock.recv(4096) for _ in range(8)]")),
    mistake("glued", "only_the_first_chunk", "от восьмой вернулось только начало",
            (READ_8, "lines = [line + b'\\n' for line in bytes(buffer).split(b'\\n')]")),
    mistake("glued", "lost_rest", "от восьмой вернулся только конец",
            (READ_8, "lines = [recv_line(sock) for _ in range(7)]\n    buffer.clear()\n"
             "    lines.append(recv_line(sock))")),
    mistake("glued", "counted_from_zero", "нужна пятая (считая с единицы)",
            ("lines[4] + lines[7]", "lines[5] + lines[7]")),
    mistake("glued", "empty_lines_skipped", "пропускает пустые строки",
            (READ_8, "lines = []\n    while len(lines) < 8:\n        lines += [recv_line(sock)]\n"
             "        if not lines[-1].strip():\n            lines.pop()")),
    mistake("terminator", "each_chunk", "ищет его в каждом куске отдельно",
            (UNTIL_DOT, "while b'\\r\\n.\\r\\n' not in buffer:\n        buffer.clear()\n"
             "        recv_more(sock)\n")),
    mistake("terminator", "lf", "а не b'.\\n'",
            (UNTIL_DOT, "while recv_line(sock) != b'.\\n':\n        pass\n")),
    mistake("terminator", "stuffed", "Вторая точка не убрана",
            ("    text = text.replace(b'\\r\\n..', b'\\r\\n.')\n", "")),
    mistake("terminator", "all_dots", "Точки убраны везде",
            ("text.replace(b'\\r\\n..', b'\\r\\n.')", "text.replace(b'..', b'.')")),
    mistake("terminator", "any_dot", "остановились раньше",
            ("buffer.index(b'\\r\\n.\\r\\n')", "buffer.index(b'.\\r\\n')")),
    mistake("terminator", "with_its_line_end", "перевод строки перед последней точкой",
            (CRC, "b'%08x\\n' % zlib.crc32(text + b'\\r\\n')")),
    mistake("terminator", "no_zeros", "нули впереди", ("b'%08x\\n'", "b'%x\\n'")),
    mistake("terminator", "decimal", "десятичными", ("b'%08x\\n'", "b'%d\\n'")),
    mistake("length_prefix", "little", "она прочла '<I'", ("unpack('>I'", "unpack('<I'")),
    mistake("length_prefix", "native", "она прочла '<I' или 'I'", ("unpack('>I'", "unpack('I'")),
    mistake("length_prefix", "one_recv", "не целиком", ONE_RECV),
    mistake("length_prefix", "zero_is_the_end", "длина 0 принята за конец потока",
            (NEXT_CRC, f"if not size:\n            break\n        {NEXT_CRC}")),
    mistake("length_prefix", "only_the_last", "сумма последнего сообщения",
            ("recv_exactly(sock, size), crc)", "recv_exactly(sock, size))")),
    mistake("length_prefix", "nineteen", "Не хватает последнего сообщения",
            ("range(20)", "range(19)")),
    mistake("length_prefix", "answered_little", "порядок байтов обратный",
            (ANSWER_6, "struct.pack('<II', 4, crc)")),
    mistake("length_prefix", "no_length", "перед ней нет длины",
            (ANSWER_6, "struct.pack('>I', crc)"), HURRIED),
    mistake("length_prefix", "digits", "шестнадцатеричными цифрами", (ANSWER_6, "b'%08x' % crc")),
    mistake("record", "native", "прочла длину в обратном порядке",
            ("unpack('!HBBIq'", "unpack('HBBIq'"), ("calcsize('!HBBIq'", "calcsize('HBBIq'")),
    mistake("record", "letters", "Длина посчитана в буквах",
            (NAME, f"{NAME}.decode()"), (ANSWER_7, "struct.pack('!H', len(name)) + name.encode()")),
    mistake("record", "little", "Порядок байтов у длины обратный", ("pack('!H'", "pack('<H'")),
    mistake("record", "wide", "четыре байта", ("pack('!H'", "pack('!I'")),
    mistake("record", "no_length", "Нет длины", (ANSWER_7, "name"), HURRIED),
    mistake("record", "cp1251", "кодировке cp1251",
            (NAME, f"{NAME}.decode().encode('cp1251')"), HURRIED),
    mistake("record", "line", "ждёт перевода строки", (NAME, "name = recv_line(sock)")),
    mistake("half_close", "close", "целиком (close)", (END, "    sock.close()\n    sys.exit()\n")),
    mistake("half_close", "no_shutdown", "сервер — конца запроса", (END, "")),
    mistake("half_close", "too_little", "нужно не меньше", ("line * 4096", "line * 100")),
    mistake("half_close", "stripped", "Ждали одну и ту же строку",
            ("line * 4096", "line.strip() * 4096")),
    mistake("partial_send", "send", "его ответ не проверен",
            ("sock.sendall(data)", "sock.send(data)")),
    mistake("partial_send", "the_same_again", "послали те же данные ещё раз",
            ("sock.sendall(data)",
             "sent = 0\n    while sent < len(data):\n        sent += sock.send(data)")),
    mistake("partial_send", "short_timeout", "sendall прервал таймаут",
            ("settimeout(60)", "settimeout(0.5)")),
    mistake("silence", "no_timeout", "recv ждёт без таймаута",
            ("settimeout(2)", "settimeout(None)")),
    mistake("silence", "long_timeout", "таймаут длиннее двух секунд",
            ("settimeout(2)", "settimeout(5)")),
    mistake("silence", "short_timeout", "Рано", ("settimeout(2)", "settimeout(1)")),
    mistake("silence", "common_deadline", "принятого байта",
            ("import sys\n", "import sys\nimport time\n"),
            ("    answers = 0\n", "    answers = 0\n    deadline = time.monotonic() + 2\n"),
            ("        try:\n", "        sock.settimeout(max(0.01, deadline - time.monotonic()))\n"
             "        try:\n"),
            (ON_TIMEOUT, f"{ON_TIMEOUT}            deadline += 2\n")),
    mistake("silence", "gone", "после таймаута оно цело", (ON_TIMEOUT, "            sys.exit()\n")),
    mistake("silence", "reconnects", "переподключаться не надо",
            (ON_TIMEOUT, "            sock.close()\n"
             "            sock = socket.create_connection((host, int(port)))\n" + ON_TIMEOUT)),
    mistake("silence", "no_end", "Не хватает только перевода строки",
            ("b'timeout\\n'", "b'timeout'")),
    mistake("keep_alive", "to_the_end", "читаете ответ до конца потока",
            (BODY, "    while True:\n        recv_more(sock)\n")),
    mistake("keep_alive", "new_connection", "второе соединение не открывайте",
            ("get(sock, '/b')", "get(socket.create_connection((host, int(port))), '/b')")),
    mistake("keep_alive", "asks_to_close", "просите закрыть соединение",
            ("Host: lab\\r\\n", "Host: lab\\r\\nConnection: close\\r\\n")),
    mistake("keep_alive", "no_host", "заголовок Host", ("Host: lab\\r\\n", "")),
    mistake("keep_alive", "no_empty_line", "нужна пустая строка",
            ("lab\\r\\n\\r\\n'", "lab\\r\\n'")),
    mistake("keep_alive", "old_version", "первую строку запроса", ("HTTP/1.1", "HTTP/1.0")),
    mistake("keep_alive", "case_matters", "регистр букв",
            ("header.lower() == b'content-length'", "header == b'Content-Length'")),
    mistake("keep_alive", "only_what_came", "сколько обещал Content-Length",
            (BODY, "    return recv_exactly(sock, len(buffer))\n")),
    mistake("keep_alive", "swapped", "перепутаны местами", ("first + second", "second + first")),
    mistake("own_server", "dies_at_the_second", "Пережил ли сервер уход предыдущего?",
            ("    while True:\n", "    if True:\n")),
    mistake("own_server", "single_thread", "каждому нужен свой поток выполнения",
            (THREAD, "echo(client)")),
    mistake("own_server", "text", "decode на них падает",
            ("client.sendall(data)", "client.sendall(data.decode().encode())")),
    mistake("own_server", "damaged_text", "Верните байты как есть",
            ("client.sendall(data)", "client.sendall(data.decode(errors='replace').encode())")),
    mistake("own_server", "stripped", "теми же байтами",
            ("client.sendall(data)", "client.sendall(data.strip())")),
    mistake("own_server", "once", "Тот, кто шлёт по кусочкам", ("while data :=", "if data :=")),
    mistake("own_server", "never_closes", "сервер соединения не закрыл",
            ("while data := client.recv(65536):",
             "while True:\n            data = client.recv(65536)")),
    mistake("own_server", "after_the_end", "не дожидаясь конца потока",
            ("            client.sendall(data)\n", "            buffer.extend(data)\n"
             "        client.sendall(buffer)\n")),
    mistake("own_server", "other_port", "не смог подключиться",
            ("{server.getsockname()[1]}", "1024")),
]  # fmt: skip


@pytest.fixture(scope="module")
def diagnoses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Mistake, str]]:
    """Играет все ошибки сразу, каждую своей программой; возвращает диагнозы."""
    folder = tmp_path_factory.mktemp("mistakes")
    hurried = tuple(replace(task, limit=LIMIT) if task.number < 8 else task for task in TASKS)
    with (
        pytest.MonkeyPatch.context() as patch,
        running(folder / "data") as practice,
        ThreadPoolExecutor(AT_ONCE) as crowd,
    ):
        patch.setattr(session, "TASKS", hurried)
        told = crowd.map(lambda one: played(one, practice, folder), MISTAKES)
        yield dict(zip(MISTAKES, told, strict=True))


def played(one: Mistake, practice: Running, folder: Path) -> str:
    """Запускает испорченную программу и ждёт, что о ней скажет сервер."""
    student = f"{one.solution} {one.name}"
    program = folder / f"{one.solution}_{one.name}.py"
    program.write_text(one.program(), encoding="utf-8")
    host, port = practice.address
    call = [sys.executable, "-I", str(program), host, str(port), student]
    deadline, pause = time.monotonic() + SECONDS, threading.Event()
    with subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            while time.monotonic() < deadline:
                ended = [one for one in practice.store.attempts() if one.student == student]
                if ended and ended[0].outcome:
                    return ended[0].diagnosis or f"(диагноза нет: {ended[0].outcome})"
                pause.wait(0.2)
        finally:
            process.kill()
    return "(сервер так ничего и не сказал)"


@pytest.mark.parametrize("one", MISTAKES, ids=lambda one: f"{one.solution}-{one.name}")
def test_diagnosis_names_the_mistake(one: Mistake, diagnoses: dict[Mistake, str]) -> None:
    assert one.named in diagnoses[one]


def test_every_task_is_played_wrong() -> None:
    names = {task.play.__module__.rpartition(".")[2] for task in TASKS}
    assert {one.solution for one in MISTAKES} == names
