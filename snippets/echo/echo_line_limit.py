import os
import socket

TIMEOUT = 60
LINE_LIMIT = 65536


def listen():
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == 'posix':
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    connection.bind(('0.0.0.0', 5555))
    connection.listen(10)

    while True:
        current_connection, address = connection.accept()
        current_connection.settimeout(TIMEOUT)
        command = None
        try:
            command = serve(current_connection)
            current_connection.shutdown(socket.SHUT_WR)
        except OSError as error:
            print(f'Связь с {address} оборвалась: {error}')
        current_connection.close()
        if command == b'stop':
            exit()


def serve(current_connection):
    """Возвращает строки, пока не придёт quit, stop или конец потока."""
    buffer = b''
    while True:
        data = current_connection.recv(2048)
        if not data:
            current_connection.sendall(buffer)
            return None

        # --8<-- [start:line_limit]
        buffer += data
        while b'\n' in buffer:
            line, newline, buffer = buffer.partition(b'\n')
            command = line.removesuffix(b'\r')
            if command in (b'quit', b'stop'):
                return command
            current_connection.sendall(line + newline)
            print(repr(line + newline))

        if len(buffer) > LINE_LIMIT:
            print('Строка длиннее предела, прощаемся')
            return None
        # --8<-- [end:line_limit]


if __name__ == "__main__":
    try:
        listen()
    except KeyboardInterrupt:
        pass
