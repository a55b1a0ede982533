"""Вход для mkdocs-macros: находит netlab в копии репозитория и отдаёт ему netlab.pages.

Плагин исполняет этот файл заново при каждой сборке, а готовые модули Python держит в памяти.
Поэтому прежние модули netlab сначала забываются: `mkdocs serve` видит правку лаборатории.
"""

import importlib
import sys
from pathlib import Path

root = str(Path(__file__).resolve().parents[2])
if root not in sys.path:
    sys.path.insert(0, root)

# Файлы .pyc легли бы в наблюдаемую папку netlab и вызвали лишнюю пересборку.
sys.dont_write_bytecode = True

for name in [name for name in sys.modules if name == "netlab" or name.startswith("netlab.")]:
    del sys.modules[name]

pages = importlib.import_module("netlab.pages")
define_env = pages.define_env
on_pre_page_macros = pages.on_pre_page_macros
on_post_page_macros = pages.on_post_page_macros
on_post_build = pages.on_post_build
