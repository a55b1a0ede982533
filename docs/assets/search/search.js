// Поиск по лекции: один и тот же на сайте и в папке на диске.
//
// Ищет MiniSearch (minisearch.js), к основе слова его приводит Snowball (base-stemmer.js и
// russian-stemmer.js), разделы страниц лежат в sections.js: его пишет сборка (netlab/pages/search.py).
// Всё это — обычные <script>: fetch с диска (file://) браузер не разрешает. Загружаются они, когда
// окно открыли в первый раз. Основа берётся одинаково и у слов раздела, и у слов запроса.
"use strict";

(() => {
  const HERE = document.currentScript.src;
  const PARTS = ["minisearch.js", "base-stemmer.js", "russian-stemmer.js", "sections.js"];
  const SHOWN = 12;
  const EXCERPT = 140;

  const open = document.querySelector(".search-open");
  const dialog = document.querySelector("dialog.search");
  const input = dialog.querySelector("input");
  const status = dialog.querySelector("[role=status]");
  const list = dialog.querySelector("ol");

  // ---------------------------------------------------------------- слова

  const WORD = /[\p{L}\p{N}_]+/gu;
  const RUSSIAN = /^[а-я]+$/;

  /** Делит текст на слова; имя вроде recv_into остаётся одним словом. */
  const words = (text) => text.match(WORD) ?? [];

  /** Приводит слово к тому, по чему ищут: русское — к основе, имя — и целиком, и по частям. */
  function terms(word, stemmer) {
    const plain = word.toLowerCase().replaceAll("ё", "е");
    if (RUSSIAN.test(plain)) return [stemmer.stemWord(plain)];
    const parts = word.split(/_+|(?<=[a-z0-9])(?=[A-Z])/).map((part) => part.toLowerCase());
    return [...new Set([plain, ...parts])].filter(Boolean);
  }

  // ---------------------------------------------------------------- указатель

  let engine;

  function load(name) {
    return new Promise((loaded, failed) => {
      const script = document.createElement("script");
      script.src = new URL(name, HERE).href;
      script.onload = loaded;
      script.onerror = () => failed(new Error(name));
      document.head.append(script);
    });
  }

  /** Загружает всё нужное и строит указатель; второй раз возвращает готовый. */
  function prepare() {
    engine ??= Promise.all(PARTS.map(load)).then(() => {
      const stemmer = new RussianStemmer();
      const index = new MiniSearch({
        fields: ["title", "about", "page", "text"],
        storeFields: ["title", "page", "text", "location"],
        tokenize: words,
        processTerm: (word) => terms(word, stemmer),
        searchOptions: {
          boost: { title: 5, about: 4, page: 2 },
          // Слово могут ещё печатать; у числа такого начала нет: 98 — это не 980.
          prefix: (term) => term.length > 2 && !/^\d/.test(term),
          weights: { prefix: 0.3, fuzzy: 0.1 },
        },
      });
      index.addAll(lectureSections);
      return { index, stemmer };
    });
    return engine;
  }

  /** Находит разделы, где есть все слова, а если таких нет — где есть хоть одно. */
  async function find(query) {
    const { index } = await prepare();
    const strict = index.search(query, { combineWith: "AND" });
    return strict.length ? strict : index.search(query);
  }

  // ---------------------------------------------------------------- окно

  function text(name, words, className) {
    const element = document.createElement(name);
    element.textContent = words;
    if (className) element.className = className;
    return element;
  }

  /** Вырезает место, где слова запроса встретились впервые, и помечает их. */
  function excerpt(section, query, stemmer) {
    const wanted = new Set(words(query).flatMap((word) => terms(word, stemmer)));
    const hits = [...section.text.matchAll(WORD)].filter(([word]) =>
      terms(word, stemmer).some((term) => wanted.has(term)),
    );
    const middle = hits[0]?.index ?? 0;
    const start = section.text.lastIndexOf(" ", Math.max(0, middle - EXCERPT / 3)) + 1;
    const end = start + EXCERPT;
    const line = text("span", start ? "… " : "", "search-excerpt");
    let done = start;
    for (const hit of hits) {
      if (hit.index < done || hit.index + hit[0].length > end) continue;
      line.append(section.text.slice(done, hit.index), text("mark", hit[0]));
      done = hit.index + hit[0].length;
    }
    line.append(section.text.slice(done, end), section.text.length > end ? "…" : "");
    return line;
  }

  // Корень сайта знает Material: у страницы 404 он записан целиком, у остальных — точками.
  const { base } = JSON.parse(document.getElementById("__config").textContent);
  const root = new URL(base.replace(/\/?$/, "/"), document.baseURI);

  function item(section, query, stemmer) {
    const link = document.createElement("a");
    link.href = new URL(section.location, root).href;
    link.append(text("span", section.title, "search-title"));
    if (section.page !== section.title) link.append(text("span", section.page, "search-page"));
    link.append(excerpt(section, query, stemmer));
    const place = document.createElement("li");
    place.append(link);
    return place;
  }

  let asked = 0;

  async function show() {
    const query = input.value.trim();
    const number = ++asked;
    if (!query) {
      list.replaceChildren();
      status.textContent = "";
      list.dataset.query = "";
      return;
    }
    let found, stemmer;
    try {
      [found, { stemmer }] = [await find(query), await prepare()];
    } catch {
      engine = undefined;
      status.textContent = "Поиск не загрузился: обновите страницу.";
      return;
    }
    if (number !== asked) return; // пока искали, спросили другое
    list.replaceChildren(...found.slice(0, SHOWN).map((one) => item(one, query, stemmer)));
    list.dataset.query = query;
    status.textContent = found.length ? `Разделов: ${found.length}` : "Ничего не нашлось.";
  }

  /** Стрелки ходят по найденному, Enter в строке открывает первое, Escape закрывает окно. */
  function steer(event) {
    const stops = [input, ...list.querySelectorAll("a")];
    const now = stops.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && now >= 0) {
      event.preventDefault();
      stops[Math.min(Math.max(now + step, 0), stops.length - 1)].focus();
    } else if (event.key === "Enter" && now === 0) {
      event.preventDefault();
      stops[1]?.click();
    } else if (event.key === "Escape") {
      event.preventDefault(); // иначе первое нажатие лишь очистило бы строку
      dialog.close();
    }
  }

  function begin() {
    if (!dialog.open) dialog.showModal();
    input.select();
    prepare().catch(() => {}); // о неудаче скажет show
  }

  open.addEventListener("click", begin);
  input.addEventListener("input", show);
  dialog.addEventListener("keydown", steer);
  dialog.addEventListener("click", (event) => {
    // Щелчок мимо окна; ссылка на раздел этой же страницы окна не закрыла бы.
    if (event.target === dialog || event.target.closest("a")) dialog.close();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    begin();
  });
})();
