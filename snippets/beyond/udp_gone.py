import socket

LARGEST = 65535


def serve(sock):
    while True:
        try:
            data, address = sock.recvfrom(LARGEST)
            print(repr(data))
            sock.sendto(data, address)
        except ConnectionError as error:
            print(f'Ответ не дошёл: {error}')


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(('0.0.0.0', 5555))
        try:
            serve(sock)
        except KeyboardInterrupt:
            pass


if __name__ == '__main__':
    main()
