import socket

NAMES = 'свой адрес', 'свой порт', 'чужой адрес', 'чужой порт'


def ends(sock):
    """Четыре числа: свои адрес и порт, чужие адрес и порт."""
    return sock.getsockname() + sock.getpeername()


def main():
    with socket.create_server(('127.0.0.1', 0)) as listener:
        address = listener.getsockname()
        one = socket.create_connection(address)
        one_there, _ = listener.accept()
        two = socket.create_connection(address)

        with one, one_there, two:
            print('свои адрес и порт клиента — чужие для сервера:',
                  one.getsockname() == one_there.getpeername())
            print('чужие для клиента — свои у сервера:',
                  one.getpeername() == one_there.getsockname())
            print('у двух клиентов:')
            for name, first, second in zip(NAMES, ends(one), ends(two)):
                answer = 'одинаковый' if first == second else 'разный'
                print('   ', name, '—', answer)


if __name__ == '__main__':
    main()
