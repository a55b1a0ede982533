import socket
import struct


def finish(sock, data):
    linger = struct.pack('ii', 1, 5)  # close ждёт до пяти секунд
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    sock.sendall(data)
    sock.close()


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.connect(('127.0.0.1', 5555))
        finish(sock, b'bye\n')


if __name__ == '__main__':
    main()
