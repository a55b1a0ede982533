import socket


def read_website(domain, port, timeout=10):
    chunks = []
    host = domain if port == 80 else f'{domain}:{port}'
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.settimeout(timeout)
        sock.connect((domain, port))
        sock.sendall(f'GET / HTTP/1.1\r\nHost: {host}\r\n'.encode())
        sock.sendall(b'Connection: close\r\n\r\n')
        while chunk := sock.recv(1024):
            chunks.append(chunk)
    return b''.join(chunks)


def main():
    page = read_website('e1.ru', 80)
    print(page.decode('utf-8', 'replace'))


if __name__ == '__main__':
    main()
