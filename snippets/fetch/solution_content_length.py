import socket


def read_website(domain, port, timeout=10):
    with socket.create_connection((domain, port), timeout) as sock:
        host = domain.encode('idna')
        if port != 80:
            host += b':%d' % port
        sock.sendall(b'GET / HTTP/1.1\r\nHost: %b\r\n\r\n' % host)

        with sock.makefile('rb') as page:
            length = read_length(page)
            if length is None:
                return page.read()
            body = page.read(length)
            if len(body) < length:
                raise EOFError(f'не хватает {length - len(body)} байт')
            return body


def read_length(page):
    """Читает шапку ответа; возвращает Content-Length или None."""
    length = None
    page.readline()
    while (line := page.readline()) not in (b'\r\n', b'\n', b''):
        name, _, value = line.partition(b':')
        if name.strip().lower() == b'content-length':
            length = int(value)
    return length


def main():
    page = read_website('e1.ru', 80)
    print(page.decode('utf-8', 'replace'))


if __name__ == '__main__':
    main()
