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
    with here, there, here.makefile('rb') as file:
        here.settimeout(0.3)
        attempt('Собеседник молчит', file.readline)
        attempt('Тот же файл ещё раз', file.readline)

    here, there = connected()
    with here, there:
        if hasattr(socket, 'TCP_USER_TIMEOUT'):  # есть только на Linux
            here.setsockopt(
                socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 300)
            data = bytes(16 * 1024 * 1024)
            attempt('Ядро устало ждать', here.sendall, data)

    here, there = connected()
    with here, there:
        here.setblocking(False)
        attempt('Неблокирующий recv', here.recv, 10)

    with socket.create_server(('127.0.0.1', 0), backlog=0) as listener:
        address = listener.getsockname()
        with socket.create_connection(address), socket.socket() as sock:
            sock.setblocking(False)
            attempt('Неблокирующий connect', sock.connect, address)


if __name__ == '__main__':
    main()
