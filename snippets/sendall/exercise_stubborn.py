import socket


def sendall(sock, data, flags=0):
    rest = memoryview(data)
    while rest:
        try:
            sent = sock.send(rest, flags)
        except OSError:
            continue
        rest = rest[sent:]


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.connect(('127.0.0.1', 5555))
        sendall(sock, b'hello\n' * 1000000)


if __name__ == '__main__':
    main()
