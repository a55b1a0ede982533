import socket
from contextlib import contextmanager


@contextmanager
def socket_context(*args, **kwargs):
    sock = socket.socket(*args, **kwargs)
    try:
        yield sock
    finally:
        sock.close()


def read_website(domain, port, timeout=10):
    result = b''
    with socket_context(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.settimeout(timeout)
        sock.connect((domain, port))
        sock.sendall(
            b"GET / HTTP/1.1\r\nHost: %b\r\n\r\n"
            % bytes(domain, encoding='utf-8')
        )

        chunk = sock.recv(1024)
        result += chunk
        while chunk:
            chunk = sock.recv(1024)
            result += chunk

    return result


def main():
    read_website('e1.ru', 80)


if __name__ == '__main__':
    main()
