import errno
import socket


def restart_after(first_to_close):
    """Закрывает соединение с этой стороны и занимает порт сервера снова."""
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        listener.listen()
        address = listener.getsockname()
        client = socket.create_connection(address)
        server, _ = listener.accept()

    sides = [client, server]
    if first_to_close == 'сервер':
        sides.reverse()
    first, second = sides
    first.close()
    second.recv(1)  # b'': первая сторона закончила
    second.close()

    with socket.socket() as listener:
        try:
            listener.bind(address)
            return 'порт свободен'
        except OSError as error:
            return errno.errorcode[error.errno]


def main():
    for side in ('клиент', 'сервер'):
        print(f'первым закрыл {side}: {restart_after(side)}')


if __name__ == '__main__':
    main()
