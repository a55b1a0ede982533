import os
import socket


def listen():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        if os.name == 'posix':
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        connection.bind(('0.0.0.0', 5555))
        connection.listen(10)

        while True:
            current_connection, address = connection.accept()
            with current_connection:
                try:
                    command = serve(current_connection)
                except OSError:
                    command = None
            if command == b'stop':
                return


def serve(current_connection):
    """Возвращает строки, пока не придёт quit, stop или конец потока."""
    buffer = b''
    while True:
        data = current_connection.recv(2048)
        if not data:
            current_connection.sendall(buffer)
            return None
        *lines, buffer = (buffer + data).split(b'\n')
        for line in lines:
            command = line.removesuffix(b'\r')
            if command in (b'quit', b'stop'):
                return command
            current_connection.sendall(line + b'\n')


if __name__ == "__main__":
    try:
        listen()
    except KeyboardInterrupt:
        pass
