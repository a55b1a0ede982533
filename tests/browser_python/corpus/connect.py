"""Соединение: отказ, чужой адрес, занятый порт, имена."""

import socket


def tried(title, action, *arguments):
    try:
        print(title, repr(action(*arguments)))
    except Exception as problem:
        print(title, type(problem).__name__, problem)


listener = socket.socket()
print(listener.getsockname())
tried("bind", listener.bind, ("127.0.0.1", 0))
port = listener.getsockname()[1]
tried("bind ещё раз", listener.bind, ("127.0.0.1", 0))
other = socket.socket()
tried("bind занятого", other.bind, ("127.0.0.1", port))
tried("bind всех", other.bind, ("", port))
tried("bind чужого", other.bind, ("192.0.2.1", 0))
tried("до listen", socket.create_connection, ("127.0.0.1", port))
tried("listen", listener.listen, 5)
tried("accept не на том", other.accept)
client = socket.create_connection(("localhost", port))
peer, address = listener.accept()
print(address == client.getsockname(), peer.getpeername() == address)
print(client.getpeername() == ("127.0.0.1", port))
tried("connect дважды", client.connect, ("127.0.0.1", port))
tried("listen соединённого", client.listen)
tried("recv без соединения", other.recv, 10)
tried("send без соединения", other.send, b"x")
tried("shutdown без соединения", other.shutdown, socket.SHUT_WR)
tried("getpeername", other.getpeername)
tried("connect_ex", other.connect_ex, ("127.0.0.1", 1))
tried("порт", socket.create_connection, ("127.0.0.1", 70000))
tried("порт текстом", other.connect, ("127.0.0.1", "80"))
tried("не кортеж", other.connect, "127.0.0.1")
tried("одно число", other.bind, ("127.0.0.1",))
tried("send текста", client.send, "текст")
tried("recv -1", client.recv, -1)
tried("getaddrinfo", socket.getaddrinfo, "127.0.0.1", 80, 0, socket.SOCK_STREAM)
tried("нет имени", socket.gethostbyname, "нет.такого.имени.invalid")
tried("gethostbyname", socket.gethostbyname, "localhost")
tried("inet_aton", socket.inet_aton, "127.1")
tried("inet_aton плохо", socket.inet_aton, "256.0.0.1")
tried("inet_pton", socket.inet_pton, socket.AF_INET6, "::1")
tried("inet_ntop", socket.inet_ntop, socket.AF_INET6, b"\0" * 10 + b"\xff\xff\x7f\0\0\1")
tried("htons", socket.htons, 5555)
tried("htonl", socket.htonl, 1)
tried("htons велик", socket.htons, 70000)
for one in (listener, other, client, peer):
    one.close()
tried("закрытый", client.recv, 1)
tried("fileno", client.fileno)
