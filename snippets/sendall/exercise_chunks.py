import socket


def sendall(sock, data, flags=0):
    for start in range(0, len(data), 1024):
        chunk = data[start:start + 1024]
        sock.send(chunk)


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.connect(('127.0.0.1', 5555))
        sendall(sock, b'hello\n' * 1000000)


if __name__ == '__main__':
    main()
