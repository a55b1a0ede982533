import errno
import socket


def connected():
    with socket.create_server(('127.0.0.1', 0)) as listener:
        here = socket.create_connection(listener.getsockname())
        there, _ = listener.accept()
        return here, there


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
    here, there = connected()
    here.sendall(b'hello')
    there.close()  # hello не прочитано
    attempt('Связь оборвана, recv', here.recv, 10)
    attempt('И shutdown', here.shutdown, socket.SHUT_WR)
    here.close()
    attempt('После close', here.send, b'hello')

    here, there = connected()
    with here, there:
        here.shutdown(socket.SHUT_WR)  # больше ничего не пришлю
        attempt('send после shutdown', here.send, b'hello')

    with socket.create_server(('127.0.0.1', 0)) as listener:
        attempt('recv у слушающего', listener.recv, 10)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        data = bytes(70_000)
        address = ('127.0.0.1', 5555)
        attempt('Датаграмма в 70 000 байт', sock.sendto, data, address)


if __name__ == '__main__':
    main()
