import socket
from weakref import WeakKeyDictionary

LINE_LIMIT = 65536
SIZE_LIMIT = 1024 * 1024

# Для каждого сокета — байты, которые уже пришли, но ещё не понадобились.
buffers = WeakKeyDictionary()


def take(buffer, size):
    """Отрезает от буфера первые size байт."""
    data = bytes(buffer[:size])
    del buffer[:size]
    return data


def recv_exactly(sock, n):
    buffer = buffers.setdefault(sock, bytearray())
    while len(buffer) < n:
        chunk = sock.recv(n - len(buffer))
        if not chunk:
            raise EOFError(f'не хватает {n - len(buffer)} байт')
        buffer += chunk
    return take(buffer, n)


# --8<-- [start:line_limit]
def recv_line(sock):
    buffer = buffers.setdefault(sock, bytearray())
    while b'\n' not in buffer:
        if len(buffer) > LINE_LIMIT:
            raise ValueError(f'строка длиннее {LINE_LIMIT} байт')
        chunk = sock.recv(1024)
        if not chunk and buffer:
            raise EOFError('поток кончился посреди строки')
        if not chunk:
            return b''
        buffer += chunk
    return take(buffer, buffer.index(b'\n') + 1)
# --8<-- [end:line_limit]


# --8<-- [start:size_limit]
def main():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.connect(('127.0.0.1', 5555))
        size = int(recv_line(sock))
        if not 0 <= size <= SIZE_LIMIT:
            raise ValueError(f'размер {size} не годится')
        print(repr(recv_exactly(sock, size)))
# --8<-- [end:size_limit]


if __name__ == '__main__':
    main()
