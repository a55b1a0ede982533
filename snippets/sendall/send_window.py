import socket
import time

DATA = b'x' * 6000


def main():
    with socket.socket() as listener:
        # Столько байт ядро получателя согласно держать непрочитанными.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(('127.0.0.1', 0))
        listener.listen()
        here = socket.create_connection(listener.getsockname())
        there, address = listener.accept()
        with here, there:
            here.sendall(DATA)
            print('sendall вернулся')
            time.sleep(0.1)
            size = 0
            while size < len(DATA):
                size += len(there.recv(65536))
                print('прочитано', size)


if __name__ == '__main__':
    main()
