import os
import socket

TIMEOUT = 60
LINE_LIMIT = 65536


# --8<-- [start:clean_stop]
def listen():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        if os.name == 'posix':
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        connection.bind(('0.0.0.0', 5555))
        connection.listen(10)

        while True:
            current_connection, address = connection.accept()
            with current_connection:
                command = talk(current_connection, address)
            if command == b'stop':
                return
# --8<-- [end:clean_stop]


def talk(current_connection, address):
    """Обслуживает одного клиента; возвращает его последнюю команду."""
    command = None
    try:
        current_connection.settimeout(TIMEOUT)
        command = serve(current_connection)
        current_connection.shutdown(socket.SHUT_WR)
    except OSError as error:
        print(f'Связь с {address} оборвалась: {error}')
    return command


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
            print(repr(line + newline))

        if len(buffer) > LINE_LIMIT:
            print('Строка длиннее предела, прощаемся')
            return None


if __name__ == "__main__":
    try:
        listen()
    except KeyboardInterrupt:
        pass
