"""Настройки, повторный адрес, две версии IP."""

import socket


def tried(title, action, *arguments):
    try:
        print(title, repr(action(*arguments)))
    except Exception as problem:
        print(title, type(problem).__name__, problem)


sock = socket.socket()
print(sock.family, sock.type, sock.proto)
for name in (
    "SO_REUSEADDR",
    "SO_KEEPALIVE",
    "SO_TYPE",
    "SO_ERROR",
    "SO_ACCEPTCONN",
    "SO_BROADCAST",
):
    print(name, sock.getsockopt(socket.SOL_SOCKET, getattr(socket, name)))
sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
print(sock.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR))
sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 10000)
print(sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF))
sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
print(sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF))
sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
print(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
print(sock.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8))
sock.close()

with socket.create_server(("127.0.0.1", 0)) as listener:
    port = listener.getsockname()[1]
    client = socket.create_connection(("127.0.0.1", port))
    peer, _ = listener.accept()
peer.close()
print(client.recv(1))
client.close()
plain = socket.socket()
tried("TIME_WAIT", plain.bind, ("127.0.0.1", port))
plain.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
tried("с SO_REUSEADDR", plain.bind, ("127.0.0.1", port))
plain.close()

with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
    client = socket.create_connection(listener.getsockname()[:2])
    peer, address = listener.accept()
    print(address[0], len(address), client.getpeername()[0])
    client.close()
    peer.close()
print(socket.has_dualstack_ipv6())
with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listener:
    port = listener.getsockname()[1]
    print(listener.getsockname()[0], listener.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY))
    client = socket.create_connection(("127.0.0.1", port))
    peer, address = listener.accept()
    print(address[0])
    client.close()
    peer.close()
with socket.socket(socket.AF_INET6) as only:
    only.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    only.bind(("::", 0))
    only.listen()
    tried("IPv4 к V6ONLY", socket.create_connection, ("127.0.0.1", only.getsockname()[1]))
    tried("IPv4 в IPv6", only.connect, ("127.0.0.1", 1))
with socket.socket() as four:
    tried("IPv6 в IPv4", four.connect, ("::1", 1))
print(
    sorted({info[4][0] for info in socket.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM)})[0]
)
tried("нет семейства", socket.socket, 200)
print(socket.AF_INET, socket.SOCK_STREAM, socket.SHUT_RDWR, socket.MSG_PEEK, socket.SO_REUSEADDR)
print(socket.timeout is TimeoutError, socket.error is OSError, issubclass(socket.gaierror, OSError))
tried("settimeout", socket.socket().settimeout, -1)
tried("settimeout текст", socket.socket().settimeout, "1")
socket.setdefaulttimeout(0.05)
with socket.create_server(("127.0.0.1", 0)) as listener:
    print(listener.gettimeout())
    tried("accept в срок", listener.accept)
socket.setdefaulttimeout(None)
