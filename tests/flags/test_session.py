"""Разговор без сокетов: команды, пределы, сроки, порядок и то, чем набирают строки."""

from __future__ import annotations

import tracemalloc

import pytest

from netlab.flags.rehearsal import FakeLab, Talk, flag, payload, pieces_of, started
from netlab.flags.session import HELP, INBOX_LIMIT, OUTPUT_LIMIT, WIDTH, Session
from netlab.flags.tasks import TASKS
from netlab.flags.wishes import Send

GREETING = "# Это сервер флагов. Правила — help, начало — hello ИМЯ (или hello ИМЯ КОД).\n"


def asked(*lines: str, lab: FakeLab | None = None) -> list[str]:
    """Строки, которыми сервер ответил на эти, без приветствия."""
    talk = Talk(lab or FakeLab())
    talk.send("".join(f"{line}\n" for line in lines).encode())
    return talk.text.removeprefix(GREETING).splitlines()


# ---------------------------------------------------------------- команды


def test_first_words_name_help_and_hello() -> None:
    assert Talk(FakeLab()).text == GREETING


def test_help_says_what_people_stumble_over() -> None:
    text = "\n".join(asked("help"))
    for command in ("hello", "start", "hint", "submit", "score", "time", "quit"):
        assert f"#   {command} " in text.replace("time              ", "time ")
    for rule in ("\\n или \\r\\n", "1000 байт", "Одно соединение", "команд в нём сколько угодно"):
        assert rule in text
    for sign in ("«# »", "«! »", "go"):
        assert sign in text


@pytest.mark.parametrize("command", ["start 1", "hint 1", "submit python{x}", "score"])
def test_stranger_has_to_say_hello_first(command: str) -> None:
    lab = FakeLab()
    assert asked(command, lab=lab) == ["! Сначала представьтесь: hello ИМЯ."]
    assert lab.events == []


def test_help_is_written_in_lines_that_fit() -> None:
    assert max(map(len, HELP.splitlines())) <= WIDTH


def test_stranger_may_ask_for_help_and_time() -> None:
    assert asked("time") == ["# Осталось 13:20."]
    assert asked("HELP")[0].startswith("# Команды")


def test_letter_case_and_spaces_do_not_matter() -> None:
    lab = FakeLab()
    asked("  HeLLo   Анна Каренина  ", "SCORE", lab=lab)
    assert lab.events[0] == ("hello", "Анна Каренина")
    assert lab.events[1] == ("score", "Анна Каренина")


def test_every_line_for_a_person_begins_with_a_sign() -> None:
    lines = asked(
        "help", "hello Ann", "hint 5", "hint 5", "hint 5", "score", "time", "what", "quit"
    )
    assert all(line.startswith(("# ", "! ")) for line in lines)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("what", "! Команды 'what' нет. Что есть, скажет help."),
        ("x" * 500, f"! Команды '{'x' * 24}' нет. Что есть, скажет help."),
        ("\x1b[A", "! Команды '\\x1b[a' нет. Что есть, скажет help."),
        ("start", "! Назовите номер задачи, от 1 до 12: например, start 1 или hint 1."),
        ("start 0", "! Назовите номер задачи, от 1 до 12: например, start 1 или hint 1."),
        ("start 13", "! Назовите номер задачи, от 1 до 12: например, start 1 или hint 1."),
        ("start ١", "! Назовите номер задачи, от 1 до 12: например, start 1 или hint 1."),
        ("start 3 5555", "! У задачи 3 порта нет: start 3."),
        ("start 12", "! Назовите порт своего сервера: start 12 ПОРТ."),
        ("hint", "! Назовите номер задачи, от 1 до 12: например, start 1 или hint 1."),
        ("submit", "! Назовите флаг: submit ФЛАГ."),
        ("hello", "! Назовите себя: hello ИМЯ, а если вам выдали код — hello ИМЯ КОД."),
        ("submit python{x}", "# Засчитано."),
        ("time", "# Осталось 13:20."),
    ],
)
def test_command_is_answered_with_one_sentence(command: str, answer: str) -> None:
    assert asked("hello Ann", command)[1:] == [answer]


