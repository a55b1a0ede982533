import errno
import socket


def attempt(what, function, *arguments):
    """Зовёт функцию и печатает исключение, которое она бросила."""
    try:
        function(*arguments)
        print(f'{what}: без ошибки')
    except Exception as error:
        print(f'{what}:')
        print(f'  {type(error).__name__}: {error}')
        if getattr(error, 'errno', None) in errno.errorcode:
            print(f'  errno.{errno.errorcode[error.errno]}')


def main():
    with socket.create_server(('127.0.0.1', 0)) as listener:
        address = listener.getsockname()  # этот порт был свободен
    with socket.create_server(address), socket.socket() as sock:
        attempt('Порт уже слушают', sock.bind, address)

    with socket.socket() as sock:
        address = ('192.0.2.1', 5555)  # этот адрес не даётся никому
        attempt('Чужой адрес', sock.bind, address)

        address = ('127.0.0.1', 65536)
        attempt('Порт больше 65535', sock.connect, address)

        address = ('127.0.0.1', '5555')
        attempt('Порт строкой', sock.connect, address)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        address = ('127.255.255.255', 5555)
        attempt('Всем сразу без SO_BROADCAST', sock.sendto, b'hi', address)


if __name__ == '__main__':
    main()
