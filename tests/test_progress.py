"""netlab.progress: строка о ходе передачи — тому, кто смотрит и уже ждёт."""

from __future__ import annotations

import io
import os

import pytest

import netlab.progress
from netlab.progress import (
    Progress,
    progress_line,
    shown_bytes,
    shown_duration,
    shown_seconds,
    shown_size,
)

MIB = 1 << 20


class Terminal(io.StringIO):
    """Терминал, который помнит всё, что на него вывели."""

    def isatty(self) -> bool:
        return True

    @property
    def screen(self) -> str:
        """Что осталось на экране: CR возвращает в начало строки, новое пишется поверх."""
        lines = []
        for line in self.getvalue().split("\n"):
            shown = ""
            for text in line.split("\r"):
                shown = text + shown[len(text) :]
            lines.append(shown.rstrip())
        return "\n".join(lines)


class Clock:
    """Часы, которые переводят вручную."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(netlab.progress, "time", clock)
    return clock


def test_line_after_a_second(clock: Clock) -> None:
    terminal = Terminal()
    with Progress(100 * MIB, terminal) as progress:
        clock.now += 0.9
        progress.advance(9 * MIB)
        assert terminal.getvalue() == ""
        clock.now += 0.1
        progress.advance(MIB)
        line = "10,0 МиБ из 100,0 МиБ (10%), 10,0 МиБ/с, осталось 0:09"
        assert terminal.screen == line
        clock.now += 0.1
        progress.advance(MIB)
        assert terminal.screen == line  # рисовать чаще незачем
        clock.now += 8.9
        progress.advance(89 * MIB)
    assert terminal.screen == "100,0 МиБ из 100,0 МиБ (100%), 10,0 МиБ/с\n"


def test_last_word_is_about_the_end(clock: Clock) -> None:
    terminal = Terminal()
    with Progress(None, terminal) as progress:
        clock.now += 2
        progress.advance(2 * MIB)
        clock.now += 0.1
        progress.advance(MIB)
    assert terminal.screen == "3,0 МиБ, 1,4 МиБ/с\n"


def test_nothing_on_screen_if_it_was_quick(clock: Clock) -> None:
    terminal = Terminal()
    with Progress(10, terminal) as progress:
        progress.advance(10)
        clock.now += 5
    assert terminal.getvalue() == ""


def test_line_ends_even_after_an_error(clock: Clock) -> None:
    """Предложение об ошибке начнётся с новой строки."""
    terminal = Terminal()

    def interrupted() -> None:
        with Progress(10, terminal) as progress:
            clock.now += 5
            progress.advance(1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert terminal.screen.endswith("\n")


def test_what_was_there_before_does_not_count_as_speed(clock: Clock) -> None:
    terminal = Terminal()
    with Progress(100 * MIB, terminal) as progress:
        progress.start_at(80 * MIB)
        clock.now += 2
        progress.advance(10 * MIB)
        assert terminal.screen == "90,0 МиБ из 100,0 МиБ (90%), 5,0 МиБ/с, осталось 0:02"


def test_not_on_a_terminal(clock: Clock) -> None:
    file = io.StringIO()
    with Progress(10, file) as progress:
        clock.now += 5
        progress.advance(10)
    assert file.getvalue() == ""


def test_without_stderr(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    with Progress(10) as progress:
        clock.now += 5
        progress.advance(10)


def test_line_fits_the_screen(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Перенесённую строку CR не сотрёт."""
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((20, 24)))
    terminal = Terminal()
    with Progress(100 * MIB, terminal) as progress:
        clock.now += 5
        progress.advance(MIB)
        assert terminal.screen == "1,0 МиБ из 100,0 Ми"


@pytest.mark.parametrize(
    ("done", "total", "rate", "line"),
    [
        (0, 100, 0.0, "0 Б из 100 Б (0%), 0 Б/с"),
        (0, 0, 0.0, "0 Б, 0 Б/с"),
        (200, 100, 10.0, "200 Б из 100 Б (100%), 10 Б/с"),
        (1, 10 << 30, 1.0, "1 Б из 10,0 ГиБ (0%), 1 Б/с, осталось 2982616:10:39"),
    ],
)
def test_edges(done: int, total: int, rate: float, line: str) -> None:
    assert progress_line(done, total, rate) == line


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 Б"),
        (1023, "1023 Б"),
        (1024, "1,0 КиБ"),
        (1536, "1,5 КиБ"),
        (MIB, "1,0 МиБ"),
        (5 << 50, "5120,0 ТиБ"),
    ],
)
def test_size(size: int, text: str) -> None:
    assert shown_size(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (754, "12:34"), (3723, "1:02:03")]
)
def test_duration(seconds: float, text: str) -> None:
    assert shown_duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "all_of_them", "missing"),
    [
        (0, "0 байт", "0 байт"),
        (1, "1 байт", "1 байта"),
        (3, "3 байта", "3 байт"),
        (11, "11 байт", "11 байт"),
        (4900, "4900 байт", "4900 байт"),
        (65_536, "65\xa0536 байт", "65\xa0536 байт"),
        (1_048_521, "1\xa0048\xa0521 байт", "1\xa0048\xa0521 байта"),
    ],
)
def test_bytes_in_a_sentence(count: int, all_of_them: str, missing: str) -> None:
    assert shown_bytes(count) == all_of_them
    assert shown_bytes(count, missing=True) == missing


def test_seconds_in_a_sentence() -> None:
    assert [shown_seconds(one) for one in (0.25, 30.0)] == ["0,25 с", "30 с"]
