import os
import socket
import struct
import sys


def recv_exactly(sock, n):
    data = b''
    while len(data) < n:
        chunk = sock.recv(n - len(data))
        if not chunk:
            raise EOFError(f'не хватает {n - len(data)} байт')
        data += chunk
    return data


HEADER = struct.Struct('!HQ')


def send_file(sock, path):
    name = os.path.basename(path).encode()
    size = os.path.getsize(path)
    sock.sendall(HEADER.pack(len(name), size) + name)
    with open(path, 'rb') as file:
        sock.sendfile(file)


def receive_content(sock, size, file):
    while size:
        chunk = sock.recv(min(size, 65536))
        if not chunk:
            raise EOFError(f'не хватает {size} байт')
        file.write(chunk)
        size -= len(chunk)


# --8<-- [start:receive]
def bare_name(data):
    name = data.decode()
    if not name or name.startswith('.') or set(name) & set('/\\:'):
        raise ValueError('имя файла не годится')
    return name


def receive_file(sock, folder):
    name_size, size = HEADER.unpack(recv_exactly(sock, HEADER.size))
    name = bare_name(recv_exactly(sock, name_size))
    with open(os.path.join(folder, name), 'wb') as file:
        receive_content(sock, size, file)
# --8<-- [end:receive]


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
