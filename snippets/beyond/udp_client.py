import socket
import sys
import threading

TIMEOUT = 1
ATTEMPTS = 5


# --8<-- [start:ask]
def ask(sock, number, text):
    """Спрашивает, пока не ответят; свой ответ узнаёт по номеру."""
    request = f'{number} {text}'.encode()
    for attempt in range(ATTEMPTS):
        print('→', request.decode())
        sock.send(request)
        try:
            while True:
                answer = sock.recv(65535)
                print('←', answer.decode())
                if answer.startswith(b'%d ' % number):
                    return
                print('   это ответ на прошлый вопрос')
        except TimeoutError:
            print('   молчание, повторяем')
    raise TimeoutError(f'за {ATTEMPTS} попыток ответа нет')
# --8<-- [end:ask]


def bad_road(sock):
    """Эхо за плохой дорогой: первое пропало, второе пришло дважды."""
    sock.recvfrom(65535)
    data, address = sock.recvfrom(65535)
    sock.sendto(data, address)
    sock.sendto(data, address)
    data, address = sock.recvfrom(65535)
    sock.sendto(data, address)


def talk(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(address)
        sock.settimeout(TIMEOUT)
        ask(sock, 1, 'hello')
        ask(sock, 2, 'world')


def main():
    if len(sys.argv) > 1:
        talk(('127.0.0.1', int(sys.argv[1])))
        return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(('127.0.0.1', 0))
        threading.Thread(
            target=bad_road, args=(server,), daemon=True
        ).start()
        talk(server.getsockname())


if __name__ == '__main__':
    main()
