"""Заголовки по таблицам: что в них стоит, по порядку, и зачем.

Имена полей — те, под которыми их показывает Wireshark.
"""

from __future__ import annotations

from netlab.wire.header import Column
from netlab.wire.numbers import (
    ARP_OPERATIONS,
    ETHER_TYPES,
    ICMP_TYPES,
    PROTOCOLS,
    SERVICES,
    hexadecimal,
    ipv4,
    ipv6,
    mac,
    named,
    times_four,
    yes,
)

ETHERNET = (
    Column(
        "eth.dst",
        48,
        "MAC получателя",
        "Карта, которой адресован кадр; ff:ff:ff:ff:ff:ff — всем в комнате.",
        mac,
    ),
    Column(
        "eth.src",
        48,
        "MAC отправителя",
        "Карта, которая послала кадр. По нему коммутатор узнаёт, кто на каком шнуре.",
        mac,
    ),
    Column(
        "eth.type", 16, "что внутри", "Какому протоколу отдать данные кадра.", named(ETHER_TYPES, 4)
    ),
)

ARP = (
    Column("arp.hw.type", 16, "чей адрес ищут", "1 — карты Ethernet.", str),
    Column(
        "arp.proto.type", 16, "по какому адресу", "0x0800 — по адресу IPv4.", named(ETHER_TYPES, 4)
    ),
    Column("arp.hw.size", 8, "длина MAC", "В байтах."),
    Column("arp.proto.size", 8, "длина IP", "В байтах."),
    Column(
        "arp.opcode",
        16,
        "вопрос или ответ",
        "Вопрос слышит вся комната, ответ идёт тому, кто спросил.",
        named(ARP_OPERATIONS),
    ),
    Column(
        "arp.src.hw_mac", 48, "MAC того, кто говорит", "Его запомнят и те, кого не спрашивали.", mac
    ),
    Column("arp.src.proto_ipv4", 32, "IP того, кто говорит", "", ipv4),
    Column(
        "arp.dst.hw_mac", 48, "MAC того, кого ищут", "В вопросе — нули: его-то и спрашивают.", mac
    ),
    Column("arp.dst.proto_ipv4", 32, "IP того, кого ищут", "", ipv4),
)

IPV4 = (
    Column("ip.version", 4, "версия", "У IPv4 — 4."),
    Column(
        "ip.hdr_len",
        4,
        "длина заголовка",
        "В четвёрках байтов: 5 — двадцать байт, без дополнений.",
        times_four,
    ),
    Column("ip.dsfield.dscp", 6, "срочность", "Просьба пропустить вперёд; почти всегда 0."),
    Column("ip.dsfield.ecn", 2, "затор", "Маршрутизатор отмечает здесь, что очередь растёт."),
    Column("ip.len", 16, "длина пакета", "Заголовок и данные вместе, в байтах."),
    Column(
        "ip.id",
        16,
        "номер пакета",
        "По нему собирают пакет, который пришлось разрезать.",
        hexadecimal(4),
    ),
    Column("ip.flags.rb", 1, "запасной бит", "Всегда 0.", yes),
    Column(
        "ip.flags.df",
        1,
        "не резать (DF)",
        "Если пакет больше, чем вмещает кадр, его не разрежут, а вернут ошибку.",
        yes,
    ),
    Column("ip.flags.mf", 1, "это не последний кусок (MF)", "Бывает у разрезанного пакета.", yes),
    Column(
        "ip.frag_offset",
        13,
        "место куска",
        "Откуда в разрезанном пакете этот кусок, в восьмёрках байтов.",
    ),
    Column(
        "ip.ttl", 8, "TTL", "Сколько ещё маршрутизаторов пройдёт пакет: каждый вычитает единицу."
    ),
    Column("ip.proto", 8, "что внутри", "Какому протоколу отдать данные пакета.", named(PROTOCOLS)),
    Column(
        "ip.checksum",
        16,
        "контрольная сумма",
        "Только заголовка: её пересчитывает каждый маршрутизатор, ведь TTL меняется.",
        hexadecimal(4),
    ),
    Column(
        "ip.src",
        32,
        "IP отправителя",
        "Одинаков от начала пути до конца, если по дороге нет NAT.",
        ipv4,
    ),
    Column("ip.dst", 32, "IP получателя", "По нему выбирает дорогу каждый маршрутизатор.", ipv4),
)

IPV6 = (
    Column("ipv6.version", 4, "версия", "У IPv6 — 6."),
    Column("ipv6.tclass", 8, "срочность и затор", "То же, что второй байт IPv4.", hexadecimal(2)),
    Column(
        "ipv6.flow", 20, "метка потока", "Одинакова у пакетов одного разговора.", hexadecimal(5)
    ),
    Column("ipv6.plen", 16, "длина данных", "Без заголовка, в байтах."),
    Column("ipv6.nxt", 8, "что внутри", "Какому протоколу отдать данные пакета.", named(PROTOCOLS)),
    Column("ipv6.hlim", 8, "предел переходов", "То же, что TTL."),
    Column("ipv6.src", 128, "IP отправителя", "", ipv6),
    Column("ipv6.dst", 128, "IP получателя", "", ipv6),
)

