import socket


def sendall(sock, data, flags=0):
    start = 0
    while start < len(data):
        chunk = data[start:start + 1024]
        start += sock.send(chunk, flags)


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.connect(('127.0.0.1', 5555))
        sendall(sock, b'hello\n' * 1000000)


if __name__ == '__main__':
    main()
