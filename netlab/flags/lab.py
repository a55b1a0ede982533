"""Занятие: кто пришёл, что ему можно и что засчитано. Здесь Session встречается с хранилищем."""

# Часы занятия — монотонные: если на машине переведут время, срок не сдвинется. В хранилище лежит
# время абсолютное, и после перезапуска занятие закончится тогда же. Монотонные часы перезапуска не
# переживают, поэтому часы, переведённые без сервера, сдвинут и срок: сколько осталось, он при
# запуске печатает, а исправляет это преподаватель, продлив или закрыв занятие.
#
# Занятие одно на всех, а Visit у каждого соединения свой: у студента их может быть несколько, и
# попытки в них разные.

from __future__ import annotations

import math
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from netlab.flags.complaints import Complaints
from netlab.flags.flag import Key
from netlab.flags.roster import NameRefused, Roster, same_looking, student_name
from netlab.flags.session import Dismissed, Refused
from netlab.flags.store import ClassSession, Outcome, Store, StoreError
from netlab.flags.tasks import TASKS

T = TypeVar("T")

DELAYS = (1.0, 2.0, 5.0)
"""Пауза после первой, второй и каждой следующей неудачи: подбирать ответы невыгодно."""
WRONG_CODES = 5
"""После стольких неверных кодов соединение закрывается."""
NAMES = 3
"""Столькими именами можно назваться в одном соединении, если списка группы нет."""
STRANGERS = 1000
"""Столько имён наберётся в занятии без списка; больше студентов на паре не бывает."""
OFTEN, OFTEN_SECONDS = 60, 60.0
"""Чаще стольких раз за столько секунд одну задачу не начинают: человеку столько не нужно."""
NOT_KEPT = "Записать не вышло, и это не засчитано: позовите преподавателя, повторите."


