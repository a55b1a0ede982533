import signal
import socket
import threading

DATA = bytes(64 * 1024 * 1024)


def connected():
    with socket.create_server(('127.0.0.1', 0)) as listener:
        here = socket.create_connection(listener.getsockname())
        there, address = listener.accept()
        return here, there


def report(name, sent):
    print(f'{name}:', 'всё' if sent == len(DATA) else 'не всё')


def read_all(sock):
    with sock:
        while sock.recv(65536):
            pass


def read_a_little(sock):
    with sock:
        sock.recv(1)  # остальное не прочтём: связь оборвётся


def main():
    here, there = connected()
    reader = threading.Thread(target=read_all, args=[there])
    reader.start()
    with here:
        report('обычный сокет, собеседник читает', here.send(DATA))
    reader.join()

    here, there = connected()
    with here, there:
        here.settimeout(1)
        report('с таймаутом', here.send(DATA))

    here, there = connected()
    with here, there:
        here.setblocking(False)
        report('неблокирующий', here.send(DATA))

    here, there = connected()
    leaver = threading.Thread(target=read_a_little, args=[there])
    leaver.start()
    with here:
        report('обычный сокет, связь оборвалась', here.send(DATA))
        try:
            here.send(b'!')
        except ConnectionResetError:
            print('    об обрыве сказал следующий send')
    leaver.join()

    if hasattr(signal, 'SIGALRM'):  # на Windows его нет
        here, there = connected()
        with here, there:
            signal.signal(signal.SIGALRM, lambda number, frame: None)
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            report('обычный сокет, пришёл сигнал', here.send(DATA))


if __name__ == '__main__':
    main()
