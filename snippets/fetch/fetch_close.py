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
        # --8<-- [start:request]
        sock.sendall(
            b"GET / HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n"
            % bytes(domain, encoding='utf-8')
        )
        # --8<-- [end:request]

        chunk = sock.recv(1024)
        result += chunk
        while chunk:
            chunk = sock.recv(1024)
            result += chunk

    return result


# --8<-- [start:main]
def main():
    page = read_website('e1.ru', 80)
    print(page.decode('utf-8', 'replace'))
# --8<-- [end:main]


if __name__ == '__main__':
    main()
