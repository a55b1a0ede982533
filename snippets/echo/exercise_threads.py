import os
import socket
import threading

TIMEOUT = 60


def listen():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        if os.name == 'posix':
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        connection.bind(('0.0.0.0', 5555))
        connection.listen(10)

        while True:
            current_connection, address = connection.accept()
            thread = threading.Thread(
                target=talk, args=(current_connection,)
            )
            thread.start()


def talk(current_connection):
    """Обслуживает одного клиента."""
    with current_connection:
        try:
            current_connection.settimeout(TIMEOUT)
            if serve(current_connection) == b'stop':
                exit()
        except OSError as error:
            print(f'Связь оборвалась: {error}')


def serve(current_connection):
    """Возвращает строки, пока не придёт quit, stop или конец потока."""
    buffer = b''
    while True:
        data = current_connection.recv(2048)
        if not data:
            current_connection.sendall(buffer)
            return None

        buffer += data
        while b'\n' in buffer:
            line, newline, buffer = buffer.partition(b'\n')
            command = line.removesuffix(b'\r')
            if command in (b'quit', b'stop'):
                return command
            current_connection.sendall(line + newline)


if __name__ == "__main__":
    try:
        listen()
    except KeyboardInterrupt:
        pass
