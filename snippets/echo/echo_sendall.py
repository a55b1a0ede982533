import socket


def listen():
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    #connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    connection.bind(('0.0.0.0', 5555))
    connection.listen(10)

    while True:
        current_connection, address = connection.accept()

        while True:
            data = current_connection.recv(2048)

            if not data:
                current_connection.close()
                break

            elif data == b'quit\r\n':
                current_connection.shutdown(1)
                current_connection.close()
                break

            elif data == b'stop\r\n':
                current_connection.shutdown(1)
                current_connection.close()
                exit()

            # --8<-- [start:sendall]
            else:
                current_connection.sendall(data)
                print(repr(data))
            # --8<-- [end:sendall]


if __name__ == "__main__":
    try:
        listen()
    except KeyboardInterrupt:
        pass
