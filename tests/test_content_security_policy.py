"""Content-Security-Policy: что она разрешает странице и когда её нет."""

from __future__ import annotations

import base64
import hashlib

from netlab.pages import content_security_policy
from netlab.pages.content_security_policy import on_post_build, on_startup, with_policy

PAGE = (
    '<html><head><meta charset="utf-8"><script>first()</script></head>'
    '<body><script src="a.js"></script><script>second("ё")\n</script>'
    '<script type="application/json">{"a": 1}</script><script>first()</script></body></html>'
)


def digest(program):
    """Хеш программы, каким его считает браузер."""
    return base64.b64encode(hashlib.sha256(program.encode()).digest()).decode()


def test_only_what_is_written_into_the_page_is_allowed():
    page = with_policy(PAGE)
    written = page[page.index("script-src") : page.index("; worker-src")]
    allowed = [digest("first()"), digest('second("ё")\n')]
    assert written.split() == [
        "script-src",
        "'self'",
        "'wasm-unsafe-eval'",
        *(f"'sha256-{one}'" for one in allowed),
    ]
    assert "default-src 'none'" in page
    assert "'unsafe" not in page


def test_policy_comes_first_and_the_rest_is_untouched():
    page = with_policy(PAGE)
    head, _, rest = page.partition('<meta http-equiv="Content-Security-Policy"')
    assert head == '<html><head><meta charset="utf-8">'
    assert head + rest.partition(">")[2] == PAGE


def built(folder, command, directory_urls=True):
    """Страница после сборки: командой build или serve."""
    file = folder / "page" / "index.html"
    file.parent.mkdir(exist_ok=True)
    file.write_text(PAGE, encoding="utf-8")
    on_startup(command=command, dirty=False)
    try:
        on_post_build({"site_dir": str(folder), "use_directory_urls": directory_urls})
    finally:
        content_security_policy._served = False
    return file.read_text(encoding="utf-8")


def test_live_reload_and_files_on_disk_have_no_policy(tmp_path):
    assert built(tmp_path, "build") == with_policy(PAGE)
    assert built(tmp_path, "serve") == PAGE
    assert built(tmp_path, "build", directory_urls=False) == PAGE
