import os
import socket
import sys

from netlab import receive_file, send_file


def main():
    if sys.argv[1] == 'send':
        with socket.create_connection(('127.0.0.1', 5555)) as sock:
            send_file(sock, sys.argv[2])
    else:
        os.makedirs('inbox', exist_ok=True)
        with socket.create_server(('127.0.0.1', 5555)) as listener:
            sock, address = listener.accept()
            with sock:
                receive_file(sock, 'inbox')


if __name__ == '__main__':
    main()
