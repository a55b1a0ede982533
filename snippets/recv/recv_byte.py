import socket


def recv_exactly(sock, n):
    data = b''
    while len(data) < n:
        chunk = sock.recv(n - len(data))
        if not chunk:
            raise EOFError(f'не хватает {n - len(data)} байт')
        data += chunk
    return data


# --8<-- [start:line]
def recv_line(sock):
    data = b''
    while not data.endswith(b'\n'):
        chunk = sock.recv(1)
        if not chunk and data:
            raise EOFError('поток кончился посреди строки')
        if not chunk:
            return b''
        data += chunk
    return data
# --8<-- [end:line]


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.connect(('127.0.0.1', 5555))
        size = int(recv_line(sock))
        print(repr(recv_exactly(sock, size)))


if __name__ == '__main__':
    main()
