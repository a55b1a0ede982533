import selectors
import socket

LIMIT = 65536
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


# --8<-- [start:guest]
class Guest:
    """Гость: начало его строки и то, что ему ещё не отдано."""

    def __init__(self, sock):
        self.sock = sock
        self.incoming = b''
        self.outgoing = b''

    def read(self):
        """Возвращает строки, которые гость дописал до конца."""
        data = self.sock.recv(4096)
        if not data or len(self.incoming) > LIMIT:
            raise ConnectionError('попрощался или не кончает строку')
        *lines, self.incoming = (self.incoming + data).split(b'\n')
        return [line + b'\n' for line in lines]

    def write(self):
        sent = self.sock.send(self.outgoing)
        self.outgoing = self.outgoing[sent:]
# --8<-- [end:guest]


# --8<-- [start:chat]
class Chat:
    def __init__(self, selector):
        self.selector = selector
        self.guests = []

    def welcome(self, sock):
        sock.setblocking(False)
        guest = Guest(sock)
        self.guests.append(guest)
        self.selector.register(sock, READ, guest)

    def step(self, guest, events):
        """Читает, что гость прислал, и отдаёт, что он готов взять."""
        try:
            if events & READ:
                for line in guest.read():
                    self.tell_others(guest, line)
            if events & WRITE:
                guest.write()
                if not guest.outgoing:
                    self.selector.modify(guest.sock, READ, guest)
        except OSError as error:
            print(f'Гость ушёл: {error}')
            self.guests.remove(guest)
            self.selector.unregister(guest.sock)
            guest.sock.close()

    def tell_others(self, speaker, line):
        for guest in self.guests:
            # Кто не читает, пропустит часть разговора.
            if guest is not speaker and len(guest.outgoing) < LIMIT:
                guest.outgoing += line
                self.selector.modify(guest.sock, READ | WRITE, guest)
# --8<-- [end:chat]


def main():
    with (
        socket.create_server(('0.0.0.0', 5555)) as listener,
        selectors.DefaultSelector() as selector,
    ):
        listener.setblocking(False)
        selector.register(listener, READ)
        chat = Chat(selector)
        try:
            while True:
                for key, events in selector.select():
                    if key.fileobj is listener:
                        chat.welcome(listener.accept()[0])
                    else:
                        chat.step(key.data, events)
        except KeyboardInterrupt:
            pass
        finally:
            for guest in chat.guests:
                guest.sock.close()


if __name__ == '__main__':
    main()