def test_empty_line_is_not_a_command() -> None:
    assert asked("", "   ", "\r") == []


@pytest.mark.parametrize("refusing", ["hello", "begin", "hint", "submit", "score"])
def test_refusal_is_a_sentence_and_the_talk_goes_on(refusing: str) -> None:
    commands = ("hello Ann", "hint 1", "submit x", "score", "time", "start 1")
    lines = asked(*commands, lab=FakeLab("1", refusing))
    assert lines.count("! Сейчас нельзя.") == 1
    assert "# Осталось 13:20." in lines


def test_flag_that_was_not_written_down_is_not_given() -> None:
    lab = FakeLab(refusing="earned")
    talk = started(1, lab)
    talk.send(payload(talk))
    assert talk.flags == []
    assert talk.text.endswith("! Сейчас нельзя.\n")
    talk.send(b"score\n")
    assert "1 флаг" in talk.text


def test_failure_that_was_not_written_down_is_still_explained() -> None:
    talk = started(1, FakeLab(refusing="failed"))
    talk.send(b"no\n")
    assert "Первое расхождение" in talk.text
    assert talk.text.endswith("! Сейчас нельзя.\n")


def test_no_deadline_and_late_time_are_told() -> None:
    lab = FakeLab()
    lab.seconds = None
    assert asked("time", lab=lab) == ["# Времени сколько угодно."]
    lab.seconds = 0
    assert asked("time", lab=lab) == ["# Время вышло."]


def test_quit_says_goodbye_and_hears_nothing_more() -> None:
    talk = Talk(FakeLab())
    talk.send(b"quit\nhelp\n")
    assert talk.text == GREETING + "# До свидания.\n"
    assert talk.closed
    talk.send(b"help\n")
    talk.wait(1000)
    assert talk.text == GREETING + "# До свидания.\n"


# ---------------------------------------------------------------- чем набирают строки


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r\0"])
def test_any_line_end_will_do(end: bytes) -> None:
    talk = Talk(FakeLab())
    talk.send(end.join([b"hello Ann", b"time", b""]))
    assert talk.text.splitlines()[-1] == "# Осталось 13:20."


@pytest.mark.parametrize(
    "typed",
    [
        b"\xff\xfb\x18\xff\xfd\x03help",  # IAC WILL, IAC DO
        b"he\xff\xf1lp",  # IAC NOP
        b"\xff\xfa\x18\x00xterm\xff\xf0help",  # вложенные настройки
        b"help\xff\xfb",  # настройка, которую разрезал конец строки
        b"halp\x08\x08\x08elp",
        b"\x08\x7fhelq\x7fp",
        "помощь".encode() + b"\x7f" * 6 + b"help",
        b"\xef\xbb\xbfhelp",  # BOM из PowerShell
    ],
)
def test_what_terminals_add_is_taken_off(typed: bytes) -> None:
    for piece in (None, 1, 2, 3):
        talk = Talk(FakeLab(), piece)
        talk.send(typed + b"\r\n")
        assert "# Команды" in talk.text


@pytest.mark.parametrize(
    ("codec", "named"), [("cp1251", "Windows-1251"), ("cp866", "DOS (866)"), ("koi8-r", "UTF-8")]
)
def test_other_encodings_are_recognised(codec: str, named: str) -> None:
    lab = FakeLab()
    talk = Talk(lab)
    talk.send("hello Анна Ярославна\r\n".encode(codec))
    assert named in talk.text
    assert all(line.startswith("! ") for line in talk.text.splitlines()[1:])
    assert lab.events == []


def test_utf_16_of_powershell_is_recognised() -> None:
    lab = FakeLab()
    talk = Talk(lab)
    talk.send("\ufeffhello Анна\r\n".encode("utf-16-le"))
    assert "Строка в UTF-16: так пишет в файл PowerShell." in talk.text
    assert lab.events == []


