import socket


def read_website(domain, port, timeout=10):
    with socket.create_connection((domain, port), timeout) as sock:
        host = domain.encode('idna')
        if port != 80:
            host += b':%d' % port
        sock.sendall(b'GET / HTTP/1.1\r\nHost: %b\r\n\r\n' % host)

        page = b''
        while b'\r\n\r\n' not in page:
            page += sock.recv(1024)
        if b'Content-Length: ' in page:
            length = page.partition(b'Content-Length: ')[2]
            length = int(length.partition(b'\r\n')[0])
        else:
            length = 0
        head, _, body = page.partition(b'\r\n\r\n')
        while len(body) < length:
            body += sock.recv(1024)
        return body


def main():
    page = read_website('e1.ru', 80)
    print(page.decode('utf-8', 'replace'))


if __name__ == '__main__':
    main()
