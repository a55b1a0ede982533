"""Строка диалога: из байтов, которые прислали nc, telnet или PuTTY, — текст."""

# Человек набирает строки чем попало. nc кончает строку LF, telnet и PuTTY — CRLF, а по буквам ещё и
# CR NUL (RFC 854). telnet договаривается о своих режимах командами, которые начинаются байтом IAC.
# Буквы, которые стёрли, по буквам тоже приходят: за буквой — BS или DEL. Всё это снимается только в
# диалоге: пока задача читает байты, они ничего не значат.

from __future__ import annotations

import re

LINE_LIMIT = 1000
"""Строка вместе с её концом не длиннее стольких байт."""
LINE_SECONDS = 30.0
"""Начатую строку надо закончить за столько секунд, сколько бы байт ни приходило."""

_LINE_ENDS = (b"\n", b"\r\0")
# IAC с настройкой, вложенные настройки до IAC SE, одиночная команда; IAC IAC — это байт 255.
_TELNET = re.compile(
    rb"\xff(?:[\xfb-\xfe](?:.|\Z)|\xfa.*?(?:\xff\xf0|\Z)|[\xf0-\xf9]|(\xff))", re.DOTALL
)
_REFUSALS = {0xFB: b"\xfe", 0xFD: b"\xfc"}  # WILL — DONT, DO — WONT
_OPTIONS = 0x40  # столько режимов telnet в реестре IANA с запасом; дальше — не режим
_INTERRUPT = b"\xff\xf4"
_ERASE = (0x08, 0x7F)
_CYRILLIC = re.compile(r"[\u0400-\u04ff]+")
_CODE_PAGES = {"cp1251": "Windows-1251", "cp866": "DOS (866)"}


class Unreadable(ValueError):
    """Строка не в UTF-8; текст исключения говорит, на что она похожа и что делать."""


def line_length(data: bytes) -> int:
    """Возвращает длину первой строки вместе с её концом; 0 — конца в data нет."""
    # find в десятки раз быстрее re, а строку без конца могут слать гигабайтами.
    found = (at + len(end) for end in _LINE_ENDS if (at := data.find(end)) >= 0)
    return min(found, default=0)


def has_begun(data: bytes) -> bool:
    """Говорит, набрано ли что-нибудь: команды telnet не в счёт."""
    return _without_telnet(data.rstrip(b"\xff")) != b""


def cleaned(line: bytes) -> bytes:
    """Снимает с набранной строки её конец, команды telnet и стёртые буквы."""
    line = _without_telnet(_without_end(line))
    if not any(mark in line for mark in _ERASE):
        return line
    kept = bytearray()
    for byte in line:
        if byte not in _ERASE:
            kept.append(byte)
            continue
        while kept and kept[-1] & 0xC0 == 0x80:  # хвост буквы UTF-8
            kept.pop()
        del kept[-1:]
    return bytes(kept)


def telnet_refusals(line: bytes) -> bytes:
    """Возвращает отказы от всего, что предлагает и просит telnet (RFC 854).

    Без них он ждёт: после Ctrl-C Linux telnet просит отметку времени (RFC 860) и до ответа молчит.
    """
    if b"\xff" not in line:
        return b""
    return b"".join(
        b"\xff" + _REFUSALS[asked[1]] + asked[2:]
        for asked in (found[0] for found in _TELNET.finditer(line))
        if len(asked) == 3 and asked[1] in _REFUSALS and asked[2] < _OPTIONS
    )


def text_of(line: bytes) -> str:
    """Читает набранную строку.

    Raises:
        Unreadable: она не в UTF-8.
    """
    if b"\0" in _without_telnet(_without_end(line)):
        raise Unreadable(
            "Строка в UTF-16: так пишет в файл PowerShell. Сохраните файл в UTF-8 или наберите "
            "строку сами."
        )
    try:
        return cleaned(line).decode().removeprefix("\ufeff")  # BOM ставит PowerShell
    except UnicodeDecodeError:
        if _INTERRUPT in line:
            raise Unreadable(
                "telnet принял букву за Ctrl-C: кириллицы он не понимает. Возьмите nc или "
                "netlab nc."
            ) from None
        raise Unreadable(_what_it_looks_like(_without_telnet(_without_end(line)))) from None


def _without_telnet(data: bytes) -> bytes:
    return _TELNET.sub(lambda command: command[1] or b"", data) if b"\xff" in data else data


def _without_end(line: bytes) -> bytes:
    for end in (b"\r\n", b"\n", b"\r\0"):
        if line.endswith(end):
            return line.removesuffix(end)
    return line


def _what_it_looks_like(line: bytes) -> str:
    high = bytes(byte for byte in line if byte > 0x7F)
    for codec, name in _CODE_PAGES.items():
        if _CYRILLIC.fullmatch(high.decode(codec, "replace")):
            return (
                f"Строка не в UTF-8, похоже на кодировку {name}. Наберите в консоли chcp 65001 и "
                "подключитесь снова, а в PuTTY выберите Translation → UTF-8."
            )
    return f"Строка не в UTF-8: {line[:24]!r}. Команды сервера перечислит help."
