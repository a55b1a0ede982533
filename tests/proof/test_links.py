"""Ссылки собранного сайта: куда они ведут и что страница говорит о себе поисковику.

Чужих сайтов тесты не спрашивают: внешние ссылки проверены по виду.
"""

import html
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

import pytest

from tests.proof.browser.served_site import build
from tests.proof.conftest import TEACHER_ADDRESS

ADDRESS = "https://example.org/lecture/"
"""Сайт лежит ниже корня, как на GitHub Pages: ссылка от корня домена — ошибка."""
MISSING = "404.html"
ANYWHERE = "такой/страницы/нет/"
"""По этому адресу открыта страница 404."""
NOT_READ = {MISSING, "wheels/index.html"}
"""Не страницы лекции: вторую читает pip."""
URLS = {"href", "src", "action", "poster", "data"}
REFERENCES = {"for", "aria-labelledby", "aria-describedby", "aria-controls", "headers", "list"}
"""Атрибуты, в которых стоят id той же страницы."""
IN_STYLE = re.compile(r"url\(\s*['\"]?([^'\")]+)")
TITLE = re.compile(r"<title>([^<]*)</title>")
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
CHARACTERS = range(50, 201)
"""Сколько знаков в описании страницы."""

RFC = re.compile(r"https://www\.rfc-editor\.org/rfc/rfc\d+(#section-[\d.]*\d)?")
NAMES_RFC = re.compile(r"\brfc[-\d]|datatracker|tools\.ietf", re.IGNORECASE)
TRACKING = re.compile(r"utm_\w+|\w+clid|ref(_src)?|wt\.mc_id", re.IGNORECASE)
SAYS_NOTHING = {
    "здесь",
    "тут",
    "сюда",
    "там",
    "там же",
    "ссылка",
    "по ссылке",
    "подробнее",
    "here",
    "link",
}
NOT_HTTPS: dict[str, str] = {}
"""Внешние адреса без https: почему."""


@dataclass
class Page(HTMLParser):
    """Страница: её id и всё, что куда-нибудь ведёт."""

    address: str
    """Адрес, по которому она открыта."""
    markup: str
    ids: list[str] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    links: list[list[str]] = field(default_factory=list)
    """Ссылки <a>: куда, а дальше — текст по кускам."""
    references: list[str] = field(default_factory=list)
    meta: dict[str, str] = field(default_factory=dict)
    canonical: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self.in_link = False
        self.feed(self.markup)
        self.close()

    def __str__(self) -> str:
        return self.address

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        self.ids += [given["id"]] if "id" in given else []
        self.urls += [self.full(given[name]) for name in sorted(URLS & given.keys())]
        self.urls += [self.full(url) for url in IN_STYLE.findall(given.get("style", ""))]
        for name in sorted(REFERENCES & given.keys()):
            self.references += given[name].split()
        if tag == "a" and "href" in given:
            self.in_link = True
            self.links.append([self.full(given["href"]), given.get("aria-label", "")])
        elif tag == "meta":
            self.meta[given.get("name") or given.get("property", "")] = given.get("content", "")
        elif tag == "link" and given["rel"] == "canonical":
            self.canonical = given["href"]

    def handle_endtag(self, tag: str) -> None:
        self.in_link = self.in_link and tag != "a"

    def handle_data(self, data: str) -> None:
        if self.in_link:
            self.links[-1].append(data)

    def full(self, url: str) -> str:
        """Возвращает адрес целиком, со схемой."""
        return urljoin(self.address, url)

    @property
    def title(self) -> str:
        """Заголовок вкладки."""
        found = TITLE.search(self.markup)
        return html.unescape(found[1]) if found else ""


class Site:
    """Собранный сайт, который открывается по адресу address."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder = folder
        self.address = address
        self.pages = {
            file: Page(self.address_of(file), file.read_text(encoding="utf-8"))
            for file in sorted(folder.rglob("*.html"))
        }
        self.lecture = [
            page
            for file, page in self.pages.items()
            if file.relative_to(folder).as_posix() not in NOT_READ
        ]

    def address_of(self, file: Path) -> str:
        """Возвращает адрес, по которому открывают файл."""
        name = file.relative_to(self.folder).as_posix()
        return self.address + (ANYWHERE if name == MISSING else name.removesuffix("index.html"))

    def file(self, url: str) -> Path:
        """Возвращает файл, который отдадут по адресу этого сайта."""
        path = unquote(urlsplit(url).path.removeprefix(urlsplit(self.address).path))
        return self.folder / (path + "index.html" if path.endswith("/") or not path else path)

    def is_own(self, url: str) -> bool:
        """Говорит, что адрес — этого домена."""
        return urlsplit(url)[:2] == urlsplit(self.address)[:2]

    def is_broken(self, url: str) -> bool:
        """Говорит, что по адресу этого домена нет файла или в файле нет такого id."""
        if not url.startswith(self.address) or not (file := self.file(url)).is_file():
            return True
        fragment = unquote(urlsplit(url).fragment)
        return bool(fragment) and fragment not in self.pages[file].ids

    def foreign(self) -> Iterator[tuple[Page, str]]:
        """Даёт все ссылки на чужие сайты."""
        for page in self.pages.values():
            for url in page.urls:
                if not self.is_own(url) and urlsplit(url).scheme != "data":
                    yield page, url


@pytest.fixture(scope="module", params=["student", "teacher"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Сайт, каким его публикуют, и он же с заметками преподавателя."""
    if request.param == "teacher":
        return Site(request.getfixturevalue("teacher_site"), TEACHER_ADDRESS)
    folder = tmp_path_factory.mktemp("published")
    build(folder, SITE_URL=ADDRESS)
    return Site(folder, ADDRESS)


