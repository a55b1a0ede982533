"""Программа-опыт: запускается одна, сама играет обе стороны и печатает, что увидела."""

from netlab.checks.kind import Kind
from netlab.peers.conversation import Failed
from netlab.program import Program
from netlab.stand import Stand

LONGEST = 5.0
"""Столько секунд идёт самый долгий опыт."""

SCRIPT = Kind(
    id="script",
    title="программа-опыт",
    side="both",
    contract="""\
Договор программы-опыта:
  * запускается без аргументов и без собеседников и сама завершается с кодом 0
    за пять секунд; исключений не бросает и в потоках;
  * не принимает байты за строки (python -bb);
  * закрывает все сокеты (python -X dev).""",
)


@SCRIPT.property("finishes", "Завершается сама, с кодом 0")
def finishes(stand: Stand) -> None:
    expect_success(stand.run(LONGEST))


@SCRIPT.property(
    "bytes_not_str", "Байты нигде не принимаются за строки (python -bb)", flags=["-bb"]
)
def bytes_not_str(stand: Stand) -> None:
    expect_success(stand.run(LONGEST))


@SCRIPT.property("no_leaks", "Закрывает все сокеты (python -X dev)", flags=["-X", "dev"])
def no_leaks(stand: Stand) -> None:
    program = stand.run(LONGEST)
    expect_success(program)
    if "ResourceWarning" in program.output:
        raise Failed(
            "Программа бросила сокеты незакрытыми.", "ни одного ResourceWarning", "ResourceWarning"
        )


def expect_success(program: Program) -> None:
    """Требует, чтобы программа завершилась с кодом 0 и без исключений в потоках."""
    if "Exception in thread" in program.output:
        raise Failed("Исключение в потоке.", "ни одного исключения", program.last_words)
    if program.exit_code != 0:
        raise Failed(
            f"Программа завершилась с кодом {program.exit_code}.",
            "код завершения 0",
            program.last_words or "ничего не напечатано",
        )
