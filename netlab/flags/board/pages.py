"""Общее у обоих экранов: шаблоны, заголовки ответа, поток событий."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import MutableHeaders
from starlette.responses import HTMLResponse, StreamingResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from netlab.flags.board.live import Live
from netlab.flags.board.scores import columns, layout
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

_environment = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["duration"] = shown_duration


def draw(template: str, live: Live, **values: Any) -> str:
    """Рисует шаблон; о занятии он знает из live."""
    snapshot = live.snapshot
    return _environment.get_template(template).render(
        live=live,
        snapshot=snapshot,
        layout=layout(len(snapshot.rows)),
        columns=columns(snapshot.rows),
        tasks=TASKS,
        **values,
    )


def page(template: str, live: Live, status: int = 200, **values: Any) -> HTMLResponse:
    """Отвечает нарисованной страницей."""
    return HTMLResponse(draw(template, live, **values), status)


def event_stream(events: AsyncIterator[str]) -> StreamingResponse:
    """Отвечает потоком событий (HTML, Server-sent events)."""
    return StreamingResponse(events, media_type="text/event-stream")


def static_files() -> StaticFiles:
    """Отдаёт стили и программу страницы."""
    return StaticFiles(directory=HERE / "static")


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
