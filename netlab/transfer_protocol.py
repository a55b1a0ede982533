"""Передача файла без сокетов и дисков: сообщения сторон, отказы и имя, которое можно взять."""

# Отправитель предлагает файл, получатель говорит, с какого байта слать, и в конце подтверждает, что
# файл у него. Перед каждым сообщением стоит его длина, `>I`; все числа — в сетевом порядке байт.
# Сам файл идёт без рамок: сколько его ждать, обе стороны уже знают.
#
#   отправитель                 получатель
#   Offer     ──────────────▶                 «вот файл: размер и имя»
#             ◀──────────────   Held          «первые N его байт у меня, кажется, есть»  ┐ если есть
#   Digest    ──────────────▶                 «хеш моих первых N байт»                   ┘
#             ◀──────────────   Start         «шли с байта N» (не сошлось или нет — с нуля)
#   байты файла ════════════▶
#   Digest    ──────────────▶                 «хеш всего файла»
#             ◀──────────────   Kept          «файл у меня целиком, под своим именем»
#
# Вместо любого ответа получатель может послать Refusal. Пустое сообщение значит «я жив, считаю»:
# получатель шлёт его когда угодно, отправитель — до Start.
#
#   сообщение   вид (1 байт)   поля
#   Offer       O              "NLFT" (4 байта), версия B, размер Q, имя — остальное, UTF-8
#   Held        H              сколько первых байт есть, Q
#   Digest      D              SHA-256, 32 байта
#   Start       S              с какого байта слать, Q
#   Kept        K              нет
#   Refusal     R              причина B, см. Reason
#
# Хеш идёт последним: он считается по дороге, и читать файл заранее не надо. На продолжение хватает
# его же: у кого первые N байт другие, тот начинает с нуля, чей бы ни был недополученный файл. Хеш
# начала называет отправитель, а не получатель, и не зря: иначе всякий, кто знает имя файла, узнавал
# бы и хеш. Если N — весь размер, за Digest сразу следует Kept: прошлый раз пропал только он.

from __future__ import annotations

import struct
import unicodedata
from dataclasses import astuple, dataclass
from enum import IntEnum

from netlab.framing import with_length_prefix

MAGIC, VERSION = b"NLFT", 1
MESSAGE_LIMIT = 4096
"""Больше байт в сообщении не бывает: самое длинное — Offer, а в нём имя."""
PART_SUFFIX = ".netlab-part"
NAME_LIMIT = 255 - len(PART_SUFFIX)
"""Самое длинное имя, в байтах UTF-8: 255 берут все файловые системы, и ещё нужен суффикс."""


class TransferError(Exception):
    """Файл не передан; текст — предложение для человека."""


class LinkBroken(TransferError):
    """Связь оборвалась или замолчала; на новом соединении передача продолжится.

    missing — скольких байт файла не хватило получателю, если он успел узнать размер; heard — успела
    ли другая сторона прислать хоть байт.
    """

    def __init__(self, sentence: str, missing: int | None = None, *, heard: bool = True) -> None:
        super().__init__(sentence)
        self.missing = missing
        self.heard = heard


class NotNetlab(TransferError):
    """Другая сторона говорит не так, как здесь описано."""

    def __init__(self) -> None:
        super().__init__("Другая сторона передаёт файлы не так, как netlab: тот ли это порт?")


class Reason(IntEnum):
    """Почему получатель отказал."""

    VERSION = 1
    NAME = 2
    EXISTS = 3
    TOO_LARGE = 4
    NO_SPACE = 5
    BUSY = 6
    DAMAGED = 7
    NOT_WRITTEN = 8


_TOLD = {
    Reason.VERSION: "У получателя другая версия netlab: поставьте одинаковые.",
    Reason.NAME: "Получатель не берёт файла с таким именем: переименуйте его.",
    Reason.EXISTS: "У получателя уже есть другой файл с этим именем: переименуйте свой.",
    Reason.TOO_LARGE: "Получатель не берёт таких больших файлов.",
    Reason.NO_SPACE: "У получателя кончилось место на диске: пусть освободит его, и повторите.",
    Reason.BUSY: "Файл с этим именем получателю уже кто-то шлёт: повторите позже.",
    Reason.DAMAGED: "Файл дошёл испорченным, и получатель его выбросил: повторите.",
    Reason.NOT_WRITTEN: "Получатель не смог записать файл.",
}


class Refused(TransferError):
    """Получатель файла не взял; reason — почему."""

    def __init__(self, reason: Reason, sentence: str | None = None) -> None:
        super().__init__(sentence or _TOLD[reason])
        self.reason = reason


# ---------------------------------------------------------------- сообщения


@dataclass(frozen=True)
class Offer:
    """Отправитель предлагает файл: размер в байтах и имя, которому верить ещё нельзя."""

    size: int
    name: str


