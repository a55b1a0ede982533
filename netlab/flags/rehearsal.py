"""Репетиция без сети: лаборатория в памяти, студент с часами и верные ответы на задачи."""

# Этим проверяют разговор тесты, и это же берут замеры.

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from netlab.flags.diagnosis import Wrong
from netlab.flags.session import Action, Close, Refused, Session, Visit
from netlab.flags.tasks import partial_send
from netlab.flags.wishes import ReceiveBuffer, Send


class FakeLab:
    """Лаборатория, которая всё помнит в памяти и записывает, о чём её спросили."""

    def __init__(self, nonce: str = "1", refusing: str | None = None) -> None:
        self.nonce = nonce
        self.refusing = refusing
        self.events: list[tuple[object, ...]] = []
        self.hints: dict[tuple[str, int], int] = {}
        self.last_unheard: dict[str, str] = {}
        self.seconds: float | None = 1800.0

    def _note(self, *event: object) -> None:
        if self.refusing == event[0]:
            raise Refused("Сейчас нельзя.")
        self.events.append(event)

    def hello(self, words: str, peer: str, now: float) -> str:
        self._note("hello", words)
        return words

    def begin(self, student: str, task: int, now: float) -> str:
        self._note("begin", student, task)
        return self.nonce

    def earned(self, student: str, task: int, now: float) -> str:
        self._note("earned", student, task)
        return flag(task)

    def failed(self, student: str, task: int, diagnosis: str, heard: bool, now: float) -> float:
        self._note("failed", student, task, diagnosis, heard)
        if not heard:
            self.last_unheard[student] = diagnosis
        return 1.0

    def unheard(self, student: str) -> str | None:
        return self.last_unheard.pop(student, None)

    def hint(self, student: str, task: int, now: float) -> int:
        self._note("hint", student, task)
        self.hints[student, task] = min(3, self.hints.get((student, task), 0) + 1)
        return self.hints[student, task]

    def submit(self, student: str, flag: str, now: float) -> str:
        self._note("submit", student, flag)
        return "Засчитано."

    def score(self, student: str, now: float) -> Sequence[str]:
        self._note("score", student)
        return [f"{student}: 1 флаг.", "Больше ничего."]

    def left(self, now: float) -> float | None:
        return None if self.seconds is None else self.seconds - now


def flag(task: int) -> str:
    """Флаг, который выдаёт FakeLab."""
    return f"python{{{task:02}-ABCDEFGHIJKLMNOP}}"


class Talk:
    """Студент, его соединение и часы; нарезка piece — по столько байт за раз."""

    def __init__(
        self,
        lab: FakeLab,
        piece: int | None = None,
        kind: type[Session] = Session,
        now: float = 1000.0,
    ) -> None:
        self.lab = lab
        self.piece = piece
        self.now = now
        self.actions: list[tuple[float, Action]] = []
        self.session = kind(lab, self.now, "192.0.2.1")
        self._seen = 0
        self._collect()

    def send(self, data: bytes) -> None:
        """Шлёт байты; чего сервер не читает, ждёт своего часа, как в ядре."""
        step = self.piece or len(data) or 1
        for begin in range(0, len(data), step):
            while not self.session.reading and not self.session.closed:
                self.step()
            self.session.receive(data[begin : begin + step], self.now)
            self._collect()

    def end(self) -> None:
        """Заканчивает писать."""
        while not self.session.reading and not self.session.closed:
            self.step()
        self.session.end(self.now)
        self._collect()

    def lose(self) -> None:
        """Обрывает связь."""
        self.session.lost(self.now)
        self._collect()

    def step(self, until: float = float("inf")) -> None:
        """Переводит часы к ближайшему сроку, но не дальше until."""
        due = self.session.wake_at
        self.now = max(self.now, min(until, until if due is None else due))
        if due is not None and due <= self.now:
            self.session.wake(self.now)
            self._collect()

    def wait(self, seconds: float) -> None:
        """Ждёт, ничего не посылая."""
        until = self.now + seconds
        while self.now < until and not self.session.closed:
            self.step(until)
        self.now = until

    def _collect(self) -> None:
        while actions := self.session.take():
            self.actions += [(self.now, action) for action in actions]

    @property
    def output(self) -> bytes:
        """Всё, что прислал сервер."""
        return b"".join(one.data for _, one in self.actions if isinstance(one, Send))

    @property
    def text(self) -> str:
        """То же текстом; данные задач, которые не текст, — с заменой."""
        return self.output.decode(errors="replace")

    def news(self) -> str:
        """То, чего ещё не спрашивали."""
        text = self.output[self._seen :].decode(errors="replace")
        self._seen = len(self.output)
        return text

    def writes(self) -> list[bytes]:
        """Посылки сервера по одной."""
        return [one.data for _, one in self.actions if isinstance(one, Send)]

    def buffers(self) -> list[int]:
        """Какие буферы приёма просили."""
        return [one.size for _, one in self.actions if isinstance(one, ReceiveBuffer)]

    def visits(self) -> list[int]:
        """На какие порты просили сходить."""
        return [one.port for _, one in self.actions if isinstance(one, Visit)]

    @property
    def closed(self) -> bool:
        """Закрыто ли соединение — и последним ли поступком."""
        return any(isinstance(one, Close) for _, one in self.actions)

    @property
    def flags(self) -> list[str]:
        """Флаги, которые кончают строку: перед первым может стоять конец данных задачи."""
        return re.findall(r"(?<!submit )(python\{[^}]*\})$", self.text, re.MULTILINE)

    @property
    def diagnosis(self) -> str:
        """Последний диагноз, который записала лаборатория."""
        return str([event for event in self.lab.events if event[0] == "failed"][-1][3])


