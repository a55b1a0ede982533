"""Разбор кадра: слой за слоем, поле за полем, какими бы байты ни были.

Каждый слой читает свой заголовок по таблице и говорит, кому отдать данные. Кончились байты или
стоит невозможное число — об этом сказано у слоя или у поля, а прочитанное остаётся.
"""

# Библиотека scapy разобрала бы то же самое, но у студента её нет, а в браузере она тяжела. Здесь
# хватает таблиц; с tshark и scapy этот разбор сверяют тесты.

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from netlab.wire import protocols
from netlab.wire.dns import read_dns
from netlab.wire.header import Column, Cut, Field, Layer, marked, read_columns
from netlab.wire.numbers import UNREACHABLE
from netlab.wire.tcp_options import read_options

SHOWN = 60
"""Столько байт данных показывается целиком."""
DNS_PORT, HTTP_PORT = 53, 80
HTTP_STARTS = (b"HTTP/", b"GET ", b"HEAD ", b"POST ")


@dataclass(frozen=True)
class Inner:
    """Данные слоя: кому их отдать (None — никому) и где они кончаются."""

    protocol: Protocol | None
    start: int
    end: int
    addresses: bytes = b""
    """Адреса IP: их считает контрольная сумма того, кто внутри (RFC 9293, 3.1). Пусто — данные
    оборваны, и сумму не проверить."""


@dataclass(frozen=True)
class Protocol:
    """Как читать один слой."""

    name: str
    title: str
    source: str
    columns: Sequence[Column]
    finish: Callable[[bytes, Inner, list[Field]], tuple[list[Field], Inner]]
    """Дочитывает заголовок, проверяет его и говорит, что внутри."""


def dissect(frame: bytes) -> tuple[Layer, ...]:
    """Разбирает кадр Ethernet на слои, снаружи внутрь.

    Байты, смысл которых неизвестен, — слой data; байты после конца пакета — слой padding.
    """
    layers: list[Layer] = []
    inner = Inner(ETHERNET, 0, len(frame))
    while inner.protocol is not None:
        layer, inner = read_layer(frame, inner)
        layers.append(layer)
    if inner.start < inner.end:
        layers.append(plain("data", "данные", frame, inner.start, inner.end))
        inner = Inner(None, inner.end, inner.end)
    if inner.end < len(frame):
        layers.append(plain("padding", "довесок", frame, inner.end, len(frame)))
    return tuple(layers)


def read_layer(frame: bytes, place: Inner) -> tuple[Layer, Inner]:
    """Читает один слой; чего не хватило, о том сказано в нём."""
    protocol = place.protocol
    assert protocol is not None
    start, end = place.start, place.end
    about = (protocol.name, protocol.title, protocol.source, start)
    try:
        fields = read_columns(frame[:end], start, protocol.columns)
        fields, inner = protocol.finish(frame, place, fields)
    except Cut as error:
        problem = f"Заголовок оборван: нужно {error.need} байт, а есть {error.have}."
        return Layer(*about, end - start, tuple(error.fields), problem), Inner(None, end, end)
    return Layer(*about, inner.start - start, tuple(fields)), inner


def plain(name: str, title: str, frame: bytes, start: int, end: int) -> Layer:
    """Слой без заголовка: просто байты."""
    shown = repr(frame[start : min(end, start + SHOWN)]) + ("…" if end - start > SHOWN else "")
    field = Field(f"{name}.{name}", "байты", start * 8, (end - start) * 8, shown, 0)
    return Layer(name, title, "", start, end - start, (field,))


def numbers(fields: Sequence[Field]) -> dict[str, int]:
    """Возвращает числа полей по именам."""
    return {one.name: one.number for one in fields}


# ---------------------------------------------------------------- кадр и комната


def finish_ethernet(frame: bytes, place: Inner, fields: list[Field]) -> tuple[list[Field], Inner]:
    inside = {0x0800: IPV4, 0x0806: ARP, 0x86DD: IPV6}
    return fields, Inner(inside.get(fields[-1].number), place.start + 14, place.end)


def finish_arp(frame: bytes, place: Inner, fields: list[Field]) -> tuple[list[Field], Inner]:
    for name, size in (("arp.hw.size", 6), ("arp.proto.size", 4)):
        if numbers(fields)[name] != size:
            fields = marked(fields, name, f"Здесь должно быть {size}: такие адреса не разобрать.")
    # Кадр короче 60 байт карта добивает нулями.
    return fields, Inner(None, place.start + 28, place.start + 28)


