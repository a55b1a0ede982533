"""Преподавательская машина: задачи практики на порту 13000.

Задачи и разговор — те же, что на занятии; флаги и подсказки помнятся, пока программа идёт.
"""

import secrets
import socket
import threading
import time

from netlab.flags.rehearsal import FakeLab
from netlab.flags.session import Session, Visit
from netlab.flags.wishes import ReceiveBuffer, Send

PORT = 13000
TICK = 0.5
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class Practice(FakeLab):
    """Лаборатория на одного: выданные флаги и то, какие из них сданы."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = None
        self.given: dict[str, int] = {}
        self.collected: set[int] = set()

    def begin(self, student: str, task: int, now: float) -> str:
        return secrets.token_hex(8)

    def earned(self, student: str, task: int, now: float) -> str:
        flag = f"python{{{task:02}-{''.join(secrets.choice(LETTERS) for _ in range(16))}}}"
        self.given[flag] = task
        return flag

    def submit(self, student: str, flag: str, now: float) -> str:
        if flag not in self.given:
            return "Такого флага здесь не выдавали."
        self.collected.add(self.given[flag])
        return "Засчитано."

    def score(self, student: str, now: float) -> list[str]:
        return [f"{student}: флагов {len(self.collected)}."]


def listen(session: Session, sock: socket.socket) -> None:
    """Ждёт байтов или срока разговора."""
    wake_at = session.wake_at
    pause = TICK if wake_at is None else min(TICK, max(wake_at - time.monotonic(), 0.001))
    if not session.reading:
        time.sleep(pause)
        session.wake(time.monotonic())
        return
    sock.settimeout(pause)
    try:
        data = sock.recv(16384)
    except TimeoutError:
        session.wake(time.monotonic())
        return
    if data:
        session.receive(data, time.monotonic())
    else:
        session.end(time.monotonic())


def talk(lab: Practice, sock: socket.socket, peer: str) -> None:
    """Весь разговор с одним студентом."""
    session = Session(lab, time.monotonic(), peer)
    with sock:
        try:
            while not session.closed:
                for action in session.take():
                    if isinstance(action, Send):
                        sock.settimeout(None)
                        sock.sendall(action.data)
                    elif isinstance(action, ReceiveBuffer):
                        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, action.size)
                    elif isinstance(action, Visit):
                        session.visited(None, time.monotonic())
                if not session.closed:
                    listen(session, sock)
            for action in session.take():
                if isinstance(action, Send):
                    sock.sendall(action.data)
        except OSError:
            session.lost(time.monotonic())


def main() -> None:
    lab = Practice()
    with socket.create_server(("", PORT)) as listener:
        print(f"Преподавательская машина слушает порт {PORT}")
        while True:
            sock, (peer, _) = listener.accept()
            threading.Thread(target=talk, args=(lab, sock, peer), daemon=True).start()


main()
