import socket
import threading

DATA = memoryview(bytes(16 * 1024 * 1024))


def sendall(sock, data, flags=0):
    ret = sock.send(data, flags)
    if ret > 0:
        return sendall(sock, data[ret:], flags)
    else:
        return None


def connected():
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(('127.0.0.1', 0))
        listener.listen()
        here = socket.socket()
        here.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        here.connect(listener.getsockname())
        there, address = listener.accept()
        return here, there


def count_bytes(sock, counts):
    with sock:
        while chunk := sock.recv(4096):
            counts.append(len(chunk))


def attempt(name, function):
    here, there = connected()
    counts = []
    reader = threading.Thread(target=count_bytes, args=[there, counts])
    reader.start()
    with here:
        here.settimeout(5)
        try:
            function(here, DATA)
            result = 'исключений нет'
        except RecursionError:
            result = 'RecursionError'
    reader.join()
    print(f'{name}: {result}, дошло {share(sum(counts))}')


def share(count):
    if count == len(DATA):
        return 'всё'
    return 'меньше половины' if count < len(DATA) / 2 else 'не всё'


def main():
    attempt('sendall из лекции', sendall)
    attempt('метод sock.sendall', socket.socket.sendall)


if __name__ == '__main__':
    main()
