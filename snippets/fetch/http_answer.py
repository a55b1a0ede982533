import socket

REQUEST = b'GET / HTTP/1.1\r\nHost: e1.ru\r\n\r\n'
BODY = '<h1>Привет, e1</h1>\n'.encode('utf-8')
ANSWER = (
    b'HTTP/1.1 200 OK\r\n'
    b'Content-Type: text/html; charset=utf-8\r\n'
    b'Content-Length: %d\r\n'
    b'\r\n'
    b'%b' % (len(BODY), BODY)
)


def main():
    client, server = socket.socketpair()
    with client, server:
        client.sendall(REQUEST)
        show('Сервер получил запрос:', server.recv(1024))
        server.sendall(ANSWER)
        answer = client.recv(1024)
        show('Клиент получил ответ:', answer)

    word = 'Привет'.encode('utf-8')
    text = word.decode('utf-8')
    print(len(word), 'байт:', repr(word))
    print(len(text), 'букв:', repr(text))


def show(title, data):
    print(title)
    for line in data.splitlines(keepends=True):
        print('   ', repr(line))


if __name__ == '__main__':
    main()
