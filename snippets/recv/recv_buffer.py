import socket
from weakref import WeakKeyDictionary

# --8<-- [start:buffers]
# Для каждого сокета — байты, которые уже пришли, но ещё не понадобились.
buffers = WeakKeyDictionary()


def take(buffer, size):
    """Отрезает от буфера первые size байт."""
    data = bytes(buffer[:size])
    del buffer[:size]
    return data
# --8<-- [end:buffers]


# --8<-- [start:functions]
def recv_exactly(sock, n):
    buffer = buffers.setdefault(sock, bytearray())
    while len(buffer) < n:
        chunk = sock.recv(n - len(buffer))
        if not chunk:
            raise EOFError(f'не хватает {n - len(buffer)} байт')
        buffer += chunk
    return take(buffer, n)


def recv_line(sock):
    buffer = buffers.setdefault(sock, bytearray())
    while b'\n' not in buffer:
        chunk = sock.recv(1024)
        if not chunk and buffer:
            raise EOFError('поток кончился посреди строки')
        if not chunk:
            return b''
        buffer += chunk
    return take(buffer, buffer.index(b'\n') + 1)
# --8<-- [end:functions]


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.connect(('127.0.0.1', 5555))
        size = int(recv_line(sock))
        print(repr(recv_exactly(sock, size)))


if __name__ == '__main__':
    main()
