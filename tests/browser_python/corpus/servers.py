"""socketserver, http.server, urllib, http.client и asyncio."""

import asyncio
import http.client
import socket
import socketserver
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())


class Datagrams(socketserver.BaseRequestHandler):
    def handle(self):
        data, sock = self.request
        sock.sendto(data[::-1], self.client_address)


def serving(server):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    return thread


for kind in (socketserver.TCPServer, socketserver.ThreadingTCPServer):
    with kind(("127.0.0.1", 0), Upper) as server:
        thread = serving(server)
        with socket.create_connection(server.server_address) as client:
            file = client.makefile("rwb")
            file.write(b"hello\nworld\n")
            file.flush()
            print(kind.__name__, file.readline(), file.readline())
            file.close()
        server.shutdown()
        thread.join()

with socketserver.UDPServer(("127.0.0.1", 0), Datagrams) as server:
    thread = serving(server)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"abc", server.server_address)
        print(client.recv(10))
    server.shutdown()
    thread.join()


class Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/missing":
            return self.send_error(404)
        body = f"путь {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201, "Made")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[::-1])

    def log_message(self, *args):
        pass


with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
    thread = serving(server)
    port = server.server_port
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/a?b=1") as answer:
        print(answer.status, answer.headers["Content-Type"], answer.read().decode())
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/missing")
    except urllib.error.HTTPError as problem:
        print(problem.code, problem.reason)
        problem.close()
    with urllib.request.urlopen(f"http://localhost:{port}/", data=b"12345") as answer:
        print(answer.status, answer.reason, answer.read())
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    for path in ("/one", "/two"):
        connection.request("GET", path)
        answer = connection.getresponse()
        print(answer.version, answer.status, answer.read().decode())
    connection.close()
    server.shutdown()
    thread.join()
try:
    urllib.request.urlopen(f"http://127.0.0.1:{port}/")
except urllib.error.URLError as problem:
    print(problem.reason)


async def main():
    async def handle(reader, writer):
        while line := await reader.readline():
            writer.write(line.upper())
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    where = server.sockets[0].getsockname()

    async def talk(text):
        reader, writer = await asyncio.open_connection(*where)
        writer.write(text + b"\n")
        answer = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return answer

    print(await asyncio.gather(talk(b"a"), talk(b"b"), talk(b"c")))
    try:
        await asyncio.wait_for(asyncio.Event().wait(), 0.01)
    except TimeoutError:
        print("не дождались")
    server.close()
    print(await asyncio.to_thread(lambda: "из потока"))


asyncio.run(main())
