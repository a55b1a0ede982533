"""Сайт e1.ru: одна страница, соединение держит открытым, как всякий сервер HTTP/1.1."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = """<!doctype html>
<html lang="ru">
<meta charset="utf-8">
<title>E1.RU — новости Екатеринбурга</title>
<h1>Новости</h1>
<p>Сегодня в Екатеринбурге сокеты читают до конца.</p>
</html>
""".encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)


print("e1.ru слушает порт 80")
ThreadingHTTPServer(("", 80), Handler).serve_forever()