def started(task: int, lab: FakeLab | None = None, piece: int | None = None) -> Talk:
    """Студент, который начал задачу и ещё ничего из неё не прочёл."""
    talk = Talk(lab or FakeLab(), piece)
    talk.send(b"hello Student\n")
    port = " 5555" if task == 12 else ""
    talk.send(f"start {task}{port}\n".encode())
    return talk


def payload(talk: Talk, seconds: float = 0.7) -> bytes:
    """Всё, что пришло после go за seconds секунд."""
    talk.wait(seconds)
    return talk.output.rpartition(b"\ngo\n")[2]


# ---------------------------------------------------------------- верные ответы задач 1–7


def answer_4(data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    return lines[4] + lines[7]


def answer_5(data: bytes) -> bytes:
    text, _, _ = data.partition(b"\r\n.\r\n")
    return b"%08x\n" % zlib.crc32(text.replace(b"\r\n..", b"\r\n."))


def messages_of(data: bytes) -> list[bytes]:
    """Сообщения задачи 6."""
    messages = []
    while data:
        (size,) = struct.unpack_from(">I", data)
        messages.append(data[4 : 4 + size])
        data = data[4 + size :]
    return messages


def answer_6(data: bytes) -> bytes:
    return struct.pack(">II", 4, zlib.crc32(b"".join(messages_of(data))))


def answer_7(data: bytes) -> bytes:
    size = struct.unpack_from("!HBBIq", data)[3]
    name = data[16 : 16 + size]
    return struct.pack("!H", len(name)) + name


ANSWERS: dict[int, Callable[[bytes], bytes]] = {
    1: lambda data: data,
    2: lambda data: data,
    3: lambda data: data[::-1] + b"\n",
    4: answer_4,
    5: answer_5,
    6: answer_6,
    7: answer_7,
}


# ---------------------------------------------------------------- верные разговоры 8–12


@lru_cache(maxsize=2)
def numbered_lines(tag: bytes, count: int = 524_288) -> bytes:
    """Данные задачи 9."""
    return b"".join([b"%s %06d\n" % (tag, number) for number in range(count)])


def send_all(talk: Talk, data: bytes, portion: int = 65536) -> None:
    """Шлёт данные порциями; сервер читает, когда хочет."""
    for begin in range(0, len(data), portion):
        talk.send(data[begin : begin + portion])


def play_8(talk: Talk) -> None:
    talk.send(payload(talk) * 4096)
    talk.end()
    talk.wait(1)


def play_9(talk: Talk) -> None:
    lines = partial_send.TOTAL // partial_send.LINE
    send_all(talk, numbered_lines(payload(talk).strip(), lines))
    talk.wait(len(partial_send.STOPS) * partial_send.STOP_SECONDS + 1)


def play_10(talk: Talk) -> None:
    for _ in range(3):
        wait_for_silence(talk)
        talk.send(b"timeout\n")


def wait_for_silence(talk: Talk, seconds: float = 2.0) -> None:
    """Ждёт, пока сервер не промолчит столько секунд."""
    while talk.now < (until := talk.actions[-1][0] + seconds):
        talk.wait(until - talk.now)


def page(talk: Talk, name: str) -> bytes:
    """Запрашивает страницу задачи 11 и возвращает её тело; не ответили — b""."""
    before = len(talk.output)
    talk.send(b"GET /%s HTTP/1.1\r\nHost: lab\r\n\r\n" % name.encode())
    talk.wait(0.5)
    head, _, body = talk.output[before:].partition(b"\r\n\r\n")
    size = re.search(rb"(?i)content-length: (\d+)", head)
    if size is None:
        return b""
    assert int(size[1]) == len(body)
    return body


def play_11(talk: Talk) -> None:
    talk.send(page(talk, "a") + page(talk, "b") + b"\n")


def play_12(talk: Talk) -> None:
    visit(talk, None)


def visit(talk: Talk, wrong: Wrong | None) -> None:
    """Возвращается от сервера студента."""
    talk.session.visited(wrong, talk.now)
    talk._collect()


def answering(task: int) -> Callable[[Talk], None]:
    def play(talk: Talk) -> None:
        talk.send(ANSWERS[task](payload(talk)))

    return play


PLAYS: dict[int, Callable[[Talk], None]] = {
    **{task: answering(task) for task in ANSWERS},
    8: play_8,
    9: play_9,
    10: play_10,
    11: play_11,
    12: play_12,
}


def solve(task: int, lab: FakeLab | None = None, piece: int | None = None) -> Talk:
    """Решает задачу верно."""
    talk = started(task, lab, piece)
    PLAYS[task](talk)
    return talk


def pieces_of(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    """Режет данные в названных местах."""
    edges = [0, *sorted(cuts), len(data)]
    return [data[a:b] for a, b in pairwise(edges) if a < b]
