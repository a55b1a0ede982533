import socket

COUNT = 5000


def numbers_in(receiver):
    """Номера датаграмм, которые дождались в буфере ядра."""
    receiver.setblocking(False)
    numbers = []
    try:
        while True:
            numbers.append(int(receiver.recv(65535)))
    except BlockingIOError:
        return numbers


def main():
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with receiver, sender:
        receiver.bind(('127.0.0.1', 0))
        sender.connect(receiver.getsockname())

        sent = 0
        for number in range(COUNT):
            sent += sender.send(b'%01000d' % number) == 1000
        came = numbers_in(receiver)

        print('ушло без единой ошибки:', sent == COUNT)
        print('пришло всё:', len(came) == COUNT)
        print('пришли первые, по порядку:', came == [*range(len(came))])


if __name__ == '__main__':
    main()
