"""Разговор с одним студентом без сокетов: байты и время на входе, поступки и сроки на выходе."""

# Тот, у кого сокет, отдаёт сюда принятое (receive, end, lost), зовёт wake, когда наступило wake_at,
# и делает то, что вернул take, по порядку. Времени Session не знает: ей говорят now, секунды
# монотонных часов. Потоков и ожидания здесь нет, поэтому весь разговор проверяется без сети, байт
# за байтом.
#
# Идёт задача — принятое достаётся ей, не идёт — строкам диалога. Пока reading ложно, читать сокет
# не надо: задача ждёт или прежнее ещё не разобрано. Тогда ядро остановит отправителя само, и
# памяти разговор занимает не больше, чем помещается в Inbox.

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from random import Random
from textwrap import wrap
from typing import Any, Protocol

from netlab.flags.diagnosis import Wrong
from netlab.flags.dialogue import (
    LINE_LIMIT,
    LINE_SECONDS,
    Unreadable,
    has_begun,
    line_length,
    telnet_refusals,
    text_of,
)
from netlab.flags.task import Task
from netlab.flags.tasks import TASKS
from netlab.flags.wishes import (
    Inbox,
    Lost,
    Now,
    Reading,
    ReceiveBuffer,
    Send,
    Visited,
    Wait,
    Wish,
)
from netlab.progress import shown_duration, shown_seconds

FIRST_PORT = 1024
"""Порты ниже — системные: сервер студента на них не живёт, а чужой живёт."""
IDLE_SECONDS = 600.0
INBOX_LIMIT = 32768
"""Принято столько — и сокет не читают, пока это не разобрано."""
OUTPUT_LIMIT = 16384
"""Столько готово к отправке — и разговор ждёт, пока это заберут."""
RECEIVE_BUFFER = 131_072
"""Такой буфер приёма просят вернуть после задачи, которая его меняла."""

HELP = f"""\
Команды (буквы любые, большие или маленькие):
  hello ИМЯ         представиться; если вам выдали код — hello ИМЯ КОД
  start НОМЕР       начать задачу, от 1 до {len(TASKS)}; с двенадцатой — start 12 ПОРТ
  hint НОМЕР        подсказка; у задачи их три, каждая следующая откровеннее
  submit ФЛАГ       сдать флаг: он засчитан, только когда сдан
  score             сколько у вас флагов
  time              сколько осталось времени
  quit              попрощаться
Строка кончается \\n или \\r\\n, в ней не больше {LINE_LIMIT} байт, и они в UTF-8.
Одно соединение — один разговор, команд в нём сколько угодно. Оборвалось —
подключитесь и представьтесь снова.
Строки, которые начинаются с «# », — для вас, с «! » — что-то не так.
Остальное — для программы: после start данные начинаются сразу за строкой
go, а флаг стоит в своей строке один. От go до ответа команд нет: всё, что
вы пришлёте, — ответ. После неверного присланное вслед за ним пропадает."""
WIDTH = 76
"""Столько букв в строке помещается в обычный терминал вместе со знаком впереди."""
_CODE = re.compile(r"""b['"]|^ """)
"""Строку с записью байтов или с отступом не переносят."""


class Refused(Exception):
    """Отказ: одно предложение для студента, почему и что делать."""


class Dismissed(Refused):
    """Отказ, после которого соединение закрывается."""


