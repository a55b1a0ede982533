"""Двенадцать задач: верный ответ решает, каждая типичная ошибка названа, ловушка есть всегда."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from netlab.flags.diagnosis import Wrong
from netlab.flags.rehearsal import (
    ANSWERS,
    FakeLab,
    Talk,
    flag,
    messages_of,
    numbered_lines,
    page,
    payload,
    send_all,
    solve,
    started,
    visit,
    wait_for_silence,
)
from netlab.flags.tasks import TASKS, half_close, partial_send

PAGE = Path(__file__).parents[2] / "docs" / "flags.md"
MANY = 60


# ---------------------------------------------------------------- верные ответы


@cache
def solved(task: int) -> Talk:
    return solve(task)


@pytest.mark.parametrize("task", range(1, 13))
def test_right_answer_earns_the_flag(task: int) -> None:
    talk = solved(task)
    assert talk.flags == [flag(task)]
    assert ("earned", "Student", task) in talk.lab.events
    assert not [event for event in talk.lab.events if event[0] == "failed"]


@pytest.mark.parametrize("piece", [1, 7])
@pytest.mark.parametrize("task", [1, 2, 3, 4, 5, 6, 7, 10, 11])
def test_cutting_the_answer_changes_nothing(task: int, piece: int) -> None:
    assert solve(task, piece=piece).output == solved(task).output


@pytest.mark.parametrize(("task", "piece"), [(8, 101), (9, 20_011)])
def test_cutting_a_long_answer_changes_nothing(task: int, piece: int) -> None:
    assert solve(task, piece=piece).output == solved(task).output


@pytest.mark.parametrize("task", range(1, 8))
def test_every_nonce_has_a_right_answer(task: int) -> None:
    seen = set()
    for nonce in range(MANY):
        talk = started(task, FakeLab(f"{nonce}"))
        data = payload(talk)
        talk.send(ANSWERS[task](data))
        assert talk.flags == [flag(task)]
        seen.add(data)
    assert len(seen) == MANY


@pytest.mark.parametrize("task", range(1, 8))
def test_data_depends_on_the_student_too(task: int) -> None:
    def data_of(name: bytes) -> bytes:
        talk = Talk(FakeLab())
        talk.send(b"hello %s\nstart %d\n" % (name, task))
        return payload(talk)

    assert data_of(b"Ann") != data_of(b"Bob")
    assert data_of(b"Ann") == data_of(b"Ann")


@pytest.mark.parametrize("task", [1, 3, 4, 5])
def test_crlf_at_the_end_of_an_answer_is_as_good(task: int) -> None:
    talk = started(task)
    talk.send(ANSWERS[task](payload(talk)).replace(b"\n", b"\r\n"))
    assert talk.flags == [flag(task)]


def test_first_task_is_played_from_telnet() -> None:
    talk = started(1)
    number = payload(talk).strip()
    talk.send(b"\xff\xfb\x1f" + number[:3] + b"9\x7f" + number[3:] + b"\r\0")
    assert talk.flags == [flag(1)]


def test_what_follows_a_right_answer_is_a_command() -> None:
    talk = started(7)
    talk.send(ANSWERS[7](payload(talk)) + b"\nsubmit python{x}\n")
    assert talk.lab.events[-1] == ("submit", "Student", "python{x}")


def test_what_follows_a_wrong_answer_is_thrown_away() -> None:
    talk = started(1)
    payload(talk)
    talk.send(b"1\nquit\nquit\n")
    assert not talk.closed
    talk.send(b"score\n")
    assert talk.lab.events[-1] == ("score", "Student")


# ---------------------------------------------------------------- ошибки задач 1–7


def crc_line(data: bytes) -> bytes:
    return b"%08x\n" % zlib.crc32(data)


def body_of(data: bytes) -> bytes:
    """Текст задачи 5 вместе с удвоенными точками."""
    return data.removesuffix(b"\r\n.\r\n")


def text_of(data: bytes) -> bytes:
    return body_of(data).replace(b"\r\n..", b"\r\n.")


def name_of(data: bytes) -> bytes:
    """Имя задачи 7."""
    return data[16:]


def crc_6(data: bytes) -> int:
    return zlib.crc32(b"".join(messages_of(data)))


def until_empty(data: bytes) -> bytes:
    messages = messages_of(data)
    return b"".join(messages[: messages.index(b"")])


def framed(crc: int) -> bytes:
    return struct.pack(">II", 4, crc)


def one_recv(data: bytes) -> bytes:
    return data[:10]


MISTAKES: list[tuple[int, str, Callable[[bytes], bytes], str]] = [
    (1, "enter", lambda d: b"\n", "пустая строка"),
    (1, "command", lambda d: b"help\n", "Это команда"),
    (1, "go", lambda d: b"go\n", "go — знак"),
    (1, "other", lambda d: b"12345\n", "Первое расхождение"),
    (1, "repr", lambda d: repr(d).encode() + b"\n", "str(data)"),
    (2, "no_cr", lambda d: d.replace(b"\r", b""), r"Нет байта \r"),
    (2, "strip", lambda d: d.strip() + b"\r\n", "strip"),
    (2, "strip_no_cr", lambda d: d.strip() + b"\n", r"Нет байта \r"),
    (2, "no_end", lambda d: d[:-2], "Нет конца строки"),
    (2, "no_lf", lambda d: d[:-1], r"последнего байта, \n"),
    (2, "text_mode", lambda d: d.replace(b"\n", b"\r\n"), r"Лишний \r"),
    (2, "raw", lambda d: d[:-2] + rb"\r\n", "а не один байт"),
    (3, "first_piece", lambda d: d[:9][::-1] + b"\n", "Перевёрнуто только начало"),
    (3, "last_piece", lambda d: d[40:][::-1] + b"\n", "Перевёрнут только конец"),
    (3, "not_reversed", lambda d: d + b"\n", "не перевёрнуты"),
    (3, "no_end", lambda d: d[::-1], "Не хватает только перевода строки"),
    (5, "stuffed", lambda d: crc_line(body_of(d)), "Вторая точка не убрана"),
    (5, "smtp", lambda d: crc_line(text_of(d) + b"\r\n"), "перевод строки перед последней точкой"),
    (5, "terminator", lambda d: crc_line(d), "вошёл терминатор"),
    (5, "all_dots", lambda d: crc_line(body_of(d).replace(b"..", b".")), "Точки убраны везде"),
    (5, "early", lambda d: crc_line(d[: d.index(b".\r\n")]), "остановились раньше"),
    (5, "lf", lambda d: crc_line(text_of(d).replace(b"\r\n", b"\n")), "режьте байты"),
    (5, "no_zeros", lambda d: b"%x\n" % zlib.crc32(text_of(d)), "нули впереди"),
    (5, "decimal", lambda d: b"%d\n" % zlib.crc32(text_of(d)), "десятичными"),
    (5, "hex", lambda d: hex(zlib.crc32(text_of(d))).encode() + b"\n", "без 0x"),
    (6, "little", lambda d: struct.pack("<II", 4, crc_6(d)), "порядок байтов обратный"),
    (6, "little_crc", lambda d: b"\0\0\0\4" + struct.pack("<I", crc_6(d)), "у суммы порядок"),
    (6, "little_size", lambda d: b"\4\0\0\0" + struct.pack(">I", crc_6(d)), "у длины порядок"),
    (6, "unframed", lambda d: struct.pack(">I", crc_6(d)), "перед ней нет длины"),
    (6, "text", lambda d: b"%08x" % crc_6(d), "цифрами"),
    (6, "framed_text", lambda d: b"\0\0\0\x08%08x" % crc_6(d), "цифрами"),
    (6, "own_size", lambda d: struct.pack(">II", 8, crc_6(d)), "без самой себя"),
    (6, "empty_is_eof", lambda d: framed(zlib.crc32(until_empty(d))), "длина 0 принята за конец"),
    (6, "with_sizes", lambda d: framed(zlib.crc32(d)), "вошли и длины"),
    (6, "nineteen", lambda d: framed(zlib.crc32(b"".join(messages_of(d)[:-1]))), "двадцать"),
    (7, "little", lambda d: struct.pack("<H", len(name_of(d))) + name_of(d), "'<H'"),
    (
        7,
        "letters",
        lambda d: struct.pack("!H", len(name_of(d).decode())) + name_of(d),
        "посчитана в буквах",
    ),
    (
        7,
        "cut_by_letters",
        lambda d: (
            struct.pack("!H", len(name_of(d).decode())) + name_of(d)[: len(name_of(d).decode())]
        ),
        "посчитана в буквах",
    ),
    (7, "wide", lambda d: struct.pack("!I", len(name_of(d))) + name_of(d), "'!I'"),
    (7, "padded", lambda d: struct.pack("!HH", len(name_of(d)), 0) + name_of(d), "выравнивание"),
    (7, "no_size", lambda d: name_of(d), "Нет длины"),
    (7, "digits", lambda d: b"%d\n" % len(name_of(d)) + name_of(d), "цифрами"),
    (
        7,
        "cp1251",
        lambda d: (
            struct.pack("!H", len(name_of(d).decode())) + name_of(d).decode().encode("cp1251")
        ),
        "кодировке cp1251",
    ),
    (7, "record", lambda d: d, "сама запись"),
]


@pytest.mark.parametrize(
    ("task", "answer", "named"),
    [(task, answer, named) for task, _, answer, named in MISTAKES],
    ids=[f"{task}-{name}" for task, name, _, _ in MISTAKES],
)
def test_typical_mistake_is_named(task: int, answer: Callable[[bytes], bytes], named: str) -> None:
    for nonce in range(5):
        talk = started(task, FakeLab(f"{nonce}"))
        talk.send(answer(payload(talk)))
        talk.wait(15)  # ответ, которому чего-то не хватает, ждут до конца срока
        assert talk.flags == []
        assert named in talk.diagnosis
        assert "Первое расхождение" in talk.diagnosis
        assert f"! Ещё раз: start {task} — через 1 с. Подсказка: hint {task}.\n" in talk.text


def test_wrong_line_instead_of_the_fifth_is_named() -> None:
    for nonce in range(5):
        lines = payload(started(4, FakeLab(f"{nonce}"))).splitlines(keepends=True)
        fourth = max(number for number in range(4) if lines[number] != b"\n")
        for wrong, named in ((fourth, f"Это строка {fourth + 1}"), (5, "пропустили пустую")):
            talk = started(4, FakeLab(f"{nonce}"))
            payload(talk)
            talk.send(lines[wrong] + lines[7])
            assert named in talk.diagnosis


def test_message_taken_for_a_chunk_is_named() -> None:
    talk = started(4)
    chunk = talk.output.rpartition(b"go\n")[2]
    lines = payload(talk).splitlines(keepends=True)
    half = chunk.rpartition(b"\n")[2]
    rest = lines[7].removeprefix(half)
    for second, named in (
        (half + b"\n", "вернулось только начало"),
        (rest, "вернулся только конец"),
        (lines[6], "вместо восьмой пришла 7"),
        (b"\n", "пришла пустая"),
    ):
        again = started(4)
        payload(again)
        again.send(lines[4] + second)
        assert named in again.diagnosis


# ---------------------------------------------------------------- ловушки есть всегда


def each_talk(task: int) -> list[tuple[Talk, bytes]]:
    talks = [started(task, FakeLab(f"{nonce}")) for nonce in range(MANY)]
    return [(talk, payload(talk)) for talk in talks]


def test_second_task_always_has_spaces_for_strip() -> None:
    for _, data in each_talk(2):
        assert re.fullmatch(rb" [0-9a-f ]+ \r\n", data)


def test_third_task_always_comes_in_five_writes_30_ms_apart() -> None:
    for talk, data in each_talk(3):
        sends = [(when, one.data) for when, one in talk.actions][-5:]
        assert sends[0][1].rpartition(b"go\n")[2] + b"".join(d for _, d in sends[1:]) == data
        assert all(b - a > 0.029 for (a, _), (b, _) in pairwise(sends))
        assert re.fullmatch(rb"[0-9a-f]{64}", data)


def test_fourth_task_always_ends_its_first_write_in_the_middle_of_a_line() -> None:
    for talk, data in each_talk(4):
        first = talk.writes()[-2].rpartition(b"go\n")[2]
        assert first.count(b"\n") == 7
        assert not first.endswith(b"\n")
        assert data.count(b"\n") == 8
        assert b"" in data.split(b"\n")[1:4]


def test_fifth_task_always_cuts_its_terminator_and_hides_others() -> None:
    for talk, data in each_talk(5):
        assert data.count(b"\r\n.\r\n") == 1
        assert data.endswith(b"\r\n.\r\n")
        last = talk.writes()[-1]
        assert 0 < len(last) < len(b"\r\n.\r\n")
        assert talk.writes()[-2].endswith(b"\r\n.\r\n"[: -len(last)])
        assert talk.writes()[-3].endswith(b"\r\n.")
        text = text_of(data)
        for trap in (b"\r\n.\r\n", b"\r\n..", b".\r\n"):
            assert trap in text
        assert re.search(rb"[0-9a-f]\.\.[0-9a-f]", text)
        assert crc_line(text).startswith(b"0")


def test_sixth_task_always_has_an_empty_and_a_large_message() -> None:
    for talk, data in each_talk(6):
        sizes = [len(message) for message in messages_of(data)]
        assert len(sizes) == 20
        assert sizes.count(0) == 1
        assert 0 < sizes.index(0) < sizes.index(70_000) < 19
        first = len(talk.writes()[-3].rpartition(b"\ngo\n")[2])
        ends = [sum(sizes[:n]) + 4 * n for n in range(20)]
        assert any(end < first < end + 4 for end in ends)  # разрезана сама длина


def test_seventh_task_always_cuts_a_letter_and_punishes_the_byte_order() -> None:
    for talk, data in each_talk(7):
        first = talk.writes()[-2].rpartition(b"\ngo\n")[2]
        with pytest.raises(UnicodeDecodeError):
            first[16:].decode()
        name = name_of(data).decode()
        assert len(name) < len(name_of(data))
        assert struct.unpack("!HBBIq", data[:16])[3] == len(name_of(data))
        assert struct.unpack("<HBBIq", data[:16])[3] > 1 << 20


# ---------------------------------------------------------------- задача 8


def sent_8(talk: Talk, times: int = 4096) -> bytes:
    return payload(talk) * times


def test_no_shutdown_is_named_before_the_task_is_over() -> None:
    talk = started(8)
    talk.send(sent_8(talk))
    talk.wait(half_close.QUIET + 0.1)
    assert "sock.shutdown(socket.SHUT_WR)" in talk.diagnosis
    assert not talk.closed


def test_close_instead_of_shutdown_is_told_next_time() -> None:
    talk = started(8)
    talk.send(sent_8(talk))
    talk.end()
    talk.lose()
    assert talk.flags == []
    assert "целиком (close)" in talk.diagnosis
    again = Talk(talk.lab)
    again.send(b"hello Student\n")
    assert "! Вы закрыли соединение целиком (close)" in again.text
    again.send(b"hello Student\n")
    assert again.text.count("целиком (close)") == 1


def test_flag_comes_to_the_half_that_is_still_open() -> None:
    talk = started(8)
    talk.send(sent_8(talk))
    talk.end()
    assert talk.flags == []
    talk.wait(1)
    assert talk.flags == [flag(8)]
    assert "в новом соединении" in talk.text
    assert talk.closed


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda data: data[:65535], "не меньше 65"),
        (lambda data: b"", "Пришло 0 байт и конец потока"),
        (lambda data: data[:-3], "последняя строка не целиком"),
        (lambda data: data * 16, "Послано больше"),
        (lambda data: data[:40000] + data[40005:], "Ждали одну и ту же строку"),
        (lambda data: data.replace(b"\n", b"\r\n"), "байт 16, считая с нуля: ждали b'\\n'"),
    ],
)
def test_wrong_stream_is_named(spoil: Callable[[bytes], bytes], named: str) -> None:
    talk = started(8)
    send_all(talk, spoil(sent_8(talk)), 30000)
    talk.end()
    talk.wait(2)
    assert named in talk.diagnosis.replace("\N{NO-BREAK SPACE}", " ")


def test_difference_in_a_long_stream_is_counted_from_its_beginning() -> None:
    talk = started(8)
    data = bytearray(sent_8(talk))
    data[50_000] ^= 1
    send_all(talk, bytes(data), 16_000)
    talk.end()
    talk.wait(2)
    assert "байт 50000, считая с нуля" in talk.diagnosis


# ---------------------------------------------------------------- задача 9


def test_server_stops_reading_with_a_small_buffer() -> None:
    talk = started(9)
    assert talk.buffers() == [partial_send.BUFFER]
    assert not talk.session.reading
    talk.wait(1.0)
    assert talk.session.reading


def test_lines_lost_by_send_are_named_with_their_place() -> None:
    talk = started(9)
    data = numbered_lines(payload(talk).strip(), 20_000)
    send_all(talk, data[:100_000] + data[100_500:])
    talk.wait(10)
    assert "С байта 100000 пропало 500 байт" in talk.diagnosis.replace("\N{NO-BREAK SPACE}", " ")
    assert "send взял не всё" in talk.diagnosis
    assert talk.buffers()[-1] > partial_send.BUFFER  # за собой прибрано


def test_rest_that_was_never_sent_is_named() -> None:
    talk = started(9)
    send_all(talk, numbered_lines(payload(talk).strip(), 20_000))
    talk.wait(partial_send.QUIET + 3)
    assert "Пришло 320 000 байт из 8 388 608" in talk.diagnosis.replace("\N{NO-BREAK SPACE}", " ")
    assert "ответ не проверен" in talk.diagnosis


def test_trickle_does_not_put_the_end_of_the_task_off() -> None:
    for task, spoiled in ((8, b""), (8, b"?"), (9, b""), (9, b"?")):
        talk = started(task)
        data = numbered_lines(payload(talk).strip(), 1000) if task == 9 else sent_8(talk)
        for byte in spoiled + data[:200]:
            talk.send(bytes([byte]))
            talk.wait(0.5)
        assert talk.closed
        assert f"Время задачи вышло: {TASKS[task - 1].limit:g} с" in talk.diagnosis


def test_same_bytes_sent_twice_are_named() -> None:
    talk = started(9)
    data = numbered_lines(payload(talk).strip(), 20_000)
    send_all(talk, data[:100_000] + data)
    talk.wait(10)
    assert "На байте 100000 снова идёт то, что уже было на байте 0" in talk.diagnosis


def test_other_lines_are_compared_byte_by_byte() -> None:
    talk = started(9)
    talk.send(numbered_lines(payload(talk).strip(), 100).replace(b" 00", b" 0"))
    talk.wait(10)
    assert "Первое расхождение — байт" in talk.diagnosis


# ---------------------------------------------------------------- задача 10


def test_waiting_without_a_timeout_is_named() -> None:
    talk = started(10)
    talk.wait(10)
    assert "recv ждёт без таймаута" in talk.diagnosis


@pytest.mark.parametrize("seconds", [1.5, 2.0, 2.45])
def test_half_a_second_is_forgiven(seconds: float) -> None:
    talk = started(10)
    for _ in range(3):
        wait_for_silence(talk, seconds)
        talk.send(b"timeout\n")
    assert talk.flags == [flag(10)]


def test_silence_is_counted_from_what_was_really_sent() -> None:
    """Машина занята, и каждая строка уходит на 0,4 с позже, чем была готова."""
    talk = started(10)
    for _ in range(3):
        heard = 0
        while heard < len(talk.actions):
            heard = len(talk.actions)
            talk.now += 0.4
            talk.step(talk.now)
            silence = talk.now + 2.4
            while talk.now < silence and len(talk.actions) == heard:
                talk.step(silence)
        talk.send(b"timeout\n")
    assert talk.flags == [flag(10)]


def test_pause_that_grew_into_silence_is_not_the_fault_of_the_student() -> None:
    """Сервер замешкался с короткой паузой, и за две секунды честный студент принял её за тишину."""
    nonce = next(n for n in map(str, range(99)) if len(ticks_before_silence(n)) == 2)
    talk = started(10, FakeLab(nonce))
    talk.step()
    talk.now += 2.0
    talk.send(b"timeout\n")
    for _ in range(3):
        wait_for_silence(talk)
        talk.send(b"timeout\n")
    assert talk.flags == [flag(10)]


def ticks_before_silence(nonce: str) -> list[str]:
    talk = started(10, FakeLab(nonce))
    wait_for_silence(talk)
    return re.findall("^tick", talk.text, re.MULTILINE)


def test_answer_after_the_deadline_is_late() -> None:
    talk = started(10)
    wait_for_silence(talk, 2.6)
    talk.send(b"timeout\n")
    assert "за 2,5 с ответа нет" in talk.diagnosis
    assert "! timeout — ответ в задаче 10" in talk.text


def test_timeout_from_the_beginning_is_too_early() -> None:
    """Кто отсчитывает две секунды от начала, всегда ответит посреди коротких пауз."""
    for nonce in range(20):
        talk = started(10, FakeLab(f"{nonce}"))
        for _ in range(3):
            talk.wait(2.0)
            talk.send(b"timeout\n")
        assert talk.flags == []
        assert "Рано" in talk.diagnosis


def test_answer_without_silence_is_too_early() -> None:
    talk = started(10)
    talk.send(b"timeout\n")
    assert "Рано" in talk.diagnosis


def test_reconnecting_is_named_on_both_connections() -> None:
    talk = started(10)
    wait_for_silence(talk)
    talk.end()
    assert "переподключаться не надо" in talk.diagnosis
    again = Talk(talk.lab)
    again.send(b"timeout\n")
    assert "отвечать надо в том же соединении" in again.text
    again.send(b"hello Student\n")
    assert "переподключаться не надо" in again.text


def test_other_word_is_named() -> None:
    talk = started(10)
    wait_for_silence(talk)
    talk.send(b"TIMEOUT!\n")
    assert "одно слово timeout" in talk.diagnosis


# ---------------------------------------------------------------- задача 11


def test_reading_to_the_end_of_stream_is_named() -> None:
    talk = started(11)
    page(talk, "a")
    talk.wait(11)
    assert "читаете ответ до конца потока" in talk.diagnosis
    assert not talk.closed


def test_second_page_read_to_the_end_is_named() -> None:
    talk = started(11)
    page(talk, "a")
    page(talk, "b")
    talk.wait(11)
    assert "вторую вы читаете до конца потока" in talk.diagnosis


def test_closing_between_the_pages_is_named() -> None:
    talk = started(11)
    page(talk, "a")
    talk.end()
    assert "второе соединение не открывайте" in talk.diagnosis
    again = Talk(talk.lab)
    again.send(b"GET /b HTTP/1.1\r\n")
    assert "в том же соединении" in again.text.replace("\n! ", " ")


@pytest.mark.parametrize(
    ("request_", "named"),
    [
        (b"GET /b HTTP/1.1\r\n\r\n", "Первое расхождение — байт 5"),
        (b"GET /a\r\n\r\n", "Ждали первую строку запроса"),
        (b"GET /a HTTP/1.1\r\n\r\n", "заголовок Host"),
        (b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "просите закрыть"),
        (b"GET /a HTTP/1.1\r\nHost: x\r\n", "пустая строка"),
        (b"GET /a HTTP/1.1\r\n" + b"X: y\r\n" * 50 + b"\r\n", "Запрос не закончен"),
    ],
)
def test_wrong_request_is_named(request_: bytes, named: str) -> None:
    talk = started(11)
    talk.send(request_)
    talk.wait(11)
    assert named in talk.diagnosis


def test_wrong_halves_are_named() -> None:
    for wrong, named in (
        (lambda a, b: a, "только первая половина"),
        (lambda a, b: b, "только вторая половина"),
        (lambda a, b: b + a, "перепутаны местами"),
        (lambda a, b: a + b" " + b, "пробел"),
    ):
        talk = started(11)
        talk.send(wrong(page(talk, "a"), page(talk, "b")) + b"\n")
        assert named in talk.diagnosis


# ---------------------------------------------------------------- задача 12


def test_server_of_the_student_is_visited_on_the_named_port() -> None:
    talk = started(12)
    assert talk.visits() == [5555]
    assert not talk.session.reading
    visit(talk, Wrong("Второй клиент не дождался ответа.", expected=b"hi\n", got=b""))
    assert "Второй клиент не дождался ответа." in talk.diagnosis
    assert "start 12 5555 — через 1 с" in talk.text


@pytest.mark.parametrize("command", ["start 12", "start 12 0", "start 12 65536", "start 12 x"])
def test_port_has_to_be_named(command: str) -> None:
    talk = Talk(FakeLab())
    talk.send(f"hello Ann\n{command}\n".encode())
    assert talk.text.splitlines()[-1].startswith("! ")
    assert talk.visits() == []


# ---------------------------------------------------------------- что о задачах сказано


def test_tasks_are_the_ones_on_the_page() -> None:
    rows = re.findall(r"^\| (\d+) \| (.+?) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(number) for number, _ in rows] == [task.number for task in TASKS]
    for task, (_, about) in zip(TASKS, rows, strict=True):
        assert f"({task.page})" in about
        lesson = PAGE.with_name(task.page.partition("#")[0]).read_text(encoding="utf-8")
        assert f"\n# {task.lesson}\n" in lesson


@pytest.mark.parametrize("task", TASKS, ids=[str(task.number) for task in TASKS])
def test_every_task_says_what_it_wants(task: object) -> None:
    number = task.number
    talk = Talk(FakeLab())
    talk.send(f"hello Ann\nhint {number}\nhint {number}\nhint {number}\nhint {number}\n".encode())
    hints = re.findall(r"Подсказка (\d) из 3:", talk.text)
    assert hints == ["1", "2", "3", "3"]
    talk = started(number)
    before = talk.text.partition("\ngo\n")[0]
    assert all(line.startswith("# ") for line in before.splitlines())
    assert all(len(line) <= 78 for line in before.splitlines())
    assert f"# Задача {number}. {task.title}." in before
    assert len(set(task.hints)) == 3


def test_leaving_without_an_answer_is_named() -> None:
    talk = started(3)
    talk.wait(1)
    talk.end()
    assert "Вы закончили писать (FIN), не ответив." in talk.diagnosis


def test_silent_student_is_told_why_and_closed() -> None:
    for task in TASKS[:11]:
        talk = started(task.number)
        talk.wait(task.limit + 1)
        assert talk.flags == []
        assert [event[0] for event in talk.lab.events].count("failed") == 1
        assert talk.text.splitlines()[-1].startswith(f"! Ещё раз: start {task.number}")
    talk = started(3)
    talk.wait(61)
    assert "Время задачи вышло: 60 с. Ответа нет." in talk.diagnosis
    assert TASKS[2].stuck in talk.diagnosis
    assert talk.closed
