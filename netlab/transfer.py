"""Файл через одно соединение TCP: целиком и проверенный — или никакого; оборвалось — продолжим."""

# Здесь разговор двух сторон на блокирующем сокете, сверху вниз в том порядке, в каком он идёт.
# Сообщения разговора и имена файлов — в transfer_protocol, недополученный файл на диске — в
# part_file.
#
# Срок дан не всей передаче, а молчанию: файл может идти и сутки, лишь бы шёл. Получатель, пока
# пишет и считает хеш, раз в полсекунды присылает пустое сообщение: то, что отправитель уже отдал
# ядру, по медленной связи едет до получателя минуты, и подтверждения всё это время нет.
#
# Отправитель занят другим направлением, и, чтобы заметить отказ посреди файла (кончилось место),
# заглядывает в сокет перед каждым мегабайтом. А получатель, отказав, закрывает соединение не сразу:
# дочитывает и выбрасывает то, что ещё летит. Close при непрочитанных байтах послал бы RST, а тот
# может уничтожить и отказ (RFC 1122, 4.2.2.13).
#
# sendfile здесь не быстрее: каждый байт всё равно проходит через хеш, а значит, через нашу память.
# Зато посылается ровно то, что посчитано.

from __future__ import annotations

import hashlib
import io
import os
import socket
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import EDQUOT, EFBIG, ENOSPC
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from netlab.deadline import Deadline
from netlab.file_errors import what_is_wrong
from netlab.framing import LengthPrefixReader, MessageTooLong
from netlab.part_file import BLOCK, PartFile, hash_of_first
from netlab.progress import Progress, shown_seconds, shown_size
from netlab.transfer_protocol import (
    ALIVE,
    MESSAGE_LIMIT,
    Digest,
    Held,
    Kept,
    LinkBroken,
    Message,
    NotNetlab,
    Offer,
    Reason,
    Refusal,
    Refused,
    Start,
    TransferError,
    bare_name,
    decode,
    encode,
)

if TYPE_CHECKING:
    from hashlib import _Hash

TIMEOUT = 30.0
PULSE = 0.5  # чаще пустых сообщений не шлём
LINGER_TIMEOUT = 2.0  # столько получатель, отказав, дочитывает
LARGEST = 2**63 - 1
"""Больше байт не бывает ни в одном файле (off_t)."""

Expected = TypeVar("Expected", bound=Message)
MakeProgress = Callable[[int], Progress]


def unseen(total: int) -> Progress:
    """Ход передачи, которого никто не видит."""
    return Progress(total, io.StringIO())


class FileChanged(TransferError):
    """Файл изменился, пока его посылали, и получатель не примет ни старого, ни нового."""

    def __init__(self) -> None:
        super().__init__("Файл изменился, пока его посылали: пошлите ещё раз.")


# ---------------------------------------------------------------- отправитель


def send_file(
    sock: socket.socket,
    path: str | os.PathLike[str],
    *,
    timeout: float | None = None,
    progress: MakeProgress = unseen,
) -> None:
    """Посылает файл и возвращается, когда получатель подтвердил, что файл у него.

    timeout — сколько секунд терпеть молчание; без него — таймаут сокета, а если нет и его, 30 с.
    progress получает размер файла и показывает ход передачи. После удачи соединение остаётся целым
    и годится для следующего файла, после ошибки — закончено (SHUT_RDWR).

    Raises:
        LinkBroken: связь оборвалась или замолчала; на новом соединении пойдёт только остаток. Если
            получатель не прислал ни байта (heard), это, может быть, и не получатель.
        Refused: получатель отказал или имя файла не годится (см. bare_name).
        FileChanged: файл изменился, пока его посылали.
        NotNetlab: получатель говорит не так, как netlab.
        OSError: файл не прочесть, или это не файл.
    """
    path = Path(path)
    with Link(sock, timeout) as link, _open_file(path) as file:
        try:
            _send(link, file, path, progress)
        except LinkBroken:
            link.look_for_refusal()  # получатель мог объяснить, почему уходит
            raise


