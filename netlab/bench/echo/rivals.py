"""Эхо-серверы стандартной библиотеки, с которыми сравнивают: `python rivals.py ИМЯ ПОРТ`.

Каждый возвращает байты, какие пришли; строк, команд и сроков не знает.
"""

import asyncio
import socketserver
import sys

RECEIVE_SIZE = 65536
BACKLOG = 4096


class EchoProtocol(asyncio.Protocol):
    """Эхо на транспорте asyncio; перестаёт читать, пока клиент не забирает ответ."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)

    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.transport.resume_reading()


async def asyncio_protocol(port: int) -> None:
    """Обслуживает клиентов классом Protocol."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(EchoProtocol, "127.0.0.1", port, backlog=BACKLOG)
    await server.serve_forever()


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Возвращает байты одному клиенту."""
    while data := await reader.read(RECEIVE_SIZE):
        writer.write(data)
        await writer.drain()
    writer.close()


async def asyncio_streams(port: int) -> None:
    """Обслуживает клиентов потоками asyncio (StreamReader и StreamWriter)."""
    server = await asyncio.start_server(talk, "127.0.0.1", port, backlog=BACKLOG)
    await server.serve_forever()


class EchoHandler(socketserver.BaseRequestHandler):
    """Возвращает байты одному клиенту: recv и sendall."""

    def handle(self) -> None:
        while data := self.request.recv(RECEIVE_SIZE):
            self.request.sendall(data)


class ThreadingServer(socketserver.ThreadingTCPServer):
    """Поток на каждого клиента."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = BACKLOG


def threading_server(port: int) -> None:
    """Обслуживает клиентов классом ThreadingTCPServer."""
    with ThreadingServer(("127.0.0.1", port), EchoHandler) as server:
        server.serve_forever()


def main() -> None:
    """Запускает сервер, названный в командной строке."""
    name, port = sys.argv[1], int(sys.argv[2])
    if name == "threading_server":
        threading_server(port)
    else:
        asyncio.run({"protocol": asyncio_protocol, "streams": asyncio_streams}[name](port))


if __name__ == "__main__":
    main()
