import socket


def main():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(('0.0.0.0', 5555))
    while True:
        data, address = sock.recvfrom(1024)
        print(repr(data))
        sock.sendto(data, address)


if __name__ == '__main__':
    main()
