"""Хранилище занятия: что записано, то уже не пропадёт — ни от kill -9, ни от выключения питания."""

# SQLite в режиме WAL с synchronous=FULL: COMMIT возвращается, когда журнал на диске
# (https://www.sqlite.org/pragma.html#pragma_synchronous). Каждая запись — одна команда SQL, то есть
# одна транзакция: либо сделана вся, либо не сделана. Метод вернулся — значит, записано; бросил
# StoreError — обещать студенту ничего нельзя, но повторить можно всегда.
#
# Пишет одно соединение одного процесса. Два пишущих рисковали бы базой: до SQLite 3.51.3
# одновременные запись и checkpoint из разных соединений могут её испортить
# (https://www.sqlite.org/wal.html#walresetbug). Поэтому табло читает своим соединением, открытым
# только на чтение, а распоряжения преподавателя лежат в отдельной маленькой базе: процесс табло,
# застыв посреди записи, лабораторию не остановит.
#
# Время всюду даёт вызывающий: секунды от 1970 года, UTC.

from __future__ import annotations

import math
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, Self

from netlab.flags.folder import LabError, private_file, private_folder

DATABASE = "lab.db"
ORDERS = "orders.db"
LOCK = "lock.db"
HINTS = 3
"""Подсказок у каждой задачи."""
_VERSION = 2
_PATIENCE = 5.0  # секунд: столько ждём, пока другой процесс восстановит базу после аварии

