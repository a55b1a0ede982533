import socket
import time


# --8<-- [start:connect]
def seconds_before(deadline):
    """Возвращает, сколько секунд осталось до deadline."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError('срок вышел')
    return left


def connect_before(domain, port, deadline):
    """Пробует адреса имени по очереди, но только до deadline."""
    found = socket.getaddrinfo(domain, port, type=socket.SOCK_STREAM)
    for *_, address in found:
        left = seconds_before(deadline)
        try:
            return socket.create_connection(address[:2], left)
        except OSError as error:
            problem = error
    raise problem
# --8<-- [end:connect]


def recv_before(sock, size, deadline):
    """То же, что sock.recv(size), но ждёт только до deadline."""
    sock.settimeout(seconds_before(deadline))
    return sock.recv(size)


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


def read_headers(stream):
    """Читает заголовки ответа; имена — строчными буквами."""
    headers = {}
    stream.line()  # строка состояния: HTTP/1.1 200 OK
    while (line := stream.line()) not in (b'\r\n', b'\n'):
        name, colon, value = line.decode('latin-1').partition(':')
        headers[name.strip().lower()] = value.strip()
    return headers


def read_chunks(stream):
    """Читает тело по частям, пока не придёт часть нулевого размера."""
    chunks = []
    while size := int(stream.line().partition(b';')[0], 16):
        chunks.append(stream.exactly(size))
        stream.line()
    while stream.line() not in (b'\r\n', b'\n'):
        pass
    return b''.join(chunks)


def read_body(stream, headers):
    if headers.get('transfer-encoding', '').lower() == 'chunked':
        return read_chunks(stream)
    if 'content-length' in headers:
        return stream.exactly(int(headers['content-length']))
    return stream.rest()


# --8<-- [start:address]
def read_website(domain, port, timeout=10):
    deadline = time.monotonic() + timeout
    host = f'[{domain}]' if ':' in domain else domain
    host = host.encode('idna')
    if port != 80:
        host += b':%d' % port
    with connect_before(domain, port, deadline) as sock:
        sock.sendall(
            b"GET / HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n"
            % host
        )
# --8<-- [end:address]

        stream = Stream(sock, deadline)
        headers = read_headers(stream)
        return read_body(stream, headers)


def main():
    page = read_website('e1.ru', 80)
    print(page.decode('utf-8', 'replace'))


if __name__ == '__main__':
    main()
