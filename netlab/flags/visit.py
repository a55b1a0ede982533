"""Посещение эхо-сервера студента: трое по очереди, пятеро сразу, по кусочкам, с мегабайтом."""

# Соединяются только с тем адресом, с которого пришёл сам студент: выбрать он может порт, но не
# машину. Данные каждый раз новые, и готового ответа на них нет. Первая неудача — диагноз.

from __future__ import annotations

import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from netlab.deadline import Deadline
from netlab.flags.diagnosis import Wrong
from netlab.peers.conversation import plural_bytes
from netlab.sockets import Address, connect, why_not_connected

VISIT_SECONDS = 50.0
STEP_SECONDS = 5.0
"""Столько ждём одного ответа."""
ORDER = ("Первый", "Второй", "Третий", "Четвёртый", "Пятый")
PAUSE = 0.03
CRUMB, CRUMB_PAUSE = 512, 0.001
"""Мельче — даём накопиться: мегабайт, присланный по байту, отнял бы процессор у остальных."""
MEGABYTE = 1024 * 1024


class Guest:
    """Клиент, который пришёл к серверу студента; name — как его назвать в диагнозе."""

    def __init__(self, name: str, sock: socket.socket, deadline: Deadline, step: float) -> None:
        self.name = name
        self.sock = sock
        self._deadline = deadline
        self._step = step

    def send(self, data: bytes) -> None:
        """Посылает данные."""
        self._hurry()
        self.sock.sendall(data)

    def expect(self, data: bytes, why: str | None = None) -> None:
        """Ждёт ровно этих данных; why — почему их может не быть.

        Raises:
            Wrong: пришли не они или не все.
        """
        got = bytearray()
        try:
            while len(got) < len(data):
                self._hurry()
                chunk = self.sock.recv(min(65536, len(data) - len(got)))
                if not chunk:
                    raise self._wrong("сервер закончил раньше времени", data, got, why)
                at = len(got)
                got += chunk
                if data[at : len(got)] != chunk:
                    break
                if len(chunk) < CRUMB < len(data) - len(got):
                    time.sleep(CRUMB_PAUSE)
        except TimeoutError:
            raise self._wrong("ответа не дождались", data, got, why) from None
        except ConnectionError:
            raise self._wrong("сервер оборвал соединение", data, got, why) from None
        if got != data:
            raise self._wrong("вернулось не то", data, got, "Верните байты как есть.")

    def expect_end(self) -> None:
        """Ждёт конца потока.

        Raises:
            Wrong: пришло лишнее, обрыв или ничего.
        """
        try:
            self._hurry()
            more = self.sock.recv(64)
        except TimeoutError:
            raise Wrong(
                f"{self.name}: всё вернулось, но сервер соединения не закрыл. Когда recv вернул "
                "b'', клиент закончил писать: закройте его сокет."
            ) from None
        except ConnectionError:
            more = b""  # всё уже вернулось; чем простились, неважно
        if more:
            raise Wrong(f"{self.name}: после верного ответа пришло лишнее: {more!r}.")

    def _hurry(self) -> None:
        self.sock.settimeout(min(self._step, self._deadline.left() or self._step))

    def _wrong(self, what: str, data: bytes, got: bytearray, why: str | None) -> Wrong:
        likely = f"{self.name}: {what} ({plural_bytes(len(got))} из {len(data)})."
        return Wrong(f"{likely} {why}" if why else likely, expected=data, got=bytes(got))