# ---------------------------------------------------------------- пакет


def finish_ipv4(frame: bytes, place: Inner, fields: list[Field]) -> tuple[list[Field], Inner]:
    said = numbers(fields)
    start, size, end = place.start, said["ip.hdr_len"] * 4, place.start + said["ip.len"]
    if said["ip.version"] != 4:
        fields = marked(fields, "ip.version", "Это не IPv4, хотя кадр обещал его.")
    if size < 20:
        fields = marked(fields, "ip.hdr_len", "Короче двадцати байт заголовок не бывает.")
        size = 20
    if start + size > place.end:
        raise Cut(size, place.end - start, fields)
    if size > 20:
        fields.append(rest("ip.options", "дополнения", frame, start + 20, start + size))
    fields = checked(fields, "ip.checksum", frame[start : start + size])
    if end > place.end:
        fields = marked(
            fields, "ip.len", f"Обещано {said['ip.len']} байт, а в кадре {place.end - start}."
        )
        end = place.end
    elif end < start + size:
        fields = marked(fields, "ip.len", "Короче самого заголовка.")
        end = place.end
    inside = {1: ICMP, 6: TCP, 17: UDP}.get(said["ip.proto"])
    if said["ip.frag_offset"] or said["ip.flags.mf"]:
        inside = None  # кусок: заголовок того, что внутри, есть лишь в первом
    addresses = b"" if end - start < said["ip.len"] else frame[start + 12 : start + 20]
    return fields, Inner(inside, start + size, end, addresses)


def finish_ipv6(frame: bytes, place: Inner, fields: list[Field]) -> tuple[list[Field], Inner]:
    said = numbers(fields)
    start, end = place.start + 40, place.start + 40 + said["ipv6.plen"]
    if said["ipv6.version"] != 6:
        fields = marked(fields, "ipv6.version", "Это не IPv6, хотя кадр обещал его.")
    if end > place.end:
        fields = marked(
            fields, "ipv6.plen", f"Обещано {said['ipv6.plen']} байт, а в кадре {place.end - start}."
        )
        end = place.end
    addresses = b"" if end - start < said["ipv6.plen"] else frame[start - 32 : start]
    return fields, Inner({6: TCP, 17: UDP}.get(said["ipv6.nxt"]), start, end, addresses)


# ---------------------------------------------------------------- сегмент и датаграмма


def finish_tcp(frame: bytes, place: Inner, fields: list[Field]) -> tuple[list[Field], Inner]:
    said = numbers(fields)
    start, size = place.start, said["tcp.hdr_len"] * 4
    if size < 20:
        fields = marked(fields, "tcp.hdr_len", "Короче двадцати байт заголовок не бывает.")
        size = 20
    if start + size > place.end:
        raise Cut(size, place.end - start, fields)
    fields += read_options(frame[: start + size], start + 20)
    if place.addresses:
        covered = pseudo_header(place.addresses, 6, place.end - start) + frame[start : place.end]
        fields = checked(fields, "tcp.checksum", covered)
    return fields, Inner(words(frame, start + size, place.end, said), start + size, place.end)


def finish_udp(frame: bytes, place: Inner, fields: list[Field]) -> tuple[list[Field], Inner]:
    said = numbers(fields)
    start, end = place.start + 8, place.start + said["udp.length"]
    if said["udp.length"] < 8:
        fields = marked(fields, "udp.length", "Короче самого заголовка.")
        end = place.end
    elif end > place.end:
        have = place.end - place.start
        fields = marked(fields, "udp.length", f"Обещано {said['udp.length']} байт, а есть {have}.")
        end = place.end
    elif said["udp.checksum"] and place.addresses:
        covered = pseudo_header(place.addresses, 17, end - place.start) + frame[place.start : end]
        fields = checked(fields, "udp.checksum", covered)
    ports = said["udp.srcport"], said["udp.dstport"]
    return fields, Inner(DNS if DNS_PORT in ports else None, start, end)


def finish_icmp(frame: bytes, place: Inner, fields: list[Field]) -> tuple[list[Field], Inner]:
    said = numbers(fields)
    start = place.start + 4
    if said["icmp.type"] in (0, 8):
        whole = (*protocols.ICMP, *protocols.ECHO)
        fields = read_columns(frame[: place.end], place.start, whole)
    elif start + 4 > place.end:
        raise Cut(8, place.end - place.start, fields)
    else:
        fields.append(rest("icmp.unused", "не используется", frame, start, start + 4))
    if place.addresses:
        fields = checked(fields, "icmp.checksum", frame[place.start : place.end])
    if said["icmp.type"] == 3 and said["icmp.code"] in UNREACHABLE:
        fields = [
            one if one.name != "icmp.code" else replaced(one, UNREACHABLE[one.number])
            for one in fields
        ]
    # Дальше лежит начало того пакета, о котором речь.
    return fields, Inner(None, start + 4, place.end)


