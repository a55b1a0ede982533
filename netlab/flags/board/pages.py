"""Общее у обоих экранов: шаблоны, заголовки ответа, поток событий."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import AsyncIterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from netlab.flags.board.live import Live, what_happened
from netlab.flags.board.scores import columns, hidden, layout
from netlab.flags.folder import LabError
from netlab.flags.tasks import TASKS
from netlab.progress import shown_duration

HERE = Path(__file__).parent
HEADERS = {
    # Всё своё, ничего встроенного в разметку: имя, пробравшееся в неё, ничего не выполнит.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
KINDS = {".css": "text/css", ".js": "text/javascript"}
GZIP_HEADER = gzip.compress(b"", mtime=0)[:10]

_environment = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_environment.filters["duration"] = shown_duration


def counted(count: int, one: str, few: str, many: str) -> str:
    """Пишет число с существительным: 1 студент, 2 студента, 11 студентов."""
    last = count % 10 if count // 10 % 10 != 1 else 0
    return f"{count} {one if last == 1 else few if 2 <= last <= 4 else many}"


_environment.filters["counted"] = counted
# Всё прочитано до начала занятия: что бы потом ни случилось с файлами, табло останется целым.
_TEMPLATES = {name: _environment.get_template(name) for name in _environment.list_templates()}
_STATIC = {path.name: path.read_bytes() for path in sorted((HERE / "static").iterdir())}


def draw(template: str, live: Live, **values: Any) -> str:
    """Рисует шаблон; о занятии он знает из live."""
    snapshot = live.snapshot
    return _TEMPLATES[template].render(
        live=live,
        snapshot=snapshot,
        layout=layout(len(snapshot.rows)),
        columns=columns(snapshot.rows),
        hidden=hidden(len(snapshot.rows)),
        tasks=TASKS,
        **values,
    )


def page(template: str, live: Live, status: int = 200, **values: Any) -> HTMLResponse:
    """Отвечает нарисованной страницей."""
    return HTMLResponse(draw(template, live, **values), status)


def event_stream(request: Request, events: AsyncIterator[str]) -> StreamingResponse:
    """Отвечает потоком событий (HTML, Server-sent events), сжатым, если браузер это умеет."""
    kind = "text/event-stream"
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return StreamingResponse(events, media_type=kind)
    headers = {"Content-Encoding": "gzip"}
    return StreamingResponse(gzip_stream(events), media_type=kind, headers=headers)


async def gzip_stream(events: AsyncIterator[str]) -> AsyncIterator[bytes]:
    """Сжимает поток событий; конца у него нет, и окончания gzip (RFC 1952) — тоже."""
    yield GZIP_HEADER
    async for event in events:
        yield packed(event)


@lru_cache(maxsize=4)
def packed(event: str) -> bytes:
    """Сжимает событие так, что оно годится для любого потока: ни на что до себя не ссылается.

    См. Z_FULL_FLUSH, https://www.zlib.net/manual.html, и RFC 1951. Табло всего класса сжимается
    один раз, а не для каждого, кто на него смотрит.
    """
    deflating = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflating.compress(event.encode()) + deflating.flush(zlib.Z_FULL_FLUSH)


def static_files() -> Mount:
    """Отдаёт стили и программу страницы."""

    def route(name: str, content: bytes) -> Route:
        async def file(request: Request) -> Response:
            return Response(content, media_type=KINDS[Path(name).suffix])

        return Route(f"/{name}", file)

    return Mount("/static", routes=[route(*one) for one in _STATIC.items()])


def application(
    live: Live, routes: Sequence[BaseRoute], middleware: Sequence[Middleware] = ()
) -> ASGIApp:
    """Собирает экран из маршрутов: о каждой ошибке узнают и зритель, и преподаватель."""

    async def tell(request: Request, error: Exception) -> Response:
        if not isinstance(error, ClientDisconnect):
            live.complain(what_happened(error))
        if isinstance(error, LabError | OSError):
            return PlainTextResponse(f"Не вышло: {error}", 503)
        return PlainTextResponse("Табло не справилось. Преподаватель уже знает.", 500)

    handlers = dict.fromkeys([LabError, OSError, Exception], tell)
    return Guarded(Starlette(routes=routes, middleware=middleware, exception_handlers=handlers))


class Guarded:
    """Ставит заголовки HEADERS каждому ответу, и ответу об ошибке тоже."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Отвечает на запрос (ASGI)."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, guarded)
