"""Разделы программы: строки между `# --8<-- [start:имя]` и `# --8<-- [end:имя]`.

Те же пометки читает pymdownx.snippets, который вставляет текст в страницу. Здесь они разбираются
строже: незакрытый раздел или русское имя он молча показал бы читателю.
"""

import re
import textwrap
from dataclasses import dataclass

from netlab.pages.errors import PageError

MARKER = re.compile(r"\s*# --8<-- \[(start|end):([a-z][a-z0-9_]*)\]")


@dataclass(frozen=True)
class Listing:
    """Текст программы без пометок и разделы как номера его строк (с нуля)."""

    lines: tuple[str, ...]
    sections: dict[str, range]

    @property
    def text(self) -> str:
        """Файл, каким его скачивает читатель."""
        return "".join(f"{line}\n" for line in self.lines)

    def section(self, name: str) -> str:
        """Возвращает раздел без общего отступа — так его показывает страница."""
        chosen = self.sections[name]
        return textwrap.dedent("".join(f"{self.lines[number]}\n" for number in chosen))


def parse(text: str, name: str) -> Listing:
    """Разбирает текст файла.

    Raises:
        PageError: пометка написана не так, раздел не закрыт или назван дважды.
    """
    lines: list[str] = []
    opened: dict[str, int] = {}
    sections: dict[str, range] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if "8<--" not in line:
            lines.append(line)
            continue
        marker = MARKER.fullmatch(line)
        if marker is None:
            raise PageError(
                f"в snippets/{name}, строка {number}, пометка раздела написана не так: нужно "
                f"«# --8<-- [start:name]» или «[end:name]», имя — латиницей, без пробела в конце."
            )
        kind, section = marker.groups()
        if kind == "start" and section not in opened and section not in sections:
            opened[section] = len(lines)
        elif kind == "end" and section in opened:
            sections[section] = range(opened.pop(section), len(lines))
        else:
            raise PageError(
                f"в snippets/{name}, строка {number}, раздел «{section}» "
                + ("открыт второй раз" if kind == "start" else "закрыт, но не открыт")
                + ": дайте каждому разделу своё имя и одну пару пометок."
            )
    if opened:
        raise PageError(
            f"в snippets/{name} раздел «{', '.join(opened)}» не закрыт: "
            "поставьте после него «# --8<-- [end:…]»."
        )
    return Listing(tuple(lines), sections)
