import socket


def main():
    with socket.create_server(('127.0.0.1', 0)) as listener:
        address, port = listener.getsockname()
        try:
            with socket.create_connection(('0.0.0.0', port)) as client:
                print('шли на 0.0.0.0, пришли на', client.getpeername()[0])
        except OSError:
            print('на 0.0.0.0 прийти нельзя')


if __name__ == '__main__':
    main()