class FlagLab:
    """Занятие с хранилищем, ключом и списком группы (None — назваться может любой).

    monotonic и wall — часы, секунды; nonce придумывает, по чему строить данные новой попытки.
    """

    def __init__(
        self,
        store: Store,
        key: Key,
        session: ClassSession,
        roster: Roster | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        nonce: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        self.store = store
        self.key = key
        self.roster = roster
        self.class_name = session.class_name
        self.now = monotonic
        self.nonce = nonce
        self.complain: Callable[[str], None] = Complaints()
        self._began = wall() - monotonic()
        self._lock = threading.Lock()
        self._unheard: dict[str, str] = {}
        self._places: set[tuple[str, str]] = set()

    def wall(self, now: float) -> float:
        """Переводит время занятия в секунды от 1970 года."""
        return self._began + now

    def left(self, now: float) -> float | None:
        """Возвращает, сколько секунд осталось; None — сколько угодно."""
        session = self.store.session()
        return session.left(self.wall(now)) if session else None

    def open_for_answers(self, now: float) -> None:
        """Проверяет, что занятие идёт.

        Raises:
            Refused: время вышло, или преподаватель остановил часы.
        """
        session = self.store.session()
        if session and session.paused_left is not None:
            raise Refused("Сейчас перерыв: преподаватель остановил часы. Флаги за вами.")
        if self.left(now) == 0:
            raise Refused("Время вышло: новых задач и флагов уже не принимаем.")

    def seen_at(self, student: str, peer: str) -> bool:
        """Запоминает, с какого адреса пришёл студент; False — оттуда он впервые."""
        with self._lock:
            seen = (student, peer) in self._places
            self._places.add((student, peer))
            return seen

    def remember(self, student: str, diagnosis: str | None) -> str | None:
        """Запоминает диагноз, которого студент не услышал, и возвращает прежний."""
        with self._lock:
            before = self._unheard.pop(student, None)
            if diagnosis is not None:
                self._unheard[student] = diagnosis
            return before


class Visit:
    """Занятие глазами одного соединения."""

    def __init__(self, lab: FlagLab) -> None:
        self._lab = lab
        self._store = lab.store
        self._attempt: int | None = None
        self._wrong_codes = 0
        self._names: set[str] = set()

    def hello(self, words: str, peer: str, now: float) -> str:
        """Узнаёт студента: по списку и коду, а без списка — по имени."""
        try:
            if self._lab.roster is None:
                name = self._free_name(words)
            else:
                name = self._from_roster(self._lab.roster, words, peer, now)
        except NameRefused as error:
            raise Refused(str(error)) from None
        wall = self._lab.wall(now)
        self._kept(lambda: self._store.register(name, wall))
        if not self._lab.seen_at(name, peer):
            self._kept(lambda: self._store.note("address", name, peer, wall))
        return name

    def _free_name(self, words: str) -> str:
        """Имя, которым назвались сами; имён не больше, чем бывает студентов."""
        wanted = student_name(words)
        students = self._kept(self._store.students)
        name = same_looking(wanted, students) or wanted
        self._names.add(name)
        if len(self._names) > NAMES:
            raise Dismissed("Слишком много имён для одного соединения. Подключитесь снова.")
        if name not in students and len(students) >= STRANGERS:
            raise Refused("Имён в занятии уже слишком много: позовите преподавателя.")
        return name

    def _from_roster(self, roster: Roster, words: str, peer: str, now: float) -> str:
        *parts, code = words.split()
        if not parts:
            raise Refused("Нужен и код с вашей бумажки: hello ИМЯ КОД.")
        student = roster.find(student_name(" ".join(parts)))
        if student is None:
            raise Refused(
                "Имя или код не подошли. Нужны оба, и так, как на бумажке: hello ИМЯ КОД."
            )
        if not self._lab.key.admits(student.name, code):
            wall = self._lab.wall(now)
            self._kept(lambda: self._store.note("wrong code", student.name, peer, wall))
            self._wrong_codes += 1
            if self._wrong_codes == WRONG_CODES:
                raise Dismissed("Код не подошёл пять раз: возьмите бумажку и подключитесь снова.")
            raise Refused("Код не подошёл: проверьте каждую букву и цифру.")
        return student.name

    def begin(self, student: str, task: int, now: float) -> str:
        """Начинает попытку, если занятие идёт и пауза после ошибки прошла."""
        self._lab.open_for_answers(now)
        wall = self._lab.wall(now)
        recent = self._kept(lambda: self._store.attempts_since(student, task, wall - OFTEN_SECONDS))
        if recent >= OFTEN:
            raise Refused(f"Задачу {task} вы начинаете слишком часто: подождите минуту.")
        failures = self._kept(lambda: self._store.failures(student, task))
        if failures.last is not None:
            delay = delay_after(failures.wrong)
            # Часы могли перевести, пока сервер не работал: дольше самой паузы ждать незачем.
            ready = min(failures.last + delay - wall, delay)
            if ready > 0:
                raise Refused(f"Задачу {task} можно начать снова через {math.ceil(ready)} с.")
        self._attempt = self._kept(lambda: self._store.start(student, task, wall))
        return self._lab.nonce()

    def earned(self, student: str, task: int, now: float) -> str:
        """Записывает решение и возвращает флаг."""
        self._end(Outcome.SOLVED, now)
        return str(self._lab.key.make(self._lab.class_name, task, student))

    def failed(self, student: str, task: int, diagnosis: str, heard: bool, now: float) -> float:
        """Записывает неудачу и возвращает паузу."""
        self._end(Outcome.WRONG, now, diagnosis)
        if not heard:
            self._lab.remember(student, diagnosis)
        return delay_after(self._kept(lambda: self._store.failures(student, task)).wrong)

    def unheard(self, student: str) -> str | None:
        """Отдаёт диагноз, которого студент не услышал."""
        return self._lab.remember(student, None)

    def hint(self, student: str, task: int, now: float) -> int:
        """Открывает следующую подсказку."""
        return self._kept(lambda: self._store.hint(student, task, self._lab.wall(now)))

    def submit(self, student: str, flag: str, now: float) -> str:
        """Засчитывает свой флаг; о чужом остаётся запись."""
        self._lab.open_for_answers(now)
        owner = self._kept(
            lambda: self._lab.key.verify(flag, self._lab.class_name, self._owners(student))
        )
        if owner is None:
            raise Refused(
                "Такого флага нет. Сдают его целиком, вот так: submit python{03-ABCDEFGHIJKLMNOP}. "
                "Проверьте, не потерялись ли буквы."
            )
        wall = self._lab.wall(now)
        if owner.student != student:
            self._kept(lambda: self._store.report_foreign(student, owner.student, owner.task, wall))
            raise Refused("Это не ваш флаг: у каждого они свои.")
        if not self._kept(lambda: self._store.collect(student, owner.task, wall)):
            return f"Флаг задачи {owner.task} вы уже сдали."
        return f"Флаг задачи {owner.task} засчитан."

    def _owners(self, student: str) -> Iterator[str]:
        """Перечисляет, чей может быть флаг: почти всегда он свой, и остальных не читают."""
        yield student
        yield from self._store.students()

    def score(self, student: str, now: float) -> Sequence[str]:
        """Пересказывает счёт студента."""
        results = self._kept(lambda: self._store.results(student))
        collected = [one.task for one in results if one.collected is not None]
        waiting = [one.task for one in results if one.earned and one.collected is None]
        lines = [f"Сдано флагов: {len(collected)} из {len(TASKS)}{listed(collected)}."]
        if waiting:
            lines.append(f"Решено, но флаг не сдан{listed(waiting)}.")
        return lines

    def left(self, now: float) -> float | None:
        """Возвращает, сколько секунд осталось."""
        return self._lab.left(now)

    def leave(self, now: float) -> None:
        """Соединения больше нет: начатая попытка кончилась ничем."""
        if self._attempt is not None:
            self._end(Outcome.LEFT, now)

    def _end(self, outcome: Outcome, now: float, diagnosis: str | None = None) -> None:
        attempt = self._attempt
        assert attempt is not None
        self._kept(lambda: self._store.end(attempt, outcome, self._lab.wall(now), diagnosis))
        self._attempt = None

    def _kept(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except StoreError as error:
            self._lab.complain(str(error))
            raise Refused(NOT_KEPT) from None


def delay_after(wrong: int) -> float:
    """Возвращает паузу (секунды) после стольких неудач."""
    return DELAYS[min(wrong, len(DELAYS)) - 1] if wrong else 0.0


def listed(tasks: Sequence[int]) -> str:
    """Перечисляет номера задач в скобках; без задач — ничего."""
    if not tasks:
        return ""
    return f" ({'задача' if len(tasks) == 1 else 'задачи'} {', '.join(map(str, tasks))})"
