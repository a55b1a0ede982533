import socket


# --8<-- [start:loops]
def recv_exactly(sock, n):
    data = b''
    while len(data) < n:
        data += sock.recv(n - len(data))
    return data


def recv_line(sock):
    data = b''
    while not data.endswith(b'\n'):
        data += sock.recv(1024)
    return data
# --8<-- [end:loops]


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.connect(('127.0.0.1', 5555))
        size = int(recv_line(sock))
        print(repr(recv_exactly(sock, size)))


if __name__ == '__main__':
    main()
