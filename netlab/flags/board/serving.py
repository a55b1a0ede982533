"""Один процесс, два порта: табло для всех и экран преподавателя для этой машины."""

# Оба экрана обслуживает один uvicorn: какой из них спрашивают, видно по порту, на который пришло
# соединение, а порт преподавателя слушает один 127.0.0.1. Чужих соединений с табло не больше
# PLACES, а свои, с этой же машины, не считаются: сколько бы их ни открыли студенты, преподаватель к
# своему экрану попадёт, а проектор — к табло.

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import ip_address

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from netlab.flags.board.live import Live
from netlab.flags.board.public import public_app
from netlab.flags.board.teacher import teacher_app

PLACES = 400
SILENCE = 10.0
"""Соединение, которое за столько секунд не спросило ничего нового, закрываем."""


class BoardServer:
    """Показывает занятие live на сокетах public и teacher; key открывает экран преподавателя."""

    def __init__(
        self, live: Live, public: Sequence[socket.socket], teacher: socket.socket, key: str
    ) -> None:
        self._live = live
        self._sockets = [*public, teacher]
        teacher_port = teacher.getsockname()[1]
        for_all, for_teacher = public_app(self._live), teacher_app(self._live, key)

        async def by_port(scope: Scope, receive: Receive, send: Send) -> None:
            app: ASGIApp = for_teacher if scope["server"][1] == teacher_port else for_all
            await app(scope, receive, send)

        strangers: set[H11Protocol] = set()

        class Connection(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                for_teacher = self.server is not None and self.server[1] == teacher_port
                if not for_teacher and not from_here(self.client, self.server):
                    strangers.add(self)
                if self in strangers and len(strangers) > PLACES:
                    transport.abort()
                self.expect_request()

            def connection_lost(self, exc: Exception | None) -> None:
                super().connection_lost(exc)
                strangers.discard(self)

            def on_response_complete(self) -> None:
                answered = self.cycle
                super().on_response_complete()
                self.expect_request(answered)

            def expect_request(self, after: object = None) -> None:
                """Закроет соединение, если за SILENCE секунд в нём не начнётся новый запрос."""
                # Keep-alive самого uvicorn кончается с первым же байтом, хотя бы за ним и молчали.
                self.loop.call_later(SILENCE, self.leave_if_silent, after)

            def leave_if_silent(self, after: object) -> None:
                if self.cycle is after:
                    self.transport.abort()

        self._server = uvicorn.Server(
            uvicorn.Config(
                by_port,
                http=Connection,
                ws="none",
                lifespan="off",
                access_log=False,  # в нём был бы ключ
                log_level="critical",
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=1,
            )
        )

    def stop(self) -> None:
        """Велит закончить; можно звать из другого потока."""
        self._server.should_exit = True

    async def serve(self) -> None:
        """Отвечает, пока не позовут stop или не придёт SIGINT или SIGTERM."""
        watching = asyncio.create_task(self._live.watch())
        try:
            await self._server.serve(sockets=self._sockets)
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
            self._live.close()


def from_here(client: tuple[str, int] | None, server: tuple[str, int | None] | None) -> bool:
    """Говорит, что соединились с этой же машины."""
    if client is None or server is None:  # соединения уже нет
        return False
    return client[0] == server[0] or ip_address(client[0]).is_loopback
