import socket


def exchange(sock, data):
    sock.sendall(data)
    answer = bytearray()
    while True:
        chunk = sock.recv(65536)
        answer += chunk
        if len(chunk) < 65536:
            return bytes(answer)


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.connect(('127.0.0.1', 5555))
        print(repr(exchange(sock, b'hello\n')))


if __name__ == '__main__':
    main()
