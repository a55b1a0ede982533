"""Сервер, который на любой запрос отдаёт тело: `python body_server.py ПОРТ БАЙТ`."""

import socket
import sys
from contextlib import suppress

BLOCK = memoryview(bytes(1024 * 1024))


def answer(connection: socket.socket, size: int) -> None:
    """Дожидается конца запроса, отвечает и закрывает соединение."""
    request = b""
    while b"\r\n\r\n" not in request:
        data = connection.recv(4096)
        if not data:
            return
        request += data
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
    while size:
        block = BLOCK[:size]
        connection.sendall(block)
        size -= len(block)


def main() -> None:
    """Отвечает всем по очереди."""
    port, size = map(int, sys.argv[1:])
    with socket.create_server(("127.0.0.1", port)) as listener:
        while True:
            connection, _ = listener.accept()
            # Загрузчик, который ушёл раньше времени, другим не помеха.
            with connection, suppress(ConnectionError):
                answer(connection, size)


if __name__ == "__main__":
    main()
