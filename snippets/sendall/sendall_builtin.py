import socket


# --8<-- [start:sendall]
def sendall(sock, data, flags=0):
    sock.sendall(data, flags)
# --8<-- [end:sendall]


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.connect(('127.0.0.1', 5555))
        sock.settimeout(10)
        sendall(sock, b'hello\n' * 1000000)


if __name__ == '__main__':
    main()
