import asyncio

guests = []


async def serve(reader, writer):
    guests.append(writer)
    try:
        while data := await reader.read(4096):
            for guest in guests:
                if guest is not writer:
                    guest.write(data)
                    await guest.drain()
        guests.remove(writer)
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, port=5555)
    try:
        await asyncio.Event().wait()
    finally:
        server.close()


if __name__ == '__main__':
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
