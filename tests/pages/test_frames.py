"""Кадр на странице: выбранный — целиком в разметке, все — в JSON, и это тот же разбор."""

import gzip
import html
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from netlab.pages.errors import PageError
from netlab.pages.frames import frames
from netlab.pages.page import Page
from netlab.pages.shelf import Shelf
from netlab.wire.dissect import dissect
from netlab.wire.frame import Frame

SNIPPETS = Path(__file__).resolve().parents[2] / "snippets"
PROGRAM, SCENARIO, GET = "fetch/fetch_original.py", "prints", 8
BUDGET = 15_000
"""Столько байт, сжатых, разрешено лупе вместе с JSON; странице — вчетверо больше."""


@pytest.fixture(scope="module")
def shelf():
    return Shelf(SNIPPETS)


@pytest.fixture(scope="module")
def talk(shelf):
    return shelf.talk(shelf.program(PROGRAM), SCENARIO)


@pytest.fixture(scope="module")
def shown(shelf):
    return frames(shelf, Page("fetch.md", "fetch/"), PROGRAM, SCENARIO, str(GET))


@pytest.fixture(scope="module")
def content(shown):
    """JSON, который читает wire.js."""
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', shown)[1])


def test_chosen_frame_is_on_the_page_without_javascript(shown, talk):
    """Слои, поля со смыслом и байты — в самой разметке."""
    data = talk.frames[GET - 1].data
    assert b"GET / HTTP/1.1\r\nHost: e1.ru\r\n\r\n" in data
    text = html.unescape(re.sub(r"<script.*?</script>|<[^>]+>", "", shown))
    for layer in dissect(data):
        assert f"{layer.title} {layer.source}" in text
        for field in layer.fields:
            value = str(field.number) if field.size == 1 else field.value
            assert f"{field.title} {value} {field.about}".strip() in text
    assert "".join(re.findall(r"<td>([0-9a-f]{2})</td>", shown)) == data.hex()
    places = [text.index(box) for box in ("кадр", "пакет", "сегмент", "сообщение", "Данные пусто")]
    assert places == sorted(places)


def test_every_frame_is_in_the_json_as_it_was_dissected(content, talk):
    assert len(content["frames"]) == len(talk.frames)
    for frame, (_, data, layers) in zip(talk.frames, content["frames"], strict=True):
        assert bytes.fromhex(data) == frame.data
        told = [
            (*content["layers"][number], start, size, [
                (*content["fields"][field], *place) for field, *place in fields
            ])
            for number, start, size, fields in layers
        ]  # fmt: skip
        assert told == [
            (layer.name, layer.title, layer.source, layer.start, layer.size, [
                (one.name, one.title, one.about, one.start, one.size,
                 str(one.number) if one.size == 1 else one.value)
                for one in layer.fields
            ])
            for layer in dissect(frame.data)
        ]  # fmt: skip


def test_words_are_written_once_and_weigh_little(shown, content):
    for known in (content["fields"], content["layers"]):
        assert len({tuple(one) for one in known}) == len(known)
    assert len(gzip.compress(shown.encode())) <= BUDGET


def test_problem_of_a_broken_frame_is_told(shelf, talk, monkeypatch):
    """Беда слоя и беда поля видны и в разметке, и в JSON; чужие байты разметки не ломают."""
    data = bytearray(talk.frames[GET - 1].data)
    data[23] = 17  # обещан UDP, а контрольная сумма IP прежняя
    words = bytes(talk.frames[GET - 1].data[:54]) + b"GET </script><!--\r\n\r\n"
    changed = replace(talk, frames=(Frame(0.0, bytes(data[:40])), Frame(0.0, words)))
    monkeypatch.setattr(Shelf, "talk", lambda *_: changed)
    shown = frames(shelf, Page("a.md", "a/"), PROGRAM, SCENARIO, "1")
    assert '<p class="lab-failed">Заголовок оборван' in shown
    assert '<small class="lab-failed">Не сходится' in shown
    assert shown.count("</script>") == 1
    assert "<!--" not in shown
    said = re.search(r'<script type="application/json">(.*?)</script>', shown)[1]
    tree = json.loads(said)["frames"][0][2]
    assert tree[-1][-1].startswith("Заголовок оборван")
    assert any(field[-1] == "Не сходится: байты по дороге изменились." for field in tree[1][3])


def test_download_leads_to_the_capture(shown):
    assert 'href="../captures/fetch/fetch_original.prints.pcapng" download' in shown


@pytest.mark.parametrize(
    ("scenario", "frame", "words"),
    [("print", "6", "напишите «prints»"), ("prints", "0", "кадра «0»"), ("prints", "x", "кадра")],
)
def test_wrong_frame_is_explained(shelf, scenario, frame, words):
    with pytest.raises(PageError, match=words):
        frames(shelf, Page("a.md", "a/"), PROGRAM, scenario, frame)
