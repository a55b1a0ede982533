import socket
import sys


def main():
    for name in sys.argv[1:] or ['localhost']:
        answers = socket.getaddrinfo(
            name, None, socket.AF_INET, socket.SOCK_STREAM)
        for family, kind, protocol, _, (address, port) in answers:
            print(name, address)


if __name__ == '__main__':
    main()