@pytest.mark.parametrize(
    "garbage", [b"\xff\xff\xff\xfe", b"\x16\x03\x01\x02\x00\x01\x00", b"\xc3\x28", b"\0" * 50]
)
def test_garbage_is_answered_with_a_sentence(garbage: bytes) -> None:
    talk = Talk(FakeLab())
    talk.send(garbage + b"\nhelp\n")
    assert talk.text.splitlines()[1].startswith("! ")
    assert "# Команды" in talk.text


# ---------------------------------------------------------------- пределы


@pytest.mark.parametrize("piece", [None, 1, 999, 1000, 1001])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r\0"])
@pytest.mark.parametrize("size", [998, 999, 1000, 5000])
def test_long_line_is_skipped_to_its_end(size: int, end: bytes, piece: int | None) -> None:
    talk = Talk(FakeLab(), piece)
    talk.send(b"x" * size + end + b"time\n")
    too_long = size + len(end) > 1000
    assert ("Строка длиннее 1000 байт" in talk.text) == too_long
    assert ("Команды 'xxx" in talk.text) != too_long
    assert talk.text.endswith("# Осталось 13:20.\n")


def test_line_without_end_takes_no_memory() -> None:
    talk = Talk(FakeLab())
    chunk = b"x" * 65536
    talk.send(chunk)
    tracemalloc.start()
    for _ in range(50):
        talk.send(chunk)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 512 * 1024
    assert talk.text.count("\n") == 2
    talk.send(b"\ntime\n")
    assert talk.text.endswith("# Осталось 13:20.\n")


def test_reading_stops_until_the_answers_are_taken() -> None:
    session = Session(FakeLab(), 0.0, "peer")
    session.receive(b"help\n" * 1000, 0.0)
    assert not session.reading
    portions = []
    while actions := session.take():
        portions.append(sum(len(one.data) for one in actions if isinstance(one, Send)))
    assert max(portions) < OUTPUT_LIMIT + 4096
    assert sum(portions) > 1000 * 1000
    assert session.reading


def test_chunk_larger_than_the_limit_stops_reading() -> None:
    talk = started(10)
    talk.session.receive(b"x" * INBOX_LIMIT, talk.now)  # ответ на задачу 10, а не строка
    assert talk.session.reading
    talk = started(9)
    assert not talk.session.reading
    talk.session.receive(b"x" * INBOX_LIMIT, talk.now)
    assert not talk.session.reading


# ---------------------------------------------------------------- сроки


def test_begun_line_has_to_end_in_thirty_seconds_however_it_trickles() -> None:
    talk = Talk(FakeLab())
    for _ in range(29):
        talk.send(b"x")
        talk.wait(1)
    assert not talk.closed
    talk.send(b"x")
    talk.wait(1.5)
    assert talk.closed
    assert "Строка не закончилась за 30 с" in talk.text


def test_long_line_has_to_end_in_thirty_seconds_too() -> None:
    talk = Talk(FakeLab())
    for _ in range(31):
        talk.send(b"x" * 5000)
        talk.wait(1)
    assert talk.closed
    assert talk.now <= 1031


def test_next_line_has_its_own_thirty_seconds() -> None:
    talk = Talk(FakeLab())
    for _ in range(10):
        talk.send(b"ti")
        talk.wait(20)
        talk.send(b"me\n")
    assert not talk.closed


def test_telnet_settings_do_not_begin_a_line() -> None:
    talk = Talk(FakeLab())
    talk.send(b"\xff\xfb\x1f\xff\xfb\x20\xff")
    talk.wait(60)
    assert not talk.closed


def test_ten_minutes_of_silence_end_the_talk() -> None:
    talk = Talk(FakeLab())
    talk.wait(599)
    talk.send(b"time\n")
    talk.wait(599)
    assert not talk.closed
    talk.wait(2)
    assert talk.closed
    assert "Десять минут тишины" in talk.text


