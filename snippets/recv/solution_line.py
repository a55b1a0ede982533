import socket
from weakref import WeakKeyDictionary

rests = WeakKeyDictionary()


def recv_line(sock):
    rest = rests.setdefault(sock, bytearray())
    while b'\n' not in rest:
        chunk = sock.recv(1024)
        if not chunk and rest:
            raise EOFError('поток кончился посреди строки')
        if not chunk:
            return b''
        rest += chunk
    line, newline, rests[sock] = rest.partition(b'\n')
    return bytes(line + newline)


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.connect(('127.0.0.1', 5555))
        print(repr(recv_line(sock)))
        print(repr(recv_line(sock)))


if __name__ == '__main__':
    main()
