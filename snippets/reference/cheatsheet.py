import socket
import struct
import time

LIMIT = 1_000_000


def recv_exactly(sock, n, deadline):
    data = bytearray()
    while len(data) < n:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError('срок вышел')
        sock.settimeout(left)
        chunk = sock.recv(n - len(data))
        if not chunk:
            raise EOFError('пришло не всё')
        data += chunk
    return bytes(data)


def recv_message(sock, seconds=5):
    deadline = time.monotonic() + seconds
    head = recv_exactly(sock, 4, deadline)
    size, = struct.unpack('!I', head)
    if size > LIMIT:
        raise ValueError('слишком длинно')
    return recv_exactly(sock, size, deadline)


def send_message(sock, data):
    head = struct.pack('!I', len(data))
    sock.sendall(head + data)


def main():
    here, there = socket.socketpair()
    with here, there:
        send_message(here, 'привет'.encode())
        print(recv_message(there).decode())


if __name__ == '__main__':
    main()
