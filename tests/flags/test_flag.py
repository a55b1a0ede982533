"""Флаг и ключ: подпись узнаётся, чужая и поддельная — тоже, ключ не утекает."""

import os
import re
import stat
import sys

import pytest

from netlab.flags.flag import Flag, Key, Owner, parse
from netlab.flags.folder import LabError

posix = pytest.mark.skipif(sys.platform == "win32", reason="на Windows прав доступа POSIX нет")

CLASS = "ИБ-21"
KEY = Key(bytes(range(32)))
STUDENTS = ["Анна", "Борис", "Вера"]


def test_flag_is_what_the_issue_promises():
    """Посчитано openssl: printf '\\0\\0\\0\\2v1…' | openssl dgst -sha256 -mac HMAC | base32."""
    assert str(KEY.make("LAB-1", 3, "Alice")) == "python{03-YXXUEFGAOPW5SUAI}"


def test_flag_has_the_form_of_the_page():
    assert re.fullmatch(r"python\{12-[A-Z2-7]{16}\}", str(KEY.make(CLASS, 12, "Анна")))


def test_flag_is_the_same_every_time_and_for_nobody_else():
    flag = KEY.make(CLASS, 3, "Анна")
    assert KEY.make(CLASS, 3, "Анна") == flag
    others = {
        KEY.make(CLASS, 3, "Борис").mark,
        KEY.make(CLASS, 4, "Анна").mark,
        KEY.make("ИБ-22", 3, "Анна").mark,
        Key(bytes(32)).make(CLASS, 3, "Анна").mark,
    }
    assert len(others | {flag.mark}) == 5


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("А1", 2, "Вера"), ("А", 12, "Вера")),
        (("А", 1, "2Вера"), ("А", 12, "Вера")),
        (("", 1, "А"), ("А", 1, "")),
    ],
)
def test_fields_do_not_run_together(one, other):
    assert KEY.make(*one).mark != KEY.make(*other).mark


def test_parse_reads_what_str_writes():
    flag = KEY.make(CLASS, 7, "Вера")
    assert parse(str(flag)) == flag
    assert parse(f"  {str(flag).lower()}\t") == flag


@pytest.mark.parametrize(
    "text",
    [
        "",
        "python{}",
        "python{03-ABCDEFGHIJKLMNO}",
        "python{03-ABCDEFGHIJKLMNOPQ}",
        "python{3-ABCDEFGHIJKLMNOP}",
        "python{03-ABCDEFGHIJKLMNO1}",
        "python{03-ABCDEFGHIJKLMNOP}}",
        "python{03-ABCDEFGHIJKLMNOP} python{03-ABCDEFGHIJKLMNOP}",
        "python{٠٣-ABCDEFGHIJKLMNOP}",
        "python{03-ABCDEFGHIJ\u212aLMNOP}",  # знак кельвина: он же K, если забыть re.ASCII
        "flag{03-ABCDEFGHIJKLMNOP}",
        "x" * 10_000,
    ],
)
def test_parse_refuses_what_is_not_a_flag(text):
    assert parse(text) is None


def test_verify_names_owner_and_task():
    for task in range(1, 13):
        text = str(KEY.make(CLASS, task, "Борис"))
        assert KEY.verify(text, CLASS, STUDENTS) == Owner("Борис", task)


def test_verify_knows_what_is_nobodys():
    mine = KEY.make(CLASS, 3, "Борис")
    wrong_task = str(Flag(4, mine.mark))
    wrong_mark = str(Flag(3, mine.mark[:-1] + ("A" if mine.mark[-1] != "A" else "B")))
    stranger = str(KEY.make(CLASS, 3, "Чужой"))
    for text in (wrong_task, wrong_mark, stranger, "не флаг"):
        assert KEY.verify(text, CLASS, STUDENTS) is None
    assert KEY.verify(str(mine), "другое занятие", STUDENTS) is None


def test_tokens_are_readable_from_paper_and_differ():
    tokens = {KEY.token(f"Студент {number}") for number in range(500)}
    assert len(tokens) == 500
    assert all(re.fullmatch("[234679ACDEFHJKMNPQRTUVWXY]{8}", token) for token in tokens)
    assert len(set("".join(tokens))) == 25


def test_token_is_taken_in_any_case_and_layout():
    for number in range(50):
        student = f"Студент {number}"
        token = KEY.token(student)
        cyrillic = token.translate(str.maketrans("ACEHKMPTXY", "АСЕНКМРТХУ"))
        for typed in (token, token.lower(), f" {token} ", cyrillic, cyrillic.lower()):
            assert KEY.admits(student, typed)


def test_another_token_is_refused():
    assert not KEY.admits("Анна", KEY.token("Борис"))
    assert not KEY.admits("Анна", "")
    assert not KEY.admits("Анна", KEY.token("Анна") + "2")
    assert not Key(bytes(32)).admits("Анна", KEY.token("Анна"))
    assert not KEY.admits("Анна", "\ud800ёж")


def test_key_is_kept_between_runs(tmp_path):
    folder = tmp_path / "новая папка"
    flag = Key.kept_in(folder).make(CLASS, 1, "Анна")
    assert Key.kept_in(folder).make(CLASS, 1, "Анна") == flag
    assert Key.kept_in(tmp_path / "другая").make(CLASS, 1, "Анна") != flag


@posix
def test_key_and_folder_are_closed_to_others(tmp_path):
    before = os.umask(0)
    try:
        Key.kept_in(tmp_path / "lab")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "lab").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "lab" / "key").stat().st_mode) == 0o600


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_key_open_to_others_is_refused(tmp_path, mode):
    Key.kept_in(tmp_path / "lab")
    (tmp_path / "lab" / "key").chmod(mode)
    with pytest.raises(LabError, match=r"открыт не только вам.*chmod 600"):
        Key.kept_in(tmp_path / "lab")


@posix
def test_folder_open_to_others_is_refused(tmp_path):
    Key.kept_in(tmp_path / "lab")
    (tmp_path / "lab").chmod(0o755)
    with pytest.raises(LabError, match="chmod 700"):
        Key.kept_in(tmp_path / "lab")


@pytest.mark.parametrize("content", [b"", b"short", bytes(33)])
def test_broken_key_is_not_replaced_silently(tmp_path, content):
    Key.kept_in(tmp_path / "lab")
    (tmp_path / "lab" / "key").write_bytes(content)
    with pytest.raises(LabError, match="испорчен"):
        Key.kept_in(tmp_path / "lab")
    assert (tmp_path / "lab" / "key").read_bytes() == content


def test_file_instead_of_folder_is_a_sentence(tmp_path):
    (tmp_path / "lab").write_text("не папка", encoding="utf-8")
    with pytest.raises(LabError, match="не создать"):
        Key.kept_in(tmp_path / "lab")