def _send(link: Link, file: FileIO, path: Path, progress: MakeProgress) -> None:
    """Ведёт весь разговор отправителя."""
    offered = os.fstat(file.fileno())
    link.send(Offer(offered.st_size, bare_name(path.name)))
    digest = _agree(link, file)
    if digest is None:
        return  # файл у получателя с прошлого раза: пропало только подтверждение
    with progress(offered.st_size) as shown:
        _send_rest(link, file, offered.st_size, digest, shown)
    now = os.fstat(file.fileno())
    if (now.st_size, now.st_mtime_ns) != (offered.st_size, offered.st_mtime_ns):
        raise FileChanged
    link.send(Digest(digest.digest()))
    link.receive(Kept)


def _open_file(path: Path) -> FileIO:
    # Канал (FIFO) ждал бы писателя уже в open.
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(f"«{path}» — не файл.")
    return FileIO(path)


def _agree(link: Link, file: FileIO) -> _Hash | None:
    """Договаривается, с какого байта слать, и ставит туда file.

    Возвращает хеш всего, что до этого байта, или None, если слать нечего: у получателя есть всё.
    """
    answer: Message = link.receive(Held, Start)
    digest = hashlib.sha256()
    if isinstance(answer, Held):
        digest = hash_of_first(answer.count, file, link.pulse)
        link.send(Digest(digest.digest()))
        answer = link.receive(Start, Kept)
    if isinstance(answer, Kept):
        return None
    if answer == Start(0):
        file.seek(0)
        return hashlib.sha256()
    if answer != Start(file.tell()):
        raise NotNetlab
    return digest


def _send_rest(link: Link, file: FileIO, size: int, digest: _Hash, shown: Progress) -> None:
    """Посылает file от его места до конца и дополняет digest."""
    buffer = memoryview(bytearray(BLOCK))
    sent = file.tell()
    shown.start_at(sent)
    while sent < size:
        block = buffer[: file.readinto(buffer[: size - sent])]
        if not block:
            raise FileChanged
        digest.update(block)
        link.look_for_refusal()
        link.send_block(block)
        sent += len(block)
        shown.advance(len(block))


# ---------------------------------------------------------------- получатель


def receive_file(
    sock: socket.socket,
    folder: str | os.PathLike[str],
    *,
    limit: int = LARGEST,
    overwrite: bool = False,
    timeout: float | None = None,
    progress: MakeProgress = unseen,
) -> Path:
    """Принимает один файл в папку и возвращает путь к нему, уже целому и проверенному.

    Имя берётся у отправителя, но только имя (см. bare_name). Пока файл не готов, он лежит рядом под
    именем с .netlab-part, и следующая попытка его продолжит. limit — предел размера, в байтах.
    Занятое имя — отказ, если там не тот же самый файл; с overwrite — замена. Остальное — как у
    send_file.

    Raises:
        LinkBroken: связь оборвалась или замолчала; missing говорит, скольких байт не хватило.
        Refused: файл не взят; reason говорит почему. Отправитель об этом уже знает.
        NotNetlab: отправитель говорит не так, как netlab.
    """
    with Link(sock, timeout) as link:
        try:
            offer = link.receive(Offer)
            final = Path(folder) / bare_name(offer.name)
            if offer.size > limit:
                raise Refused(
                    Reason.TOO_LARGE,
                    f"«{final.name}» слишком велик, байт: {offer.size} при пределе {limit}.",
                )
            with _disk_errors(final):
                _receive(link, offer.size, final, overwrite, progress)
        except Refused as refused:
            link.refuse(refused.reason)
            raise
        with suppress(LinkBroken):  # файл уже здесь; не узнав об этом, отправитель придёт опять
            link.send(Kept())
        return final