# ---------------------------------------------------------------- внутри сайта


def test_everything_on_a_page_leads_to_a_file_and_an_id(site: Site) -> None:
    assert len(site.pages) > 15
    broken = [
        f"{page} → {url}"
        for page in site.pages.values()
        for url in page.urls
        if site.is_own(url) and site.is_broken(url)
    ]
    if broken:
        pytest.fail("\n".join(broken), pytrace=False)


def test_ids_are_unique_and_those_referred_to_exist(site: Site) -> None:
    for page in site.pages.values():
        assert repeated(page.ids) == [], page
        assert [id for id in page.references if id not in page.ids] == [], page


def test_search_leads_to_sections_that_exist(site: Site) -> None:
    program = (site.folder / "assets/search/sections.js").read_text(encoding="utf-8")
    sections = json.loads(program[program.index("[") : program.rindex("]") + 1])
    locations = [section["location"] for section in sections]
    assert len(locations) > 100
    assert [one for one in locations if site.is_broken(urljoin(site.address, one))] == []


def test_styles_lead_to_files(site: Site) -> None:
    for file in site.folder.rglob("*.css"):
        urls = IN_STYLE.findall(file.read_text(encoding="utf-8"))
        own = [urljoin(site.address_of(file), url) for url in urls if not url.startswith("data:")]
        assert [url for url in own if site.is_broken(url)] == [], file.name


# ---------------------------------------------------------------- наружу


def test_foreign_link_is_https_to_a_whole_name_without_spies(site: Site) -> None:
    for page, url in site.foreign():
        parts = urlsplit(url)
        assert parts.scheme == "https" or url in NOT_HTTPS, (page.address, url)
        assert "." in (parts.hostname or ""), (page.address, url)
        assert not re.search(r"[\s<>\"'«»]", url), (page.address, url)
        parameters = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
        assert [name for name in parameters if TRACKING.fullmatch(name)] == [], (page.address, url)


def test_every_exception_is_used(site: Site) -> None:
    assert NOT_HTTPS.keys() <= {url for _, url in site.foreign()}


def test_rfc_is_linked_in_one_form(site: Site) -> None:
    documents = [url for _, url in site.foreign() if NAMES_RFC.search(url)]
    assert documents
    assert [url for url in documents if not RFC.fullmatch(url)] == []


def test_link_says_where_it_leads(site: Site) -> None:
    for page in site.pages.values():
        for url, *text in page.links:
            said = " ".join("".join(text).split()).strip(".,;:()").lower()
            assert said not in {"", *SAYS_NOTHING}, (page.address, url)


# ---------------------------------------------------------------- для поисковика


@pytest.mark.parametrize("site", ["student"], indirect=True)
def test_sitemap_lists_every_page_and_only_pages(site: Site) -> None:
    sitemap = ET.parse(site.folder / "sitemap.xml")
    assert sorted(str(one.text) for one in sitemap.iter(SITEMAP)) == sorted(
        page.address for page in site.lecture
    )


@pytest.mark.parametrize("site", ["student"], indirect=True)
def test_canonical_address_is_the_address_of_the_page(site: Site) -> None:
    assert {page.address: page.canonical for page in site.lecture} == {
        page.address: page.address for page in site.lecture
    }


@pytest.mark.parametrize("site", ["student"], indirect=True)
def test_titles_and_descriptions_tell_pages_apart(site: Site) -> None:
    assert repeated([page.title for page in site.lecture]) == []
    described = {page.address: page.meta.get("description", "") for page in site.lecture}
    assert repeated(list(described.values())) == []
    assert {page: text for page, text in described.items() if len(text) not in CHARACTERS} == {}


def repeated(texts: list[str]) -> list[str]:
    """Возвращает то, что сказано не один раз."""
    return [text for text, times in Counter(texts).items() if times > 1]
