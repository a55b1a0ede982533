"""Запись о сайте: `netlab/bench/site/bench.json`.

В ней четыре таблицы (см. netlab/bench/record.py):

    {…,
     "lighthouse": {…,                    оценки страниц; строка stock — Material как есть
                    "faults": {"echo": ["color-contrast"]}},   из-за чего оценка не полная
     "weight": {…, "search": 80.1},       вес страниц, КБ (10³ байт); search — что добавит поиск
     "build": {…},                        полная сборка, с
     "reload": {…}}                       от правки до страницы, с
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from netlab.bench.record import Record, Row, header, rounded, table
from netlab.bench.samples import Samples
from netlab.bench.site import assembly, lighthouse, reload, weight
from netlab.bench.site.plan import Plan

LIGHTHOUSE_NOTES = [
    "Lighthouse, настройки по умолчанию: телефон, связь и процессор замедлены в модели; у каждой "
    "проверки новый Chromium с пустым профилем.",
    "Сервер — свой, на этой же машине: сжимает gzip и разрешает хранить, как GitHub Pages.",
    "Material как есть — урок recv с тем же текстом, но без стилей, программ и поиска лекции; "
    "шрифты Google выключены: замер не выходит в сеть.",
]
WEIGHT_NOTES = [
    "Всё, что Chromium с пустым профилем скачивает, открывая страницу; тела ответов, сжатые gzip.",
]
BUILD_NOTES = [
    "Время всей команды на одном ядре. Material как есть собирает страницы уже после макросов.",
]
RELOAD_NOTES = [
    "От записи файла до ответа с новым текстом; ждут, как ждёт браузер, известия от mkdocs serve. "
    "Сам mkdocs смотрит на файлы раз в полсекунды.",
]


def as_record(
    plan: Plan,
    samples: Mapping[str, Samples],
    pages: Sequence[Row],
    faults: Mapping[str, Sequence[str]],
    search: float,
) -> Record:
    """Собирает запись из измеренного; samples — по таблицам."""
    waits = [wait for one in samples.values() for wait in one.waits()]
    return {
        **header("site", waits),
        "lighthouse": {
            **table(
                plan.examinations, lighthouse.REFERENCE, LIGHTHOUSE_NOTES, lighthouse.COLUMNS,
                lighthouse.EXAMINED, samples["lighthouse"],
            ),
            "faults": {page: list(audits) for page, audits in faults.items() if audits},
        },
        "weight": {
            **table(1, None, WEIGHT_NOTES, weight.COLUMNS, pages, samples["weight"]),
            "search": rounded(search),
        },
        "build": table(
            plan.builds, assembly.REFERENCE, BUILD_NOTES, assembly.COLUMNS, assembly.ASSEMBLIES,
            samples["build"],
        ),
        "reload": table(
            plan.edits, reload.REFERENCE, RELOAD_NOTES, reload.COLUMNS, reload.EDITS,
            samples["reload"],
        ),
    }  # fmt: skip