def _receive(link: Link, size: int, final: Path, overwrite: bool, progress: MakeProgress) -> None:
    """Принимает файл, если его ещё нет."""
    if os.path.lexists(final) and not overwrite:
        if _already_here(link, final, size):
            return
        raise _exists(final)
    with PartFile(final) as part:
        try:
            if not _resume(link, part, size):
                _receive_rest(link, part, size, progress)
        except LinkBroken as broken:
            raise _short_of(size - part.count, size, broken) from broken
        if os.path.lexists(final) and not overwrite:
            raise _exists(final)
        part.keep()


def _already_here(link: Link, final: Path, size: int) -> bool:
    """Говорит, тот ли самый файл лежит под своим именем."""
    if not final.is_file() or final.stat().st_size != size:
        return False
    with FileIO(final) as file:
        return _proved(link, file, size) is not None


def _resume(link: Link, part: PartFile, size: int) -> bool:
    """Оставляет в недополученном файле только то, что у отправителя такое же.

    Возвращает True, если больше ничего и не нужно: пришло всё, а пропал только хеш.
    """
    if 0 < part.count <= size:
        proved = _proved(link, part.file, part.count)
        if proved:
            part.hash = proved
            return part.count == size
    part.restart()
    return False


def _proved(link: Link, file: FileIO, count: int) -> _Hash | None:
    """Сравнивает первые count байт с теми, что у отправителя; возвращает их хеш, если они те же."""
    link.send(Held(count))
    digest = hash_of_first(count, file, link.pulse)  # отправитель в это время считает свой
    return digest if link.receive(Digest).value == digest.digest() else None


def _receive_rest(link: Link, part: PartFile, size: int, progress: MakeProgress) -> None:
    """Дописывает недополученный файл до size байт и сверяет хеш."""
    link.send(Start(part.count))
    buffer = memoryview(bytearray(BLOCK))
    with progress(size) as shown:
        shown.start_at(part.count)
        while missing := size - part.count:
            received = link.receive_block(buffer[:missing])
            part.write(buffer[:received])
            shown.advance(received)
            link.pulse()
    if link.receive(Digest).value != part.hash.digest():
        part.drop()
        name = part.final.name
        raise Refused(Reason.DAMAGED, f"«{name}» пришёл испорченным (хеш не тот) и выброшен.")


def _short_of(missing: int, size: int, broken: LinkBroken) -> LinkBroken:
    what = f"{shown_size(missing)} из {shown_size(size)}" if missing else "только хеша"
    return LinkBroken(f"{broken} Не хватает {what}.", missing, heard=broken.heard)


def _exists(final: Path) -> Refused:
    return Refused(Reason.EXISTS, f"«{final.name}» уже есть, и это другой файл.")


@contextmanager
def _disk_errors(final: Path) -> Iterator[None]:
    """Превращает ошибку диска в отказ; ошибки сокета к этому времени — уже LinkBroken."""
    try:
        yield
    except OSError as error:
        if error.errno in (ENOSPC, EDQUOT, EFBIG):
            sentence = f"«{final.name}» не поместился на диск; то, что поместилось, сохранено."
            raise Refused(Reason.NO_SPACE, sentence) from error
        sentence = f"Не удалось записать «{final}»: {what_is_wrong(error)}."
        raise Refused(Reason.NOT_WRITTEN, sentence) from error


# ---------------------------------------------------------------- соединение


