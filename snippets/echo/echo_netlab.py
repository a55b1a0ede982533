from netlab import EchoServer

if __name__ == "__main__":
    with EchoServer(port=5555) as server:
        server.serve_forever()
