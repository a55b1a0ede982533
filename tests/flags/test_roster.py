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
    assert names(saved(end.join(lines).encode(encoding))) == NAMES


@pytest.mark.parametrize("heading", ["ФИО", " Имя ", "Студент", "name", "Фамилия  Имя"])
def test_heading_is_not_a_student(saved, heading):
    assert names(saved("\n".join([f"{heading};группа", *(f"{name};1" for name in NAMES)]))) == NAMES


@pytest.mark.parametrize(
    ("table", "taken"),
    [
        ("1;Иванов Иван\n2;Петров Пётр", ["Иванов Иван", "Петров Пётр"]),
        ("1.;ИБ-21;Иванов Иван;да\n2.;ИБ-21;Петров Пётр;", ["Иванов Иван", "Петров Пётр"]),
        ("ИБ;Ан Ян\nИБ;Ким Ли\nИБ;Цой Яна\nИБ;Ю Ия", ["Ан Ян", "Ким Ли", "Цой Яна", "Ю Ия"]),
        ("№;ФИО;Группа\n1;Иванов Иван;ИБ\n2;Петров Пётр;ИБ", ["Иванов Иван", "Петров Пётр"]),
        ("№ п/п;Группа;Фамилия, И. О.\n1;ИБ;Иванов И. И.", ["Иванов И. И."]),
        ("Номер;Фамилия Имя Отчество\n1;Иванов Иван Иванович", ["Иванов Иван Иванович"]),
        ("Фамилия;Имя\nИванов;Иван\nИванов;Пётр", ["Иванов Иван", "Иванов Пётр"]),
        ("Имя;Фамилия;Почта\nИван;Иванов;i@b.ru", ["Иванов Иван"]),
        ("First name,Last name,Email\nИван,Иванов,i@b.ru", ["Иванов Иван"]),
        ("Отчество;Имя;№;Фамилия\nИванович;Иван;1;Иванов", ["Иванов Иван Иванович"]),
        ("Фамилия;Имя;Отчество\nКим;Ли;", ["Ким Ли"]),
        ("Фамилия Имя;Отчество\nИванов Иван;Иванович", ["Иванов Иван Иванович"]),
        ("Имя;ФИО\nВаня;Иванов Иван", ["Иванов Иван"]),
        ("Иванов;Иван\nИванов;Пётр", ["Иванов Иван", "Иванов Пётр"]),
        ("Иванов,Иван,Иванович,1\nКим,Ли,,2", ["Иванов Иван Иванович", "Ким Ли"]),
        ("Иванов;Иван;Очная\nКим;Ли;Очная", ["Иванов Иван", "Ким Ли"]),
        ("Ан;Очная\nКим;Очная\nЦой;Очная\nЮн;Очная", ["Ан", "Ким", "Цой", "Юн"]),
        ("Иванов;ИБ\nПетров;ПИ", ["Иванов", "Петров"]),
        ("Иванов, Иван\nПетров, П. П.\n", ["Иванов Иван", "Петров П. П."]),
        ("Иванов Иван,Староста\nПетров Пётр,Профорг", ["Иванов Иван", "Петров Пётр"]),
        ("Список группы ИБ-21;;\n;;\n№;ФИО;Группа\n1;Иванов Иван;ИБ", ["Иванов Иван"]),
        ("Список группы ИБ-21\nОсенний семестр\nФИО\nИванов Иван", ["Иванов Иван"]),
        ("Студенты\n№;ФИО\n1;Иванов Иван", ["Иванов Иван"]),
        ("Студенты\nФИО\nИванов Иван", ["Иванов Иван"]),
        ("Список группы ИБ-21;;\n1;Иванов Иван;\n2;;\n3;;\nВсего: 1;;", ["Иванов Иван"]),
        ("Иванов Иван;студент\nПетров Пётр;студент", ["Иванов Иван", "Петров Пётр"]),
        ("sep=;\nФИО;№\nИванов Иван;1", ["Иванов Иван"]),
        ("ФИО\nuser1\nuser2", ["user1", "user2"]),
        ("1;user1\n2;user2", ["user1", "user2"]),
        ("Ан Ян (1)\nАн Ян (2)\nКим Ли", ["Ан Ян (1)", "Ан Ян (2)", "Ким Ли"]),
    ],
)  # fmt: skip
def test_names_are_found_in_any_columns(saved, table, taken):
    assert names(saved(table)) == taken


def test_extent_shows_both_ends(saved):
    assert saved("\n".join(NAMES)).extent() == "3, от «Иванова Анна» до «Щукин-Ёлкин Юрий»"


def test_one_column_needs_no_delimiter(saved):
    assert names(saved("\n\n" + "\n\n".join(NAMES) + "\n")) == NAMES


def test_delimiter_is_the_one_of_most_lines(saved):
    assert names(saved("Анна,болеет; придёт\nБорис,\nВера,\n")) == ["Анна", "Борис", "Вера"]
    assert names(saved("Иванова, Анна;1\nПетров, Пётр;2\n")) == ["Иванова Анна", "Петров Пётр"]


def test_quoted_name_may_hold_a_delimiter(saved):
    """На бумажке имя без запятой: набирать её никто не станет."""
    assert names(saved('"Иванова, Анна",1\n"Петров ""Пётр""",2\n')) == [
        "Иванова Анна",
        'Петров "Пётр"',
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Анна\nБорис\nАнна\n", r"строка 3 — «Анна» уже есть в строке 1"),
        ("Пётр\nПетр\n", r"строка 2 — «Петр» уже есть в строке 1"),
        ("Анна\n  АННА ;1\n", r"строка 2 — «АННА» уже есть в строке 1"),
        ("Анна\nАнна\n".replace("А", "A", 1), r"строка 2 — «Анна» уже есть в строке 1"),
        ("Анна\n...\n", r"строка 2 — .* хотя бы одна буква"),
        ("Анна\n;1\n", r"строка 2 — имя пустое"),
        ("1;Анна\n2;\nБорис;;\n", r"строка 3 — имя пустое"),
        ("Анна\n" + "я" * 41, r"строка 2 — имя длиннее 40 символов: сократите его\.$"),
        ("Анна\nБо\u202eрис", r"строка 2 — .*U\+202E"),
        ("Анна\nБо\0рис", r"строка 2 — .*U\+0000"),
        (
            "\n".join([*(letter * 41 for letter in "абв"), "Анна", "г" * 41, "Анна"]),
            r"строки 1–3, 5 — имя длиннее .*; строка 6 — «Анна» уже есть в строке 4: \D*\.$",
        ),
        ("Список группы ИБ-21\nАнна\nБорис", r"строка 1 — «Список .* строкой «ФИО»\.$"),
        ("Осень 2026\nАнна\nБорис", r"строка 1 — «Осень .* не похоже на имя"),
        ("1-й поток\nАнна\nБорис", r"строка 1 — «1-й .* не похоже на имя"),
        ("Анна\nИмя\nБорис\n", r"строка 1 — имя выше заголовка"),
        ("ФИО\nИванов, Иван\nПетров, Пётр", r"строки 2–3 — лишняя .* запятая"),
        ("Иванов, Иван\nПетров Пётр\nЮн, Ян", r"строка 2 — лишняя .* запятая"),
        ("а\nб\nв\nг\nд\nе\n" * 2, r"строка 11 — «д» [^;]*; и ещё 1\.$"),
        (b"PK\x03\x04\x14\0\6\0", "книга Excel или ods"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "книга Excel или ods"),
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
