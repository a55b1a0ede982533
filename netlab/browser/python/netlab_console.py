"""Ввод и вывод программы: терминал на странице вместо того, что есть у Pyodide."""

import io
import sys

from netlab_syscall import can_wait, post, syscall

WITHOUT_LOOKING = 8192
"""Столько байтов можно напечатать, не спросив, успевают ли их показывать."""


class Output(io.RawIOBase):
    """Вывод: каждая строка уходит на страницу сразу."""

    unseen = 0

    def __init__(self, descriptor):
        self._descriptor = descriptor
        self.name = "<stdout>" if descriptor == 1 else "<stderr>"
        self.mode = "wb"

    def writable(self):
        return True

    def isatty(self):
        return True

    def fileno(self):
        return self._descriptor

    def write(self, data):
        """Печатает; если показывать не успевают — ждёт, как ждал бы терминал."""
        sent = bytes(data)
        post("print", self._descriptor, sent)
        Output.unseen += len(sent)
        if Output.unseen >= WITHOUT_LOOKING and can_wait():
            Output.unseen = 0
            syscall("drain")
        return len(sent)


class Input(io.RawIOBase):
    """Ввод: то, что набрали под программой."""

    name = "<stdin>"
    mode = "rb"

    def readable(self):
        return True

    def isatty(self):
        return True

    def fileno(self):
        return 0

    def readinto(self, buffer):
        """Ждёт набранного; 0 — нажали Ctrl-D."""
        data = syscall("read", len(buffer))
        buffer[: len(data)] = data
        return len(data)


def take_over():
    """Даёт программе этот ввод и этот вывод."""
    sys.stdin = sys.__stdin__ = io.TextIOWrapper(io.BufferedReader(Input()), encoding="utf-8")
    for name, descriptor, errors in (("out", 1, "strict"), ("err", 2, "backslashreplace")):
        stream = io.TextIOWrapper(
            Output(descriptor), encoding="utf-8", errors=errors, line_buffering=True
        )
        setattr(sys, f"std{name}", stream)
        setattr(sys, f"__std{name}__", stream)
