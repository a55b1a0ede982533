"""Числа протоколов, которые люди зовут по именам, и как показать остальное."""

# Реестры: https://www.iana.org/protocols.

from __future__ import annotations

import ipaddress

from netlab.wire.header import Show

ETHER_TYPES = {0x0800: "IPv4", 0x0806: "ARP", 0x86DD: "IPv6", 0x8100: "VLAN"}
PROTOCOLS = {1: "ICMP", 2: "IGMP", 6: "TCP", 17: "UDP", 58: "ICMPv6"}
SERVICES = {22: "ssh", 25: "почта", 53: "DNS", 80: "HTTP", 443: "HTTPS", 13000: "практика"}
ARP_OPERATIONS = {1: "вопрос", 2: "ответ"}
ICMP_TYPES = {
    0: "эхо-ответ",
    3: "не дошло",
    5: "есть дорога короче",
    8: "эхо-запрос",
    11: "TTL кончился",
}
UNREACHABLE = {
    0: "нет дороги до сети",
    1: "хост не отвечает",
    3: "порт никто не занял",
    4: "велик для шнура",
}
DNS_TYPES = {
    1: "A",
    2: "NS",
    5: "CNAME",
    6: "SOA",
    12: "PTR",
    15: "MX",
    16: "TXT",
    28: "AAAA",
    65: "HTTPS",
}


def mac(number: int) -> str:
    """Пишет MAC: шесть байт через двоеточие."""
    return number.to_bytes(6).hex(":")


def ipv4(number: int) -> str:
    """Пишет адрес IPv4."""
    return str(ipaddress.IPv4Address(number))


def ipv6(number: int) -> str:
    """Пишет адрес IPv6 (RFC 5952)."""
    return str(ipaddress.IPv6Address(number))


def hexadecimal(digits: int) -> Show:
    """Возвращает способ показать число шестнадцатеричными цифрами."""
    return lambda number: f"0x{number:0{digits}x}"


def named(names: dict[int, str], digits: int = 0) -> Show:
    """Возвращает способ показать число с его именем; digits — цифр, если шестнадцатеричных."""

    def show(number: int) -> str:
        written = f"0x{number:0{digits}x}" if digits else str(number)
        return f"{written} — {names[number]}" if number in names else written

    return show


def times_four(number: int) -> str:
    """Длина, записанная в четвёрках байтов."""
    return f"{number} — {number * 4} байт"


def yes(number: int) -> str:
    """Один бит."""
    return "1 — да" if number else "0 — нет"
