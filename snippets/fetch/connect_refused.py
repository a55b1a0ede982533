import socket


def main():
    with socket.socket() as silent, socket.socket() as sock:
        silent.bind(('127.0.0.1', 0))  # порт занят, но listen не было
        try:
            sock.connect(silent.getsockname())
        except ConnectionRefusedError as error:
            print(type(error).__name__)


if __name__ == '__main__':
    main()
