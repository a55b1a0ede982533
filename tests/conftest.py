"""Проверки из tests/proof собираются только с ключом --proof.

Им нужны hypothesis, playwright, браузер, чужие программы и root. Без ключа pytest
не заходит в эту папку и ничего оттуда не импортирует.
"""

import signal
from pathlib import Path

import pytest

PROOF = Path(__file__).parent / "proof"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Объявляет ключ --proof."""
    parser.addoption(
        "--proof",
        action="store_true",
        help="вся проверка: браузер, чужие программы, root (её запускает make test)",
    )


def pytest_configure() -> None:
    """Возвращает Ctrl-C, если тесты запущены в фоне: `pytest &` и многие CI его отключают."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Прячет tests/proof от обычного запуска."""
    if collection_path.is_relative_to(PROOF) and not config.getoption("--proof"):
        return True
    return None
