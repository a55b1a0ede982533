import hashlib
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


HEADER = struct.Struct('!HQ32s')


def digest_of(path):
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').digest()


def send_file(sock, path):
    name = os.path.basename(path).encode()
    size = os.path.getsize(path)
    sock.sendall(HEADER.pack(len(name), size, digest_of(path)) + name)
    with open(path, 'rb') as file:
        sock.sendfile(file)
    if sock.recv(1) != b'+':
        raise ConnectionError('получатель не подтвердил, что файл у него')


def receive_content(sock, size, file):
    while size:
        chunk = sock.recv(min(size, 65536))
        if not chunk:
            raise EOFError(f'не хватает {size} байт')
        file.write(chunk)
        size -= len(chunk)


def bare_name(data):
    name = data.decode()
    if not name or name.startswith('.') or set(name) & set('/\\:'):
        raise ValueError('имя файла не годится')
    return name


def receive_file(sock, folder):
    header = recv_exactly(sock, HEADER.size)
    name_size, size, digest = HEADER.unpack(header)
    path = os.path.join(folder, bare_name(recv_exactly(sock, name_size)))
    part = path + '.part'
    with open(part, 'wb') as file:
        receive_content(sock, size, file)
    if digest_of(part) != digest:
        os.remove(part)
        raise ValueError('файл пришёл испорченным')
    os.replace(part, path)
    sock.sendall(b'+')


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
