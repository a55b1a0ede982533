"""select, poll, selectors и соединение без ожидания."""

import errno
import select
import selectors
import socket

listener = socket.create_server(("127.0.0.1", 0))
print(select.select([listener], [], [], 0))
client = socket.socket()
client.setblocking(False)
code = client.connect_ex(listener.getsockname())
print(errno.errorcode.get(code, code))
print(select.select([], [client], [], 1)[1] == [client])
print(client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
print(select.select([listener], [], [], 1)[0] == [listener])
peer, _ = listener.accept()
print(peer.getblocking())
print(select.select([peer], [peer], [], 0) == ([], [peer], []))
client.send(b"x")
print(select.select([peer], [], [], 1)[0] == [peer])
poll = select.poll()
poll.register(peer, select.POLLIN)
print([event for _, event in poll.poll(1000)] == [select.POLLIN])
print(peer.recv(10))
print(poll.poll(10))
client.close()
print(select.select([peer], [], [], 1)[0] == [peer], peer.recv(1))
poll.unregister(peer)
peer.close()

refused = socket.socket()
refused.setblocking(False)
with socket.socket() as taken:
    taken.bind(("127.0.0.1", 0))
    print(errno.errorcode.get(refused.connect_ex(taken.getsockname())))
    select.select([], [refused], [], 1)
    print(errno.errorcode[refused.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)])
    print(refused.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
refused.close()

with selectors.DefaultSelector() as selector:
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ, "слушает")
    print(selector.select(0))
    clients = [socket.create_connection(listener.getsockname()) for _ in range(3)]
    peers = []
    while len(peers) < 3:
        for key, mask in selector.select(1):
            print(key.data, mask == selectors.EVENT_READ)
            one, _ = listener.accept()
            peers.append(one)
            selector.register(one, selectors.EVENT_READ | selectors.EVENT_WRITE, len(peers))
    selector.modify(peers[0], selectors.EVENT_READ, 1)
    clients[0].sendall(b"hello")
    found = []
    while not found:
        found = [key.data for key, mask in selector.select(1) if mask & selectors.EVENT_READ]
    print(found)
    print(sorted(key.data for key, mask in selector.select(1) if mask & selectors.EVENT_WRITE))
    try:
        selector.register(listener, selectors.EVENT_READ)
    except KeyError as problem:
        print(type(problem).__name__)
    selector.unregister(peers[2])
    print(len(selector.get_map()))
for one in (*clients, *peers, listener):
    one.close()
try:
    select.select([listener], [], [], 0)
except ValueError as problem:
    print(problem)
