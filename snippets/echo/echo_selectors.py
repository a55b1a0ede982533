import os
import selectors
import socket

LINE_LIMIT = 65536


# --8<-- [start:client]
class Client:
    """Один разговор: что пришло, что ещё надо отдать, чем кончилось."""

    def __init__(self, connection):
        self.connection = connection
        self.incoming = b''
        self.outgoing = b''
        self.command = None

    def read(self):
        data = self.connection.recv(2048)
        self.incoming += data
        while b'\n' in self.incoming and not self.command:
            line, newline, rest = self.incoming.partition(b'\n')
            self.incoming = rest
            command = line.removesuffix(b'\r')
            if command in (b'quit', b'stop'):
                self.command = command
            else:
                self.outgoing += line + newline
        if not data:
            self.outgoing += self.incoming
            self.command = b'quit'
        elif len(self.incoming) > LINE_LIMIT:
            self.command = b'quit'

    def write(self):
        sent = self.connection.send(self.outgoing)
        self.outgoing = self.outgoing[sent:]
# --8<-- [end:client]


# --8<-- [start:talk]
def talk(client, selector):
    """Делает один шаг разговора; возвращает команду, когда он окончен."""
    connection = client.connection
    try:
        if client.outgoing:
            client.write()
        else:
            client.read()

        if client.outgoing:
            selector.modify(connection, selectors.EVENT_WRITE, client)
            return None
        if not client.command:
            selector.modify(connection, selectors.EVENT_READ, client)
            return None
        connection.shutdown(socket.SHUT_WR)
    except OSError as error:
        print(f'Связь оборвалась: {error}')
    selector.unregister(connection)
    connection.close()
    return client.command
# --8<-- [end:talk]


# --8<-- [start:loop]
def listen(selector):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == 'posix':
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(('0.0.0.0', 5555))
    listener.listen(10)
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ)

    while True:
        for key, events in selector.select():
            if key.fileobj is listener:
                connection, address = listener.accept()
                connection.setblocking(False)
                selector.register(
                    connection, selectors.EVENT_READ, Client(connection)
                )
            elif talk(key.data, selector) == b'stop':
                return
# --8<-- [end:loop]


if __name__ == "__main__":
    with selectors.DefaultSelector() as selector:
        try:
            listen(selector)
        except KeyboardInterrupt:
            pass
        finally:
            for key in list(selector.get_map().values()):
                key.fileobj.close()
