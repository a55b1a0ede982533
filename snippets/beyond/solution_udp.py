import socket


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(('0.0.0.0', 5555))
        try:
            while True:
                try:
                    data, address = sock.recvfrom(65535)
                    print(repr(data))
                    sock.sendto(data, address)
                except ConnectionError as error:
                    print(f'Ответ не дошёл: {error}')
        except KeyboardInterrupt:
            pass


if __name__ == '__main__':
    main()
