import socket
import struct
import time


def exchange(sock, data):
    sock.sendall(data)
    sock.shutdown(socket.SHUT_WR)
    answer = bytearray()
    while chunk := sock.recv(65536):
        answer += chunk
    return bytes(answer)


# --8<-- [start:finish]
def finish(sock, data):
    deadline = time.monotonic() + 5
    with sock:
        try:
            sock.settimeout(5)
            send_or_reset(sock, data)
            sock.shutdown(socket.SHUT_WR)
            while recv_before(sock, deadline):
                pass
        except OSError:
            pass


def send_or_reset(sock, data):
    try:
        sock.sendall(data)
    except TimeoutError:
        # Начало ответа не должно сойти за весь: close оборвёт связь.
        linger = struct.pack('ii', 1, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        raise


def recv_before(sock, deadline):
    """Читает, но ждёт только до deadline."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError('срок вышел')
    sock.settimeout(left)
    return sock.recv(65536)
# --8<-- [end:finish]


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.connect(('127.0.0.1', 5555))
        print(repr(exchange(sock, b'hello\n')))


if __name__ == '__main__':
    main()
