"""Урок «Однопоточный эхо-сервер»: то, чего не проверить у всех уроков сразу."""

from pathlib import Path

ORIGINAL = Path(__file__).parents[2] / "snippets" / "echo" / "echo_original.py"


def test_original_is_verbatim() -> None:
    """Первая версия — код лекции до последнего байта."""
    text = ORIGINAL.read_text(encoding="utf-8")
    assert text.startswith("import socket\n\ndef listen():\n    connection = socket.socket(")
    assert "if data == 'quit\\r\\n':" in text
    assert "#connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)" in text
    assert "8<" not in text
