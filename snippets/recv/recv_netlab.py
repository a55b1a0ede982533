import socket

from netlab import recv_exactly, recv_line

SIZE_LIMIT = 1024 * 1024


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.connect(('127.0.0.1', 5555))
        sock.settimeout(30)
        size = int(recv_line(sock))
        if not 0 <= size <= SIZE_LIMIT:
            raise ValueError(f'размер {size} не годится')
        print(repr(recv_exactly(sock, size)))


if __name__ == '__main__':
    main()
