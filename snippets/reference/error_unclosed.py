import socket


def main():
    sock = socket.socket()
    print('сокет открыт:', sock.fileno() >= 0)


if __name__ == '__main__':
    main()