TCP = (
    Column(
        "tcp.srcport",
        16,
        "порт отправителя",
        "Программе, которая пришла сама, его выдала система.",
        named(SERVICES),
    ),
    Column(
        "tcp.dstport", 16, "порт получателя", "По нему ядро находит программу.", named(SERVICES)
    ),
    Column(
        "tcp.seq_raw",
        32,
        "номер первого байта",
        "Байты потока нумеруют не с нуля, а со случайного числа.",
    ),
    Column("tcp.ack_raw", 32, "какого байта жду", "Всё, что до него, получено."),
    Column(
        "tcp.hdr_len",
        4,
        "длина заголовка",
        "В четвёрках байтов: 5 — двадцать байт, без дополнений.",
        times_four,
    ),
    Column("tcp.flags.res", 3, "запасные биты", "Всегда 0."),
    Column("tcp.flags.ae", 1, "AE", "Затор, точный счёт.", yes),
    Column("tcp.flags.cwr", 1, "CWR", "О заторе знаю, шлю медленнее.", yes),
    Column("tcp.flags.ece", 1, "ECE", "По дороге был затор.", yes),
    Column("tcp.flags.urg", 1, "URG", "В сегменте есть срочный байт.", yes),
    Column(
        "tcp.flags.ack",
        1,
        "ACK",
        "Номер «какого байта жду» верен. Он верен всегда, кроме самого первого сегмента.",
        yes,
    ),
    Column("tcp.flags.push", 1, "PSH", "Отдай программе, не жди следующих.", yes),
    Column("tcp.flags.reset", 1, "RST", "Соединения больше нет.", yes),
    Column("tcp.flags.syn", 1, "SYN", "Начинаем: вот номер моего первого байта.", yes),
    Column("tcp.flags.fin", 1, "FIN", "Больше ничего не пришлю.", yes),
    Column(
        "tcp.window_size_value",
        16,
        "окно",
        "Сколько байт ещё поместится в буфер приёма; число умножают, как договорились в SYN.",
    ),
    Column(
        "tcp.checksum", 16, "контрольная сумма", "Заголовка, данных и адресов IP.", hexadecimal(4)
    ),
    Column("tcp.urgent_pointer", 16, "где срочный байт", "Считается, если стоит URG."),
)

UDP = (
    Column("udp.srcport", 16, "порт отправителя", "На него придёт ответ.", named(SERVICES)),
    Column(
        "udp.dstport", 16, "порт получателя", "По нему ядро находит программу.", named(SERVICES)
    ),
    Column("udp.length", 16, "длина датаграммы", "Заголовок и данные вместе, в байтах."),
    Column(
        "udp.checksum",
        16,
        "контрольная сумма",
        "Заголовка, данных и адресов IP; 0 — не считали.",
        hexadecimal(4),
    ),
)

ICMP = (
    Column("icmp.type", 8, "что случилось", "", named(ICMP_TYPES)),
    Column("icmp.code", 8, "подробность", "Что значит число, зависит от типа."),
    Column("icmp.checksum", 16, "контрольная сумма", "Заголовка и данных.", hexadecimal(4)),
)

ECHO = (
    Column("icmp.ident", 16, "чей запрос", "По нему ping узнаёт свои ответы."),
    Column("icmp.seq", 16, "который по счёту", ""),
)

DNS = (
    Column("dns.id", 16, "номер вопроса", "Ответ несёт тот же номер.", hexadecimal(4)),
    Column("dns.flags.response", 1, "это ответ", "", yes),
    Column("dns.flags.opcode", 4, "о чём просят", "0 — обычный вопрос."),
    Column("dns.flags.authoritative", 1, "отвечает хозяин имени", "", yes),
    Column("dns.flags.truncated", 1, "ответ не поместился", "Спросите ещё раз, по TCP.", yes),
    Column(
        "dns.flags.recdesired", 1, "узнай у других", "Не знаешь сам — спроси тех, кто знает.", yes
    ),
    Column("dns.flags.recavail", 1, "умею узнавать у других", "", yes),
    Column("dns.flags.z", 1, "запасной бит", "Всегда 0.", yes),
    Column("dns.flags.authenticated", 1, "подпись проверена", "", yes),
    Column("dns.flags.checkdisable", 1, "подпись не проверяй", "", yes),
    Column("dns.flags.rcode", 4, "чем кончилось", "0 — нашлось, 3 — такого имени нет."),
    Column("dns.count.queries", 16, "вопросов", ""),
    Column("dns.count.answers", 16, "ответов", ""),
    Column("dns.count.auth_rr", 16, "имён хозяев", ""),
    Column("dns.count.add_rr", 16, "добавлений", ""),
)
