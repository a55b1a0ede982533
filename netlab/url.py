"""Адрес страницы: из того, что набрал человек, — то, что годится для DNS и для запроса."""

# В адресе можно писать по-русски, но ни в DNS, ни в HTTP кириллицы нет. Имя сервера переводят в
# IDNA (RFC 5890): «пример.рф» — это xn--e1afmkfd.xn--p1ai. Путь и вопрос — в байты UTF-8, и каждый
# байт не из ASCII пишут как %XX (RFC 3986, 2.1).

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urljoin, urlsplit

PORTS = {"http": 80, "https": 443}

_HOST = re.compile(r"[\w.~-]+|[0-9a-f:.]+", re.ASCII)  # имя, IPv4 или IPv6
_RESERVED = ":/?#[]@!$&'()*+,;=%"  # что в адресе уже на своём месте (RFC 3986, 2.2)


class BadUrl(ValueError):
    """Такого адреса страницы не бывает или мы такими не занимаемся."""


@dataclass(frozen=True, slots=True)
class Url:
    """Адрес страницы, разобранный для запроса: всё, что уйдёт в сеть, уже ASCII."""

    scheme: str
    host: str
    port: int
    target: str
    """Путь и вопрос: то, что стоит в первой строке запроса."""
    name: str = field(default="", compare=False)
    """Имя сервера, каким его набрали: для людей."""

    @classmethod
    def parse(cls, text: str) -> Url:
        """Разбирает адрес; кириллицу в имени переводит в IDNA, в пути — в %XX.

        Raises:
            BadUrl: в адресе ошибка или он не http и не https.
        """
        try:
            parts = urlsplit(text)
            name = unquote(parts.hostname or "")
            host = name.encode("idna").decode("ascii")
            port = parts.port
            target = quote(parts.path or "/", safe=_RESERVED)
            if parts.query:
                target += "?" + quote(parts.query, safe=_RESERVED)
        except ValueError as error:
            raise BadUrl(f"В адресе «{text}» ошибка: проверьте имя и порт.") from error
        if parts.scheme not in PORTS:
            raise BadUrl(f"Адрес «{text}» не годится: он начинается с http:// или https://.")
        if not _HOST.fullmatch(host):
            raise BadUrl(f"В адресе «{text}» нет имени сервера или оно неверно.")
        if parts.username is not None:
            raise BadUrl("Имя и пароль в адресе видны всем, и netlab их не посылает: уберите их.")
        port = PORTS[parts.scheme] if port is None else port
        return cls(parts.scheme, host, port, target, name)

    @property
    def origin(self) -> tuple[str, str, int]:
        """С кем говорить: что совпадает у страниц одного сервера (RFC 9110, 4.3.1)."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """Имя и порт для заголовка Host; обычный порт не пишется (RFC 9110, 4.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"

    def join(self, location: str) -> Url:
        """Разбирает адрес из Location, может быть относительный; BadUrl, если он негоден."""
        # Location — заголовок, то есть байты, прочтённые как Latin-1; кириллица там — ошибка
        # сервера, но понятная.
        return Url.parse(urljoin(str(self), quote(location.encode("latin-1"), safe=_RESERVED)))
