import socket

from netlab import exchange, finish


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.connect(('127.0.0.1', 5555))
        print(repr(exchange(sock, b'hello\n')))
        finish(sock, b'')


if __name__ == '__main__':
    main()