class Lab(Protocol):
    """Что разговору нужно от практики: кто это, что можно и что засчитано.

    task — номер задачи; now — те же часы, что у Session. Каждый метод вправе бросить Refused.
    """

    def hello(self, words: str, peer: str, now: float) -> str:
        """Узнаёт студента по словам после hello и возвращает его имя."""
        ...

    def begin(self, student: str, task: int, now: float) -> str:
        """Начинает попытку и возвращает случайное число или строку, по которой строят данные."""
        ...

    def earned(self, student: str, task: int, now: float) -> str:
        """Записывает, что задача решена, и возвращает флаг; запись уже не пропадёт."""
        ...

    def failed(self, student: str, task: int, diagnosis: str, heard: bool, now: float) -> float:
        """Записывает неудачу; возвращает, через сколько секунд можно начать снова.

        heard ложно, если сказать диагноз, скорее всего, некому: соединения уже нет.
        """
        ...

    def unheard(self, student: str) -> str | None:
        """Отдаёт, один раз, последний диагноз, которого студент не услышал."""
        ...

    def hint(self, student: str, task: int, now: float) -> int:
        """Записывает, что подсказку попросили, и возвращает которую дать: 1, 2 или 3."""
        ...

    def submit(self, student: str, flag: str, now: float) -> str:
        """Засчитывает флаг и возвращает, что сказать об этом."""
        ...

    def score(self, student: str, now: float) -> Sequence[str]:
        """Возвращает строки счёта."""
        ...

    def left(self, now: float) -> float | None:
        """Возвращает, сколько секунд осталось; None — времени сколько угодно."""
        ...


@dataclass(frozen=True)
class Visit:
    """Сходить к серверу студента на порт port и сказать об исходе методом visited."""

    port: int


@dataclass(frozen=True)
class Close:
    """Дослать всё и закрыть соединение."""


Action = Send | ReceiveBuffer | Visit | Close


class Attempt:
    """Идущая задача: её разговор, нынешнее желание и сроки."""

    def __init__(self, task: Task, draw: Random, port: int, now: float) -> None:
        self.task = task
        self.port = port
        self.due = now + task.limit
        self.conversation = task.play(draw)
        self.wish: Wish[Any] = next(self.conversation)
        self.wished_at = now
        self.answer_began: float | None = None
        self.visiting = False
        self.buffer_changed = False

    def grant(self, value: object, now: float) -> None:
        """Отдаёт задаче исполненное; StopIteration — решена, Wrong — нет."""
        self.wish = self.conversation.send(value)
        self.wished_at = now
        self.answer_began = None

    def wish_due(self) -> float:
        """Говорит, когда нынешнее желание исполнится само."""
        if isinstance(self.wish, Wait):
            return self.wished_at + self.wish.seconds
        if isinstance(self.wish, Now):
            return self.wished_at
        due = float("inf")
        if isinstance(self.wish, Reading):
            if self.wish.within is not None:
                due = self.wished_at + self.wish.within
            if self.wish.patience is not None and self.answer_began is not None:
                due = min(due, self.answer_began + self.wish.patience)
        return due


