import socket


def attempt(what, function, *arguments):
    """Зовёт функцию и печатает, что она вернула или бросила."""
    try:
        print(f'{what}: {function(*arguments)!r}')
    except Exception as error:
        print(f'{what}:')
        print(f'  {type(error).__name__}: {error}')


def is_quit(data):
    return data == 'quit'


def main():
    here, there = socket.socketpair()
    with here, there:
        attempt('Строка вместо байтов', here.sendall, 'привет')

        here.sendall('привет'.encode())
        data = there.recv(11)  # последняя буква — из двух байт
        attempt('Полбуквы', data.decode)
        data = there.recv(1)
        attempt('Вторая половина', data.decode)

    attempt('Число и лишнее', int, b'5\nhello')
    attempt('Не ASCII', 'привет'.encode, 'ascii')
    attempt("b'quit' == 'quit'", is_quit, b'quit')


if __name__ == '__main__':
    main()
