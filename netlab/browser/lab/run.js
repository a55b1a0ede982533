// Кнопка ▶ на программах, которые могут идти прямо на странице. Больше до нажатия не загружается
// ничего.
"use strict";

(() => {
  const here = document.currentScript.src;
  const able = "Suspending" in WebAssembly && "promising" in WebAssembly;
  const WHY =
    "Этот браузер ещё не умеет приостанавливать WebAssembly (JSPI), поэтому программа здесь не " +
    "пойдёт. Умеют Chrome и Edge с 137-го, Firefox со 153-го, Safari с 27-го. Вывод программы " +
    "записан ниже на странице; чтобы запустить её у себя, скачайте файл и наберите ";

  function say(block, ...words) {
    const text = document.createElement("p");
    text.className = "run-why";
    text.setAttribute("role", "status");
    text.append(...words);
    block.nextElementSibling?.classList.contains("run-why") || block.after(text);
  }

  async function open(block, shared = null) {
    const { snippet, runs: kind } = block.dataset;
    const button = block.querySelector(".run-start");
    if (!able) {
      const command = document.createElement("code");
      command.textContent = `python ${snippet.split("/").at(-1)}`;
      return say(block, WHY, command, ".");
    }
    button.hidden = true;
    try {
      const [{ Laboratory }, answer] = await Promise.all([
        import(new URL("laboratory.mjs", here)),
        fetch(new URL(`../../../programs/${snippet}`, here)),
      ]);
      if (!answer.ok) throw new Error(`нет файла ${snippet}`);
      const text = await answer.text();
      const lab = await Laboratory.open({ snippet, kind, text, shared }, () => {
        button.hidden = false;
        button.focus();
      });
      block.after(lab.element);
      keep();
      if (!shared) await lab.start();
      else lab.element.scrollIntoView({ block: "nearest" });
    } catch (error) {
      button.hidden = false;
      say(block, `Лаборатория не открылась: ${error.message}. Проверьте сеть и нажмите ▶ ещё раз.`);
    }
  }

  /** Оставляет в браузере всё, что понадобилось: в следующий раз сеть не нужна. */
  async function keep() {
    // Хранилища может не быть: страница открыта по http не с этой машины.
    if (!navigator.serviceWorker) return;
    await navigator.serviceWorker.register(new URL("../../../offline.js", here)).catch(() => {});
    const { active } = await navigator.serviceWorker.ready;
    const { files } = await (await fetch(new URL("../index.json", here))).json();
    const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
    const own = loaded.filter((name) => name.startsWith(location.origin));
    const whole = files.map((name) => new URL(`../${name}`, here).href);
    active.postMessage([location.href.split("#")[0], ...own, ...whole]);
  }

  /** Состояние, которым поделились ссылкой; null — такого нет. */
  async function fromLink() {
    const found = /^#run=([\w-]+)$/.exec(location.hash);
    if (!found || !able) return;
    const { unpacked } = await import(new URL("laboratory.mjs", here));
    const shared = await unpacked(found[1]);
    const block = [...blocks].find((one) => one.dataset.snippet === shared?.snippet);
    if (block) open(block, shared);
  }

  const blocks = document.querySelectorAll("[data-runs]");
  for (const block of blocks) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "run-start";
    button.textContent = "▶ Запустить";
    button.setAttribute("aria-label", `Запустить ${block.dataset.snippet.split("/").at(-1)} на этой странице`);
    button.addEventListener("click", () => open(block));
    block.prepend(button);
  }
  fromLink();
})();
