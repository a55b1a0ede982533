"""Урок «Дальше»: ответы, которые пишут чаще всего, узнаются по диагнозу."""

import importlib.util
import socket
import sys
import threading
import time
from pathlib import Path

import pytest

from netlab.checks import Report

UDP = """
import socket
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(('', 5555))
while True:
    try:
        data, address = sock.recvfrom(65535)
        sock.sendto(data, address)
    except ConnectionError:
        pass
"""
TEXT = UDP.replace("data, address)", "data.decode().encode(), address)")
STOPS = UDP.replace("    sock.sendto", "    if not data: break\n        sock.sendto")
LINES = UDP.replace(
    "sock.sendto(data, address)", "for line in data.splitlines(True): sock.sendto(line, address)"
)
FIRST_ADDRESS = UDP.replace("while", "_, address = sock.recvfrom(1)\nwhile").replace(
    "data, address =", "data, _ ="
)
SMALL = UDP.replace("65535", "2048")
TWICE = UDP.replace("sock.sendto", "sock.sendto(data, address); sock.sendto")

CHAT = """
import asyncio
guests = []
async def serve(reader, writer):
    guests.append(writer)
    try:
        while line := await reader.readline():
            tell(writer, line)
    except OSError:
        pass
    guests.remove(writer)
    writer.close()
def tell(speaker, line):
    for guest in guests:
        if guest is not speaker:
            guest.write(line)
async def main():
    server = await asyncio.start_server(serve, port=5555)
    await asyncio.Event().wait()
asyncio.run(main())
"""
TO_ALL = CHAT.replace("guest is not speaker", "True")
PIECES = CHAT.replace("readline()", "read(4096)")
STRIPS = CHAT.replace("guest.write(line)", "guest.write(line.strip() + b'\\n')")
THREADS = """
import socket, threading
guests = []
def serve(sock):
    guests.append(sock)
    for line in sock.makefile('rb'):
        for guest in guests:
            if guest is not sock:
                guest.sendall(line)
listener = socket.create_server(('', 5555))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],)).start()
"""

BLOCKS = """
import asyncio, socket
async def talk(sock):
    with sock, sock.makefile('rb') as lines:
        for line in lines:
            sock.sendall(line)
async def main():
    listener = socket.create_server(('', 5555))
    while True:
        await talk(listener.accept()[0])
asyncio.run(main())
"""
NEVER_AWAITED = BLOCKS.replace("await talk(", "asyncio.create_task(talk(").replace("[0])", "[0]))")


@pytest.mark.parametrize(
    ("kind", "answer", "property", "why", "received"),
    [
        ("udp_echo", TEXT, "garbage", "с кодом 1", "UnicodeDecodeError"),
        ("udp_echo", STOPS, "empty", "с кодом 0", "ничего"),
        ("udp_echo", LINES, "borders", "Вернулось не всё", r"b'two\n'"),
        ("udp_echo", FIRST_ADDRESS, "several_clients", "Ответа нет", "ничего"),
        pytest.param(
            "udp_echo", SMALL, "largest", "Вернулось не всё", "b'000000",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="там recvfrom бросает ошибку"),
        ),
        ("udp_echo", TWICE, "borders", "не то, что послали", "b'one'"),
        ("chat", TO_ALL, "others", "не то, что послали", "b'hello\\n"),
        ("chat", PIECES, "whole_lines", "не то, что послали", "b'helworld"),
        ("chat", STRIPS, "others", "не то, что послали", r"\xd1\x82\n"),
        ("chat", THREADS, "not_reading", "друг друга не слышат", "не приходят"),
        ("echo", BLOCKS, "several_clients", "Ответа нет", "ничего"),
        ("echo", NEVER_AWAITED, "echo", "Ответа нет", "ничего"),
    ],
    ids=[
        "text", "stops", "lines", "first_address", "small", "twice",
        "to_all", "pieces", "strips", "threads",
        "blocks", "never_awaited",
    ],
)  # fmt: skip
def test_typical_wrong_answer_is_diagnosed(
    kind: str,
    answer: str,
    property: str,
    why: str,
    received: str,
    report: Report,
) -> None:
    verdict = report.verdicts[-1]
    assert not verdict.passed
    assert why in verdict.why
    assert received in verdict.received


@pytest.mark.parametrize(("kind", "answer"), [("udp_echo", UDP), ("chat", CHAT)])
def test_right_answer_is_recognised(kind: str, answer: str, report: Report) -> None:
    assert report.ok


def test_client_does_not_wait_for_stale_answers_for_ever() -> None:
    path = Path(__file__).parents[2] / "snippets" / "beyond" / "udp_client.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    client = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(client)
    client.TIMEOUT = 0.1
    over = threading.Event()

    def repeat_old_answer(server: socket.socket) -> None:
        _, address = server.recvfrom(65535)
        for _ in range(100):
            if over.wait(client.TIMEOUT / 4):
                return
            server.sendto(b"0 old", address)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        neighbour = threading.Thread(target=repeat_old_answer, args=(server,))
        neighbour.start()
        began = time.monotonic()
        try:
            with pytest.raises(TimeoutError, match="5 попыток"):
                client.talk(server.getsockname())
            assert time.monotonic() - began < 2
        finally:
            over.set()
            neighbour.join()
