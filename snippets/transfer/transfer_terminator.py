import os
import socket
import sys


def recv_line(sock):
    line = b''
    while not line.endswith(b'\n'):
        byte = sock.recv(1)
        if not byte:
            raise EOFError('поток закончился посреди строки')
        line += byte
    return line


# --8<-- [start:functions]
END = b'\r\n.\r\n'


def send_file(sock, path):
    sock.sendall(os.path.basename(path).encode() + b'\n')
    with open(path, 'rb') as file:
        sock.sendfile(file)
    sock.sendall(END)


def receive_file(sock, folder):
    name = recv_line(sock).decode().removesuffix('\n')
    data = bytearray()
    while END not in data:
        chunk = sock.recv(65536)
        if not chunk:
            raise EOFError('поток закончился раньше файла')
        data += chunk
    content, end, rest = data.partition(END)
    with open(os.path.join(folder, name), 'wb') as file:
        file.write(content)
# --8<-- [end:functions]


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
