// То, чего в Material нет: крупный код, версии, меню с клавиатуры и имена для тех, кто слушает.
"use strict";

(() => {
  const root = document.documentElement;

  // ---------------------------------------------------------------- крупный код
  // Выбор запоминает и применяет до первого показа скрипт в theme/main.html.

  const size = document.querySelector(".code-size");

  function showSize() {
    size.setAttribute("aria-pressed", String(root.classList.contains("large-code")));
  }

  size.addEventListener("click", () => {
    // Строка, которую читали, остаётся на своём месте экрана.
    const line = document.elementFromPoint(innerWidth / 2, innerHeight / 2)?.closest("article *");
    const before = line?.getBoundingClientRect().top;
    __md_set("__large_code", root.classList.toggle("large-code"));
    showSize();
    if (line) scrollBy({ top: line.getBoundingClientRect().top - before, behavior: "instant" });
  });
  showSize();

  // ---------------------------------------------------------------- меню с клавиатуры
  // Кнопка меню у Material — подпись (label) к спрятанному полю, и Tab её не видит. Её место занимает
  // настоящая кнопка.

  const drawer = document.getElementById("__drawer");
  const label = document.querySelector("label.md-header__button[for=__drawer]");
  const menu = document.createElement("button");

  function showDrawer() {
    menu.setAttribute("aria-expanded", String(drawer.checked));
  }

  menu.type = "button";
  menu.className = `${label.className} menu`;
  menu.setAttribute("aria-label", "Содержание лекции");
  menu.replaceChildren(...label.children);
  menu.addEventListener("click", () => drawer.click());
  drawer.addEventListener("change", showDrawer);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !drawer.checked) return;
    drawer.click();
    menu.focus();
  });
  label.replaceWith(menu);
  showDrawer();

  // ---------------------------------------------------------------- переключатель версий
  // Программы целиком уже есть на странице, под своими шагами: показывается их список отличий —
  // подсвеченные строки — вместе с остальным текстом.

  function copyButton(target) {
    const frame = document.createElement("nav");
    const button = document.createElement("button");
    frame.className = "md-code__nav";
    frame.setAttribute("role", "none");
    button.className = "md-code__button";
    button.title = "Копировать в буфер";
    button.dataset.clipboardTarget = target;
    button.dataset.mdType = "copy";
    frame.append(button);
    return frame;
  }

  function showVersion(lab, name) {
    const whole = document.querySelector(`[data-snippet="${name}"]:not([data-section])`);
    const copy = whole.cloneNode(true);
    const select = lab.querySelector("select");
    // На странице метка бывает одна: у копии своя, и кнопка «Копировать» берёт текст оттуда.
    for (const one of copy.querySelectorAll("[id], [name]")) {
      one.removeAttribute("id");
      one.removeAttribute("name");
    }
    // Кнопку «Копировать» Material ставит, когда до программы дошли, а до свёрнутой не доходят.
    const text = copy.querySelector("pre");
    text.id = `${select.id}-text`;
    text.querySelector("nav")?.remove();
    text.prepend(copyButton(`#${text.id} > code`));
    lab.querySelector(".lab-version").replaceChildren(copy);
    const code = text.querySelector("code");
    if (code.scrollWidth > code.clientWidth) code.tabIndex = 0; // иначе с клавиатуры не прокрутить
    for (const button of lab.querySelectorAll("button[value]")) {
      button.disabled = !select.options[select.selectedIndex + Number(button.value)];
    }
  }

  for (const lab of document.querySelectorAll(".lab-versions")) {
    const select = lab.querySelector("select");
    select.addEventListener("change", () => showVersion(lab, select.value));
    for (const button of lab.querySelectorAll("button[value]")) {
      button.addEventListener("click", () => {
        select.selectedIndex += Number(button.value);
        showVersion(lab, select.value);
      });
    }
    lab.querySelector("details").addEventListener(
      "toggle", () => showVersion(lab, select.value), { once: true },
    );
  }

  // ---------------------------------------------------------------- имена для слуха
  // Рамка каждой кнопки «Копировать» объявлена навигацией; axe на это жалуется.

  function nameControls() {
    for (const frame of document.querySelectorAll("nav.md-code__nav:not([role])")) {
      frame.setAttribute("role", "none");
    }
  }

  // Кнопки Material добавляет, когда страница уже показана.
  new MutationObserver(nameControls).observe(document.querySelector("article"), {
    childList: true,
    subtree: true,
  });
  nameControls();
})();
