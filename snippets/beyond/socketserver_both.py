import socket
import socketserver
import threading


# --8<-- [start:handlers]
class Echo:
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line)


class StreamEcho(Echo, socketserver.StreamRequestHandler):
    timeout = 60


class DatagramEcho(Echo, socketserver.DatagramRequestHandler):
    pass
# --8<-- [end:handlers]


def ask(kind, address):
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.settimeout(5)
        sock.connect(address)
        sock.send(b'hello\n')
        return repr(sock.recv(1024))


# --8<-- [start:main]
def main():
    anywhere = ('127.0.0.1', 0)
    tcp = socketserver.ThreadingTCPServer(anywhere, StreamEcho)
    udp = socketserver.ThreadingUDPServer(anywhere, DatagramEcho)
    with tcp, udp:
        for server in tcp, udp:
            threading.Thread(
                target=server.serve_forever, daemon=True
            ).start()
        print('TCP:', ask(socket.SOCK_STREAM, tcp.server_address))
        print('UDP:', ask(socket.SOCK_DGRAM, udp.server_address))
        tcp.shutdown()
        udp.shutdown()
# --8<-- [end:main]


if __name__ == '__main__':
    main()
