import socket

rest = b''


def recv_line(sock):
    global rest
    while b'\n' not in rest:
        chunk = sock.recv(1024)
        if not chunk:
            return b''
        rest += chunk
    line, newline, rest = rest.partition(b'\n')
    return line + newline


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.connect(('127.0.0.1', 5555))
        print(repr(recv_line(sock)))
        print(repr(recv_line(sock)))


if __name__ == '__main__':
    main()
