import socket
import time


# --8<-- [start:sendall]
def sendall(sock, data, flags=0):
    timeout = sock.gettimeout()
    deadline = None if timeout is None else time.monotonic() + timeout
    rest = memoryview(data).cast('B')
    try:
        while rest:
            if deadline is not None:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError('срок вышел')
                sock.settimeout(left)
            sent = sock.send(rest, flags)
            if sent == 0:
                raise ConnectionError(f'не отправлено {len(rest)} байт')
            rest = rest[sent:]
    finally:
        sock.settimeout(timeout)
# --8<-- [end:sendall]


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.connect(('127.0.0.1', 5555))
        sock.settimeout(10)
        sendall(sock, b'hello\n' * 1000000)


if __name__ == '__main__':
    main()
