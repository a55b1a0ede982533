"""Один вызов read_website: `python one_fetch.py ПРОГРАММА ПОРТ` пишет, сколько секунд и байт."""

import importlib.util
import sys
import time
from typing import Any


def main() -> None:
    """Импортирует программу, потом включает часы."""
    path, port = sys.argv[1:]
    spec = importlib.util.spec_from_file_location("fetcher", path)
    assert spec
    assert spec.loader
    fetcher: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fetcher)
    if hasattr(fetcher, "LARGEST"):
        fetcher.LARGEST = sys.maxsize  # измеряется время, а не предел размера
    began = time.perf_counter()
    page = fetcher.read_website("127.0.0.1", int(port))
    print(time.perf_counter() - began, len(page))


if __name__ == "__main__":
    main()
