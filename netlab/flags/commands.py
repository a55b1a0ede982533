"""Практика «флаги на 13000»: сервер для класса, тренировка в одиночку, коды, проверка, выгрузка."""

# Этот файл читается при каждом запуске netlab, поэтому всё, что нужно лишь самой команде, она
# импортирует, когда её позвали.

from __future__ import annotations

import os
import signal
import sys
import time
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from netlab.flags.board import BoardProcess
    from netlab.flags.flag import Key
    from netlab.flags.roster import Roster
    from netlab.flags.store import ClassSession, Result

PORT = 13000
MINUTES = 30.0
LONGEST = 24 * 60
"""Дольше суток занятий не бывает."""
DATA = Path("flags-data")
EXPORT = Path("flags-export")
SLIPS = Path("slips.html")
ROSTER = "roster.csv"
"""Под этим именем список группы лежит в папке занятия."""
PRACTICE = "практика"


def add_arguments(parser: ArgumentParser) -> None:
    """Описывает команды `netlab flags` и их аргументы."""
    from netlab.arguments import port_number
    from netlab.flags.board import BOARD_PORT, TEACHER_PORT

    commands = parser.add_subparsers(metavar="КОМАНДА", required=True)

    def add(name: str, perform: Callable[[Namespace], int], summary: str) -> ArgumentParser:
        command: ArgumentParser = commands.add_parser(
            name, help=summary, description=perform.__doc__
        )
        command.set_defaults(perform=perform, name=name)
        return command

    serving = add("serve", serve, "вести занятие: сервер для класса")
    serving.add_argument("--host", metavar="АДРЕС", help="какой адрес слушать (без него — все)")
    serving.add_argument(
        "--minutes", metavar="МИНУТ", type=minutes, help=f"сколько идёт занятие ({MINUTES:g})"
    )
    serving.add_argument(
        "--roster", metavar="ФАЙЛ", type=Path, help="список группы CSV: вход только по коду"
    )
    serving.add_argument(
        "--class", metavar="ИМЯ", dest="class_name", help="как назвать занятие (сегодняшнее число)"
    )

    serving.add_argument(
        "--board-port", metavar="ПОРТ", type=port_number, default=BOARD_PORT,
        help="порт табло для проектора (%(default)s)",
    )  # fmt: skip
    serving.add_argument(
        "--teacher-port", metavar="ПОРТ", type=port_number, default=TEACHER_PORT,
        help="порт экрана преподавателя, только на этой машине (%(default)s)",
    )  # fmt: skip
    serving.add_argument(
        "--pseudonyms", action="store_true", help="на табло псевдонимы вместо имён"
    )
    serving.add_argument(
        "--no-board", dest="board", action="store_false", help="без табло и экрана преподавателя"
    )

    practice = add("practice", practise, "тренироваться в одиночку: без часов и без сети")

    slips = add("slips", write_slips, "страница с кодами для входа: распечатать и разрезать")
    slips.add_argument("--roster", metavar="ФАЙЛ", type=Path, required=True, help="список группы")
    slips.add_argument(
        "--address", metavar="АДРЕС", help="адрес сервера (без него — место, куда его вписать)"
    )
    slips.add_argument(
        "--output", metavar="ФАЙЛ", type=Path, default=SLIPS, help="куда записать (%(default)s)"
    )
    slips.add_argument("--overwrite", action="store_true", help="заменить готовый файл")

    verifying = add("verify", verify, "сказать, чей это флаг и когда получен")
    verifying.add_argument("flag", metavar="ФЛАГ", help="в кавычках: 'python{03-…}'")

    exporting = add("export", export, "выгрузить занятие в CSV и JSON")
    exporting.add_argument(
        "--output", metavar="ПАПКА", type=Path, default=EXPORT, help="куда (%(default)s)"
    )

    for command in (serving, practice, slips):
        command.add_argument(
            "--port", metavar="ПОРТ", type=port_number, default=PORT, help="порт (%(default)s)"
        )
    for command in (serving, slips, verifying, exporting):
        command.add_argument(
            "--data", metavar="ПАПКА", type=Path, default=DATA, help="папка занятия (%(default)s)"
        )


