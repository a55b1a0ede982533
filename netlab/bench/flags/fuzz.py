"""Ядро под перебором: истории hypothesis и байты, которые подбирает по покрытию atheris."""

# atheris (libFuzzer) держит весь свой процесс и сам его завершает, поэтому он работает в дочернем:
# `python -c CHILD`. Инструментировать ядро надо до того, как его кто-нибудь импортирует, а сам
# перебор — не надо: за покрытием проверок гнаться незачем.

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from netlab.bench.flags.sequences import (
    FLAWS,
    LAB_CHANGES,
    PROPERTIES,
    REACHED,
    WORDS,
    Client,
    Event,
    live_through,
)
from netlab.bench.processes import ROOT, BenchError
from netlab.flags.rehearsal import FakeLab
from netlab.flags.tasks import TASKS

PORTION = 2000
"""Столько примеров за раз: все прежние hypothesis помнит, чтобы не повториться."""
MARK = b"\xf5"
"""За ним — событие; такого байта в UTF-8 не бывает."""
LONGEST = 300
"""Длиннее история не нужна: сообщения у задач короткие, а шлёт их событие answer."""
ONE_SECONDS, ALL_SECONDS = 20, 3600.0
"""Сроки одной истории и всего перебора, секунд."""
CHILD = """
import sys, atheris
with atheris.instrument_imports(include=["netlab"]):
    import netlab.flags.session
from netlab.bench.flags.fuzz import one_input
atheris.Setup(sys.argv, one_input)
atheris.Fuzz()
"""
_UNCAUGHT = re.compile(r"=== Uncaught Python exception: ===\n(.*)")
_DONE = re.compile(r"^#(\d+)\s+DONE\s+cov: (\d+) ft: (\d+) corp: (\d+)", re.MULTILINE)

Figures = dict[str, float]


# ---------------------------------------------------------------- hypothesis


def hypothesis_sequences(count: int) -> Figures:
    """Проверяет свойства разговора на count историях, поровну на каждое.

    Raises:
        BenchError: свойство нарушено; названы оно и пример.
    """
    REACHED.clear()
    began = time.monotonic()
    for number, one in enumerate(PROPERTIES):
        share = (count + number) // len(PROPERTIES)
        for begin in range(0, share, PORTION):
            try:
                one.hold(min(PORTION, share - begin))
            except Exception as error:
                told = "\n".join([repr(error), *getattr(error, "__notes__", [])])
                raise BenchError(f"Ядро не выдержало. {one.name} А вышло так: {told}") from error
    seconds = time.monotonic() - began
    return {
        "sequences": count,
        "seconds": seconds,
        "per_second": count / seconds,
        "solved": sum(times for (outcome, _), times in REACHED.items() if outcome == "earned"),
        "failed": sum(times for (outcome, _), times in REACHED.items() if outcome == "failed"),
        "tasks_solved": sum(("earned", task.number) in REACHED for task in TASKS),
        "tasks_failed": sum(("failed", task.number) in REACHED for task in TASKS),
    }


# ---------------------------------------------------------------- atheris


def one_input(data: bytes) -> None:
    """Проходит историю, записанную байтами."""
    live_through(Client(FakeLab()), list(decoded(data)))


def decoded(data: bytes) -> Iterator[Event]:
    """Читает историю: байты студента, а за каждым MARK — буква события и его число."""
    first, *parts = data.split(MARK)
    yield "send", first
    for part in parts:
        number = part[1] if len(part) > 1 else 0
        rest = part[2:]
        match part[:1]:
            case b"s":
                yield "start", number % len(TASKS) + 1
            case b"a":
                yield "answer", None
                rest = part[1:]
            case b"f":
                yield "answer", (FLAWS[number % len(FLAWS)], int.from_bytes(part[2:4]))
                rest = part[4:]
            case b"w":
                yield "wait", number**2 / 100  # от сотой доли до одиннадцати минут
            case b"j":
                yield "jump", number**2 / 100
            case b"v":
                yield "visited", bool(number % 2)
            case b"d":
                yield "deaf", bool(number % 2)
            case b"r":
                yield "lab", LAB_CHANGES[number % len(LAB_CHANGES)]
            case b"e" | b"l" | b"n" | b"q" | b"u":
                kinds = {b"e": "end", b"l": "lost", b"n": "say", b"q": "stop", b"u": "unheard"}
                yield kinds[part[:1]], None
                rest = part[1:]
            case _:
                rest = part
        if rest:
            yield "send", rest


