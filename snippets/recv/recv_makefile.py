import socket


def main():
    here, there = socket.socketpair()
    with here, there, here.makefile('rb') as file:
        there.sendall(b'5\nhello6\nwor')
        print(repr(file.readline()))
        print(repr(file.read(5)))
        print(repr(file.readline()))

        here.settimeout(0.5)
        try:
            file.read(6)
        except TimeoutError as error:
            print('TimeoutError:', error)
        there.sendall(b'ld!')
        try:
            file.read(6)
        except OSError as error:
            print('OSError:', error)


if __name__ == '__main__':
    main()
