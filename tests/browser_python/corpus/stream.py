"""Поток: куски, peek, половина закрыта, сроки, не ждать."""

import socket
import threading


def tried(title, action, *arguments):
    try:
        print(title, repr(action(*arguments)))
    except Exception as problem:
        print(title, type(problem).__name__, problem)


def pair():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = socket.create_connection(listener.getsockname())
        two, _ = listener.accept()
    return one, two


one, two = pair()
tried("send", one.send, b"hello")
tried("peek", two.recv, 2, socket.MSG_PEEK)
tried("recv", two.recv, 2)
tried("waitall", lambda: (one.sendall(b" world"), two.recv(9, socket.MSG_WAITALL))[1])
tried("dontwait", two.recv, 1, socket.MSG_DONTWAIT)
two.settimeout(0.05)
tried("timeout", two.recv, 1)
print(two.gettimeout(), two.getblocking())
two.setblocking(False)
tried("не ждёт", two.recv, 1)
print(two.gettimeout(), two.getblocking())
two.settimeout(None)
buffer = bytearray(8)
one.sendall(b"abc")
tried("recv_into", two.recv_into, buffer)
print(buffer)
one.sendall(b"def")
tried("recvfrom", two.recvfrom, 10)
one.shutdown(socket.SHUT_WR)
tried("конец", two.recv, 1)
tried("ещё конец", two.recv, 1)
tried("обратно", two.sendall, b"back")
tried("чтение", one.recv, 10)
tried("запись после SHUT_WR", one.send, b"x")
tried("shutdown ещё раз", one.shutdown, socket.SHUT_WR)
two.close()
tried("FIN с той стороны", one.recv, 1)
one.close()

one, two = pair()
one.sendall(b"unread")
two.recv(1)
two.close()
tried("закрыли, не дочитав", one.recv, 1)
tried("и ещё", one.recv, 1)
tried("запись", one.send, b"x")
one.close()

one, two = pair()
two.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
two.close()
tried("linger 0", one.recv, 1)
one.close()

one, two = pair()
two.close()
tried("первая запись", one.send, b"x")
while True:
    try:
        one.send(b"y")
    except OSError as problem:
        print("потом", type(problem).__name__, problem.errno)
        break
one.close()

one, two = pair()
one.setblocking(False)
sent = 0
try:
    while True:
        sent += one.send(b"z" * 65536)
except BlockingIOError as problem:
    print("полно", problem.errno, sent > 65536)
got = 0
while got < sent:
    got += len(two.recv(1 << 20))
print(got == sent)
one.close()
tried("конец", two.recv, 1)
two.close()

one, two = pair()
big = bytes(range(256)) * 8192
thread = threading.Thread(target=one.sendall, args=(big,))
thread.start()
with two.makefile("rb") as file:
    print(file.read(10), file.read(len(big) - 10) == big[10:])
thread.join()
with (
    one.makefile("w", encoding="utf-8", newline="\n") as writer,
    two.makefile(encoding="utf-8") as reader,
):
    print("строка", file=writer)
    writer.write("вторая\nтретья без конца")
    writer.flush()
    print(repr(reader.readline()), repr(reader.readline()))
    one.shutdown(socket.SHUT_WR)
    print(repr(reader.readline()), repr(reader.readline()))
one.close()
two.close()

one, two = socket.socketpair()
one.sendall(b"ping")
print(two.recv(4))
copy = one.dup()
one.close()
copy.sendall(b"dup")
print(two.recv(3))
raw = copy.detach()
print(copy.fileno(), raw > 0)
socket.close(raw)
print(two.recv(1))
two.close()
with pair()[0] as inside:
    pass
print(inside.fileno(), inside._closed)
