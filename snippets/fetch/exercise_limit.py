import socket
import time

LARGEST = 2 * 1024 * 1024


def read_website(domain, port, timeout=10):
    deadline = time.monotonic() + timeout
    host = domain if port == 80 else f'{domain}:{port}'
    chunks = []
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.settimeout(timeout)
        sock.connect((domain, port))
        sock.sendall(
            b'GET / HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n'
            % host.encode()
        )
        while chunk := sock.recv(65536):
            chunks.append(chunk)
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError('срок вышел')
            sock.settimeout(left)

    page = b''.join(chunks)
    if len(page) > LARGEST:
        raise ValueError('страница слишком велика')
    return page


def main():
    page = read_website('e1.ru', 80)
    print(page.decode('utf-8', 'replace'))


if __name__ == '__main__':
    main()