def minutes(text: str) -> float:
    """Читает, сколько минут идёт занятие."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = 0
    if 0 < value <= LONGEST:
        return value
    raise ArgumentTypeError(f"минуты — это число больше нуля, не больше суток, а не «{text}»")


def run(args: Namespace) -> int:
    """`netlab flags КОМАНДА`: 0 — получилось, 1 — нет, 2 — позвали неправильно."""
    from netlab.flags.folder import LabError
    from netlab.flags.roster import RosterError

    try:
        code: int = args.perform(args)
    except LabError as error:
        print(f"netlab flags {args.name}: {error}", file=sys.stderr)
        return 2 if isinstance(error, RosterError) else 1
    return code


# ---------------------------------------------------------------- сервер


def serve(args: Namespace) -> int:
    """`netlab flags serve`: ведёт занятие до Ctrl-C или SIGTERM; в той же папке продолжает его."""
    from netlab.flags.roster import read_roster

    if args.roster:
        read_roster(args.roster)  # ошибка в списке — раньше, чем появится папка
    return _serve(args, args.data)


def practise(args: Namespace) -> int:
    """`netlab flags practice`: то же для себя одного; решённое хранится до следующего раза."""
    args.host, args.roster, args.class_name, args.minutes = "127.0.0.1", None, PRACTICE, None
    return _serve(args, user_folder() / "flags", alone=True)


def user_folder() -> Path:
    """Возвращает папку netlab там, где система хранит данные программ этого пользователя.

    См. https://specifications.freedesktop.org/basedir-spec/latest/.
    """
    name = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_DATA_HOME"
    chosen = Path(os.environ.get(name, ""))
    # Относительный путь в XDG_DATA_HOME велено не замечать.
    return (chosen if chosen.is_absolute() else Path.home() / ".local" / "share") / "netlab"


def _serve(args: Namespace, folder: Path, alone: bool = False) -> int:
    from netlab.flags.blackboard import for_class, for_oneself
    from netlab.flags.flag import Key
    from netlab.flags.lab import FlagLab
    from netlab.flags.server import FILES, FlagServer
    from netlab.flags.store import Store
    from netlab.sockets import allow_files, listen, why_not_listening

    with ExitStack() as opened:
        try:
            # Прежде, чем появится папка и пойдут часы: порт занят — занятие ещё не началось.
            listeners = listen(args.host, args.port)
        except OSError as error:
            problem = why_not_listening(error, args.host, args.port)
            print(f"netlab flags {args.name}: {problem}", file=sys.stderr)
            return 1
        for listener in listeners:
            opened.enter_context(closing(listener))
        store = opened.enter_context(Store(folder))
        key = Key.kept_in(folder)
        addresses = [listener.getsockname()[:2] for listener in listeners]
        if alone:
            session = store.begin(args.class_name, None, time.time())
            roster = None
            told = for_oneself(addresses, folder)
        else:
            begun = store.session()
            name = args.class_name or (begun.class_name if begun else f"{datetime.now():%d.%m.%Y}")
            session = store.begin(name, (args.minutes or MINUTES) * 60, time.time())
            roster = _roster(folder, args.roster)
            told = _course(session, begun is not None, args.minutes is not None)
            told += for_class(addresses, folder, roster)
        allow_files(FILES)
        server = FlagServer(FlagLab(store, key, session, roster), listeners)
        with _stopped_by_signals(server.stop):
            print("\n".join(told), flush=True)
            with nullcontext() if alone else _board(args, folder, key):
                server.serve()
    print("Сервер остановлен, всё записано.", flush=True)
    return 0


def _board(args: Namespace, folder: Path, key: Key) -> AbstractContextManager[None]:
    """Табло рядом с сервером; --no-board — без него."""
    if not args.board:
        return nullcontext()
    from netlab.flags.board import kept_running, start_board

    def start() -> BoardProcess:
        return start_board(
            folder, args.board_port, args.teacher_port,
            host=args.host, pseudonyms=args.pseudonyms, key=key.screen(),
        )  # fmt: skip

    return kept_running(start, partial(print, flush=True))


@contextmanager
def _stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """На это время SIGINT и SIGTERM означают stop."""
    before = {
        number: signal.signal(number, lambda *_: stop())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)


def _roster(folder: Path, chosen: Path | None) -> Roster | None:
    """Читает список группы и помнит его в папке: после перезапуска вход по-прежнему по коду."""
    from netlab.flags.folder import replace_private_file
    from netlab.flags.roster import read_roster

    kept = folder / ROSTER
    if chosen:
        replace_private_file(kept, chosen.read_bytes())
    return read_roster(kept) if kept.exists() else None


def _course(session: ClassSession, continued: bool, minutes_given: bool) -> list[str]:
    """Говорит, которое это занятие и докуда идёт."""
    from netlab.progress import shown_duration

    left = session.left(time.time())
    if left is None:
        clock = "без часов"
    elif session.deadline is None:
        clock = f"перерыв, на часах {shown_duration(left)}"
    else:
        end = f"{datetime.fromtimestamp(session.deadline):%H:%M}"
        clock = f"осталось {shown_duration(left)}, до {end}"
    if left == 0:
        return [
            f"Занятие «{session.class_name}» уже кончилось: студенты увидят счёт, и только. "
            "Для нового назовите другую папку: --data."
        ]
    lines = [f"{'Продолжаем' if continued else 'Начали'} занятие «{session.class_name}»: {clock}."]
    if continued and minutes_given:
        lines.append("Срок прежний: --minutes годится только для нового занятия.")
    return lines


# ---------------------------------------------------------------- бумаги


def write_slips(args: Namespace) -> int:
    """`netlab flags slips`: пишет страницу с именами и кодами."""
    from netlab.flags.flag import Key
    from netlab.flags.folder import LabError, replace_private_file
    from netlab.flags.roster import read_roster
    from netlab.flags.slips import page

    roster = read_roster(args.roster)
    if args.output.exists() and not args.overwrite:
        raise LabError(f"«{args.output}» уже есть: заменит его --overwrite.")
    key = Key.kept_in(args.data)
    slips = [(student.name, key.token(student.name)) for student in roster.students]
    replace_private_file(args.output, page(slips, args.address, args.port).encode())
    print(f"Бумажек {roster.extent()}. Откройте в браузере и распечатайте: {args.output}")
    print(f"Коды годятся для занятия в папке {args.data} и ни для какого другого.")
    return 0


def verify(args: Namespace) -> int:
    """`netlab flags verify`: говорит, чей флаг, за что и когда получен и сдан."""
    from netlab.flags.flag import Key
    from netlab.flags.folder import LabError
    from netlab.flags.store import Reader

    with Reader(args.data) as reader:
        session = reader.session()
        if session is None:
            raise LabError(f"в папке «{args.data}» занятие ещё не начато.")
        key = Key.kept_in(args.data)
        owner = key.verify(args.flag, session.class_name, reader.students())
        if owner is None:
            raise LabError(
                f"такого флага в занятии «{session.class_name}» не выдавали: "
                "проверьте каждую букву и папку."
            )
        results = [one for one in reader.results(owner.student) if one.task == owner.task]
    print(f"Задача {owner.task}, {owner.student}: {_history(results)}.")
    return 0


def _history(results: list[Result]) -> str:
    result = results[0] if results else None
    if result is None or result.earned is None:
        return "подпись верна, но записи о решении нет"
    told = f"получен {_moment(result.earned)}"
    if result.collected is None:
        return f"{told}, не сдан"
    return f"{told}, сдан {_moment(result.collected)}"


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds):%d.%m.%Y %H:%M:%S}"


def export(args: Namespace) -> int:
    """`netlab flags export`: пишет таблицы занятия и говорит какие."""
    from netlab.flags.export import export as write
    from netlab.flags.store import Reader

    with Reader(args.data) as reader:
        for path in write(reader, args.output, roster=_roster(args.data, None)):
            print(path)
    return 0
