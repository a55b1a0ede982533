// Кадры под лупой и рисунок по шагам. Всё, чем они управляют, уже есть на странице: разметку пишет
// сборка (netlab/pages/frames.py, drawings.py), и без этого файла она читается целиком.
"use strict";

(() => {
  const ROW = 8;
  const HINT = "Выберите поле, и станут видны его байты; выберите байт — его поля.";

  function create(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [attribute, value] of Object.entries(attributes)) {
      if (value !== false) element.setAttribute(attribute, value);
    }
    element.append(...children);
    return element;
  }

  function able(button, can) {
    // Не disabled: кнопка, на которой стоит фокус, потеряла бы его.
    button.setAttribute("aria-disabled", String(!can));
  }

  // ---------------------------------------------------------------- кадр: что в JSON
  // Порядок полей в списках — тот, в котором их пишет as_json.

  function unpack({ fields, layers, frames }) {
    const field = ([number, start, size, value, problem = ""]) => {
      const [name, title, about] = fields[number];
      return { name, title, about, start, size, value, problem };
    };
    const layer = ([number, start, size, inside, problem = ""]) => {
      const [name, title, source] = layers[number];
      return { name, title, source, start, size, fields: inside.map(field), problem };
    };
    return frames.map(([told, hex, tree]) => ({
      told,
      bytes: hex.match(/../g),
      layers: tree.map(layer),
    }));
  }

  function binary(byte) {
    return Number.parseInt(byte, 16).toString(2).padStart(8, "0");
  }

  function letter(byte) {
    const code = Number.parseInt(byte, 16);
    return code >= 32 && code < 127 ? String.fromCharCode(code) : ".";
  }

  /** Где поле лежит: байты или, если оно занимает не целые, биты и сами эти биты. */
  function place({ start, size }, bytes) {
    const first = start >> 3;
    const last = (start + size - 1) >> 3;
    const whole = start % 8 === 0 && size % 8 === 0;
    const where = first === last ? `байт ${first}` : `байты ${first}–${last}`;
    if (whole) return [where];
    const bits = bytes.slice(first, last + 1).map(binary).join("");
    const from = start - first * 8;
    const lit = create("b", {}, bits.slice(from, from + size));
    const code = create("code", {}, bits.slice(0, from), lit, bits.slice(from + size));
    return [`${where}, биты `, code];
  }

  // ---------------------------------------------------------------- кадр: из чего нарисован

  function source(words) {
    const number = /^RFC (\d+)$/.exec(words)?.[1];
    if (!number) return words;
    return create("a", { href: `https://www.rfc-editor.org/rfc/rfc${number}` }, words);
  }

  function part(layer, number, words, kind) {
    const size = create("small", {}, `${layer.size} Б`);
    return create("button", { type: "button", class: kind, "data-layer": number }, ...words, " ", size);
  }

  function drawBoxes(layers) {
    const padding = layers.at(-1).name === "padding" ? layers.length - 1 : layers.length;
    let inside = [create("span", { class: "lab-box-data" }, "Данные ", create("small", {}, "пусто"))];
    for (let number = padding - 1; number >= 0; number--) {
      const layer = layers[number];
      if (layer.name === "data") {
        inside = [part(layer, number, ["Данные"], "lab-box-data")];
        continue;
      }
      const [protocol, ...what] = layer.title.split(" ").reverse();
      const words = [create("i", {}, "Заголовок"), ` ${protocol}`];
      const header = part(layer, number, words, "lab-box-header");
      if (number === 0 && layers[padding]) {
        inside.push(part(layers[padding], padding, ["Довесок"], "lab-box-data"));
      }
      inside = [
        create("span", { class: "lab-box-name" }, what.reverse().join(" ") || protocol),
        create("div", { class: "lab-box-parts" }, header, create("div", { class: "lab-box" }, ...inside)),
      ];
    }
    return create("div", { class: "lab-box" }, ...inside);
  }

  function drawLayer(layer, number) {
    const items = layer.fields.map((field, order) => {
      const value = create("code", {}, field.value);
      const attributes = { type: "button", class: "lab-field", tabindex: order ? "-1" : "0" };
      const button = create("button", attributes, create("span", {}, field.title), " ", value);
      button.dataset.field = order;
      if (field.problem) button.classList.add("lab-failed");
      return create("li", { class: field.size === 1 && "bit" }, button);
    });
    const title = create("p", {}, create("b", {}, layer.title), " ", source(layer.source));
    const problem = layer.problem ? [create("p", { class: "lab-failed" }, layer.problem)] : [];
    return create("div", { "data-layer": number }, title, ...problem, create("ol", {}, ...items));
  }

  function drawBytes(bytes) {
    const rows = [];
    for (let start = 0; start < bytes.length; start += ROW) {
      const own = bytes.slice(start, start + ROW);
      const cells = own.map((byte, order) =>
        create("td", { "data-byte": start + order, tabindex: "-1" }, byte));
      while (cells.length < ROW) cells.push(create("td", {}));
      const letters = own.map((byte, order) =>
        create("span", { "data-byte": start + order }, letter(byte)));
      rows.push(create("tr", {},
        create("th", { scope: "row" }, String(start)), ...cells, create("td", {}, create("samp", {}, ...letters))));
    }
    const words = create("span", { class: "lab-hidden" }, "Байты кадра");
    return create("table", { role: "grid" }, create("caption", {}, words), create("tbody", {}, ...rows));
  }

  // ---------------------------------------------------------------- кадр: что с ним делают

  class Explorer {
    constructor(figure) {
      this.figure = figure;
      this.frames = unpack(JSON.parse(figure.querySelector("script").textContent));
      this.select = figure.querySelector("select");
      this.status = figure.querySelector("[role=status]");
      this.layer = 0;
      this.peeled = 0;
      /** Поле или байт, который выбрали, и тот, на который показывают мышью. */
      this.kept = null;
      this.pointed = null;
      this.message = HINT;
      // Слушает сам рисунок: уйдёт со страницы он — уйдут и они.
      figure.addEventListener("click", (event) => this.click(event));
      figure.addEventListener("focusin", (event) => this.keep(event.target));
      figure.addEventListener("keydown", (event) => this.press(event));
      figure.addEventListener("pointerover", (event) => {
        if (event.pointerType === "mouse") this.point(this.found(event.target));
      });
      figure.addEventListener("pointerleave", () => this.point(null));
      this.select.addEventListener("change", () => this.turn(Number(this.select.value)));
      this.draw();
    }

    get number() {
      return this.select.selectedIndex;
    }

    get frame() {
      return this.frames[this.number];
    }

    /** Сколько слоёв можно снять: внутренний остаётся. */
    get most() {
      return this.frame.layers.filter((layer) => layer.name !== "padding").length - 1;
    }

    draw() {
      const { layers, bytes } = this.frame;
      const lists = this.figure.querySelector(".lab-layers");
      this.figure.querySelector(".lab-boxes").replaceChildren(drawBoxes(layers));
      lists.replaceChildren(lists.querySelector(".lab-room"), ...layers.map(drawLayer));
      this.figure.querySelector(".lab-bytes").replaceChildren(drawBytes(bytes));
      this.show();
    }

    turn(number) {
      const before = this.frame === this.frames[number] ? null : this.shown?.layers[this.layer];
      const kept = this.kept?.field !== undefined && before?.fields[this.kept.field].name;
      this.select.selectedIndex = number;
      const { layers, told } = this.frame;
      // Кто смотрел на TTL, смотрит на него и в следующем кадре.
      const same = layers.findIndex((layer) => layer.name === before?.name);
      this.peeled = Math.min(this.peeled, this.most);
      this.layer = Math.max(same, this.peeled);
      const field = layers[this.layer].fields.findIndex((one) => one.name === kept);
      this.kept = same >= 0 && field >= 0 ? { layer: this.layer, field } : null;
      const [title, words] = this.figure.querySelector("figcaption").children;
      title.textContent = `Кадр ${number + 1} из ${this.frames.length}`;
      words.textContent = told;
      this.message = `${title.textContent}. ${told}`;
      this.draw();
    }

    peel(by) {
      const { layers } = this.frame;
      this.peeled += by;
      this.layer = this.peeled;
      this.kept = null;
      const done = by > 0 ? "Снят" : "Возвращён";
      const protocol = layers[by > 0 ? this.peeled - 1 : this.peeled].title.split(" ").at(-1);
      const { title, start } = layers[this.peeled];
      const left = this.frame.bytes.length - start;
      this.message = `${done} заголовок ${protocol}. Теперь снаружи ${title}, байтов: ${left}.`;
      this.show();
    }

    choose(layer) {
      this.layer = layer;
      this.kept = null;
      const { title, start, size } = this.frame.layers[layer];
      this.message = `${title}: байты ${start}–${start + size - 1}.`;
      this.show();
    }

    /** Поле или байт под этим элементом. */
    found(element) {
      const { byte } = element.closest("[data-byte]")?.dataset ?? {};
      if (byte !== undefined) return { byte: Number(byte) };
      const field = element.closest("[data-field]");
      if (!field) return null;
      const { layer } = field.closest("[data-layer]").dataset;
      return { layer: Number(layer), field: Number(field.dataset.field) };
    }

    point(target) {
      if (target === this.pointed) return;
      this.pointed = target;
      this.show();
    }

    keep(element) {
      const target = this.found(element);
      if (!target) return;
      this.kept = target;
      this.show();
    }

    click({ target }) {
      const button = target.closest("button");
      if (button?.getAttribute("aria-disabled") === "true") return;
      if (button?.value === "previous") this.turn(this.number - 1);
      else if (button?.value === "next") this.turn(this.number + 1);
      else if (button?.value === "peel") this.peel(1);
      else if (button?.value === "restore") this.peel(-1);
      else if (button?.dataset.layer) this.choose(Number(button.dataset.layer));
      else this.keep(target);
    }

    press(event) {
      const { key, target } = event;
      const spot = this.found(target);
      if (!spot) return;
      const row = spot.byte === undefined ? 1 : ROW;
      const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -row, ArrowDown: row };
      if (key === "Escape") {
        this.kept = null;
        this.message = HINT;
        this.show();
        return;
      }
      const [first, end] = spot.byte === undefined
        ? [0, this.frame.layers[spot.layer].fields.length]
        : [this.frame.layers[this.peeled].start, this.frame.bytes.length];
      const now = spot.byte ?? spot.field;
      const next = { Home: first, End: end - 1 }[key] ?? now + steps[key];
      if (Number.isNaN(next)) return;
      event.preventDefault();
      if (next < first || next >= end) return;
      const kind = spot.byte === undefined ? `.chosen [data-field="${next}"]` : `td[data-byte="${next}"]`;
      this.figure.querySelector(kind).focus();
    }

    // -------------------------------------------------------------- кадр: что видно

    show() {
      const target = this.pointed ?? this.kept;
      const { layers, bytes } = this.frame;
      const hits = [];
      layers.forEach((layer, order) => layer.fields.forEach((field, place) => {
        const wanted = target?.byte === undefined
          ? target?.layer === order && target?.field === place
          : field.start < target.byte * 8 + 8 && field.start + field.size > target.byte * 8;
        if (wanted) hits.push({ layer: order, place, field });
      }));
      if (hits.length) this.layer = hits[0].layer;
      this.shown = this.frame;
      this.showLayers();
      this.showBytes(hits, target);
      this.showFields(hits);
      this.tell(hits, target, bytes);
      able(this.figure.querySelector("[value=previous]"), this.number > 0);
      able(this.figure.querySelector("[value=next]"), this.number < this.frames.length - 1);
      able(this.figure.querySelector("[value=peel]"), this.peeled < this.most);
      able(this.figure.querySelector("[value=restore]"), this.peeled > 0);
    }

    showLayers() {
      for (const button of this.figure.querySelectorAll(".lab-boxes [data-layer]")) {
        const layer = Number(button.dataset.layer);
        button.setAttribute("aria-pressed", String(layer === this.layer));
        button.classList.toggle("peeled", layer < this.peeled);
        // Рамка и имя слоя уходят вместе с его заголовком.
        button.parentElement.parentElement.classList.toggle("peeled", layer < this.peeled);
      }
      for (const list of this.figure.querySelectorAll(".lab-layers [data-layer]")) {
        list.classList.toggle("chosen", Number(list.dataset.layer) === this.layer);
      }
    }

    showBytes(hits, target) {
      const { start, size } = this.frame.layers[this.layer];
      const first = this.frame.layers[this.peeled].start;
      const entry = Math.max(this.kept?.byte ?? start, first);
      for (const cell of this.figure.querySelectorAll("[data-byte]")) {
        const byte = Number(cell.dataset.byte);
        const own = hits.filter(({ field }) =>
          field.start < byte * 8 + 8 && field.start + field.size > byte * 8);
        const bits = own.map(({ field }) =>
          [Math.max(field.start - byte * 8, 0), Math.min(field.start + field.size - byte * 8, 8)]);
        const [from, to] = [Math.min(...bits.map(([one]) => one)), Math.max(...bits.map(([, one]) => one))];
        const some = bits.length > 0 && to - from < 8;
        cell.classList.toggle("own", byte >= start && byte < start + size);
        cell.classList.toggle("lit", bits.length > 0 || byte === target?.byte);
        cell.classList.toggle("some", some);
        cell.style.setProperty("--from", some ? `${from * 12.5}%` : "0%");
        cell.style.setProperty("--to", some ? `${to * 12.5}%` : "100%");
        cell.classList.toggle("peeled", byte < first);
        if (cell.matches("td")) cell.tabIndex = byte === entry ? 0 : -1;
      }
      if (target?.field !== undefined) this.reveal(".lab-bytes", "td.lit");
    }

    showFields(hits) {
      const lit = new Set(hits.map(({ layer, place }) => `${layer} ${place}`));
      for (const button of this.figure.querySelectorAll("[data-field]")) {
        const { layer } = button.closest("[data-layer]").dataset;
        const { field } = button.dataset;
        button.classList.toggle("lit", lit.has(`${layer} ${field}`));
        if (this.kept?.layer === Number(layer)) {
          button.tabIndex = this.kept.field === Number(field) ? 0 : -1;
        }
      }
      this.reveal(".lab-layers > .chosen", ".lit");
    }

    /** Прокручивает список, но не страницу. */
    reveal(list, inside) {
      const box = this.figure.querySelector(list);
      const element = box.querySelector(inside);
      if (!element || box.contains(document.querySelector(":hover"))) return;
      const outer = box.getBoundingClientRect();
      const inner = element.getBoundingClientRect();
      if (inner.top < outer.top || inner.bottom > outer.bottom) {
        box.scrollTop += inner.top - outer.top - outer.height / 3;
      }
    }

    tell(hits, target, bytes) {
      if (!target) {
        this.status.replaceChildren(this.message);
        return;
      }
      const said = [];
      if (target.byte !== undefined) {
        const byte = bytes[target.byte];
        said.push(`Байт ${target.byte}: 0x${byte}, `, create("code", {}, binary(byte)), ". ");
      }
      if (hits.length === 1) {
        const { field, layer } = hits[0];
        said.push(
          create("b", {}, field.title), " ", create("code", {}, field.value),
          " — ", ...place(field, bytes), ". ", field.about, " ",
          field.problem ? create("b", { class: "lab-failed" }, field.problem, " ") : "",
          create("span", { class: "lab-known" }, [field.name, this.frame.layers[layer].source]
            .filter(Boolean).join(", ")),
        );
      } else {
        hits.forEach(({ field }, order) => {
          said.push(order ? "; " : "", create("b", {}, field.title), " ", create("code", {}, field.value));
        });
      }
      this.status.replaceChildren(...said);
    }
  }

  // ---------------------------------------------------------------- рисунок по шагам
  // Беда шага — заголовок раздела и его первый абзац: они на странице уже есть. Сначала видна она
  // и прежняя картина, потом новая.

  class Steps {
    constructor(figures) {
      this.steps = figures.map((figure) => ({
        ...problemOf(figure),
        picture: pictureOf(figure),
        title: figure.querySelector("title").textContent,
      }));
      const boxes = this.steps.map(({ picture }) => picture.getAttribute("viewBox").split(" ").map(Number));
      const top = Math.min(...boxes.map(([, y]) => y));
      const bottom = Math.max(...boxes.map(([, y, , height]) => y + height));
      // Рамка у всех одна: что лежит на месте, то не двигается.
      const frame = `0 ${top} ${boxes[0][2]} ${bottom - top}`;
      for (const step of this.steps) {
        step.picture.setAttribute("viewBox", frame);
        step.before = step.picture.cloneNode(true);
        for (const part of step.before.querySelectorAll(".new")) part.classList.remove("new");
      }
      this.place = 0;
      this.build();
      figures.forEach((figure, number) => {
        figure.querySelector("button").addEventListener("click", () => this.open(number));
      });
    }

    get last() {
      return 2 * (this.steps.length - 1);
    }

    build() {
      const control = (words, act, name) => {
        const button = create("button", { type: "button", "aria-label": name ?? false }, words);
        button.addEventListener("click", act);
        return button;
      };
      this.text = create("div", { class: "lab-steps-text", role: "status" });
      this.picture = create("div", { class: "lab-drawing lab-steps-picture" });
      this.back = control("Назад", () => this.go(this.place - 1));
      this.onward = control("Дальше", () => this.go(this.place + 1));
      this.dots = this.steps.map((_, step) => control("", () => this.go(2 * step), `Шаг ${step}`));
      const dots = create("div", { class: "lab-steps-dots" }, ...this.dots);
      const close = control("×", () => this.dialog.close(), "Закрыть");
      close.className = "lab-steps-close";
      this.dialog = create(
        "dialog", { class: "lab-steps md-typeset", "aria-label": "Рисунок по шагам" },
        this.text, this.picture,
        create("div", { class: "lab-steps-controls" }, this.back, dots, this.onward, close),
      );
      this.dialog.addEventListener("keydown", (event) => this.press(event));
      this.picture.addEventListener("pointerdown", (event) => { this.from = event; });
      this.picture.addEventListener("pointerup", (event) => this.swipe(event));
      document.body.append(this.dialog);
    }

    open(step) {
      this.dialog.showModal();
      this.go(Math.max(2 * step - 1, 0));
      this.onward.focus();
    }

    go(place) {
      if (place < 0 || place > this.last) return;
      const forward = place === this.place + 1;
      this.place = place;
      const problem = this.steps[Math.ceil(place / 2)];
      const solved = place % 2 === 0;
      const { picture, before, title } = this.steps[Math.floor(place / 2)];
      this.text.replaceChildren(
        create("p", { class: "lab-steps-title" }, problem.heading),
        create("p", {}, problem.words),
        create("p", { class: "lab-steps-told" }, solved ? `${title}.` : ""),
      );
      picture.classList.toggle("appearing", forward);
      this.picture.replaceChildren(solved ? picture : before);
      // На телефоне картина и беда вместе выше экрана: сначала видна беда, потом новый заголовок.
      if (solved) picture.querySelector(".header.new")?.scrollIntoView({ block: "nearest" });
      else this.dialog.scrollTop = 0;
      this.dots.forEach((dot, step) => {
        dot.toggleAttribute("aria-current", false);
        if (step === Math.ceil(place / 2)) dot.setAttribute("aria-current", "step");
      });
      able(this.back, place > 0);
      able(this.onward, place < this.last);
    }

    press(event) {
      const { place, last } = this;
      const target = {
        // PageDown и PageUp посылает пульт лектора.
        ArrowRight: place + 1, ArrowDown: place + 1, PageDown: place + 1,
        ArrowLeft: place - 1, ArrowUp: place - 1, PageUp: place - 1,
        Home: 0, End: last,
      }[event.key];
      if (target === undefined) return;
      event.preventDefault();
      this.go(target);
    }

    swipe(event) {
      const across = event.clientX - this.from.clientX;
      if (Math.abs(across) < 40 || Math.abs(across) < Math.abs(event.clientY - this.from.clientY)) return;
      this.go(this.place + (across < 0 ? 1 : -1));
    }
  }

  function problemOf(figure) {
    let heading = figure;
    while (!heading.matches("h2")) heading = heading.previousElementSibling;
    const title = heading.cloneNode(true);
    title.querySelector(".headerlink")?.remove();
    return { heading: title.textContent, words: heading.nextElementSibling.textContent };
  }

  function pictureOf(figure) {
    const picture = figure.querySelector("svg").cloneNode(true);
    // Метка на странице бывает одна: у копии свои.
    for (const part of picture.querySelectorAll("[id]")) part.id += "-shown";
    for (const name of ["aria-labelledby", "aria-describedby"]) {
      picture.setAttribute(name, `${picture.getAttribute(name)}-shown`);
    }
    return picture;
  }

  // ---------------------------------------------------------------- начало

  for (const figure of document.querySelectorAll("[data-wire=frames]")) new Explorer(figure);

  const drawings = new Map();
  for (const figure of document.querySelectorAll("[data-wire=drawing]")) {
    const name = figure.id.replace(/-\d+$/, "");
    drawings.set(name, [...(drawings.get(name) ?? []), figure]);
  }
  for (const figures of drawings.values()) new Steps(figures);
})();
