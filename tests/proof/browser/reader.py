"""Читатель с браузером: открывает страницы сайта и замечает всё, чего на них быть не должно."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    Route,
)

from tests.proof.browser.served_site import ServedSite

MILLISECONDS = 20_000
"""Срок любого ожидания в браузере."""

READY = """() => document.readyState === 'complete'
  && document.documentElement.classList.contains('js')
  && document.getAnimations().every(animation => animation.playState !== 'running')"""
"""Страница загрузилась, Material начал работу, движение кончилось."""

LAID_OUT = """for (const one of document.querySelectorAll('.md-typeset > *'))
  one.style.contentVisibility = 'visible'"""
"""Раскладывает и то, до чего ещё не дошли: иначе мерить нечего."""

WHOLE = f"""async () => {{
  {LAID_OUT};
  const frame = () => new Promise(requestAnimationFrame);
  for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {{
    scrollTo(0, y);
    await frame();
    await frame();
  }}
  scrollTo(0, 0);
  await frame();
}}"""
"""Проходит страницу до конца: разложено всё, и у каждой программы есть кнопка."""

FOLD = "() => document.querySelectorAll('details').forEach(one => { one.open = false })"
UNFOLD = FOLD.replace("false", "true")
"""Сворачивают и раскрывают всё, что на странице сворачивается."""


@dataclass(frozen=True)
class View:
    """Экран читателя."""

    width: int
    height: int
    scheme: str

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}"


NARROW, WIDE = (360, 740), (1280, 900)
VIEWS = [View(*size, scheme) for size in (NARROW, WIDE) for scheme in ("light", "dark")]


@dataclass
class Reader:
    """Открывает страницы одного сайта в одном браузере."""

    browser: Browser
    site: ServedSite
    troubles: list[str] = field(default_factory=list)
    """Ошибки и предупреждения, неудачные запросы и запросы к чужим сайтам."""
    contexts: list[BrowserContext] = field(default_factory=list)

    def new_context(self, view: View, **options: Any) -> BrowserContext:
        """Открывает чистый профиль: хранилище пустое, чужие сайты недоступны."""
        context = self.browser.new_context(
            viewport={"width": view.width, "height": view.height},
            color_scheme=view.scheme,
            reduced_motion="reduce",
            permissions=["clipboard-read", "clipboard-write"],
            **options,
        )
        context.set_default_timeout(MILLISECONDS)
        context.route(self.is_foreign, self.refuse)
        context.on("console", self.hear)
        context.on("weberror", lambda error: self.troubles.append(f"исключение: {error.error}"))
        context.on("requestfailed", self.notice_failure)
        context.on("response", self.notice_status)
        self.contexts.append(context)
        return context

    def open(self, address: str, view: View = VIEWS[2], **options: Any) -> Page:
        """Открывает страницу в новом профиле и ждёт, пока она будет готова."""
        page = self.new_context(view, **options).new_page()
        self.go(page, address)
        return page

    def go(self, page: Page, address: str) -> None:
        """Переходит по адресу и ждёт, пока страница будет готова."""
        page.goto(self.site.url + address)
        if page.evaluate("document.documentElement.classList.contains('js')"):
            page.wait_for_function(READY)

    def is_foreign(self, url: str) -> bool:
        """Говорит, что адрес не этого сайта."""
        return not url.startswith((self.site.url, "data:", "blob:"))

    def refuse(self, route: Route) -> None:
        """Не пускает на чужой сайт."""
        self.troubles.append(f"чужой адрес: {route.request.url}")
        route.abort()

    def hear(self, message: ConsoleMessage) -> None:
        """Запоминает ошибки и предупреждения консоли."""
        if message.type in ("error", "warning"):
            self.troubles.append(f"консоль: {message.text} ({message.location['url']})")

    def notice_failure(self, request: Request) -> None:
        """Запоминает неудачный запрос; ABORTED — не он: страницу покинули или файл скачали."""
        if request.failure != "net::ERR_ABORTED":
            self.troubles.append(f"запрос не удался: {request.url}, {request.failure}")

    def notice_status(self, response: Response) -> None:
        """Запоминает ответы с кодом ошибки."""
        if response.status >= 400:
            self.troubles.append(f"код {response.status}: {response.url}")

    def leave(self) -> None:
        """Закрывает всё, что открыто."""
        for context in self.contexts:
            context.close()
