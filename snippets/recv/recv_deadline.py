import socket
import time
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


# --8<-- [start:deadline]
def recv_before(sock, size, deadline):
    """То же, что sock.recv(size), но ждёт только до deadline."""
    if deadline is None:
        return sock.recv(size)
    timeout = sock.gettimeout()
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError('срок вышел')
    sock.settimeout(left)
    try:
        return sock.recv(size)
    finally:
        sock.settimeout(timeout)


def deadline_of(sock):
    """Момент, когда истечёт таймаут сокета, если отсчитать его сейчас."""
    timeout = sock.gettimeout()
    return None if timeout is None else time.monotonic() + timeout
# --8<-- [end:deadline]


# --8<-- [start:functions]
def recv_exactly(sock, n):
    deadline = deadline_of(sock)
    buffer = buffers.setdefault(sock, bytearray())
    while len(buffer) < n:
        chunk = recv_before(sock, n - len(buffer), deadline)
        if not chunk:
            raise EOFError(f'не хватает {n - len(buffer)} байт')
        buffer += chunk
    return take(buffer, n)


def recv_line(sock):
    deadline = deadline_of(sock)
    buffer = buffers.setdefault(sock, bytearray())
    while b'\n' not in buffer:
        if len(buffer) > LINE_LIMIT:
            raise ValueError(f'строка длиннее {LINE_LIMIT} байт')
        chunk = recv_before(sock, 1024, deadline)
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
        sock.settimeout(30)
        size = int(recv_line(sock))
        if not 0 <= size <= SIZE_LIMIT:
            raise ValueError(f'размер {size} не годится')
        print(repr(recv_exactly(sock, size)))


if __name__ == '__main__':
    main()
