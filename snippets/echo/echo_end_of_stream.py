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

            # --8<-- [start:end_of_stream]
            if not data:
                current_connection.close()
                break
            # --8<-- [end:end_of_stream]

            elif data == b'quit\r\n':
                current_connection.shutdown(1)
                current_connection.close()
                break

            elif data == b'stop\r\n':
                current_connection.shutdown(1)
                current_connection.close()
                exit()

            elif data:
                current_connection.send(data)
                print(repr(data))


if __name__ == "__main__":
    try:
        listen()
    except KeyboardInterrupt:
        pass
