import socket
import struct

HEADER = struct.Struct('!HQ')
FILES = ('one.txt', b'hello\n'), ('two.txt', b'world\n')


def recv_exactly(sock, n):
    data = b''
    while len(data) < n:
        chunk = sock.recv(n - len(data))
        if not chunk:
            raise EOFError(f'не хватает {n - len(data)} байт')
        data += chunk
    return data


def main():
    with socket.create_server(('127.0.0.1', 0)) as listener:
        here = socket.create_connection(listener.getsockname())
        there, address = listener.accept()
        with here, there:
            for name, content in FILES:
                header = HEADER.pack(len(name), len(content))
                here.sendall(header + name.encode() + content)

            for _ in FILES:
                header = recv_exactly(there, HEADER.size)
                name_size, size = HEADER.unpack(header)
                name = recv_exactly(there, name_size).decode()
                print(name, repr(recv_exactly(there, size)))


if __name__ == '__main__':
    main()
