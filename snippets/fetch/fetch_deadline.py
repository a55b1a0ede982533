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


# --8<-- [start:deadline]
def recv_before(sock, size, deadline):
    """То же, что sock.recv(size), но ждёт только до deadline."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError('срок вышел')
    sock.settimeout(left)
    return sock.recv(size)


def read_website(domain, port, timeout=10):
    host = domain if port == 80 else f'{domain}:{port}'
    deadline = time.monotonic() + timeout
    chunks = []
    with socket_context(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.settimeout(timeout)
        sock.connect((domain, port))
        sock.sendall(
            b"GET / HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n"
            % bytes(host, encoding='utf-8')
        )

        while chunk := recv_before(sock, 1024, deadline):
            chunks.append(chunk)

    return b''.join(chunks)
# --8<-- [end:deadline]


def main():
    page = read_website('e1.ru', 80)
    print(page.decode('utf-8', 'replace'))


if __name__ == '__main__':
    main()
