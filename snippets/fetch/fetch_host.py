import socket
from contextlib import contextmanager


@contextmanager
def socket_context(*args, **kwargs):
    sock = socket.socket(*args, **kwargs)
    try:
        yield sock
    finally:
        sock.close()


# --8<-- [start:host]
def read_website(domain, port, timeout=10):
    host = domain if port == 80 else f'{domain}:{port}'
    result = b''
    with socket_context(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.settimeout(timeout)
        sock.connect((domain, port))
        sock.sendall(
            b"GET / HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n"
            % bytes(host, encoding='utf-8')
        )
# --8<-- [end:host]

        chunk = sock.recv(1024)
        result += chunk
        while chunk:
            chunk = sock.recv(1024)
            result += chunk

    return result


def main():
    page = read_website('e1.ru', 80)
    print(page.decode('utf-8', 'replace'))


if __name__ == '__main__':
    main()
