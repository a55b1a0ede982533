import socket


def recv_exactly(sock, n):
    data = bytearray(n)
    sock.recv_into(data)
    return bytes(data)


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.connect(('127.0.0.1', 5555))
        print(repr(recv_exactly(sock, 10)))


if __name__ == '__main__':
    main()
