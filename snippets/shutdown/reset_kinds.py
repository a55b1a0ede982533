import socket


def connected():
    with socket.create_server(('127.0.0.1', 0)) as listener:
        here = socket.create_connection(listener.getsockname())
        there, _ = listener.accept()
        return here, there


def attempt(what, function, *arguments):
    try:
        print(f'{what}: {function(*arguments)!r}')
    except OSError as error:
        print(f'{what}: {type(error).__name__}')


def main():
    print('Собеседник закрыл сокет, прочтя всё:')
    here, there = connected()
    there.close()
    attempt('  recv', here.recv, 10)
    attempt('  send', here.send, b'hello')
    attempt('  ещё send', here.send, b'hello')
    here.close()

    print('Собеседник закрыл сокет, не прочтя hello:')
    here, there = connected()
    here.sendall(b'hello')
    there.close()
    attempt('  recv', here.recv, 10)
    attempt('  ещё recv', here.recv, 10)
    attempt('  shutdown', here.shutdown, socket.SHUT_WR)
    here.close()

    print('Собеседник прислал bye и закрыл сокет, а мы ещё пишем:')
    here, there = connected()
    there.sendall(b'bye\n')
    there.close()
    attempt('  send', here.send, b'more\n')
    attempt('  ещё send', here.send, b'more\n')
    attempt('  recv', here.recv, 10)
    here.close()


if __name__ == '__main__':
    main()
