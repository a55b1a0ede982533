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


HEADER = struct.Struct('!HQ')
COUNT = struct.Struct('!Q')


def digest_of(path):
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').digest()


def send_file(sock, path):
    name = os.path.basename(path).encode()
    size = os.path.getsize(path)
    sock.sendall(HEADER.pack(len(name), size) + name)
    (count,) = COUNT.unpack(recv_exactly(sock, COUNT.size))
    with open(path, 'rb') as file:
        sock.sendall(digest_of(path))
        sock.sendfile(file, offset=count)
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
    name_size, size = HEADER.unpack(recv_exactly(sock, HEADER.size))
    path = os.path.join(folder, bare_name(recv_exactly(sock, name_size)))
    part = path + '.part'
    with open(part, 'ab') as file:
        if file.tell() > size:
            file.seek(0)
            file.truncate()
        count = file.tell()
        sock.sendall(COUNT.pack(count))
        digest = recv_exactly(sock, 32)
        receive_content(sock, size - count, file)
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
