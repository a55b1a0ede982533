"""Собеседник программы в сценарии: шлёт, ждёт, уходит по-хорошему и по-плохому и всё это
записывает."""

from __future__ import annotations

import select
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from netlab.peers import patience
from netlab.peers.conversation import (
    Conversation,
    Failed,
    first_difference,
    plural_bytes,
    shown,
)
from netlab.peers.fault import Fault
from netlab.peers.reset import reset

CHUNK = 65536
GLANCE = 0.002


class Watched(Protocol):
    """То, что собеседнику надо знать о программе, с которой он говорит."""

    @property
    def alive(self) -> bool: ...
    @property
    def last_words(self) -> str: ...
    def spins_on(self, connection: Connection) -> bool: ...
    def closed(self, connection: Connection) -> bool: ...
    def wait_exit(self, seconds: float) -> int | None: ...


class Connection:
    """Одно соединение с программой, другая его сторона.

    Любое ожидание кончается в срок: приходом данных, концом потока, концом программы или
    исключением Failed, в котором сказано, чего ждали и что получили.
    """

    def __init__(self, name: str, conversation: Conversation, program: Watched) -> None:
        self.name = name
        self.conversation = conversation
        self.program = program
        self.port = 0
        """Порт той стороны, которая соединение открыла: по нему его узнают обе."""
        self._sock: socket.socket | None = None
        self._over = False
        """Соединения больше нет, и программы, быть может, тоже."""

    @property
    def sock(self) -> socket.socket:
        """Сокет собеседника; пока соединения нет, нет и его."""
        assert self._sock is not None
        return self._sock

    def say(self, what: str) -> None:
        """Записывает поступок в разговор."""
        self.conversation.add(self.name, what)

    def take(self, sock: socket.socket) -> None:
        """Берёт сокет уже установленного соединения."""
        self._sock = sock
        self._sock.settimeout(patience.ANSWER)
        self.port = sock.getpeername()[1]

    # ------------------------------------------------------------ поступки

    def send(self, data: bytes, fault: Fault | None = None) -> None:
        """Шлёт байты; с fault — так плохо, как тот умеет.

        Raises:
            Failed: программа не взяла их в срок или соединения уже нет.
        """
        self.say(f"→ {shown(data)}")
        try:
            (fault or Fault()).deliver(self.sock, data)
        except OSError as error:
            self._over = True
            raise self._failure(
                "Программа перестала принимать байты.",
                f"{plural_bytes(len(data))} приняты",
                reason(error),
            ) from None

    def wait_arrival(self) -> None:
        """Ждёт, пока всё посланное окажется в буфере программы.

        Linux говорит, сколько байт ещё не подтверждено (SIOCOUTQ, tcp(7)); другие системы об этом
        молчат, но на loopback байты приходят раньше, чем вернётся send.
        """
        if sys.platform != "linux":
            return
        from fcntl import ioctl
        from termios import TIOCOUTQ

        deadline = time.monotonic() + patience.ANSWER
        pause = threading.Event()
        while int.from_bytes(ioctl(self.sock, TIOCOUTQ, bytes(4)), sys.byteorder):
            if time.monotonic() > deadline:
                raise self._failure("Байты до программы не дошли.", "все подтверждены", "не все")
            pause.wait(GLANCE)

    def half_close(self) -> None:
        """Говорит «больше не пришлю»: шлёт FIN, но читать продолжает."""
        self.say("закончил писать (FIN), но читает")
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Уходит по-хорошему: FIN."""
        self.say("ушёл (FIN)")
        self.abandon()

    def reset(self) -> None:
        """Уходит по-плохому: обрывает связь (RST)."""
        self.say("оборвал связь (RST)")
        reset(self.sock)

    def abandon(self) -> None:
        """Закрывает сокет молча: сценарий кончился."""
        if self._sock is not None:
            self._sock.close()

    # ------------------------------------------------------------ ожидания

    def expect(self, data: bytes) -> None:
        """Ждёт ровно эти байты.

        Raises:
            Failed: пришло не то, пришло не всё или соединение закончилось раньше.
        """
        got = b""
        deadline = time.monotonic() + patience.ANSWER
        while len(got) < len(data):
            chunk = self._receive(deadline, len(data) - len(got))
            if not chunk:
                raise self._shortfall(data, got, ended=chunk is not None)
            got += chunk
            if not data.startswith(got):
                got += self._rest()
                at = first_difference(data, got)
                where = f" (первое отличие — байт {at})" if at else ""
                raise self._failure(
                    f"Вернулось не то, что послали{where}.", shown(data), shown(got)
                )

    def receive_until(self, marker: bytes) -> bytes:
        """Читает, пока не придёт marker, и возвращает всё вместе с ним.

        Raises:
            Failed: поток закончился раньше, или marker не пришёл в срок.
        """
        got = b""
        deadline = time.monotonic() + patience.ANSWER
        while marker not in got:
            chunk = self._receive(deadline, CHUNK)
            if not chunk:
                raise self._failure(
                    "Запрос не закончен.", f"{shown(marker)} в конце", shown(got) or "ничего"
                )
            got += chunk
        return got

    def expect_some(self) -> bytes:
        """Ждёт хоть каких-нибудь байтов и возвращает их; записывает лишь то, что они пришли.

        Raises:
            Failed: не пришло ничего.
        """
        readable, _, _ = select.select([self.sock], [], [], patience.ANSWER)
        chunk = self.sock.recv(CHUNK) if readable else b""
        if not chunk:
            raise self._failure("Не пришло ни байта.", "байты", self._silence())
        self.say("← начало")
        return chunk

    def wait_urgent(self) -> bytes:
        """Ждёт срочного байта (MSG_OOB, tcp(7)); b'' — не пришёл."""
        _, _, urgent = select.select([], [], [self.sock], patience.ANSWER)
        # С таймаутом recv сначала ждал бы обычных байтов, а их нет.
        self.sock.settimeout(None)
        byte = self.sock.recv(1, socket.MSG_OOB) if urgent else b""
        self.sock.settimeout(patience.ANSWER)
        return byte

    def sip(self) -> int:
        """Читает один раз из того, что уже пришло; возвращает, сколько байт."""
        readable, _, _ = select.select([self.sock], [], [], 0)
        return len(self.sock.recv(CHUNK)) if readable else 0

    def datagrams(self) -> list[bytes]:
        """Забирает все пришедшие датаграммы."""
        came = []
        while select.select([self.sock], [], [], 0)[0]:
            came.append(self.sock.recv(CHUNK))
            self.say(f"← датаграмму {shown(came[-1])}")
        return came

    def echo(self) -> bool:
        """Возвращает всё, что пришло, пока поток не закончится; False — застрял."""
        self.say("возвращает всё, что получил")
        self.sock.settimeout(1)
        try:
            while chunk := self.sock.recv(CHUNK):
                self.sock.sendall(chunk)
            self.sock.shutdown(socket.SHUT_WR)
        except TimeoutError:
            self.say("застрял: программа не читает")
            return False
        finally:
            self.sock.settimeout(patience.ANSWER)
        return True

    def expect_end(self, after: str = "quit", why: str = "") -> None:
        """Ждёт конца потока, перед которым больше ничего не придёт.

        Raises:
            Failed: пришли лишние байты, RST или ничего.
        """
        try:
            chunk = self._receive(time.monotonic() + patience.ANSWER, CHUNK, reset_is_end=False)
        except ConnectionError as error:
            raise self._failure(
                f"После {after} соединение оборвалось (RST), а должно было закончиться (FIN).",
                "конец потока",
                reason(error),
            ) from None
        if chunk is None:
            why = why or f"После {after} программа не закрыла соединение."
            raise self._failure(why, "конец потока", self._silence())
        if chunk:
            extra = chunk + self._rest()
            raise self._failure(
                f"После {after} вместо конца потока пришли байты.", "конец потока", shown(extra)
            )

    def expect_closed(self, seconds: float, why: str) -> None:
        """Ждёт, что программа так или иначе расстанется с клиентом: FIN или RST.

        Raises:
            Failed: за seconds секунд этого не случилось.
        """
        deadline = time.monotonic() + seconds
        while (chunk := self._receive(deadline, CHUNK)) != b"":
            if chunk is None:
                raise self._failure(why, "соединение закрыто", "соединение открыто")

    def exchange(self, data: bytes, *, give_up: Callable[[int, int], bool] | None = None) -> bytes:
        """Шлёт и читает одновременно; возвращает всё, что пришло, не больше len(data) байт.

        give_up получает числа посланных и полученных байт и говорит, что дальше можно не ждать.

        Raises:
            Failed: ни то, ни другое в срок не сдвинулось.
        """
        self.say(f"→ {shown(data)} и одновременно читает")
        got = bytearray()
        view = memoryview(data)
        sent = 0
        self.sock.setblocking(False)
        moved = time.monotonic()
        try:
            while len(got) < len(data) and not (give_up and give_up(sent, len(got))):
                writing = [self.sock] if sent < len(data) else []
                readable, writable, _ = select.select([self.sock], writing, [], patience.GLANCE)
                if writable:
                    sent += self.sock.send(view[sent : sent + CHUNK])
                if readable:
                    chunk = self.sock.recv(CHUNK)
                    if not chunk:
                        break
                    got += chunk
                if readable or writable:
                    moved = time.monotonic()
                elif time.monotonic() - moved > patience.ANSWER:
                    break
        except ConnectionError:
            pass
        finally:
            self.sock.settimeout(patience.ANSWER)
        del got[len(data) :]
        if len(got) == len(data):
            self.conversation.add_received(self.name, bytes(got))
        elif got:
            # Сколько именно успело прийти, от запуска к запуску меняется.
            self.say("← только начало")
        return bytes(got)

    def flood(self, line: bytes, limit: int = 64 * 1024 * 1024) -> int:
        """Шлёт строку снова и снова, ничего не читая, пока программа не перестанет брать.

        Возвращает, сколько байт ядро приняло; не больше limit.
        """
        self.say(f"→ {shown(line)} много раз, ничего не читая")
        block = line * max(1, CHUNK // len(line))
        sent = 0
        self.sock.setblocking(False)
        try:
            while sent < limit:
                _, writable, _ = select.select([], [self.sock], [], 10 * patience.GLANCE)
                if not writable:
                    return sent
                sent += self.sock.send(block)
        except ConnectionError:
            pass
        finally:
            self.sock.settimeout(patience.ANSWER)
        return sent

    # ------------------------------------------------------------ как это устроено

    def _receive(self, deadline: float, size: int, *, reset_is_end: bool = True) -> bytes | None:
        """Читает, сколько пришло; b'' — конец потока, None — ничего не пришло и ждать нечего."""
        while True:
            # Сначала взгляд на программу, потом на сокет: её последние байты уже в пути.
            hopeless = not self.program.alive or self.program.spins_on(self)
            readable, _, _ = select.select([self.sock], [], [], patience.GLANCE)
            if readable:
                break
            if hopeless or time.monotonic() > deadline:
                self._over = hopeless
                self.say("ничего не дождался")
                return None
        try:
            chunk = self.sock.recv(size)
        except ConnectionError:
            self._over = True
            self.say("← RST")
            if reset_is_end:
                return b""
            raise
        if chunk:
            self.conversation.add_received(self.name, chunk)
        else:
            self._over = True
            self.say("← конец потока")
        return chunk

    def _rest(self) -> bytes:
        """Дочитывает лишнее, чтобы показать всё, что пришло."""
        rest = b""
        self.sock.settimeout(patience.EXTRA)
        with suppress(OSError):
            while len(rest) < CHUNK and (chunk := self.sock.recv(CHUNK)):
                rest += chunk
        if rest:
            self.conversation.add_received(self.name, rest)
        return rest

    def _silence(self) -> str:
        if self.program.spins_on(self):
            return "ничего: программа снова и снова читает b''"
        return "ничего"

    def _shortfall(self, data: bytes, got: bytes, *, ended: bool) -> Failed:
        received = shown(got) if got else self._silence()
        if ended:
            why = "Программа закрыла соединение раньше, чем всё вернула."
            received = f"{shown(got)}, потом конец потока" if got else "конец потока"
        elif got:
            why = f"Вернулось не всё: {plural_bytes(len(got))} из {len(data)}."
        else:
            why = "Ответа нет."
        return self._failure(why, shown(data), received)

    def _failure(self, why: str, expected: str, received: str) -> Failed:
        """Если программы больше нет, то причина всего — в этом."""
        # Ядро закрывает соединения чуть раньше, чем процесс становится завершённым.
        # А пока соединение живо, гадать незачем: программа ещё идёт.
        code = self.program.wait_exit(patience.DYING) if self._over else None
        if code is None:
            return Failed(why, expected, received)
        words = self.program.last_words if code else ""
        if words:
            self.conversation.add("программа", words)
        self.conversation.add("программа", f"завершилась с кодом {code}")
        return Failed(f"Программа завершилась с кодом {code}.", expected, words or received)


def reason(error: OSError) -> str:
    """Называет ошибку её именем: номера у систем разные, имена одни."""
    if isinstance(error, TimeoutError):
        return "таймаут"
    names: dict[type[OSError], str] = {
        ConnectionRefusedError: "ECONNREFUSED: никто не слушает",
        ConnectionResetError: "ECONNRESET: связь оборвана (RST)",
        BrokenPipeError: "EPIPE: с той стороны соединения уже нет",
    }
    return names.get(type(error), error.strerror or str(error))
