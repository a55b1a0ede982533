"""Табло для проектора: видно всем, изменить нельзя ничего."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from netlab.flags.board.live import Live, event
from netlab.flags.board.pages import application, draw, event_stream, page, static_files


def public_app(live: Live) -> ASGIApp:
    """Собирает табло занятия live."""

    async def board(request: Request) -> Response:
        return page("board.html", live)

    async def events(request: Request) -> Response:
        return event_stream(request, live.events(one_drawing, ages=False))

    drawn: tuple[object, str] = (None, "")

    def one_drawing() -> str:
        """Рисует один раз на всех зрителей: и сожмут его один раз."""
        nonlocal drawn
        snapshot = live.snapshot
        if drawn[0] is not snapshot:
            drawn = snapshot, event(html=draw("standings.html", live))
        return drawn[1]

    return application(live, [Route("/", board), Route("/events", events), static_files()])
