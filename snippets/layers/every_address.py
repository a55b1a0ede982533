import socket


def main():
    with socket.create_server(('0.0.0.0', 0)) as listener:
        address, port = listener.getsockname()
        print('слушаем:', address)

        client = socket.create_connection(('127.0.0.1', port))
        connection, _ = listener.accept()
        with client, connection:
            address, port = connection.getsockname()
            print('к нам пришли по адресу:', address)


if __name__ == '__main__':
    main()
