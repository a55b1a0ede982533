import socket
import sys


def main():
    for name in sys.argv[1:] or ['localhost']:
        try:
            print(name, socket.gethostbyname(name))
        except socket.gaierror as error:
            print(f'{name}: узнать адрес не удалось: {error}')


if __name__ == '__main__':
    main()
