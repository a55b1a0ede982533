import socket


def exchange(sock, data):
    sock.sendall(data)
    sock.shutdown(socket.SHUT_WR)
    answer = bytearray()
    while True:
        chunk = sock.recv(65536)
        if not chunk:
            return bytes(answer)
        answer += chunk


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.connect(('127.0.0.1', 5555))
        print(repr(exchange(sock, b'hello\n')))


if __name__ == '__main__':
    main()
