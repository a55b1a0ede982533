import ssl


def main():
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    tls = context.wrap_bio(incoming, outgoing, server_hostname='e1.ru')
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass  # дальше нужен ответ сервера, а его нет

    hello = outgoing.read()
    print('первые байты:', repr(hello[:3]))
    print('имя сайта видно:', b'e1.ru' in hello)


if __name__ == '__main__':
    main()
