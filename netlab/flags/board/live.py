"""Занятие глазами табло: один снимок на всех зрителей и ожидание следующего."""

# Хранилище спрашивают, не изменилось ли оно, раз в GLANCE секунд, сколько бы зрителей ни было, и
# рисуют табло один раз на всех. Зритель, который медленно читает, промежуточные снимки пропускает.
# Не прочли — показываем прежнее: без табло занятие идёт, а в следующий раз прочтём.
#
# Часы, как и у занятия, монотонные: время на машине могут перевести.

from __future__ import annotations

import asyncio
import json
import time
import traceback
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from netlab.flags.board.pseudonyms import hide_names, pseudonyms, read_salt
from netlab.flags.board.scores import Standing, standings
from netlab.flags.commands import ROSTER
from netlab.flags.complaints import Complaints
from netlab.flags.folder import LabError
from netlab.flags.roster import read_roster
from netlab.flags.store import ClassSession, Reader

GLANCE = 0.5
HEARTBEAT = 10.0
"""Так часто, секунд, зрителю напоминают, что связь есть, и сверяют его часы."""


@dataclass(frozen=True)
class Snapshot:
    """Табло в какой-то миг; labels — под какими именами показаны студенты."""

    session: ClassSession | None
    labels: dict[str, str]
    hidden: bool
    rows: list[Standing]


class Live:
    """Следит за занятием в папке folder и будит зрителей, когда оно изменилось.

    hidden — включить псевдонимы.

    Raises:
        LabError: занятия в папке нет, списка группы не прочесть или псевдонимов не включить.
    """

    def __init__(self, folder: Path, hidden: bool = False) -> None:
        self.folder = folder
        self.complain = Complaints()
        kept = folder / ROSTER
        self.roster = [one.name for one in read_roster(kept).students] if kept.exists() else []
        self.reader = Reader(folder)
        if hidden:
            hide_names(folder)
        self._began = time.time() - time.monotonic()
        self._changed = asyncio.Condition()
        self._seen = self._mark()
        self.snapshot = self._read()

    def now(self) -> float:
        """Возвращает время занятия: секунды от 1970 года."""
        return self._began + time.monotonic()

    def close(self) -> None:
        """Закрывает базу."""
        self.reader.close()

    async def watch(self) -> None:
        """Следит за хранилищем, пока не отменят."""
        while True:
            await asyncio.sleep(GLANCE)
            try:
                await self.refresh()
            except Exception as error:
                self.complain(what_happened(error))

    async def refresh(self) -> None:
        """Перечитывает занятие, если в нём записано новое."""
        mark = await asyncio.to_thread(self._mark)
        if mark == self._seen:
            return
        snapshot = await asyncio.to_thread(self._read)
        async with self._changed:
            self._seen, self.snapshot = mark, snapshot
            self._changed.notify_all()

    async def changed_since(self, before: Snapshot, seconds: float) -> bool:
        """Ждёт, пока занятие изменится; False — за столько секунд не изменилось."""
        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(lambda: self.snapshot is not before)
        except TimeoutError:
            return False
        return True

    async def events(self, draw: Callable[[], str], ages: bool) -> AsyncIterator[str]:
        """Отдаёт события для браузера: часы, а когда занятие изменилось — и то, что рисует draw.

        ages — рисовать каждый раз: на экране есть и то, что меняется само, со временем.
        """
        shown = None
        while True:
            yield event(left=self.left(), paused=self.paused)
            if ages or shown is not self.snapshot:
                shown = self.snapshot
                try:
                    drawn = await asyncio.to_thread(draw)
                except Exception as error:
                    # Браузер скажет, что связи нет, и попробует снова: старого за новое не выдаст.
                    self.complain(what_happened(error))
                    return
                yield drawn
            await self.changed_since(shown, HEARTBEAT)

    def left(self) -> float | None:
        """Возвращает, сколько секунд осталось; None — часов у занятия нет."""
        session = self.snapshot.session
        return session.left(self.now()) if session else None

    @property
    def paused(self) -> bool:
        """Говорит, что преподаватель остановил часы."""
        session = self.snapshot.session
        return session is not None and session.paused_left is not None

    def _mark(self) -> tuple[int, bytes | None]:
        return self.reader.version(), read_salt(self.folder)

    def _read(self) -> Snapshot:
        salt = read_salt(self.folder)
        with self.reader.snapshot():
            session, students = self.reader.session(), self.reader.students()
            results = self.reader.results()
        # Кто пришёл раньше, тот и впереди: новый студент чужого псевдонима не займёт.
        labels = pseudonyms(students, salt) if salt else {}
        rows = standings(students, results, labels)
        return Snapshot(session, labels, salt is not None, rows)


def what_happened(error: Exception) -> str:
    """Говорит одним предложением, почему табло не справилось."""
    if isinstance(error, LabError):
        return f"табло: {error}"
    where = traceback.extract_tb(error.__traceback__)[-1]
    why = " ".join(str(error).split()) or "без объяснений"
    return (
        f"табло не справилось ({type(error).__name__}: {why}; {Path(where.filename).name}, "
        f"строка {where.lineno}): занятие идёт, а не оживёт табло само — перезапустите сервер."
    )


def event(**fields: object) -> str:
    """Составляет событие для браузера (HTML, Server-sent events)."""
    return f"data: {json.dumps(fields, ensure_ascii=False)}\n\n"