def test_nothing_but_lines_puts_the_silence_off() -> None:
    talk = Talk(FakeLab())
    for _ in range(11):
        talk.send(b"\xff\xf1")
        talk.wait(60)
    assert talk.closed


def test_waking_early_changes_nothing() -> None:
    calm, nervous = started(3), started(3)
    for talk in (calm, nervous):
        for _ in range(40):
            if talk is nervous:
                talk.session.wake(talk.now)
                talk._collect()
            talk.wait(0.005)
    assert calm.actions == nervous.actions


def test_clock_never_goes_back() -> None:
    session = Session(FakeLab(), 100.0, "peer")
    session.receive(b"x", 50.0)
    assert session.wake_at == 130.0


# ---------------------------------------------------------------- конец соединения


@pytest.mark.parametrize("tail", [b"", b"time", b"time\n"])
def test_end_of_stream_ends_the_talk_after_the_last_line(tail: bytes) -> None:
    talk = Talk(FakeLab())
    talk.send(tail)
    talk.end()
    assert talk.closed
    assert ("Осталось" in talk.text) == bool(tail)
    assert talk.session.wake_at is None
    assert not talk.session.reading


def test_long_tail_is_not_taken_for_a_command() -> None:
    session = Session(FakeLab(), 0.0, "peer")
    session.receive(b"help\n" * 100 + b"x" * 1500, 0.0)  # столько ответов сразу не помещается
    session.end(0.0)
    said = b""
    while actions := session.take():
        said += b"".join(one.data for one in actions if isinstance(one, Send))
    assert said.decode().endswith("! Строка длиннее 1000 байт; остаток пропущен до её конца.\n")


def test_telnet_is_refused_what_it_asks_for() -> None:
    """После Ctrl-C telnet просит отметку времени и, пока не ответят, ничего не показывает."""
    talk = Talk(FakeLab())
    talk.send(b"hel\xff\xf4\xff\xfd\x06p\r\n")
    assert b"\xff\xfc\x06" in talk.output
    said = talk.output.replace(b"\xff\xfc\x06", b"").decode()
    assert "hello ИМЯ" in said
    assert "\n\n" not in said


def test_letter_that_telnet_took_for_an_interrupt() -> None:
    talk = Talk(FakeLab())
    talk.send(b"hello \xd1\xff\xf4\xff\xfd\x06\xd0\xb6\r\n")
    assert "netlab nc" in talk.text
    assert "\\x" not in talk.text


def test_flag_without_submit_is_recognised() -> None:
    talk = Talk(FakeLab())
    talk.send(b"hello Student\npython{03-abcdefghijklmnop}\n")
    assert "! Похоже на флаг. Сдайте его: submit python{03-ABCDEFGHIJKLMNOP}\n" in talk.text


def test_lines_fit_a_terminal() -> None:
    talk = Talk(FakeLab())
    talk.send(b"help\nhello Student\n" + b"hint 5\nfoo\nstart 13\n" * 3)
    assert max(len(line) for line in talk.text.splitlines()) <= 80


def test_student_who_left_in_the_middle_hears_about_it_next_time() -> None:
    talk = started(3)
    payload(talk)
    talk.end()
    assert "Не пришло ничего." in talk.diagnosis
    assert TASKS[2].stuck in talk.diagnosis
    again = Talk(talk.lab)
    again.send(b"hello Student\n")
    assert "# Чем кончилось в прошлый раз:\n! Задача 3: неверно.\n" in again.text


@pytest.mark.parametrize("task", range(1, 13))
def test_lost_connection_is_a_failed_attempt(task: int) -> None:
    talk = started(task)
    before = len(talk.output)
    talk.lose()
    assert [event[0] for event in talk.lab.events] == ["hello", "begin", "failed"]
    assert talk.lab.events[-1][-1] is False
    assert talk.closed
    assert len(talk.output) == before  # говорить некому


def test_lost_connection_between_tasks_is_nobodys_failure() -> None:
    talk = Talk(FakeLab())
    talk.send(b"hello Ann\n")
    talk.lose()
    talk.lose()
    talk.end()
    assert talk.lab.events == [("hello", "Ann")]


