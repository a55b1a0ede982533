"""Карточки страниц нарисованы, и нарисовано на них то, что страница говорит сейчас."""

import struct

from netlab.pages.social_cards import CARDS, HEIGHT, SIGNATURE, WIDTH, cards


def test_every_card_is_drawn_and_fresh():
    stale = [card.source for card in cards() if not card.is_drawn]
    assert not stale, "выполните make cards"


def test_cards_are_pictures_of_the_right_size():
    files = sorted(CARDS.iterdir())
    assert files == sorted(card.file for card in cards())
    for file in files:
        head = file.read_bytes()[:24]
        assert head.startswith(SIGNATURE), file
        assert struct.unpack(">II", head[16:24]) == (WIDTH, HEIGHT), file


def test_changed_page_makes_its_card_stale(tmp_path):
    page = tmp_path / "recv.md"
    page.write_text("---\ndescription: О чём страница.\n---\n\n# recv\n", encoding="utf-8")
    (card,) = cards(tmp_path)
    assert card.file.is_file()
    assert not card.is_drawn
