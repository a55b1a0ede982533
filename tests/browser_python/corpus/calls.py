"""Вызовы пореже: sendmsg, recvmsg, sendfile, адрес отправителя, имена служб."""

import io
import socket
import tempfile


def tried(title, action, *arguments):
    try:
        print(title, repr(action(*arguments)))
    except Exception as problem:
        print(title, type(problem).__name__, problem)


with socket.create_server(("127.0.0.1", 0)) as listener:
    where = listener.getsockname()
    one = socket.create_connection(where, timeout=3, source_address=("127.0.0.1", 0))
    two, address = listener.accept()
print(one.gettimeout(), two.gettimeout(), address[0])
tried("sendmsg", one.sendmsg, [b"he", bytearray(b"l"), memoryview(b"lo")])
tried("recvmsg", two.recvmsg, 10)
one.sendall(b"0123456789")
parts = [bytearray(4), bytearray(3)]
tried("recvmsg_into", two.recvmsg_into, parts)
print(parts, two.recv(10))
with tempfile.TemporaryFile() as file:
    file.write(b"a" * 5000)
    file.seek(0)
    tried("sendfile", one.sendfile, file)
    print(file.tell())
print(len(two.recv(5000, socket.MSG_WAITALL)))
tried("sendfile текста", one.sendfile, io.StringIO("текст"))
buffer = bytearray(3)
one.sendall(b"xyz")
tried("recvfrom_into", two.recvfrom_into, buffer)
print(buffer)
tried("велик", two.recv_into, buffer, 10)
tried("recv_into -1", two.recv_into, buffer, -1)
tried("recv 0", two.recv, 0)
tried("send пустого", one.send, b"")
tried("array", one.send, memoryview(b"abcdef")[::2].tobytes())
print(two.recv(10))
one.close()
two.close()
tried("getservbyname", socket.getservbyname, "http")
tried("getservbyport", socket.getservbyport, 443)
tried("нет службы", socket.getservbyname, "нет")
tried(
    "getnameinfo",
    socket.getnameinfo,
    ("127.0.0.1", 80),
    socket.NI_NUMERICHOST | socket.NI_NUMERICSERV,
)
tried("адрес числом", socket.getaddrinfo, "нечисло", 80, 0, 0, 0, socket.AI_NUMERICHOST)
tried("create_connection", socket.create_connection, ("127.0.0.1", 1), 0.5)
try:
    socket.create_connection(("127.0.0.1", 1), all_errors=True)
except ExceptionGroup as problem:
    print(problem.message, len(problem.exceptions))
for code in (
    "ECONNREFUSED",
    "EADDRINUSE",
    "EPIPE",
    "ETIMEDOUT",
    "ECONNRESET",
    "EAGAIN",
    "EHOSTUNREACH",
):
    import errno
    import os

    problem = OSError(getattr(errno, code), os.strerror(getattr(errno, code)))
    print(code, type(problem).__name__, problem.errno)
print(isinstance(socket.gethostname(), str), socket.SOMAXCONN)
