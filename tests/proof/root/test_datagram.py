"""Датаграмма, по которой судят заголовок UDP, — та самая, что посылает ядро."""

import fcntl
import os
import select
import socket
import struct
from concurrent.futures import ThreadPoolExecutor

from netlab.checks.header import SENT_BY_LINUX
from netlab.namespaces import NAMED, enter, ip

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
IP_HEADER_SIZE, UDP = 20, 17
SECONDS = 5.0


def sent_by_kernel(namespace: str) -> bytes:
    """Посылает датаграмму через TUN и возвращает её без заголовка IP."""
    enter(NAMED / namespace)
    tun = os.open("/dev/net/tun", os.O_RDWR)
    try:
        fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH14x", b"tun0", IFF_TUN | IFF_NO_PI))
        ip("-n", namespace, "address", "add", "10.0.1.10/24", "dev", "tun0")
        ip("-n", namespace, "link", "set", "tun0", "up")
        ip("-n", namespace, "route", "add", "10.0.2.0/24", "via", "10.0.1.1")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("10.0.1.10", 50000))
            sock.sendto(b"hello", ("10.0.2.80", 53))
        while select.select([tun], [], [], SECONDS)[0]:
            packet = os.read(tun, 2048)
            if packet[9] == UDP and packet[0] == 0x45:
                return packet[IP_HEADER_SIZE:]
        raise TimeoutError("датаграмма не вышла из ядра")
    finally:
        os.close(tun)


def test_kernel_sends_the_same_bytes() -> None:
    namespace = f"netlab-datagram-{os.getpid()}"
    ip("netns", "add", namespace)
    try:
        # Поток, вошедший в пространство имён, обратно не возвращается: он нужен один раз.
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(sent_by_kernel, namespace).result() == SENT_BY_LINUX
    finally:
        ip("netns", "delete", namespace)
