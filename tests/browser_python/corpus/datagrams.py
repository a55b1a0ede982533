"""UDP: границы, отказ, пустая датаграмма, обрезанная."""

import socket


def tried(title, action, *arguments):
    try:
        print(title, repr(action(*arguments)))
    except Exception as problem:
        print(title, type(problem).__name__, problem)


def udp():
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


server, client = udp(), udp()
server.bind(("127.0.0.1", 0))
tried("sendto", client.sendto, b"one", server.getsockname())
tried("sendto", client.sendto, b"two", server.getsockname())
data, address = server.recvfrom(100)
print(data, address[0])
tried("recv", server.recv, 100)
tried("send без адреса", client.send, b"x")
tried("connect", client.connect, server.getsockname())
tried("send", client.send, b"")
tried("пустая", server.recv, 10)
tried("send", client.send, b"long datagram")
tried("обрезана", server.recv, 4)
server.setblocking(False)
tried("остатка нет", server.recv, 100)
server.setblocking(True)
tried("назад", server.sendto, b"answer", client.getsockname())
tried("recv", client.recv, 100)
stranger = udp()
stranger.bind(("127.0.0.1", 0))
stranger.sendto(b"spam", client.getsockname())
client.settimeout(0.05)
tried("чужого не слышит", client.recv, 100)
tried("слишком", client.send, bytes(70000))
tried("listen", client.listen)
tried("accept", server.accept)
where = stranger.getsockname()
stranger.close()
client.connect(where)
tried("в пустоту", client.send, b"x")
tried("отказ", client.recv, 10)
tried(
    "peek",
    lambda: (
        server.connect(server.getsockname()),
        server.send(b"self"),
        server.recv(2, socket.MSG_PEEK),
    )[2],
)
tried("recv", server.recv, 10)
client.close()
server.close()
