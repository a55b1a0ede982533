"""Content-Security-Policy в каждой странице: браузер выполняет только то, что положила сборка.

GitHub Pages своих заголовков не позволяет, поэтому правило стоит в самой странице, первым в head
(https://www.w3.org/TR/CSP3/#meta-element). Программы, вписанные в страницу темой, разрешены по их
хешам: всё прочее, что в страницу попало бы, не выполнится.

Файл подключён в mkdocs.yml как hook: только hook знает, что идёт `mkdocs serve`. Там правила нет,
ведь живую перезагрузку mkdocs вписывает в страницу на ходу. Нет его и в папке, которую открывают с
диска: чужого сайта у неё нет, а что такое 'self' для file://, браузеры понимают по-разному.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

HEAD = '<meta charset="utf-8">'
"""После этой строки встаёт правило: она в head первая."""
INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)

RULES = {
    "default-src": "'none'",
    "script-src": "'self' 'wasm-unsafe-eval'",  # CPython на странице — WebAssembly
    "worker-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",  # значки темы нарисованы в её CSS
    "connect-src": "'self'",
    "form-action": "'none'",
    "base-uri": "'none'",
}

_served = False


def on_startup(*, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
    """Запоминает, собирают сайт или смотрят его с живой перезагрузкой."""
    global _served
    _served = command == "serve"


def on_post_build(config: Mapping[str, object]) -> None:
    """Вписывает правило в каждую готовую страницу."""
    if _served or not config["use_directory_urls"]:
        return
    for page in sorted(Path(str(config["site_dir"])).rglob("*.html")):
        markup = page.read_text(encoding="utf-8")
        page.write_text(with_policy(markup), encoding="utf-8", newline="\n")


def with_policy(markup: str) -> str:
    """Возвращает страницу с правилом; если у неё нет первой строки темы — как была."""
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy(markup)}">'
    return markup.replace(HEAD, HEAD + meta, 1)


def policy(markup: str) -> str:
    """Составляет правило страницы: общее и хеши того, что в неё вписано."""
    allowed = {**RULES, "script-src": " ".join([RULES["script-src"], *hashes(markup)])}
    return "; ".join(f"{name} {sources}" for name, sources in allowed.items())


def hashes(markup: str) -> Iterator[str]:
    """Перебирает хеши вписанных программ, каждый один раз (CSP3, 2.3.1)."""
    for text in dict.fromkeys(INLINE.findall(markup)):
        digest = hashlib.sha256(text.encode()).digest()
        yield f"'sha256-{base64.b64encode(digest).decode()}'"
