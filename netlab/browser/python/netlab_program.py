"""Запуск программы так, как её запустил бы `python файл.py`: с начала и до кода завершения."""

import sys
import threading
import traceback
import types
from pathlib import Path

SHIMS = str(Path(__file__).parent)


def run(path, arguments, interactive=False):
    """Выполняет файл (или, без него, диалог); вернёт код завершения."""
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    # На месте программы — всё, что было бы у неё в терминале.
    vars(main)["__builtins__"] = __builtins__
    status = 0
    try:
        if path:
            main.__file__ = path
            sys.argv[:] = [path, *arguments]
            source = Path(path).read_bytes()
            exec(compile(source, path, "exec", dont_inherit=True), vars(main))
        if interactive:
            status = converse(vars(main))
    except SystemExit as request:
        status = exit_status(request.code)
    except BaseException as problem:
        report(problem)
        status = 130 if isinstance(problem, KeyboardInterrupt) else 1
    try:
        threading._shutdown()
        import atexit

        atexit._run_exitfuncs()
    except BaseException as problem:
        report(problem)
        status = 130 if isinstance(problem, KeyboardInterrupt) else 1
    sys.stdout.flush()
    sys.stderr.flush()
    return status


def exit_status(code):
    """Код завершения по аргументу sys.exit; текст печатается."""
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


def converse(namespace):
    """Диалог: строка программы — ответ; Ctrl-D кончает."""
    import code

    console = code.InteractiveConsole(namespace, "<stdin>")
    try:
        console.interact(banner="", exitmsg="")
    except SystemExit as request:
        return exit_status(request.code)
    return 0


def report(problem):
    """Печатает трассировку, как её напечатал бы Python."""
    kind = type(problem)
    # Кадры этого файла студенту не нужны: его программа началась с его первой строки.
    sys.excepthook(kind, problem, problem.__traceback__)


def show_excepthook(kind, problem, trace):
    """Трассировка через модуль traceback: так в ней нет кадров лаборатории."""
    traceback.print_exception(kind, problem, trace)


def hide_shims():
    """Убирает из всех трассировок кадры лаборатории: на Linux на их месте код на C."""
    walk, walk_with_positions = traceback.walk_tb, traceback._walk_tb_with_full_positions

    def is_shown(frame):
        return not frame.f_code.co_filename.startswith(SHIMS)

    def shown_walk(trace):
        return (step for step in walk(trace) if is_shown(step[0]))

    def shown_walk_with_positions(trace):
        return (step for step in walk_with_positions(trace) if is_shown(step[0]))

    traceback.walk_tb = shown_walk
    traceback._walk_tb_with_full_positions = shown_walk_with_positions
    sys.excepthook = sys.__excepthook__ = show_excepthook
