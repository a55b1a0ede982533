import socket


def recv_exactly(sock, n):
    return sock.recv(n)


def recv_line(sock):
    return sock.recv(1024)


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.connect(('127.0.0.1', 5555))
        size = int(recv_line(sock))
        print(repr(recv_exactly(sock, size)))


if __name__ == '__main__':
    main()
