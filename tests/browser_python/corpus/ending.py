"""Как программа кончается: ввод, трассировка, код."""

import atexit
import socket
import sys
import traceback

print(input("Имя: "))
print(repr(sys.stdin.readline()))
try:
    input()
except EOFError as problem:
    print(type(problem).__name__, problem)


def deep():
    socket.create_connection(("127.0.0.1", 1))


try:
    deep()
except OSError:
    frames = traceback.extract_tb(sys.exc_info()[2])
    print([frame.name for frame in frames])
try:
    socket.socket().recv(1)
except OSError:
    frames = traceback.extract_tb(sys.exc_info()[2])
    print([frame.name for frame in frames])
atexit.register(print, "прощание")
sys.exit("код один")