class Session:
    """Разговор с тем, кто подключился с адреса peer; lab помнит всё, что надо помнить.

    receive, end, lost, wake, visited, say и stop говорят, что случилось; take отдаёт, что делать, и
    зовут его, пока не вернёт пустого списка. wake_at — когда звать wake (None — незачем), reading —
    читать ли сейчас сокет. После FIN другой стороны её обрыв виден лишь по SO_ERROR: спросите его,
    прежде чем звать wake.
    """

    def __init__(self, lab: Lab, now: float, peer: str) -> None:
        self._lab = lab
        self._now = now
        self._peer = peer
        self._inbox = Inbox()
        self._actions: list[Action] = []
        self._outgoing = 0
        # Сколько времени отправка займёт на самом деле, здесь не знают: пока часов не спросят
        # после неё, время прежнее, и считать от него нельзя.
        self._unsent = False
        self._mid_line = False  # последнее, что послано, — не конец строки
        self._student: str | None = None
        self._attempt: Attempt | None = None
        self._notices: list[str] = []
        self._skipping = False  # строка слишком длинна; выбрасываем её до конца
        self._line_due: float | None = None
        self._idle_due = now + IDLE_SECONDS
        self._closed = False
        self._say("Это сервер флагов. Правила — help, начало — hello ИМЯ (или hello ИМЯ КОД).")

    # ------------------------------------------------------------ снаружи

    @property
    def reading(self) -> bool:
        """Читать ли сейчас сокет."""
        if self._closed or self._inbox.ended or len(self._inbox) >= INBOX_LIMIT:
            return False
        if self._outgoing >= OUTPUT_LIMIT:
            return False
        return not (self._attempt and isinstance(self._attempt.wish, Wait | Visited))

    @property
    def wake_at(self) -> float | None:
        """Когда звать wake, если ничего не придёт; None — незачем."""
        if self._closed:
            return None
        if self._attempt:
            return min(self._attempt.due, self._attempt.wish_due())
        return self._idle_due if self._line_due is None else min(self._line_due, self._idle_due)

    @property
    def closed(self) -> bool:
        """Закончен ли разговор."""
        return self._closed

    @property
    def student(self) -> str | None:
        """Имя студента; None — он ещё не представился."""
        return self._student

    def receive(self, data: bytes, now: float) -> None:
        """Принимает байты студента."""
        self._tick(now)
        if not self._closed and not self._inbox.ended:
            self._inbox.put(data)
            self._work()

    def end(self, now: float) -> None:
        """Принимает конец потока (FIN): студент больше не пришлёт ничего, но слушать может."""
        self._tick(now)
        self._inbox.ended = True
        self._work()

    def lost(self, now: float) -> None:
        """Принимает обрыв: соединения больше нет."""
        self._tick(now)
        self._inbox.ended = True
        attempt = self._attempt
        if attempt and not self._closed:
            try:
                attempt.conversation.throw(Lost())
            except Wrong as wrong:
                self._fail(wrong.lines(), heard=False)
            except (Lost, StopIteration):
                self._fail(
                    ["Соединение оборвалось посреди задачи (RST).", attempt.task.stuck], heard=False
                )
        self._actions.clear()
        self._finish()

    def wake(self, now: float) -> None:
        """Смотрит, не вышел ли какой-нибудь срок."""
        self._tick(now)
        self._work()

    def visited(self, wrong: Wrong | None, now: float) -> None:
        """Принимает исход посещения: что не так или None."""
        self._tick(now)
        if self._attempt and self._attempt.visiting:
            self._attempt.visiting = False
            self._grant(self._attempt, wrong)
        self._work()

    def say(self, text: str, now: float) -> None:
        """Говорит студенту слова преподавателя; идущей задаче они не помешают."""
        self._tick(now)
        self._notices.append(text)
        self._work()

    def stop(self, text: str, now: float) -> None:
        """Прощается и закрывает соединение."""
        self._tick(now)
        if not self._closed:
            self._say(text)
            self._finish()

    def take(self) -> list[Action]:
        """Отдаёт, что пора сделать, по порядку; отданное считается сделанным."""
        actions, self._actions, self._outgoing = self._actions, [], 0
        self._work()
        return _joined(actions)

    # ------------------------------------------------------------ шаг за шагом

    def _tick(self, now: float) -> None:
        self._now = max(self._now, now)
        self._unsent = bool(self._actions)

    def _work(self) -> None:
        """Разбирает принятое, пока есть что разбирать и есть куда отвечать."""
        while not self._closed and self._outgoing < OUTPUT_LIMIT:
            moved = self._play(self._attempt) if self._attempt else self._converse()
            if not moved:
                return

    def _play(self, attempt: Attempt) -> bool:
        """Исполняет желание задачи; ложь — пока нельзя."""
        wish = attempt.wish
        if self._now >= attempt.due:
            self._expire(attempt)
        elif isinstance(wish, Send | ReceiveBuffer):
            attempt.buffer_changed |= isinstance(wish, ReceiveBuffer)
            self._do(wish)
            self._grant(attempt, None)
        elif isinstance(wish, Now) and not self._unsent:
            self._grant(attempt, self._now)
        elif isinstance(wish, Wait) and self._now >= attempt.wish_due():
            self._grant(attempt, None)
        elif isinstance(wish, Reading) and self._readable(attempt, wish):
            self._grant(attempt, wish.read(self._inbox))
        elif isinstance(wish, Visited) and not attempt.visiting:
            attempt.visiting = True
            self._do(Visit(attempt.port))
        else:
            return False
        return True

    def _readable(self, attempt: Attempt, wish: Reading[Any]) -> bool:
        if attempt.answer_began is None and len(self._inbox):
            attempt.answer_began = self._now
        return wish.met(self._inbox, late=self._now >= attempt.wish_due())

    def _grant(self, attempt: Attempt, value: object) -> None:
        try:
            attempt.grant(value, self._now)
        except StopIteration:
            self._solve(attempt)
        except Wrong as wrong:
            lines = wrong.lines()
            if wrong.got == b"" and not wrong.likely:
                if self._inbox.ended:
                    lines.append("Вы закончили писать (FIN), не ответив.")
                lines.append(attempt.task.stuck)
            self._fail(lines, heard=not self._inbox.ended)

    def _converse(self) -> bool:
        """Говорит, что накопилось, и читает одну строку диалога; ложь — её ещё нет."""
        for notice in self._notices:
            self._say(notice)
        self._notices.clear()
        if self._skipping:
            return self._skip()
        start = self._inbox.peek(LINE_LIMIT)
        length = line_length(start)
        if length or (self._inbox.ended and start and len(start) < LINE_LIMIT):
            line = self._inbox.take(length or len(start))
            self._line_due = None
            self._idle_due = self._now + IDLE_SECONDS
            self._obey(line)
        elif len(start) == LINE_LIMIT:
            self._complain(f"Строка длиннее {LINE_LIMIT} байт; остаток пропущен до её конца.")
            self._skipping = True
        elif self._inbox.ended:
            self._finish()
        else:
            return self._wait_for_line(begun=self._line_due is not None or has_begun(start))
        return True

    def _skip(self) -> bool:
        """Выбрасывает слишком длинную строку; ложь — её конец ещё не пришёл."""
        held = self._inbox.peek(len(self._inbox))
        length = line_length(held)
        # \r в конце может оказаться половиной CR NUL.
        self._inbox.take(length or len(held) - held.endswith(b"\r"))
        if length:
            self._skipping = False
            self._line_due = None
            self._idle_due = self._now + IDLE_SECONDS
        elif self._inbox.ended:
            self._finish()
        else:
            return self._wait_for_line(begun=True)
        return True

    def _wait_for_line(self, begun: bool) -> bool:
        """Следит за сроками, пока строка не пришла; ложь — время ещё есть."""
        if begun and self._line_due is None:
            self._line_due = self._now + LINE_SECONDS
        if self._line_due is not None and self._now >= self._line_due:
            self._complain(
                f"Строка не закончилась за {shown_seconds(LINE_SECONDS)}: до свидания. "
                "Строку кончает перевод строки."
            )
        elif self._now >= self._idle_due:
            self._complain("Десять минут тишины: до свидания. Подключитесь снова, флаги за вами.")
        else:
            return False
        self._finish()
        return True

    # ------------------------------------------------------------ команды

    def _obey(self, line: bytes) -> None:
        if refusals := telnet_refusals(line):
            mid_line = self._mid_line  # терминал отказов не показывает
            self._do(Send(refusals))
            self._mid_line = mid_line
        try:
            words = text_of(line).split(maxsplit=1)
            if words:
                self._command(words[0].lower(), words[1].strip() if len(words) > 1 else "")
        except (Unreadable, Refused) as error:
            self._complain(str(error))
            if isinstance(error, Dismissed):
                self._finish()

    def _command(self, name: str, rest: str) -> None:
        commands: dict[str, Callable[[str], None]] = {
            "help": lambda _: self._say(HELP),
            "hello": self._hello,
            "start": self._start,
            "hint": self._hint,
            "submit": self._submit,
            "score": lambda _: self._say("\n".join(self._lab.score(self._known(), self._now))),
            "time": lambda _: self._time(),
            "quit": lambda _: self._quit(),
        }
        if name in commands:
            commands[name](rest)
        elif name.startswith("python{"):
            raise Refused(f"Похоже на флаг. Сдайте его: submit python{name[6:].upper()}")
        else:
            raise Refused(_not_a_command(name))

    def _hello(self, words: str) -> None:
        if not words:
            raise Refused("Назовите себя: hello ИМЯ, а если вам выдали код — hello ИМЯ КОД.")
        self._student = self._lab.hello(words, self._peer, self._now)
        self._say(f"Здравствуйте, {self._student}. Задачу начинает start, например start 1.")
        if unheard := self._lab.unheard(self._student):
            self._say("Чем кончилось в прошлый раз:")
            self._complain(unheard)

    def _known(self) -> str:
        if self._student is None:
            raise Refused("Сначала представьтесь: hello ИМЯ.")
        return self._student

    def _start(self, rest: str) -> None:
        student = self._known()
        number, *ports = rest.split() or [""]
        task = _task(number)
        port = _port(task, ports)
        nonce = self._lab.begin(student, task.number, self._now)
        self._say(f"Задача {task.number}. {task.title}.\n{task.announcement.strip()}")
        self._say(
            f"На всё {shown_seconds(task.limit)}, потом соединение закроется. "
            f"Где показано: урок «{task.lesson}»."
        )
        self._do(Send(b"go\n"))
        draw = Random(repr((student, task.number, nonce)))
        self._attempt = Attempt(task, draw, port, self._now)

    def _hint(self, rest: str) -> None:
        student = self._known()
        task = _task(rest)
        number = self._lab.hint(student, task.number, self._now)
        self._say(f"Подсказка {number} из {len(task.hints)}:\n{task.hints[number - 1]}")

    def _submit(self, flag: str) -> None:
        student = self._known()
        if not flag:
            raise Refused("Назовите флаг: submit ФЛАГ.")
        self._say(self._lab.submit(student, flag, self._now))

    def _time(self) -> None:
        left = self._lab.left(self._now)
        if left is None:
            self._say("Времени сколько угодно.")
        elif left <= 0:
            self._say("Время вышло.")
        else:
            self._say(f"Осталось {shown_duration(left)}.")

    def _quit(self) -> None:
        self._say("До свидания.")
        self._finish()

    # ------------------------------------------------------------ чем кончилась задача

    def _solve(self, attempt: Attempt) -> None:
        self._end_attempt()
        try:
            flag = self._lab.earned(self._known(), attempt.task.number, self._now)
        except Refused as refusal:
            self._complain(str(refusal))
            return
        self._do(Send(flag.encode() + b"\n"))
        where = " в новом соединении" if self._inbox.ended else ""
        self._say(f"Верно. Сдайте флаг{where}: submit {flag}")

    def _fail(self, lines: list[str], *, heard: bool, leaving: bool = False) -> None:
        attempt = self._end_attempt()
        self._inbox.clear()
        diagnosis = "\n".join([f"Задача {attempt.task.number}: неверно.", *lines])
        self._complain(diagnosis)
        try:
            delay = self._lab.failed(
                self._known(), attempt.task.number, diagnosis, heard, self._now
            )
        except Refused as refusal:
            self._complain(str(refusal))
            return
        again = f"start {attempt.task.number}" + f" {attempt.port}" * attempt.task.needs_port
        when = f" — через {shown_seconds(delay)}" if delay > 0 else ""
        if leaving:
            self._complain("Соединение закрываем. Подключитесь и представьтесь; флаги за вами.")
        self._complain(f"Ещё раз: {again}{when}. Подсказка: hint {attempt.task.number}.")

    def _expire(self, attempt: Attempt) -> None:
        # Кто не читает, у того в ящике — сколько успело прийти: случай, а не ответ.
        came = self._inbox.peek(40) if isinstance(attempt.wish, Reading) else b""
        got = f"Пришло только {came!r}." if came else "Ответа нет."
        told = f"Время задачи вышло: {shown_seconds(attempt.task.limit)}. {got}"
        self._fail([told, attempt.task.stuck], heard=not self._inbox.ended, leaving=True)
        self._finish()

    def _end_attempt(self) -> Attempt:
        attempt = self._attempt
        assert attempt is not None
        self._attempt = None
        self._line_due = None
        self._idle_due = self._now + IDLE_SECONDS
        if attempt.buffer_changed:
            self._do(ReceiveBuffer(RECEIVE_BUFFER))
        return attempt

    # ------------------------------------------------------------ что сделать

    def _say(self, text: str) -> None:
        self._tell("# ", text)

    def _complain(self, text: str) -> None:
        self._tell("! ", text)

    def _tell(self, prefix: str, text: str) -> None:
        lines = "".join(f"{prefix}{line}\n" for line in folded(text))
        self._do(Send(b"\n" * self._mid_line + lines.encode()))

    def _do(self, action: Action) -> None:
        """Добавляет поступок."""
        if isinstance(action, Send):
            self._outgoing += len(action.data)
            self._mid_line = not action.data.endswith(b"\n")
        self._unsent = True
        self._actions.append(action)

    def _finish(self) -> None:
        if not self._closed:
            self._closed = True
            self._attempt = None
            self._inbox.clear()
            self._actions.append(Close())


