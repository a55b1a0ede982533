from netlab.fetch import fetch


def read_website(domain, port, timeout=10):
    response = fetch(f'http://{domain}:{port}/', timeout=timeout)
    return response.body


def main():
    page = read_website('e1.ru', 80)
    print(page.decode('utf-8', 'replace'))


if __name__ == '__main__':
    main()
