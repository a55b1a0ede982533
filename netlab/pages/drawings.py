"""Рисунки: один файл `docs/drawings/имя.svg` — картина, которая растёт от шага к шагу.

У элемента может быть первый и последний шаг: data-from и data-to. Шаг рисунка — это те, кто на нём
виден; те, кто появился только что, помечены классом new. Рамку шага даёт его <view>, слова для
того, кто страницу слушает, — его <title> и <desc>. По кнопке шаги показывает один за другим
docs/assets/wire.js: он берёт их с этой же страницы.
"""

import re
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from netlab.pages.errors import PageError
from netlab.pages.markup import tag
from netlab.pages.page import Page
from netlab.pages.shelf import choice

SVG = "{http://www.w3.org/2000/svg}"
ElementTree.register_namespace("", SVG.strip("{}"))


def drawing(folder: Path, page: Page, name: str, step: str) -> str:
    """Показывает один шаг рисунка прямо на странице: так до него доходят цвета темы.

    Raises:
        PageError: такого рисунка нет, он не разбирается, или в нём нет такого шага.
    """
    files = {path.stem: path for path in sorted(folder.glob("*.svg"))}
    if name not in files:
        raise PageError(f"рисунка «{name}» в docs/drawings нет{choice(name, files)}")
    try:
        picture = ElementTree.parse(files[name]).getroot()
    except ElementTree.ParseError as error:
        raise PageError(f"docs/drawings/{name}.svg не разбирается: {error}.") from None
    steps = {view.get("data-from", "0"): view for view in picture.iter(f"{SVG}view")}
    if step not in steps:
        raise PageError(f"шага «{step}» в docs/drawings/{name}.svg нет{choice(step, steps)}")
    frame = steps[step].get("viewBox", "")
    keep_step(picture, int(step))
    anchor = page.anchor(f"drawing-{name}-{step}")
    name_parts(picture, anchor)
    picture.set("role", "img")
    picture.set("viewBox", frame)
    # Блок лаборатории — одна строка.
    written = re.sub(r"\s+", " ", ElementTree.tostring(picture, encoding="unicode"))
    grows = len(steps) > 1
    return tag(
        "figure",
        written,
        tag("button", "Показать по шагам", type="button") if grows else "",
        class_="lab lab-drawing",
        id=anchor,
        data_wire="drawing" if grows else False,
    )


def keep_step(element: Element, step: int) -> None:
    """Оставляет от картины то, что видно на этом шаге."""
    for child in list(element):
        first = child.attrib.pop("data-from", None)
        last = child.attrib.pop("data-to", None)
        too_early = first is not None and step < int(first)
        too_late = last is not None and step > int(last)
        if child.tag == f"{SVG}view" or too_early or too_late:
            element.remove(child)
            continue
        if first == str(step) and "class" in child.attrib:
            child.set("class", f"{child.attrib['class']} new")
        keep_step(child, step)


def name_parts(picture: Element, anchor: str) -> None:
    """Связывает рисунок с его названием и описанием."""
    for part, attribute in (("title", "aria-labelledby"), ("desc", "aria-describedby")):
        words = picture.find(f"{SVG}{part}")
        if words is not None:
            words.set("id", f"{anchor}-{part}")
            picture.set(attribute, f"{anchor}-{part}")