_SCHEMA = """
CREATE TABLE session (
    class_name TEXT NOT NULL, started REAL NOT NULL, deadline REAL, paused_left REAL
);
CREATE TABLE students (student TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY, student TEXT NOT NULL, task INTEGER NOT NULL, started REAL NOT NULL,
    ended REAL, outcome TEXT, diagnosis TEXT
);
CREATE INDEX attempts_of ON attempts (student, task, started);
CREATE INDEX wrong_of ON attempts (student, task, ended) WHERE outcome = 'wrong';
CREATE TABLE collected (
    student TEXT, task INTEGER, at REAL NOT NULL, PRIMARY KEY (student, task)
) WITHOUT ROWID;
CREATE TABLE hints (
    student TEXT, task INTEGER, level INTEGER, at REAL NOT NULL, PRIMARY KEY (student, task, level)
) WITHOUT ROWID;
CREATE TABLE foreign_flags (
    student TEXT, owner TEXT, task INTEGER, at REAL NOT NULL, PRIMARY KEY (student, owner, task)
) WITHOUT ROWID;
CREATE TABLE orders (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, argument TEXT NOT NULL, given REAL NOT NULL,
    done REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE notes (
    event TEXT, student TEXT, detail TEXT, times INTEGER NOT NULL, at REAL NOT NULL,
    last REAL NOT NULL, PRIMARY KEY (event, student, detail)
) WITHOUT ROWID;

CREATE VIEW journal AS
    SELECT started AS at, 'session' AS event, NULL AS student, NULL AS task, class_name AS detail
        FROM session
    UNION ALL SELECT at, 'hello', student, NULL, NULL FROM students
    UNION ALL SELECT started, 'start', student, task, NULL FROM attempts
    UNION ALL SELECT ended, outcome, student, task, diagnosis FROM attempts WHERE ended IS NOT NULL
    UNION ALL SELECT at, 'hint', student, task, CAST(level AS TEXT) FROM hints
    UNION ALL SELECT at, 'collected', student, task, NULL FROM collected
    UNION ALL SELECT at, 'foreign flag', student, task, owner FROM foreign_flags
    UNION ALL SELECT done, kind, NULL, NULL, argument FROM orders
    UNION ALL SELECT at, event, student, NULL,
        CASE times WHEN 1 THEN detail ELSE detail || ' ×' || times END FROM notes
    ORDER BY at;
"""
_ORDERS_SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, argument TEXT NOT NULL, given REAL NOT NULL
)
"""

# Условие стоит в каждой части: сам SQLite внутрь GROUP BY его не проносит.
_RESULTS = """
SELECT student, task, SUM(attempt), SUM(wrong), SUM(hint), MIN(started), MIN(earned), MIN(collected)
FROM (
    SELECT student, task, 1 AS attempt, outcome IS 'wrong' AS wrong, 0 AS hint, started,
        CASE outcome WHEN 'solved' THEN ended END AS earned, NULL AS collected
        FROM attempts {where}
    UNION ALL SELECT student, task, 0, 0, 1, NULL, NULL, NULL FROM hints {where}
    UNION ALL SELECT student, task, 0, 0, 0, NULL, NULL, at FROM collected {where}
)
GROUP BY student, task ORDER BY student, task
"""


class StoreError(LabError):
    """Прочесть или записать не вышло; текст говорит почему и что делать."""


class Outcome(StrEnum):
    """Чем кончилась попытка."""

    SOLVED = "solved"
    WRONG = "wrong"
    LEFT = "left"
    """Соединение закрылось, или время вышло: ответа не было."""


class OrderKind(StrEnum):
    """Что может велеть преподаватель."""

    EXTEND = "extend"
    PAUSE = "pause"
    RESUME = "resume"
    MESSAGE = "message"
    CLOSE = "close"


@dataclass(frozen=True)
class Order:
    """Распоряжение преподавателя; id придумывает тот, кто велит, и повтор с тем же id не считается.

    argument — на сколько секунд продлить (extend) или что сказать всем (message).

    Raises:
        ValueError: секунды не число.
    """

    id: str
    kind: OrderKind
    argument: str
    given: float

    def __post_init__(self) -> None:
        if self.kind is OrderKind.EXTEND and not math.isfinite(float(self.argument)):
            raise ValueError(f"Не число секунд: {self.argument}.")


class ClassSession(NamedTuple):
    """Занятие и его часы; deadline None — часов нет или они стоят, paused_left — сколько на них."""

    class_name: str
    started: float
    deadline: float | None
    paused_left: float | None

    def left(self, now: float) -> float | None:
        """Возвращает, сколько секунд осталось; None — сколько угодно."""
        if self.paused_left is not None:
            return self.paused_left
        return None if self.deadline is None else max(0.0, self.deadline - now)

    def after(self, order: Order, now: float) -> ClassSession:
        """Возвращает занятие, каким оно станет после распоряжения."""
        match order.kind:
            case OrderKind.EXTEND if self.paused_left is not None:
                return self._replace(paused_left=max(0.0, self.paused_left + float(order.argument)))
            case OrderKind.EXTEND if self.deadline is not None:
                # Вышедшее время продлевают от нынешней минуты, а не от той, когда оно вышло.
                return self._replace(deadline=max(self.deadline, now) + float(order.argument))
            case OrderKind.PAUSE if self.deadline is not None:
                return self._replace(deadline=None, paused_left=self.left(now))
            case OrderKind.RESUME if self.paused_left is not None:
                return self._replace(deadline=now + self.paused_left, paused_left=None)
            case OrderKind.CLOSE:
                return self._replace(deadline=now, paused_left=None)
        return self


class Failures(NamedTuple):
    """Неверные ответы студента на задачу: сколько и когда последний."""

    wrong: int
    last: float | None


class Result(NamedTuple):
    """Как у студента с задачей: попытки, подсказки и когда начал, получил флаг, сдал его."""

    student: str
    task: int
    attempts: int
    wrong: int
    hints: int
    started: float | None
    earned: float | None
    collected: float | None


class Attempt(NamedTuple):
    """Одна попытка; outcome None — ещё идёт или оборвалась вместе с сервером."""

    id: int
    student: str
    task: int
    started: float
    ended: float | None
    outcome: str | None
    diagnosis: str | None


class Hint(NamedTuple):
    """Показанная подсказка."""

    student: str
    task: int
    level: int
    at: float


class ForeignFlag(NamedTuple):
    """Чужой флаг: student впервые пытался сдать флаг, который получил owner."""

    student: str
    owner: str
    task: int
    at: float


class Note(NamedTuple):
    """Замеченное: что, у кого, подробность, сколько раз, впервые и в последний раз."""

    event: str
    student: str
    detail: str
    times: int
    at: float
    last: float


class Entry(NamedTuple):
    """Строка журнала."""

    at: float
    event: str
    student: str | None
    task: int | None
    detail: str | None


class Reader:
    """Читает занятие, не мешая ему идти; им можно пользоваться из разных потоков.

    Raises:
        StoreError: в папке нет занятия, или оно от другой версии netlab.
    """

    _mode = "ro"

    def __init__(self, folder: Path) -> None:
        self._lock = threading.RLock()
        with _explained():
            if not (folder / DATABASE).exists():
                raise StoreError(f"в папке «{folder}» нет занятия: проверьте, та ли она.")
            self._db = _connect(folder / DATABASE, self._mode)
            try:
                self._check(folder)
            except BaseException:
                self._db.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Закрывает базу, дождавшись записи, которая уже началась."""
        with self._lock:
            self._db.close()

    def version(self) -> int:
        """Возвращает число, которое меняется, когда в занятии записано что-то новое."""
        return int(self._rows("PRAGMA data_version")[0][0])

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Всё прочитанное внутри — на один и тот же миг."""
        with self._lock, _explained(), self._db:
            self._db.execute("BEGIN")
            yield

    def session(self) -> ClassSession | None:
        """Возвращает занятие; None — его ещё не начинали."""
        rows = self._rows("SELECT class_name, started, deadline, paused_left FROM session")
        return ClassSession(*rows[0]) if rows else None

    def students(self) -> list[str]:
        """Возвращает тех, кто хоть раз представился, в том порядке, в каком они пришли."""
        rows = self._rows("SELECT student FROM students ORDER BY at, student")
        return [student for (student,) in rows]

    def failures(self, student: str, task: int) -> Failures:
        """Считает неверные ответы студента на задачу."""
        rows = self._rows(
            "SELECT COUNT(*), MAX(ended) FROM attempts WHERE student = ? AND task = ? "
            "AND outcome = 'wrong'",
            student,
            task,
        )
        return Failures(*rows[0])

    def attempts_since(self, student: str, task: int, moment: float) -> int:
        """Считает попытки студента решить задачу, начатые с этого времени."""
        rows = self._rows(
            "SELECT COUNT(*) FROM attempts WHERE student = ? AND task = ? AND started >= ?",
            student,
            task,
            moment,
        )
        return int(rows[0][0])

    def results(self, student: str | None = None) -> list[Result]:
        """Возвращает, как дела с задачами у студента или у всех."""
        if student is None:
            rows = self._rows(_RESULTS.format(where=""))
        else:
            rows = self._rows(_RESULTS.format(where="WHERE student = ?"), student, student, student)
        return [Result(*row) for row in rows]

    def attempts(self) -> list[Attempt]:
        """Возвращает все попытки по порядку."""
        return [Attempt(*row) for row in self._rows("SELECT * FROM attempts")]

    def hints(self) -> list[Hint]:
        """Возвращает все показанные подсказки."""
        return [Hint(*row) for row in self._rows("SELECT * FROM hints ORDER BY at")]

    def foreign_flags(self) -> list[ForeignFlag]:
        """Возвращает все чужие флаги, которые пытались сдать."""
        return [ForeignFlag(*row) for row in self._rows("SELECT * FROM foreign_flags ORDER BY at")]

    def notes(self) -> list[Note]:
        """Возвращает всё замеченное."""
        return [Note(*row) for row in self._rows("SELECT * FROM notes ORDER BY last")]

    def journal(self) -> list[Entry]:
        """Возвращает всё, что было, по времени."""
        return [Entry(*row) for row in self._rows("SELECT * FROM journal")]

    def _rows(self, sql: str, *values: object) -> list[Any]:
        with self._lock, _explained():
            return self._db.execute(sql, values).fetchall()

    def _check(self, folder: Path) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version == 0:
            raise StoreError(f"в папке «{folder}» занятие ещё не начато.")
        if version != _VERSION:
            raise StoreError(
                f"занятие в папке «{folder}» записано другой версией netlab: "
                "возьмите ту версию или другую папку."
            )


class Store(Reader):
    """Ведёт занятие: пишет и читает. Папка, пока хранилище открыто, занята им одним.

    Вернувшийся метод записал сказанное на диск. Бросивший StoreError не обещает ничего, и его можно
    звать ещё раз.

    Raises:
        LabError: папки или баз не создать, или они открыты и другим.
        StoreError: папку уже ведёт другой процесс, или занятие от другой версии netlab.
    """

    _mode = "rw"

    def __init__(self, folder: Path) -> None:
        private_folder(folder)
        for name in (DATABASE, ORDERS, LOCK):
            private_file(folder / name)
        with ExitStack() as opened, _explained():
            opened.enter_context(closing(_occupied(folder)))
            self._orders = opened.enter_context(closing(_connect(folder / ORDERS, "rw")))
            self._orders.execute(_ORDERS_SCHEMA)
            self._orders.execute("PRAGMA busy_timeout = 0")  # табло нас не задержит
            _create(folder / DATABASE)
            super().__init__(folder)
            opened.enter_context(closing(self._db))
            self._session = super().session()
            self._opened = opened.pop_all()

    def close(self) -> None:
        """Закрывает базы, дождавшись записи, которая уже началась, и освобождает папку."""
        with self._lock:
            self._opened.close()

    # ------------------------------------------------------------ занятие

    def begin(self, class_name: str, seconds: float | None, now: float) -> ClassSession:
        """Начинает занятие на столько секунд (None — без часов) или продолжает начатое.

        Raises:
            StoreError: в папке уже другое занятие.
        """
        if self._session is None:
            deadline = None if seconds is None else now + seconds
            session = ClassSession(class_name, now, deadline, None)
            self._write("INSERT INTO session VALUES (?, ?, ?, ?)", *session)
            self._session = session
        if self._session.class_name != class_name:
            raise StoreError(
                f"в этой папке уже занятие «{self._session.class_name}»: "
                f"для «{class_name}» назовите другую."
            )
        return self._session

    def session(self) -> ClassSession | None:
        """Возвращает занятие, не дожидаясь тех, кто пишет; None — его ещё не начинали."""
        return self._session

    def pending(self) -> list[Order]:
        """Возвращает распоряжения, которых ещё не выполнили, в том порядке, в каком их дали."""
        with self._lock, _explained():
            try:
                rows = self._orders.execute("SELECT * FROM orders ORDER BY rowid").fetchall()
            except sqlite3.OperationalError as error:
                if _primary(error) != sqlite3.SQLITE_BUSY:
                    raise
                return []  # новое распоряжение как раз пишут: прочтём в следующий раз
            done = {order for (order,) in self._rows("SELECT id FROM orders")}
        return [
            Order(order, OrderKind(kind), argument, given)
            for order, kind, argument, given in rows
            if order not in done
        ]

    def carry_out(self, order: Order, now: float) -> bool:
        """Выполняет распоряжение и помнит об этом; False — оно уже выполнено."""
        with self._lock:
            session = self._session and self._session.after(order, now)
            with _explained(), self._db:
                self._db.execute("BEGIN IMMEDIATE")
                done = (order.id, order.kind, order.argument, order.given, now)
                if not self._write("INSERT OR IGNORE INTO orders VALUES (?, ?, ?, ?, ?)", *done):
                    return False
                if session:
                    hands = (session.deadline, session.paused_left)
                    self._write("UPDATE session SET deadline = ?, paused_left = ?", *hands)
            self._session = session
            return True

    # ------------------------------------------------------------ студенты

    def register(self, student: str, now: float) -> bool:
        """Записывает того, кто представился; False — он уже записан."""
        return self._write("INSERT OR IGNORE INTO students VALUES (?, ?)", student, now)

    def start(self, student: str, task: int, now: float) -> int:
        """Начинает попытку и возвращает её номер; такого не было и не будет, даже после аварии."""
        with self._lock, _explained():
            number = self._db.execute(
                "INSERT INTO attempts (student, task, started) VALUES (?, ?, ?)",
                (student, task, now),
            ).lastrowid
        assert number is not None
        return number

    def end(self, attempt: int, outcome: Outcome, now: float, diagnosis: str | None = None) -> bool:
        """Кончает попытку; False — она уже кончилась. Решённая (SOLVED) — флаг получен."""
        return self._write(
            "UPDATE attempts SET ended = ?, outcome = ?, diagnosis = ? "
            "WHERE id = ? AND outcome IS NULL",
            now,
            outcome,
            diagnosis,
            attempt,
        )

    def collect(self, student: str, task: int, now: float) -> bool:
        """Засчитывает сданный флаг; False — он уже сдан."""
        return self._write("INSERT OR IGNORE INTO collected VALUES (?, ?, ?)", student, task, now)

    def hint(self, student: str, task: int, now: float) -> int:
        """Открывает следующую подсказку (когда открыты все — последнюю) и возвращает её номер."""
        with self._lock:
            shown = self._rows(
                "SELECT COUNT(*) FROM hints WHERE student = ? AND task = ?", student, task
            )
            level = min(int(shown[0][0]) + 1, HINTS)
            self._write(
                "INSERT OR IGNORE INTO hints VALUES (?, ?, ?, ?)", student, task, level, now
            )
            return level

    def report_foreign(self, student: str, owner: str, task: int, now: float) -> bool:
        """Записывает, что student пытался сдать флаг, который получил owner; False — не впервые."""
        return self._write(
            "INSERT OR IGNORE INTO foreign_flags VALUES (?, ?, ?, ?)", student, owner, task, now
        )

    def note(self, event: str, student: str, detail: str, now: float) -> None:
        """Замечает то, чему нет другого места: повтор прибавляется к прежнему.

        Ни кода, ни флага в detail быть не должно.
        """
        self._write(
            "INSERT INTO notes VALUES (?, ?, ?, 1, ?, ?) "
            "ON CONFLICT DO UPDATE SET times = times + 1, last = excluded.last",
            event,
            student,
            detail,
            now,
            now,
        )

    def _write(self, sql: str, *values: object) -> bool:
        """Выполняет одну команду; False — она ничего не изменила."""
        with self._lock, _explained():
            return self._db.execute(sql, values).rowcount > 0


def give(folder: Path, order: Order) -> None:
    """Передаёт распоряжение процессу, который ведёт занятие в этой папке.

    Raises:
        StoreError: занятия в папке нет, или записать не вышло.
    """
    with _explained():
        if not (folder / ORDERS).exists():
            raise StoreError(f"в папке «{folder}» нет занятия: проверьте, та ли она.")
        with closing(_connect(folder / ORDERS, "rw")) as orders:
            orders.execute(
                "INSERT OR IGNORE INTO orders VALUES (?, ?, ?, ?)",
                (order.id, order.kind, order.argument, order.given),
            )


# ---------------------------------------------------------------- SQLite


def _connect(path: Path, mode: str, patience: float = _PATIENCE) -> sqlite3.Connection:
    # isolation_level=None: транзакции начинаем сами, а команда вне BEGIN — сама себе транзакция.
    # check_same_thread=False: по одному потоку за раз соединение пускает наш замок.
    db = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=patience,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        db.execute("PRAGMA synchronous = FULL")
    except BaseException:
        db.close()
        raise
    return db


def _create(path: Path) -> None:
    """Создаёт таблицы, если их ещё нет, — все разом."""
    with closing(_connect(path, "rw")) as db:
        db.execute("PRAGMA journal_mode = WAL")  # запоминается в самой базе
        if db.execute("PRAGMA user_version").fetchone() == (0,):
            db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")


def _occupied(folder: Path) -> sqlite3.Connection:
    """Занимает папку: замок держит открытое соединение, а если процесс убьют, снимет система."""
    with ExitStack() as opened:
        try:
            guard = opened.enter_context(closing(_connect(folder / LOCK, "rw", 0.0)))
            guard.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if _primary(error) != sqlite3.SQLITE_BUSY:
                raise
            raise StoreError(
                f"занятие в папке «{folder}» уже ведёт другой процесс: "
                "остановите его или назовите другую папку."
            ) from None
        opened.pop_all()
        return guard


@contextmanager
def _explained() -> Iterator[None]:
    """Превращает ошибку SQLite в предложение."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(_why(error)) from error


def _primary(error: sqlite3.Error) -> int:
    """Возвращает код ошибки без уточнений (https://www.sqlite.org/rescode.html)."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF


def _why(error: sqlite3.Error) -> str:
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    match _primary(error):
        case sqlite3.SQLITE_FULL:
            return "на диске с папкой занятия кончилось место: освободите его и повторите."
        case sqlite3.SQLITE_IOERR:
            return f"диск с папкой занятия ответил ошибкой ({name}): проверьте его и повторите."
        case sqlite3.SQLITE_BUSY:
            return "базу занятия держит другая программа: закройте её и повторите."
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return f"базу занятия не открыть на запись ({name}): проверьте права на папку."
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return (
                f"база занятия испорчена ({name}): верните её из копии или начните в новой папке."
            )
    return f"хранилище занятия не отвечает ({name}: {error})."
