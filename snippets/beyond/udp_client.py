import socket
import sys
import threading
import time

TIMEOUT = 1
ATTEMPTS = 5


# --8<-- [start:ask]
def ask(sock, number, text):
    """Спрашивает, пока не ответят; свой ответ узнаёт по номеру."""
    request = f'{number} {text}'.encode()
    for attempt in range(ATTEMPTS):
        print('→', request.decode())
        sock.send(request)
        if answered(sock, number):
            return
        print('   ответа нет, повторяем')
    raise TimeoutError(f'за {ATTEMPTS} попыток ответа нет')


def answered(sock, number):
    """Ждёт ответа с этим номером; False — вышел срок попытки."""
    deadline = time.monotonic() + TIMEOUT
    while (left := deadline - time.monotonic()) > 0:
        sock.settimeout(left)
        try:
            answer = sock.recv(65535)
        except TimeoutError:
            break
        print('←', answer.decode())
        if answer.startswith(b'%d ' % number):
            return True
        print('   это ответ на прошлый вопрос')
    return False
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
