import os
import socketserver

LINE_LIMIT = 65536


# --8<-- [start:handler]
class EchoHandler(socketserver.StreamRequestHandler):
    timeout = 60

    def handle(self):
        """Возвращает строки, пока не придёт quit, stop или конец потока."""
        try:
            while line := self.rfile.readline(LINE_LIMIT):
                if line in (b'quit\n', b'quit\r\n'):
                    return
                if line in (b'stop\n', b'stop\r\n'):
                    self.server.shutdown()
                    return
                self.wfile.write(line)
                print(repr(line))
        except OSError as error:
            print(f'Связь с {self.client_address} оборвалась: {error}')
# --8<-- [end:handler]


# --8<-- [start:server]
class EchoServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = os.name == 'posix'
    daemon_threads = True
# --8<-- [end:server]


if __name__ == "__main__":
    try:
        with EchoServer(('0.0.0.0', 5555), EchoHandler) as server:
            server.serve_forever()
    except KeyboardInterrupt:
        pass
