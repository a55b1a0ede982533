"""Быстрая пересборка: нетронутое не разбирается заново, тронутое — разбирается."""

from pathlib import Path

import pytest
from markdown import Markdown
from mkdocs.commands.build import build
from mkdocs.config import load_config

from netlab.pages import rebuild

SETTINGS = """
site_name: Проба
theme: {name: null, custom_dir: theme}
markdown_extensions: [{pymdownx.snippets: {base_path: ["."]}}]
plugins: [material/search: {lang: ru, separator: " ", pipeline: []}]
"""
SITE = {
    "mkdocs.yml": SETTINGS,
    "theme/main.html": "{{ page.content }} {{ page.toc }}",
    "docs/index.md": "# Начало\n\nПервая.\n",
    "docs/recv.md": '# recv\n\n--8<-- "a.py"\n',
    "a.py": "a = 1\n",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Две страницы, вторая включает файл; сайт смотрят с живой перезагрузкой."""
    monkeypatch.chdir(tmp_path)
    for name, value in {"_rendered": {}, "_sections": {}, "_common": None, "_served": True}.items():
        monkeypatch.setattr(rebuild, name, value)
    for name, text in SITE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Первые строки страниц, которые разобрал Markdown."""
    done: list[str] = []
    convert = Markdown.convert

    def remembered(self: Markdown, source: str) -> str:
        done.append(source.splitlines()[0])
        return convert(self, source)

    monkeypatch.setattr(Markdown, "convert", remembered)
    return done


def built(project: Path) -> str:
    """Собирает сайт ещё раз; возвращает страницы и разделы для поиска."""
    config = load_config(str(project / "mkdocs.yml"), site_dir=str(project / "site"))
    config.plugins["rebuild"] = rebuild
    build(config)
    names = ("index.html", "recv/index.html", "search/search_index.json")
    return "".join((project / "site" / name).read_text(encoding="utf-8") for name in names)


def test_untouched_page_is_not_parsed_again(project: Path, parsed: list[str]) -> None:
    first = built(project)
    assert sorted(parsed) == ["# recv", "# Начало"]
    parsed.clear()
    assert built(project) == first
    assert parsed == []


@pytest.mark.parametrize(
    ("edited", "words", "again", "seen"),
    [
        ("docs/index.md", "# Начало\n\nabc\n", ["# Начало"], 2),
        ("a.py", "abc\n", ["# recv"], 2),
        ("docs/abc.md", "# Новая\n", ["# recv", "# Начало", "# Новая"], 1),
        ("mkdocs.yml", f"{SETTINGS}# abc\n", ["# recv", "# Начало"], 0),
    ],
)
def test_touched_page_is_parsed_again(
    project: Path, parsed: list[str], edited: str, words: str, again: list[str], seen: int
) -> None:
    built(project)
    parsed.clear()
    (project / edited).write_text(words, encoding="utf-8")
    after = built(project)
    assert sorted(parsed) == again
    # Новое видно и на странице, и в поиске; у новой страницы слово — в её адресе.
    assert after.count("abc") == seen


def test_ordinary_build_remembers_nothing(project: Path, parsed: list[str]) -> None:
    rebuild.on_startup(command="build", dirty=False)
    built(project)
    built(project)
    assert len(parsed) == 4