class Tour:
    """Обход сервера address: все, кто к нему приходит; seconds — на всё, step — на один ответ."""

    def __init__(self, address: Address, seconds: float, step: float) -> None:
        self._address = address
        self._deadline = Deadline(seconds)
        self._step = step

    def in_turn(self) -> None:
        """Трое приходят по очереди."""
        why = (
            "Отвечать надо сразу, не дожидаясь конца потока, и теми же байтами: не все они буквы, "
            "и decode на них падает."
        )
        for number in ORDER[:3]:
            with self._guest(f"{number} из троих по очереди") as guest:
                words = fresh_line()
                guest.send(words)
                guest.expect(words, why)
            why = "Пережил ли сервер уход предыдущего?"

    def at_once(self) -> None:
        """Пятеро приходят сразу; последний говорит первым, и никто не уходит."""
        with ExitStack() as stack:
            guests = [
                stack.enter_context(self._guest(f"{number} из пятерых сразу")) for number in ORDER
            ]
            for guest in reversed(guests):
                words = fresh_line()
                guest.send(words)
                guest.expect(
                    words,
                    "Похоже, сервер занят другим клиентом: каждому нужен свой поток выполнения.",
                )

    def in_fragments(self) -> None:
        """Один шлёт строку по кусочкам."""
        with self._guest("Тот, кто шлёт по кусочкам") as guest:
            guest.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            words = fresh_line()
            for begin in range(0, len(words), 7):
                guest.send(words[begin : begin + 7])
                time.sleep(PAUSE)
            guest.expect(words, "Ответить надо на всё, что пришло, сколько бы раз ни пришлось.")

    def half_close(self) -> None:
        """Один заканчивает писать и дочитывает ответ."""
        with self._guest("Тот, кто закончил писать первым") as guest:
            words = fresh_line() + b"no line end"
            guest.send(words)
            guest.sock.shutdown(socket.SHUT_WR)
            guest.expect(words, "Клиент закончил писать, но ответ ещё читает: отдайте ему всё.")
            guest.expect_end()

    def with_megabyte(self) -> None:
        """Один приносит мегабайт: шлёт и читает одновременно."""
        words = b"".join(fresh_line() for _ in range(MEGABYTE // len(fresh_line()) + 1))[:MEGABYTE]
        words = words[:-1] + b"\n"
        with self._guest("Тот, кто принёс мегабайт") as guest:
            sender = threading.Thread(target=send_quietly, args=(guest, words), daemon=True)
            sender.start()
            try:
                guest.expect(words, "Похоже, send взял не всё, а его ответ не проверен.")
            finally:
                with suppress(OSError):
                    guest.sock.shutdown(socket.SHUT_RDWR)  # будит отправителя
                sender.join(self._step)

    @contextmanager
    def _guest(self, name: str) -> Iterator[Guest]:
        try:
            sock = connect(self._address, min(self._step, self._deadline.left() or self._step))
        except OSError as error:
            raise Wrong(
                f"{name} не смог подключиться. {why_not_connected(error, self._address)} Сервер "
                "ещё работает? Слушает ли он все адреса ('')? Не мешает ли брандмауэр?"
            ) from None
        with sock:
            try:
                yield Guest(name, sock, self._deadline, self._step)
            except TimeoutError:
                raise Wrong(f"{name}: сервер не читает, и послать ему ничего нельзя.") from None
            except ConnectionError:
                raise Wrong(f"{name}: сервер оборвал соединение.") from None


def visit(
    address: Address, seconds: float = VISIT_SECONDS, step: float = STEP_SECONDS
) -> Wrong | None:
    """Ходит к серверу студента не дольше seconds секунд; возвращает, что не так, или None."""
    tour = Tour(address, seconds, step)
    try:
        tour.in_turn()
        tour.at_once()
        tour.in_fragments()
        tour.half_close()
        tour.with_megabyte()
    except Wrong as wrong:
        return wrong
    except OSError as error:
        return Wrong(f"Посещение не удалось: {error.strerror or error}.")
    return None


def fresh_line() -> bytes:
    """Сочиняет строку, которой ещё не было; в ней есть и не буквы."""
    return b"%s \xd0\xb9\xff\0 %s\r\n" % (
        secrets.token_hex(8).encode(),
        secrets.token_hex(8).encode(),
    )


def send_quietly(guest: Guest, data: bytes) -> None:
    """Шлёт всё; об обрыве узнает тот, кто читает."""
    with suppress(OSError):
        guest.send(data)
