"""Лаборатория лекции: запускает программы, играет их собеседников, проверяет, записывает."""

from netlab.closing import exchange, finish
from netlab.echo import EchoServer
from netlab.reader import SocketReader, recv_exactly, recv_line
from netlab.transfer import receive_file, send_file

__all__ = [
    "EchoServer",
    "SocketReader",
    "exchange",
    "finish",
    "receive_file",
    "recv_exactly",
    "recv_line",
    "send_file",
]
