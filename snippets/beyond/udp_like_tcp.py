import socket


def main():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(('0.0.0.0', 5555))
    data, address = sock.recvfrom(1024)
    sock.connect(address)
    while data:
        print(repr(data))
        sock.send(data)
        data = sock.recv(1024)
    sock.close()


if __name__ == '__main__':
    main()