# ---------------------------------------------------------------- порядок


def test_announcement_go_and_data_come_in_one_write() -> None:
    talk = Talk(FakeLab())
    talk.send(b"hello Ann\n")
    talk.send(b"start 1\n")
    write = talk.writes()[-1]
    lines = write.decode().splitlines()
    assert lines[0] == "# Задача 1. Разговор руками."
    assert lines[-2] == "go"
    assert lines[-1].isdigit()


def test_flag_stands_alone_and_before_the_advice() -> None:
    talk = started(1)
    talk.send(payload(talk))
    lines = talk.text.splitlines()
    assert lines[-2:] == [flag(1), f"# Верно. Сдайте флаг: submit {flag(1)}"]


def test_diagnosis_begins_on_a_line_of_its_own() -> None:
    talk = started(3)  # её данные переводом строки не кончаются
    payload(talk)
    talk.send(b"no\n")
    assert "\n! Задача 3: неверно.\n! Ждали (65 байт): b'" in talk.text


def test_whole_conversation_at_once_is_answered_in_order() -> None:
    lines = asked("hello Ann", "start 1", "no", "hint 1", "submit x")
    kept = [line for line in lines if line.startswith(("# Здрав", "# Задача 1", "go", "! Задача"))]
    assert kept == [
        "# Здравствуйте, Ann. Задачу начинает start, например start 1.",
        "# Задача 1. Разговор руками.",
        "go",
        "! Задача 1: неверно.",
    ]
    assert not any("Подсказка 1 из 3" in line for line in lines)  # выброшено вместе с ответом


def test_words_of_the_teacher_wait_for_the_end_of_the_task() -> None:
    talk = started(3)
    talk.session.say("Осталось пять минут.", talk.now)
    data = payload(talk)
    assert "пять минут" not in talk.text
    talk.send(data[::-1] + b"\n")
    assert talk.text.endswith("# Осталось пять минут.\n")


def test_stopping_says_goodbye() -> None:
    talk = started(6)
    talk.session.stop("Занятие окончено.", talk.now)
    talk._collect()
    assert talk.output.endswith("\n# Занятие окончено.\n".encode())
    assert talk.closed


def test_visit_that_returns_too_late_is_forgotten() -> None:
    talk = started(12)
    talk.wait(61)
    assert talk.closed
    talk.session.visited(None, talk.now)
    assert talk.session.take() == []


# ---------------------------------------------------------------- двое сразу и любая нарезка


def test_two_sessions_do_not_hear_each_other() -> None:
    lab = FakeLab()
    ann, bob = Talk(lab, 1), Talk(lab, 2)
    for left, right in zip("hello Ann\nstart 3\n", "hello Bob\nstart 3\n", strict=True):
        ann.send(left.encode())
        bob.send(right.encode())
    data_a, data_b = payload(ann), payload(bob)
    assert data_a != data_b
    ann.send(data_b[::-1] + b"\n")
    bob.send(data_b[::-1] + b"\n")
    assert ann.flags == []
    assert bob.flags == [flag(3)]


def test_one_student_may_come_twice() -> None:
    lab = FakeLab()
    first, second = started(1, lab), started(2, lab)
    second.send(payload(second))
    first.send(payload(first))
    assert (first.flags, second.flags) == ([flag(1)], [flag(2)])


CONVERSATION = "hello Ёж\r\ntime\r\0nо\x7fwhat\nhint 1\r\n\r\nquit\n".encode()


def test_every_split_in_two_and_three_gives_the_same() -> None:
    whole = Talk(FakeLab())
    whole.send(CONVERSATION)
    edges = range(1, len(CONVERSATION))
    splits = [(first, second) for first in edges for second in range(first, len(CONVERSATION), 5)]
    for cuts in splits:
        talk = Talk(FakeLab())
        for piece in pieces_of(CONVERSATION, cuts):
            talk.send(piece)
        assert talk.output == whole.output
        assert talk.lab.events == whole.lab.events