# ---------------------------------------------------------------- слова


def words(frame: bytes, start: int, end: int, said: dict[str, int]) -> Protocol | None:
    """Узнаёт HTTP: по порту и по первым словам."""
    spoken = frame[start:end].startswith(HTTP_STARTS)
    on_port = HTTP_PORT in (said["tcp.srcport"], said["tcp.dstport"])
    return HTTP if spoken and on_port else None


def finish_http(frame: bytes, place: Inner, fields: list[Field]) -> tuple[list[Field], Inner]:
    """Первая строка и заголовки, по одному полю на строку; тело — данные."""
    at, title = place.start, "первая строка"
    while at < place.end:
        line_end = frame.find(b"\r\n", at, place.end)
        stop = line_end + 2 if line_end >= 0 else place.end
        line = frame[at:stop]
        if line == b"\r\n":
            title = "пустая строка: заголовки кончились"
        shown = line.decode("utf-8", "backslashreplace").encode("unicode_escape").decode()
        fields.append(Field("http.line", title, at * 8, len(line) * 8, shown, 0))
        at, title = stop, "заголовок"
        if line == b"\r\n" or line_end < 0:
            break
    return fields, Inner(None, at, place.end)


def finish_dns(frame: bytes, place: Inner, fields: list[Field]) -> tuple[list[Field], Inner]:
    records, end = read_dns(frame, place.start, place.end, numbers(fields))
    return fields + records, Inner(None, end, place.end)


# ---------------------------------------------------------------- общее


def rest(name: str, title: str, frame: bytes, start: int, end: int) -> Field:
    """Поле из нескольких байтов, которые мы не толкуем."""
    return Field(name, title, start * 8, (end - start) * 8, frame[start:end].hex(" "), 0)


def replaced(field: Field, meaning: str) -> Field:
    """То же поле, а рядом с числом — его смысл."""
    return Field(
        field.name, field.title, field.start, field.size,
        f"{field.number} — {meaning}", field.number, field.about, field.problem,
    )  # fmt: skip


def checked(fields: list[Field], name: str, covered: bytes) -> list[Field]:
    """Отмечает контрольную сумму, если она не сходится (RFC 1071)."""
    if internet_checksum(covered) == 0:
        return fields
    return marked(fields, name, "Не сходится: байты по дороге изменились.")


def pseudo_header(addresses: bytes, proto: int, size: int) -> bytes:
    """То, чего в сегменте нет, а его контрольная сумма считает: адреса, протокол и длина.

    У IPv4 и IPv6 поля стоят по-разному (RFC 9293, 3.1; RFC 8200, 8.1), но сумма одна и та же.
    """
    return addresses + struct.pack(">II", proto, size)


def internet_checksum(covered: bytes) -> int:
    """Считает контрольную сумму Интернета (RFC 1071); 0 — сумма внутри covered верна."""
    if len(covered) % 2:
        covered += b"\0"
    total: int = sum(struct.unpack(f">{len(covered) // 2}H", covered))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


ETHERNET = Protocol("eth", "кадр Ethernet", "IEEE 802.3", protocols.ETHERNET, finish_ethernet)
ARP = Protocol("arp", "ARP", "RFC 826", protocols.ARP, finish_arp)
IPV4 = Protocol("ip", "пакет IPv4", "RFC 791", protocols.IPV4, finish_ipv4)
IPV6 = Protocol("ipv6", "пакет IPv6", "RFC 8200", protocols.IPV6, finish_ipv6)
TCP = Protocol("tcp", "сегмент TCP", "RFC 9293", protocols.TCP, finish_tcp)
UDP = Protocol("udp", "датаграмма UDP", "RFC 768", protocols.UDP, finish_udp)
ICMP = Protocol("icmp", "сообщение ICMP", "RFC 792", protocols.ICMP, finish_icmp)
DNS = Protocol("dns", "сообщение DNS", "RFC 1035", protocols.DNS, finish_dns)
HTTP = Protocol("http", "сообщение HTTP", "RFC 9112", (), finish_http)
