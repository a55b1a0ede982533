import socket

LARGEST = 65535


def main():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(('0.0.0.0', 5555))
    while True:
        data, address = sock.recvfrom(LARGEST)
        print(repr(data))
        sock.sendto(data, address)


if __name__ == '__main__':
    main()
