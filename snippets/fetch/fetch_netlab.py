from netlab.fetch import fetch

LARGEST = 2 * 1024 * 1024


def read_website(domain, port, timeout=10):
    host = f'[{domain}]' if ':' in domain else domain
    url = f'http://{host}:{port}/'
    response = fetch(url, timeout=timeout, limit=LARGEST)
    return response.body


def main():
    page = read_website('e1.ru', 80)
    print(page.decode('utf-8', 'replace'))


if __name__ == '__main__':
    main()
