import socket
import struct
import threading
import time


# --8<-- [start:exchange]
def exchange(sock, data):
    failures = []
    sender = threading.Thread(
        target=send, args=[sock, data, failures], daemon=True
    )
    sender.start()
    answer = bytearray()
    while chunk := sock.recv(65536):
        answer += chunk
    stop_writing(sock)
    sender.join(5)
    if failures:
        raise failures[0]
    return bytes(answer)


def send(sock, data, failures):
    try:
        sock.sendall(data)
        stop_writing(sock)
    except BrokenPipeError:
        pass  # собеседник закончил, не дочитав запроса
    except OSError as error:
        failures.append(error)


def stop_writing(sock):
    try:
        sock.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # соединения уже нет: об этом скажет recv
# --8<-- [end:exchange]


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


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.connect(('127.0.0.1', 5555))
        print(repr(exchange(sock, b'hello\n')))


if __name__ == '__main__':
    main()
