"""Лаборатория лекции: запускает программы, играет их собеседников, проверяет, записывает."""

from netlab.echo import EchoServer

__all__ = ["EchoServer"]
