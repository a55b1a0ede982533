import asyncio

TIMEOUT = 60
LINE_LIMIT = 65536
stopping = asyncio.Event()


async def talk(reader, writer):
    """Возвращает строки, пока не придёт quit, stop или конец потока."""
    while True:
        async with asyncio.timeout(TIMEOUT):
            await writer.drain()
            line = await reader.readline()
        if line in (b'', b'quit\n', b'quit\r\n'):
            return
        if line in (b'stop\n', b'stop\r\n'):
            stopping.set()
            return
        writer.write(line)


async def serve(reader, writer):
    try:
        await talk(reader, writer)
    except (OSError, ValueError) as error:
        print(f'Разговор прерван: {error!r}')
        writer.transport.abort()
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(
        serve, port=5555, limit=LINE_LIMIT
    )
    try:
        await stopping.wait()
    finally:
        server.close()


if __name__ == '__main__':
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
