import socket


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(('0.0.0.0', 5555))
        try:
            while True:
                data, address = sock.recvfrom(4096)
                for line in data.decode().splitlines():
                    print(line)
                    sock.sendto(line.encode(), address)
        except KeyboardInterrupt:
            pass


if __name__ == '__main__':
    main()
