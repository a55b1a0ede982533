"""Бумажки с кодами: страница для печати, которую разрезают и раздают."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from string import Template

BLANK = "_" * 20
"""Место, куда адрес впишут от руки."""

# Режут по пунктиру: он у соседних бумажек общий, а через границу листа бумажка не переходит.
_PAGE = Template("""\
<!DOCTYPE html>
<html lang="ru">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
      content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>Коды для входа</title>
<style>
@page { size: A4; margin: 10mm; }
body { margin: 0 auto; max-width: 190mm; font: 11pt/1.4 sans-serif; color: #000; background: #fff; }
main { display: flex; flex-wrap: wrap; border-top: 1px dashed #000; }
section { box-sizing: border-box; width: 50%; min-height: 39mm; padding: 4mm;
          border: dashed #000; border-width: 0 1px 1px; break-inside: avoid; }
h2 { margin: 0 0 1mm; font-size: 13pt; overflow-wrap: anywhere; }
p { margin: 0; }
code { font: 11pt/1.5 monospace; overflow-wrap: anywhere; }
strong { font: bold 16pt/1.4 monospace; letter-spacing: 0.1em; }
@media screen { body { padding: 10mm; } }
</style>
</head>
<body>
<main>
$slips</main>
</body>
</html>
""")
_SLIP = Template("""\
<section>
<h2><bdi>$name</bdi></h2>
<p>Код: <strong>$code</strong></p>
<p><code>nc $address $port</code></p>
<p><code>hello <bdi>$name</bdi> $code</code></p>
</section>
""")


def page(slips: Iterable[tuple[str, str]], address: str | None, port: int) -> str:
    """Возвращает страницу HTML с бумажкой на каждую пару «имя, код».

    Она не просит ничего из сети и открывается с диска.
    """
    where = escape(address) if address else BLANK
    return _PAGE.substitute(
        slips="".join(
            _SLIP.substitute(name=escape(name), code=escape(code), address=where, port=port)
            for name, code in slips
        )
    )
