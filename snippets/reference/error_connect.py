import errno
import socket


def attempt(what, function, *arguments):
    """Зовёт функцию и печатает исключение, которое она бросила."""
    try:
        function(*arguments)
        print(f'{what}: без ошибки')
    except OSError as error:
        print(f'{what}:')
        print(f'  {type(error).__name__}: {error}')
        if error.errno in errno.errorcode:
            print(f'  errno.{errno.errorcode[error.errno]}')


def main():
    server = ('server.invalid', 80)  # таких имён не бывает
    attempt('Имени нет', socket.create_connection, server, 3)

    with socket.socket() as silent, socket.socket() as sock:
        silent.bind(('127.0.0.1', 0))  # порт занят, но listen не было
        address = silent.getsockname()
        attempt('Порт никто не слушает', sock.connect, address)

    with socket.socket() as sock:  # «всем сразу», а TCP — для двоих
        address = ('127.255.255.255', 80)
        attempt('Дороги нет', sock.connect, address)

    with socket.create_server(('127.0.0.1', 0)) as listener:
        address = listener.getsockname()
        with socket.create_connection(address) as sock:
            attempt('Второй connect', sock.connect, address)

    with socket.create_server(('127.0.0.1', 0), backlog=0) as listener:
        address = listener.getsockname()
        with socket.create_connection(address), socket.socket() as sock:
            sock.settimeout(0.5)
            attempt('Очередь listen полна', sock.connect, address)


if __name__ == '__main__':
    main()
