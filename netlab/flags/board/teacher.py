"""Экран преподавателя: кто где застрял, и распоряжения. Открывается только на этой машине."""

# Студенту сюда не попасть: порт слушает один 127.0.0.1; имя в Host сверяется, так что чужая
# страница, чьё имя вдруг стало указывать на 127.0.0.1 (DNS rebinding), получит отказ; без ключа в
# адресе не отвечает ничего. Cookie нет: её получили бы и другие серверы этой машины. Меняет что-то
# только POST, и в нём ещё один ключ, которого в адресе нет.

from __future__ import annotations

import asyncio
import hmac
import secrets
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from netlab.flags.board.live import Live, event
from netlab.flags.board.pages import application, draw, event_stream, page, static_files
from netlab.flags.board.pseudonyms import hide_names, show_names
from netlab.flags.board.scores import (
    absent,
    difficulties,
    idle,
    not_collected,
    several_places,
    wrong_codes,
)
from netlab.flags.store import Order, OrderKind, give

HOSTS = ["127.0.0.1", "localhost"]
FORM_LIMIT = 8192
MESSAGE_LIMIT = 300
EXTENSION = "300"
LISTED = 100
"""Столько строк в каждом списке; об остальных сказано, сколько их."""
ADDRESSES = 5
"""Столько адресов у одного имени."""
ANSWER = 2.0
"""Столько секунд ждём, пока сервер практики выполнит распоряжение."""
SAID = {
    "extend": "Продлено на 5 минут.",
    "pause": "Часы остановлены.",
    "resume": "Часы идут.",
    "message": "Сообщение послано всем.",
    "close": "Занятие закончено.",
    "hide": "На табло псевдонимы.",
    "show": "На табло имена.",
    "again": "Это распоряжение уже передано: второй раз оно не считается.",
    "unanswered": "Передано, но сервер практики ещё не ответил: проверьте, работает ли он.",
}
ORDERS = {*OrderKind, "hide", "show"}
STALE = "Страница устарела: откройте её заново и повторите."


def teacher_app(live: Live, key: str) -> ASGIApp:
    """Собирает экран преподавателя; key — ключ, с которого начинается путь в адресе."""
    form_key = hmac.new(key.encode(), b"form", "sha256").hexdigest()
    given: set[str] = set()

    def drawing() -> str:
        with live.reader.snapshot():
            results, attempts = live.reader.results(), live.reader.attempts()
            foreign, students = live.reader.foreign_flags(), live.reader.students()
            notes = live.reader.notes()
        return draw(
            "trouble.html", live,
            difficulties=difficulties(results, attempts), not_collected=not_collected(results),
            foreign=foreign, idle=idle(students, results), now=live.now(),
            several_places=several_places(notes), wrong_codes=wrong_codes(notes),
            absent=absent(live.roster, students), listed=LISTED, addresses=ADDRESSES,
        )  # fmt: skip

    async def overview(request: Request) -> Response:
        said = SAID.get(request.query_params.get("said", ""), "")
        return await shown(said)

    async def shown(said: str, status: int = 200) -> Response:
        trouble = await asyncio.to_thread(drawing)
        return page(
            "teacher.html", live, status,
            trouble=trouble, said=said, form_key=form_key, order=secrets.token_hex(8),
        )  # fmt: skip

    async def events(request: Request) -> Response:
        return event_stream(request, live.events(lambda: event(html=drawing()), ages=True))

    async def order(request: Request) -> Response:
        form = read_form(await request.body())
        if not hmac.compare_digest(form.get("form_key", "").encode(), form_key.encode()):
            raise HTTPException(403, STALE)
        name = form.get("what", "")
        if name not in ORDERS or not form.get("order"):
            raise HTTPException(400, STALE)
        if name == "close" and "sure" not in form:
            return page("close.html", live, form_key=form_key, order=form["order"])
        if name == "message" and not readable(form.get("text", "")):
            return await shown("Сообщение пустое: напишите его и повторите.", 400)
        identity = f"{name}-{form['order']}"
        if identity in given:
            return RedirectResponse("./?said=again", 303)
        before = live.snapshot
        await asyncio.to_thread(carry_out, identity, name, readable(form.get("text", "")))
        given.add(identity)
        answered = await live.changed_since(before, ANSWER)
        return RedirectResponse(f"./?said={name if answered else 'unanswered'}", 303)

    def carry_out(identity: str, name: str, text: str) -> None:
        if name == "hide":
            hide_names(live.folder)
        elif name == "show":
            show_names(live.folder)
        else:
            argument = {"extend": EXTENSION, "message": text}.get(name, "")
            give(live.folder, Order(identity, OrderKind(name), argument, live.now()))

    behind_key = Mount(
        "/{key}",
        routes=[
            Route("/", overview),
            Route("/events", events),
            Route("/order", order, methods=["POST"]),
            static_files(),
        ],
        middleware=[Middleware(KeyRequired, key=key)],
        max_body_size=FORM_LIMIT,
    )
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS, www_redirect=False)
    return application(live, [behind_key], [hosts])


class KeyRequired:
    """Пускает дальше, только если путь начинается с ключа key."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app = app
        self._key = key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Отвечает на запрос (ASGI)."""
        if not hmac.compare_digest(scope["path_params"]["key"].encode(), self._key):
            raise HTTPException(403, "Нужен адрес целиком: он напечатан в терминале сервера.")
        await self._app(scope, receive, send)


def read_form(body: bytes) -> dict[str, str]:
    """Читает поля формы."""
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}


def readable(text: str) -> str:
    """Оставляет в сообщении одну строку без управляющих символов."""
    line = " ".join(text.split())
    return "".join(letter for letter in line if letter.isprintable())[:MESSAGE_LIMIT]
