import asyncio

LIMIT = 65536
guests = []


async def serve(reader, writer):
    guests.append(writer)
    try:
        while (line := await reader.readline()).endswith(b'\n'):
            tell_others(writer, line)
    except (OSError, ValueError) as error:
        print(f'Гость ушёл: {error!r}')
    finally:
        guests.remove(writer)
        writer.transport.abort()


def tell_others(speaker, line):
    for guest in guests:
        # Кто не читает, пропустит часть разговора.
        waiting = guest.transport.get_write_buffer_size()
        if guest is not speaker and waiting < LIMIT:
            guest.write(line)


async def main():
    server = await asyncio.start_server(serve, port=5555, limit=LIMIT)
    try:
        await asyncio.Event().wait()
    finally:
        server.close()


if __name__ == '__main__':
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
