"""Программа, которая кончается сама: запустить на своём ядре и узнать, во что она обошлась."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from netlab.bench.processes import Group, Unavailable
from netlab.bench.record import Column

SOURCE = Path(__file__).with_name("cost.c")
LIMIT = 120.0
"""Больше секунд не ждём никого."""
SECONDS = Column("seconds", "", "время, с", "less", 2)
CPU = Column("cpu", "", "ЦП, с", "less", 2)


@dataclass(frozen=True)
class Cost:
    """Во что обошлась программа: моменты в секундах, память в байтах."""

    began: float
    ended: float
    cpu: float
    peak: float
    waited: float

    @property
    def seconds(self) -> float:
        """Сколько она работала."""
        return self.ended - self.began

    @property
    def disturbance(self) -> float:
        """Какую долю этого времени (%) ядро занимали другие."""
        return self.waited / self.seconds * 100


class Errand(Group):
    """Запущенная программа; folder — папка, где собрана cost, port — какой порт она слушает."""

    def __init__(
        self,
        folder: Path,
        command: list[str],
        core: int | None,
        *,
        port: int | None = None,
        stdin: str | Path = os.devnull,
        stdout: str | Path = os.devnull,
    ) -> None:
        self._name = Path(command[0]).name
        words = [str(folder / SOURCE.stem), str(stdin), str(stdout), *command]
        super().__init__(words, core, port=port, output=subprocess.PIPE)

    def cost(self) -> Cost:
        """Ждёт конца программы.

        Raises:
            Unavailable: она не кончила в срок или кончила неудачей; текст — её последняя строка.
        """
        try:
            answer, complaint = self.process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            raise Unavailable(f"не уложился в {LIMIT:.0f} секунд") from None
        facts = dict(line.split() for line in answer.decode().splitlines())
        if code := int(facts.pop("code", 1)):
            said = complaint.decode(errors="replace").strip().splitlines()
            raise Unavailable(said[-1] if said else f"код {code} у {self._name}")
        return Cost(**{name: float(value) for name, value in facts.items()})
