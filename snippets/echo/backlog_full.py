import socket


def main():
    with socket.create_server(('127.0.0.1', 0), backlog=0) as listener:
        address = listener.getsockname()
        with socket.create_connection(address), socket.socket() as late:
            late.settimeout(1.5)
            try:
                late.connect(address)
            except TimeoutError:
                print('второй не дождался')


if __name__ == '__main__':
    main()