def fuzz(executions: int, seed: int = 0) -> Figures:
    """Даёт ядру столько входов, подобранных по покрытию; seed 0 — каждый раз другие.

    Raises:
        BenchError: нашёлся вход, которого ядро не выдержало, или здесь нет atheris.
    """
    if find_spec("atheris") is None:
        raise BenchError(
            "Нет atheris: поставьте requirements/test.txt. Он есть для Linux на x86-64 и Python "
            "не новее 3.13."
        )
    with tempfile.TemporaryDirectory(prefix="netlab-fuzz-") as name:
        folder = Path(name)
        began = time.monotonic()
        said = run(
            f"-runs={executions}",
            f"-seed={seed}",
            f"-max_len={LONGEST}",
            f"-timeout={ONE_SECONDS}",
            f"-dict={written_dictionary(folder)}",
            f"-artifact_prefix={folder}/found-",
            str(written_seeds(folder)),
        )
        seconds = time.monotonic() - began
        found = next(folder.glob("found-*"), None)
        if found:
            raise BenchError(broken(found.read_bytes(), said))
    done = _DONE.search(said)
    if done is None:
        raise BenchError(f"atheris не закончил: {said[-2000:]}")
    runs, edges, features, kept = map(int, done.groups())
    return {
        "executions": runs,
        "seconds": seconds,
        "per_second": runs / seconds,
        "edges": edges,
        "features": features,
        "corpus": kept,
    }


def run(*options: str) -> str:
    """Запускает atheris и возвращает всё, что он сказал."""
    try:
        return subprocess.run(
            [sys.executable, "-X", "utf8", "-c", CHILD, *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=ALL_SECONDS,
            check=False,
        ).stdout
    except subprocess.TimeoutExpired:
        raise BenchError(f"atheris не уложился в {ALL_SECONDS:.0f} секунд.") from None


def broken(data: bytes, said: str) -> str:
    """Говорит, на чём ядро сломалось и как."""
    uncaught = _UNCAUGHT.search(said)
    why = uncaught[1] if uncaught else f"дольше {ONE_SECONDS} секунд или памяти не хватило"
    frames = re.findall(r"^  File .*$", said, re.MULTILINE)
    where = frames[-1].strip() if frames else ""
    return f"Ядро не выдержало ({why}; {where}) истории {list(decoded(data))!r}, вход {data!r}."


def written_seeds(folder: Path) -> Path:
    """Пишет первые входы: у каждой задачи — решённая, испорченная и брошенная."""
    corpus = folder / "corpus"
    corpus.mkdir()
    for task in TASKS:
        start = b"hello Ann\n" + MARK + b"s" + bytes([task.number - 1])
        for end in (b"a", b"f\0\0\3", b"f\1\0\3" + MARK + b"w\x64"):
            (corpus / f"{task.number}-{end.hex()}").write_bytes(start + MARK + end)
    commands = b"hello Ann\nscore\ntime\nhelp\nhint 1\nsubmit python{x}\nquit\n"
    (corpus / "commands").write_bytes(commands)
    return corpus


def written_dictionary(folder: Path) -> Path:
    r"""Пишет слова, из которых складываются входы: \xAB (llvm.org/docs/LibFuzzer.html)."""
    words = [word for word in WORDS if len(word) < LONGEST // 5]
    words += [MARK + letter.encode() for letter in "safwjvdrelnqu"]
    lines = ["".join(f"\\x{byte:02X}" for byte in word) for word in words]
    dictionary = folder / "words"
    dictionary.write_text("".join(f'"{line}"\n' for line in lines))
    return dictionary