def folded(text: str) -> list[str]:
    """Делит текст на строки, которые помещаются в терминал."""
    lines: list[str] = []
    for line in text.split("\n"):
        if len(line) <= WIDTH or _CODE.search(line):
            lines.append(line)
        else:
            lines += wrap(line, WIDTH, break_long_words=False, break_on_hyphens=False)
    return lines


def _joined(actions: list[Action]) -> list[Action]:
    """Склеивает подряд идущие Send: что послано без паузы, уходит одной посылкой."""
    joined: list[Action] = []
    for sending, group in groupby(actions, lambda action: isinstance(action, Send)):
        if sending:
            joined.append(Send(b"".join(one.data for one in group if isinstance(one, Send))))
        else:
            joined.extend(group)
    return joined


def _task(number: str) -> Task:
    """Находит задачу по её номеру."""
    if not re.fullmatch(r"0?[1-9]|1[0-2]", number):
        raise Refused(f"Назовите номер задачи, от 1 до {len(TASKS)}: например, start 1 или hint 1.")
    return TASKS[int(number) - 1]


def _port(task: Task, words: list[str]) -> int:
    """Читает порт студента; 0 — задаче он не нужен."""
    if not task.needs_port:
        if words:
            raise Refused(f"У задачи {task.number} порта нет: start {task.number}.")
        return 0
    if len(words) != 1 or not re.fullmatch(r"[0-9]{1,5}", words[0]):
        raise Refused(f"Назовите порт своего сервера: start {task.number} ПОРТ.")
    port = int(words[0])
    if not FIRST_PORT <= port <= 65535:
        raise Refused(f"Порт вашего сервера — число от {FIRST_PORT} до 65535.")
    return port


def _not_a_command(name: str) -> str:
    """Объясняет, почему слово — не команда; ответ, пришедший не туда, узнаёт."""
    if name == "timeout":
        return (
            "timeout — ответ в задаче 10, а она сейчас не идёт: вы опоздали или подключились "
            "заново, а отвечать надо в том же соединении."
        )
    if name == "get":
        return (
            "GET ждут в задаче 11, а она сейчас не идёт: сначала start 11, и обе страницы — в "
            "том же соединении."
        )
    return f"Команды {name[:24]!r} нет. Что есть, скажет help."
