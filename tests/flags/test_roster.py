"""Список группы: как бы таблица его ни сохранила, имена одни и те же."""

import unicodedata

import pytest

from netlab.flags.roster import (
    NAME_LIMIT,
    NameRefused,
    RosterError,
    read_roster,
    same_looking,
    student_name,
)

NAMES = ["Иванова Анна", "Петров Пётр", "Щукин-Ёлкин Юрий"]


@pytest.fixture
def saved(tmp_path):
    """Сохраняет список и читает его."""

    def save(data):
        path = tmp_path / "roster.csv"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return read_roster(path)

    return save


def names(roster):
    return [student.name for student in roster.students]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_table_is_read(saved, encoding, delimiter, end):
    lines = [delimiter.join([name, "ИБ-21", ""]) for name in NAMES]
    roster = saved(end.join(lines).encode(encoding))
    assert names(roster) == NAMES
    assert roster.students[0].others == ("ИБ-21", "")


@pytest.mark.parametrize("heading", ["ФИО", " Имя ", "Студент", "name", "Фамилия  Имя"])
def test_heading_is_not_a_student(saved, heading):
    assert names(saved("\n".join([f"{heading};группа", *(f"{name};1" for name in NAMES)]))) == NAMES


def test_heading_is_looked_for_only_at_the_top(saved):
    assert names(saved("Анна\nИмя\n")) == ["Анна", "Имя"]


def test_one_column_needs_no_delimiter(saved):
    assert names(saved("\n\n" + "\n\n".join(NAMES) + "\n")) == NAMES


def test_delimiter_is_the_one_of_most_lines(saved):
    assert names(saved("Анна,болеет; придёт\nБорис,\nВера,\n")) == ["Анна", "Борис", "Вера"]
    assert names(saved("Иванова, Анна;1\nПетров, Пётр;2\n")) == ["Иванова, Анна", "Петров, Пётр"]


def test_quoted_name_may_hold_a_delimiter(saved):
    assert names(saved('"Иванова, Анна",1\n"Петров ""Пётр""",2\n')) == [
        "Иванова, Анна",
        'Петров "Пётр"',
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Анна\nБорис\nАнна\n", r"строка 3: «Анна» уже есть в строке 1"),
        ("Пётр\nПетр\n", r"строка 2: «Петр» уже есть в строке 1"),
        ("Анна\n  АННА ;1\n", r"строка 2: «АННА» уже есть в строке 1"),
        ("Анна\nАнна\n".replace("А", "A", 1), r"строка 2: «Анна» уже есть в строке 1"),
        ("Анна\n...\n", r"строка 2\. .* хотя бы одна буква"),
        ("Анна\n;1\n", r"строка 2\. Имя пустое"),
        ("Анна\n" + "я" * 41, r"строка 2\. Имя длиннее 40 символов"),
        ("Анна\nБо\u202eрис", r"строка 2\. .*U\+202E"),
        ("Анна\nБо\0рис", r"строка 2\. .*U\+0000"),
        ('Анна\n"Борис\nВера', r"кавычки не сходятся"),
        ("", "нет ни одного студента"),
        ("ФИО;группа\n\n;;\n", "нет ни одного студента"),
        (b"\xef\xbb\xbf\xff", "не текст"),
        (b"\x98\x98", "не текст"),
        (b"\xff\xfe\x00", "не текст"),
    ],
)
def test_bad_list_is_refused_with_one_sentence(saved, text, complaint):
    with pytest.raises(RosterError, match=complaint) as refused:
        saved(text)
    assert "\n" not in str(refused.value)


def test_missing_file_and_folder_are_sentences(tmp_path):
    for path in (tmp_path / "нет.csv", tmp_path):
        with pytest.raises(RosterError, match="не прочесть"):
            read_roster(path)


def test_student_is_found_however_typed(saved):
    roster = saved("\n".join(NAMES))
    for typed in ("Петров Пётр", "петров петр", "ПЕТРОВ ПЁТР", "ПETPOB ПЁTP"):
        assert roster.find(student_name(typed)).name == "Петров Пётр"
    assert roster.find("Петров") is None


def test_name_has_one_form():
    assert student_name("  Анна \u00a0\t Мария\u2003\n") == "Анна Мария"
    assert student_name(unicodedata.normalize("NFD", "Йод Ёж")) == "Йод Ёж"
    assert student_name("я" * NAME_LIMIT) == "я" * NAME_LIMIT
    assert student_name(unicodedata.normalize("NFD", "ё" * NAME_LIMIT)) == "ё" * NAME_LIMIT
    assert student_name("<b>Бобби</b> 😀") == "<b>Бобби</b> 😀"
    assert student_name("Ё\u0301\u0323ж") == "Ё\u0323\u0301ж"
    assert student_name("7") == "7"


@pytest.mark.parametrize(
    ("name", "registered"),
    [
        ("Анна", "Aннa"),
        ("АННА", "анна"),
        ("Петр", "ПЁТР"),
        ("ВОВА", "BOBA"),
        ("Ａnna", "anna"),
        ("Дı", "дi"),
        ("Ирина", None),
        ("Кровь", None),
        ("Анна К", None),
        ("Зое", None),
    ],
)
def test_name_that_looks_the_same_is_found(name, registered):
    others = ["Анна А", "Ирена", "Кровв", "3oe"]
    assert same_looking(name, [*others, registered] if registered else others) == registered


def test_name_itself_is_rather_found_than_one_like_it():
    assert same_looking("Анна", ["Aннa", "Анна"]) == "Анна"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \t\u00a0",
        "я" * (NAME_LIMIT + 1),
        "😀" * 10_000,
        "а\x00б",
        "а\x1bб",
        "а\x7fб",
        "а\u200bб",
        "а\u200dб",
        "а\u2066б",
        "а\u00adб",
        "\ufeffАнна",
        "а\ud800б",
        "а\ue000б",
        "а\uffffб",
        *(f"а{blank}б" for blank in "\u034f\u115f\u1160\u3164\uffa0\u2800\ufe0f\u180b\U000e0100"),
        "а\u0300\u0301\u0302б",
        "а\u0488\u0489\u0308",
        "...",
        "😀",
        "\u0301\u0302",
    ],
)
def test_name_that_cannot_be_shown_is_refused(text):
    with pytest.raises(NameRefused, match=r"^[А-Я].*[^.]\.$") as refused:
        student_name(text)
    assert len(str(refused.value)) < 100