@dataclass(frozen=True)
class Held:
    """У получателя, кажется, уже есть первые count байт."""

    count: int


@dataclass(frozen=True)
class Digest:
    """SHA-256 первых байт файла у отправителя: тех, о которых шла речь, или всех."""

    value: bytes


@dataclass(frozen=True)
class Start:
    """Получатель ждёт байтов файла, начиная с offset."""

    offset: int


@dataclass(frozen=True)
class Kept:
    """Файл у получателя целиком, проверен и лежит под своим именем."""


@dataclass(frozen=True)
class Refusal:
    """Получатель отказывается; дальше он только выбрасывает то, что приходит."""

    reason: Reason


Message = Offer | Held | Digest | Start | Kept | Refusal

_OFFER = struct.Struct(">4sBQ")
_KINDS: dict[bytes, tuple[type[Held | Digest | Start | Kept], struct.Struct]] = {
    b"H": (Held, struct.Struct(">Q")),
    b"D": (Digest, struct.Struct(">32s")),
    b"S": (Start, struct.Struct(">Q")),
    b"K": (Kept, struct.Struct(">")),
}
ALIVE = with_length_prefix(b"")


def encode(message: Message) -> bytes:
    """Пишет сообщение байтами, вместе с его длиной."""
    if isinstance(message, Offer):
        fields = _OFFER.pack(MAGIC, VERSION, message.size)
        return with_length_prefix(b"O" + fields + message.name.encode("utf-8", "surrogateescape"))
    if isinstance(message, Refusal):
        return with_length_prefix(b"R" + bytes([message.reason]))
    for kind, (known, layout) in _KINDS.items():
        if isinstance(message, known):
            return with_length_prefix(kind + layout.pack(*astuple(message)))
    raise TypeError(message)


def decode(body: bytes) -> Message:
    """Читает сообщение, с которого длина уже снята.

    Raises:
        NotNetlab: такого сообщения нет.
        Refused: сообщение — предложение файла, но другой версии.
    """
    kind, fields = body[:1], body[1:]
    try:
        if kind == b"O":
            return _decode_offer(fields)
        if kind == b"R":
            (reason,) = fields
            return Refusal(Reason(reason))
        known, layout = _KINDS[kind]
        return known(*layout.unpack(fields))
    except (KeyError, ValueError, struct.error):
        raise NotNetlab from None


def _decode_offer(fields: bytes) -> Offer:
    magic, version, size = _OFFER.unpack_from(fields)
    if magic != MAGIC:
        raise NotNetlab
    if version != VERSION:
        raise Refused(Reason.VERSION, "У отправителя другая версия netlab: поставьте одинаковые.")
    # Байты, которые не UTF-8, становятся суррогатами, а их не пропустит bare_name.
    return Offer(size, fields[_OFFER.size :].decode("utf-8", "surrogateescape"))


# ---------------------------------------------------------------- имя

# Имя придумал чужой, а файл по нему создадим мы. Поэтому годится только то, что на любой системе
# назовёт файл в этой же папке, один и тот же и такой, каким его видно. Остальное не чистится, а
# отвергается: «исправленное» имя удивило бы обоих.

_SEPARATING = frozenset('/\\:*?"<>|')
# Управляющие; невидимые и меняющие направление письма; суррогаты; концы строк и абзацев.
_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_DEVICES = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"} | {
    device + digit for device in ("COM", "LPT") for digit in "0123456789¹²³"
}


def bare_name(name: str) -> str:
    """Возвращает имя файла в форме NFC, если оно — одно лишь имя и годится на любой системе.

    Raises:
        Refused: не годится (Reason.NAME); в тексте сказано чем.
    """
    name = unicodedata.normalize("NFC", name)
    if why := _why_unfit(name):
        raise Refused(Reason.NAME, f"Имя файла не годится: {why}.")
    return name


def _why_unfit(name: str) -> str | None:
    """Говорит, чем имя плохо; самого имени не повторяет: оно может быть опасно и для терминала."""
    if not name:
        return "оно пустое"
    if not _SEPARATING.isdisjoint(name):
        return f"в нём есть один из знаков {' '.join(sorted(_SEPARATING))}"
    if any(unicodedata.category(char) in _INVISIBLE for char in name):
        return "в нём есть невидимые знаки или байты не в UTF-8"
    if name.startswith("."):
        return "оно начинается с точки"
    if name != name.strip() or name.endswith("."):
        return "с краю стоит пробел или точка"
    if name.partition(".")[0].rstrip().upper() in _DEVICES:
        return "в Windows так называется устройство"
    if name.lower().endswith(PART_SUFFIX):
        return f"на {PART_SUFFIX} кончаются недополученные файлы"
    if len(name.encode()) > NAME_LIMIT:
        return f"оно длиннее {NAME_LIMIT} байт"
    return None
