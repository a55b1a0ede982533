import socket


def main():
    here, there = socket.socketpair()
    with here, there:
        there.sendall(b'hello')
        data = here.recv(5, socket.MSG_PEEK)
        print(f'MSG_PEEK: {data!r}')
        data = here.recv(5, socket.MSG_PEEK)
        print(f'MSG_PEEK снова: {data!r}')

        here.settimeout(0.5)
        data = here.recv(10, socket.MSG_WAITALL)
        print(f'MSG_WAITALL с таймаутом: {data!r}')

        here.settimeout(None)
        there.sendall(b'hello')
        there.shutdown(socket.SHUT_WR)
        data = here.recv(10, socket.MSG_WAITALL)
        print(f'MSG_WAITALL до конца потока: {data!r}')


if __name__ == '__main__':
    main()
