"""Разбор кадров против scapy: собранное ею мы читаем так же и без единой беды."""

import pytest
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet

from netlab.wire.dissect import dissect

WAY = IP(src="10.0.1.10", dst="10.0.2.80")
WAY6 = IPv6(src="fd00::a", dst="fd00::50", fl=0xB1234)
QUESTION = DNS(id=77, rd=1, qd=DNSQR(qname="e1.ru"))
ANSWER = DNS(
    id=77, qr=1, rd=1, ra=1, qd=DNSQR(qname="e1.ru"), an=DNSRR(rrname="e1.ru", rdata="10.0.2.80")
)
BUILT = {
    "arp": ARP(op=2, hwsrc="02:00:00:00:00:0a", psrc="10.0.1.10", pdst="10.0.1.1"),
    "icmp": WAY / ICMP(type=8, id=5, seq=9) / b"abc",
    "port": WAY / ICMP(type=3, code=3) / IP(dst="10.0.1.10") / UDP(dport=9),
    "question": WAY / UDP(sport=50000, dport=53) / QUESTION,
    "answer": WAY / UDP(sport=53, dport=50000) / ANSWER,
    "syn": WAY / TCP(sport=50000, dport=80, flags="S", options=[("MSS", 1460), ("WScale", 7)]),
    "get": WAY / TCP(sport=50000, dport=80, flags="PA", seq=7) / b"GET / HTTP/1.1\r\n\r\n",
    "question6": WAY6 / UDP(sport=50000, dport=53) / QUESTION,
    "get6": WAY6 / TCP(sport=50000, dport=80, flags="FA") / b"GET / HTTP/1.1\r\n\r\n",
}
FIELDS = {
    "arp": (ARP, {"arp.opcode": "op", "arp.hw.size": "hwlen", "arp.proto.size": "plen"}),
    "ip": (IP, {
        "ip.version": "version", "ip.hdr_len": "ihl", "ip.len": "len", "ip.id": "id",
        "ip.frag_offset": "frag", "ip.ttl": "ttl", "ip.proto": "proto", "ip.checksum": "chksum",
    }),
    "ipv6": (IPv6, {
        "ipv6.version": "version", "ipv6.tclass": "tc", "ipv6.flow": "fl", "ipv6.plen": "plen",
        "ipv6.nxt": "nh", "ipv6.hlim": "hlim",
    }),
    "tcp": (TCP, {
        "tcp.srcport": "sport", "tcp.dstport": "dport", "tcp.seq_raw": "seq", "tcp.ack_raw": "ack",
        "tcp.hdr_len": "dataofs", "tcp.window_size_value": "window", "tcp.checksum": "chksum",
        "tcp.urgent_pointer": "urgptr",
    }),
    "udp": (UDP, {
        "udp.srcport": "sport", "udp.dstport": "dport", "udp.length": "len",
        "udp.checksum": "chksum",
    }),
    "icmp": (ICMP, {
        "icmp.type": "type", "icmp.code": "code", "icmp.checksum": "chksum", "icmp.ident": "id",
        "icmp.seq": "seq",
    }),
    "dns": (DNS, {
        "dns.id": "id", "dns.flags.response": "qr", "dns.flags.recdesired": "rd",
        "dns.flags.recavail": "ra", "dns.flags.rcode": "rcode", "dns.count.queries": "qdcount",
        "dns.count.answers": "ancount",
    }),
}  # fmt: skip
TCP_FLAGS = {"fin": "F", "syn": "S", "reset": "R", "push": "P", "ack": "A", "urg": "U"}


@pytest.mark.parametrize("name", BUILT)
def test_built_by_scapy_is_read_the_same(name: str) -> None:
    ether = Ether(dst="02:00:00:00:00:0b", src="02:00:00:00:00:0a")
    frame = bytes(ether / BUILT[name])
    theirs: Packet = Ether(frame)
    layers = dissect(frame)
    assert not [one for la in layers for one in (la, *la.fields) if one.problem]
    for layer in layers:
        if layer.name not in FIELDS:
            continue
        kind, names = FIELDS[layer.name]
        said = {one.name: one.number for one in layer.fields}
        assert {own: said[own] for own in names if own in said} == {
            own: theirs[kind].getfieldval(scapy) for own, scapy in names.items() if own in said
        }
        if layer.name == "tcp":
            flags = {one for one in TCP_FLAGS if said[f"tcp.flags.{one}"]}
            assert flags == {one for one in TCP_FLAGS if TCP_FLAGS[one] in str(theirs[TCP].flags)}
    told = {one.name: one.value for la in layers for one in la.fields}
    if DNS in theirs:
        assert told["dns.query"] == "e1.ru, A"
    if name == "answer":
        assert told["dns.record"].startswith("e1.ru, A: 10.0.2.80; ")
    assert [la.name for la in layers if la.name in FIELDS] == [
        own for own, (kind, _) in FIELDS.items() if kind in theirs
    ]