class Link:
    """Соединение на время одной передачи: сообщения, байты файла и срок молчания.

    Ошибка сокета здесь — всегда LinkBroken. На выходе сокет получает назад свой таймаут, а если
    передача сорвалась — заканчивается в обе стороны, чтобы другая сторона узнала об этом сразу.
    """

    def __init__(self, sock: socket.socket, timeout: float | None) -> None:
        self._sock = sock
        self._timeout_before = sock.gettimeout()
        self._timeout = timeout or self._timeout_before or TIMEOUT
        self._reader = LengthPrefixReader(MESSAGE_LIMIT)
        self._pulse_at = time.monotonic() + PULSE
        self._heard = False

    def __enter__(self) -> Link:
        with suppress(OSError):  # у сокета не TCP такого нет
            # Хеш не ждёт подтверждения последних байтов файла (алгоритм Нейгла, RFC 896).
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with suppress(OSError):
            self._sock.settimeout(self._timeout_before)
            if kind is not None:
                self._sock.shutdown(socket.SHUT_RDWR)

    def send(self, message: Message) -> None:
        """Посылает сообщение."""
        with self._patience() as deadline:
            deadline.apply(self._sock)
            self._sock.sendall(encode(message))

    def receive(self, *expected: type[Expected]) -> Expected:
        """Ждёт сообщения одного из видов expected.

        Raises:
            LinkBroken: его нет; пустые сообщения начинают ожидание заново.
            Refused: вместо него пришёл отказ.
            NotNetlab: пришло что-то другое.
        """
        message = None
        while message is None:
            with self._patience() as deadline:
                while (body := self._next_body()) is None:
                    deadline.apply(self._sock)
                    self._read()
            message = _expect(body, expected)
        return message

    def pulse(self) -> None:
        """Показывает другой стороне, что мы живы, если давно не показывали."""
        if time.monotonic() >= self._pulse_at:
            self._pulse_at = time.monotonic() + PULSE
            with suppress(LinkBroken), self._patience() as deadline:  # об обрыве скажет чтение
                deadline.apply(self._sock)
                self._sock.sendall(ALIVE)

    def send_block(self, block: memoryview) -> None:
        """Посылает байты файла; срок — на каждый кусок, который взяло ядро."""
        while block:
            with self._patience() as deadline:
                deadline.apply(self._sock)
                block = block[self._sock.send(block) :]

    def receive_block(self, buffer: memoryview) -> int:
        """Принимает в buffer сколько пришло байт файла, хотя бы один."""
        with self._patience() as deadline:
            deadline.apply(self._sock)
            received = self._sock.recv_into(buffer)
        if not received:
            raise self._broken("Связь оборвалась.")
        return received

    def refuse(self, reason: Reason) -> None:
        """Посылает отказ и даёт ему дойти."""
        deadline = Deadline(LINGER_TIMEOUT)
        with suppress(OSError, LinkBroken):
            self.send(Refusal(reason))
            self._sock.shutdown(socket.SHUT_WR)
            while True:
                deadline.apply(self._sock)
                if not self._sock.recv(BLOCK):
                    break

    def look_for_refusal(self) -> None:
        """Разбирает, не дожидаясь большего, что пришло от получателя, пока мы слали файл.

        Raises:
            Refused: он отказал.
            LinkBroken: он ушёл.
        """
        with self._patience():
            self._sock.settimeout(0)
            while True:
                body = self._next_body()
                if body is not None:
                    _expect(body, ())
                    continue
                try:
                    self._read()
                except BlockingIOError:
                    return

    def _next_body(self) -> bytes | None:
        try:
            return self._reader.next_message()
        except MessageTooLong:
            raise NotNetlab from None

    def _read(self) -> None:
        """Читает ровно столько, чтобы не захватить байтов файла: им место не здесь."""
        data = self._sock.recv(self._reader.missing)
        if not data:
            raise self._broken("Связь оборвалась.")
        self._heard = True
        self._reader.receive(data)

    @contextmanager
    def _patience(self) -> Iterator[Deadline]:
        """Даёт срок одному ожиданию и называет ошибки сокета по-своему."""
        try:
            yield Deadline(self._timeout)
        except TimeoutError as error:
            silence = shown_seconds(self._timeout)
            raise self._broken(f"Другая сторона молчит дольше {silence}.") from error
        except OSError as error:
            raise self._broken("Связь оборвалась.") from error

    def _broken(self, sentence: str) -> LinkBroken:
        return LinkBroken(sentence, heard=self._heard)


def _expect(body: bytes, expected: tuple[type[Expected], ...]) -> Expected | None:
    """Читает сообщение и проверяет, что его и ждали; None — оно пустое: «я жив»."""
    if not body:
        return None
    message = decode(body)
    if isinstance(message, Refusal):
        raise Refused(message.reason)
    if not isinstance(message, expected):
        raise NotNetlab
    return message
