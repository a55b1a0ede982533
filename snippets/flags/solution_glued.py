import socket
import sys

# Байты, которые уже пришли, но ещё не понадобились: соединение здесь одно.
buffer = bytearray()


def recv_more(sock):
    chunk = sock.recv(65536)
    if not chunk:
        raise EOFError('поток кончился раньше времени')
    buffer.extend(chunk)


def recv_exactly(sock, n):
    while len(buffer) < n:
        recv_more(sock)
    data = bytes(buffer[:n])
    del buffer[:n]
    return data


def recv_line(sock):
    while b'\n' not in buffer:
        recv_more(sock)
    return recv_exactly(sock, buffer.index(b'\n') + 1)


def start(sock, student, task):
    """Представляется, начинает задачу и читает до строки go."""
    sock.sendall(f'hello {student}\nstart {task}\n'.encode())
    while (line := recv_line(sock)) != b'go\n':
        if line.startswith(b'! '):
            sys.exit(line.decode())


def recv_flag(sock):
    """Читает до флага и печатает всё, что сервер сказал до него."""
    while not (line := recv_line(sock)).startswith(b'python{'):
        print(line.decode(errors='replace'), end='')
        if line.startswith('! Ещё раз'.encode()):
            sys.exit(1)
    print(line.decode(), end='')
    return line


def submit(sock, flag):
    """Сдаёт флаг и печатает всё, что ответил сервер."""
    sock.sendall(b'submit ' + flag + b'quit\n')
    while (line := recv_line(sock)) != '# До свидания.\n'.encode():
        print(line.decode(), end='')


host, port, *words = sys.argv[1:] or ['127.0.0.1', '13000', 'Студент']
student = ' '.join(words)
with socket.create_connection((host, int(port)), timeout=30) as sock:
    start(sock, student, 4)
    # --8<-- [start:task]
    lines = [recv_line(sock) for _ in range(8)]
    sock.sendall(lines[4] + lines[7])
    # --8<-- [end:task]
    submit(sock, recv_flag(sock))
