"""То, чем читатель управляет: крупный код, версии, меню, печать — и всё с клавиатуры."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.proof.browser.reader import VIEWS, WHOLE, Reader, View
from tests.proof.browser.screenshots import keep_pdf, keep_screenshot
from tests.proof.browser.test_look import CLIPPED, SIDEWAYS
from tests.proof.browser.test_programs import copy, expected

PROJECTORS = [View(1024, 768, "light"), View(1280, 720, "dark")]
LEGIBLE = 18
"""Кегль кода на проекторе шириной 1024, в пикселях; на больших он больше."""
TABS = 1000

CODE_SIZES = """() => [...document.querySelectorAll(
  '.md-content :is(pre > code, .lab-terminal pre, .lab-conversation)')]
  .filter(element => element.checkVisibility())
  .map(element => parseFloat(getComputedStyle(element).fontSize))"""

STOPS = """() => [...document.querySelectorAll(
    'a[href], button, input, select, summary, label.md-header__button, [tabindex="0"]')]
  .filter(one => !one.disabled && one.checkVisibility({visibilityProperty: true}) &&
    one.getBoundingClientRect().width > 0 && !one.matches('.md-skip'))
  .map((one, number) => { one.dataset.stop = number; return one.outerHTML.slice(0, 160); })"""
"""Нумерует всё, на что можно нажать, и пересказывает."""

FOCUSED = """() => {
  const one = document.activeElement;
  const shown = one.matches('.md-option') ? one.nextElementSibling : one;
  const style = getComputedStyle(shown);
  return {outside: one === document.body, stop: shown.dataset.stop,
          seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
          what: one.outerHTML.slice(0, 160)};
}"""


@pytest.mark.parametrize("view", [VIEWS[0], VIEWS[2]], ids=str)
@pytest.mark.parametrize("address", ["", "recv/", "errors/"])
def test_keyboard_reaches_everything_and_focus_is_seen(
    reader: Reader, address: str, view: View
) -> None:
    page = reader.open(address, view)
    left = dict(enumerate(page.evaluate(STOPS)))
    for _ in range(TABS):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused["outside"]:
            break
        assert focused["seen"], focused["what"]
        if focused["stop"] is not None:
            left.pop(int(focused["stop"]), None)
    assert not left


def test_large_code_fills_a_projector_and_is_kept(reader: Reader) -> None:
    """Код виден с последнего ряда, вбок не прокручивается; на другой странице выбор тот же."""
    for view in PROJECTORS:
        page = reader.open("recv/", view)
        page.evaluate(WHOLE)
        usual = page.evaluate(CODE_SIZES)
        button = page.get_by_role("button", name="Крупный код")
        button.press("Enter")
        expect(button).to_have_attribute("aria-pressed", "true")
        large = page.evaluate(CODE_SIZES)
        assert len(large) == len(usual) > 10
        assert all(one >= LEGIBLE * view.width / 1024 for one in large)
        assert all(one > other * 1.2 for one, other in zip(large, usual, strict=True))
        assert page.evaluate(CLIPPED) == []
        assert page.evaluate(SIDEWAYS) == []
        keep_screenshot(page, "recv/", f"projector-{view}")
        reader.go(page, "echo/")
        assert min(page.evaluate(CODE_SIZES)) == min(large)
        page.get_by_role("button", name="Крупный код").click()
        page.reload()
        expect(page.get_by_role("button", name="Крупный код")).to_have_attribute(
            "aria-pressed", "false"
        )


def test_line_being_read_stays_when_code_grows(reader: Reader) -> None:
    page = reader.open("recv/")
    line = page.locator("#less")
    line.evaluate("line => scrollBy(0, line.getBoundingClientRect().top - innerHeight / 2 + 5)")
    before = line.bounding_box()
    page.get_by_role("button", name="Крупный код").click()
    assert before is not None
    after = line.bounding_box()
    assert after is not None
    assert abs(after["y"] - before["y"]) < 40


def test_versions_one_after_another(reader: Reader) -> None:
    """Стрелка показывает следующую версию целиком: текст файла, новое подсвечено, копируется."""
    page = reader.open("recv/")
    lab = page.locator(".lab-versions")
    lab.locator("summary").press("Enter")
    names = lab.locator("option").evaluate_all("options => options.map(one => one.value)")
    assert len(names) > 5
    forward = lab.get_by_role("button", name="Следующая версия")
    for number, name in enumerate(names):
        shown = lab.locator("[data-snippet]")
        expect(shown).to_have_attribute("data-snippet", name)
        assert shown.locator("code").text_content() == expected(name, None)
        assert (shown.locator(".hll").count() > 0) == (number > 0), name
        assert copy(shown) == expected(name, None).removesuffix("\n")
        if number < len(names) - 1:
            forward.press("Enter")
    expect(forward).to_be_disabled()
    lab.locator("select").select_option(names[1])
    expect(lab.locator("[data-snippet]")).to_have_attribute("data-snippet", names[1])
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))


def test_menu_opens_from_the_keyboard(reader: Reader) -> None:
    page = reader.open("recv/", VIEWS[0])
    menu = page.get_by_role("button", name="Содержание лекции")
    expect(menu).to_have_attribute("aria-expanded", "false")
    menu.press("Enter")
    expect(menu).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".md-nav--primary")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(menu).to_have_attribute("aria-expanded", "false")
    expect(menu).to_be_focused()


def test_folded_is_printed_and_folds_again(reader: Reader) -> None:
    """На бумаге раскрыто всё, кроме программ, что уже показаны кусками; на экране — как было."""
    page = reader.open("recv/")
    folded = page.locator("details:not(.program, details details)")
    before = folded.evaluate_all("all => all.map(one => one.open)")
    assert False in before
    keep_pdf("recv/", page.pdf())
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    for one in folded.all():
        expect(one).to_have_attribute("open", "")
        expect(one).to_be_visible()
    assert not any(one.is_visible() for one in page.locator("details.program").all())
    for gone in (".md-header", ".md-sidebar--primary", ".neighbours", ".md-footer"):
        expect(page.locator(gone)).to_be_hidden()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(folded.first).not_to_have_attribute("open", "")
    assert folded.evaluate_all("all => all.map(one => one.open)") == before


def test_policy_stops_what_the_build_did_not_put_in(reader: Reader) -> None:
    """Ни вписанная программа, ни чужая картинка, ни чужой адрес страницы не трогают."""
    page = reader.open("recv/")
    stopped = page.evaluate("""async () => {
      const stopped = [];
      addEventListener('securitypolicyviolation', one => stopped.push(one.effectiveDirective));
      document.body.insertAdjacentHTML('beforeend', '<img src="https://example.org/a.png">');
      const script = document.createElement('script');
      script.textContent = 'window.alien = true';
      document.body.append(script);
      document.body.setAttribute('onclick', 'window.alien = true');
      document.body.click();
      await fetch('https://example.org/').catch(() => {});
      const deadline = performance.now() + 10_000;
      while (stopped.length < 4 && performance.now() < deadline)
        await new Promise(requestAnimationFrame);
      return [...stopped.sort(), window.alien ?? 'нет'];
    }""")
    assert stopped == ["connect-src", "img-src", "script-src-attr", "script-src-elem", "нет"]
    # Браузер обязан был пожаловаться в консоль: на это и проверка.
    policy = ("Content Security Policy", "запрос не удался: https://example.org/")
    assert all(any(one in trouble for one in policy) for trouble in reader.troubles)
    assert len(reader.troubles) >= 4
    reader.troubles.clear()
