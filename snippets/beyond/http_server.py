import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGES = {'/': '<h1>Привет</h1>', '/about': '<p>О сайте</p>'}


# --8<-- [start:handler]
class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        page = PAGES.get(self.path)
        if page is None:
            self.send_error(404)
            return
        body = page.encode()
        self.send_response(200)
        self.send_header('Content-Type', 'text/html; charset=utf-8')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Молчит: по умолчанию на каждый запрос печатается строка."""
# --8<-- [end:handler]


# --8<-- [start:client]
def show(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            print(answer.status, answer.headers['Content-Type'])
            print(answer.read().decode())
    except urllib.error.HTTPError as error:
        print(error.code, error.reason)
        error.close()
# --8<-- [end:client]


def main():
    with ThreadingHTTPServer(('127.0.0.1', 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        site = f'http://127.0.0.1:{server.server_port}'
        for path in '/', '/about', '/secret':
            show(site + path)
        server.shutdown()


if __name__ == '__main__':
    main()
