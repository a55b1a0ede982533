import socket
import time
from contextlib import contextmanager


@contextmanager
def socket_context(*args, **kwargs):
    sock = socket.socket(*args, **kwargs)
    try:
        yield sock
    finally:
        sock.close()


def recv_before(sock, size, deadline):
    """То же, что sock.recv(size), но ждёт только до deadline."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError('срок вышел')
    sock.settimeout(left)
    return sock.recv(size)


# --8<-- [start:stream]
class Stream:
    """Поток байтов из сокета, который надо прочесть до общего срока."""

    def __init__(self, sock, deadline):
        self.sock = sock
        self.deadline = deadline
        self.buffer = bytearray()

    def fill(self):
        """Дочитывает в буфер; False — поток закончился."""
        chunk = recv_before(self.sock, 65536, self.deadline)
        self.buffer += chunk
        return bool(chunk)

    def take(self, size):
        """Отрезает от буфера первые size байт."""
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        return data

    def line(self):
        while b'\n' not in self.buffer:
            if not self.fill():
                raise EOFError('поток закончился посреди строки')
        return self.take(self.buffer.index(b'\n') + 1)

    def exactly(self, size):
        while len(self.buffer) < size:
            if not self.fill():
                missing = size - len(self.buffer)
                raise EOFError(f'не хватает {missing} байт')
        return self.take(size)

    def rest(self):
        while self.fill():
            pass
        return self.take(len(self.buffer))
# --8<-- [end:stream]


# --8<-- [start:headers]
def read_headers(stream):
    """Читает заголовки ответа; имена — строчными буквами."""
    headers = {}
    stream.line()  # строка состояния: HTTP/1.1 200 OK
    while (line := stream.line()) not in (b'\r\n', b'\n'):
        name, colon, value = line.decode('latin-1').partition(':')
        headers[name.strip().lower()] = value.strip()
    return headers


def read_body(stream, headers):
    if 'content-length' in headers:
        return stream.exactly(int(headers['content-length']))
    return stream.rest()
# --8<-- [end:headers]


def read_website(domain, port, timeout=10):
    host = domain if port == 80 else f'{domain}:{port}'
    deadline = time.monotonic() + timeout
    with socket_context(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.settimeout(timeout)
        sock.connect((domain, port))
        sock.sendall(
            b"GET / HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n"
            % bytes(host, encoding='utf-8')
        )

        # --8<-- [start:read]
        stream = Stream(sock, deadline)
        headers = read_headers(stream)
        return read_body(stream, headers)
        # --8<-- [end:read]


def main():
    page = read_website('e1.ru', 80)
    print(page.decode('utf-8', 'replace'))


if __name__ == '__main__':
    main()
