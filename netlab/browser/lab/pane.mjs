// Окна лаборатории: программа с редактором и экраном; nc.

import { create } from "./elements.mjs";
import { Netcat, parse } from "./netcat.mjs";
import { Screen } from "./screen.mjs";

const encoder = new TextEncoder();

function button(title, action, attributes = {}) {
  return create("button", { type: "button", class: "run-button", onclick: action, ...attributes }, title);
}

function enabled(one, can) {
  // Не disabled: кнопка, на которой стоит фокус, потеряла бы его.
  one.setAttribute("aria-disabled", String(!can));
}

/** Строка ввода под экраном: Enter — отправить, вторая кнопка — конец ввода. */
function inputLine(name, send, finish) {
  const field = create("input", {
    type: "text", "aria-label": name, autocomplete: "off", autocapitalize: "off", spellcheck: "false",
  });
  const form = create("form", {
    class: "run-input",
    onsubmit(event) {
      event.preventDefault();
      send(`${field.value}\n`);
      field.value = "";
    },
  }, field, create("button", { class: "run-button" }, "Enter"), finish);
  return { form, field };
}

export class ProgramPane {
  #program = null;
  #starting = false;
  #editor = null;

  /** what: { host, file, text (исходный), saved, interactive }; shared — мир, редактор, хранение. */
  constructor(what, { world, hosts, openEditor, save, number }) {
    Object.assign(this, { what, world, save });
    this.text = what.saved ?? what.text;
    this.start = button("▶ Запустить", () => this.run());
    this.halt = button("■ Стоп", () => this.stop(), { "aria-disabled": "true" });
    const place = create("select", { "aria-label": "Машина" });
    for (const { name, title, address } of hosts) {
      place.append(create("option", { value: name, ...(name === what.host && { selected: "" }) }, `${title}, ${address}`));
    }
    place.addEventListener("change", () => (this.what.host = place.value));
    this.state = create("span", { class: "run-state", role: "status" });
    this.screen = new Screen(`Вывод ${what.file}`);
    const end = button("Ctrl-D", () => this.type(null), { title: "Конец ввода" });
    const { form, field } = inputLine(`Ввод для ${what.file}`, (text) => this.type(text), end);
    this.field = field;
    const holder = create("div", { class: "run-editor" });
    this.element = create(
      "section", { class: "run-pane", "aria-label": `Программа ${what.file}` },
      create("header", {}, create("b", {}, what.file), place),
      holder,
      create(
        "div", { class: "run-buttons" },
        this.start, this.halt, this.state,
        create(
          "span", { class: "run-more" },
          button("Вернуть", () => this.reset(), { title: "Вернуть исходный текст" }),
          button("Копировать", () => navigator.clipboard.writeText(this.text)),
          button("Скачать", () => this.download()),
        ),
      ),
      this.screen.element, form,
    );
    this.#editor = openEditor(holder, {
      text: this.text,
      name: `Текст ${what.file}, окно ${number}. Escape и Tab — к кнопкам`,
      changed: (text) => {
        this.text = text;
        this.save(text === this.what.text ? null : text);
      },
    });
  }

  get running() {
    return this.#program !== null || this.#starting;
  }

  /** Программа идёт — её прерывают и ждут, другой на том же месте быть не должно. */
  async run() {
    if (this.running) return;
    this.#starting = true;
    this.screen.clear();
    this.show("загружается…");
    const { file, interactive, args = [] } = this.what;
    const command = ["python", ...(interactive ? ["-i"] : []), file, ...args].join(" ");
    this.screen.write(`$ ${command}\n`, 3);
    try {
      this.#program = await this.world.run(
        this.what.host,
        { path: file, args, files: [[file, this.text]], interactive: Boolean(interactive) },
        {
          onOutput: (stream, bytes) => {
            this.screen.print(stream, bytes);
            // Показанным считается то, что успели нарисовать: иначе печать обогнала бы экран.
            const program = this.#program;
            requestAnimationFrame(() => program && this.world.shown(program, bytes.length));
          },
          onWaits: (waits) => this.show(waits.length > 0 ? `ждёт: ${waits.map(called).join(", ")}` : "идёт"),
          onStart: () => this.show("идёт"),
          onExit: (status) => this.ended(status),
        },
      );
    } catch (error) {
      this.screen.write(`Python не загрузился: ${error.message}. Проверьте сеть и нажмите ▶ ещё раз.\n`, 2);
      this.show("");
    }
    this.#starting = false;
    this.update();
  }

  ended(status) {
    this.#program = null;
    if (status === null) this.screen.write("Программа завершена: на Ctrl-C она не ответила.\n", 3);
    this.show(status === null ? "остановлена" : status === 0 ? "закончила" : `закончила с кодом ${status}`);
  }

  stop() {
    if (this.#program) this.world.stop(this.#program);
  }

  type(text) {
    if (!this.#program) return;
    if (text !== null) this.screen.write(text, 0);
    this.world.type(this.#program, text === null ? null : encoder.encode(text));
  }

  reset() {
    this.setText(this.what.text);
  }

  setText(text) {
    this.#editor.setText(text);
  }

  download() {
    const link = URL.createObjectURL(new Blob([this.text], { type: "text/x-python" }));
    create("a", { href: link, download: this.what.file }).click();
    setTimeout(() => URL.revokeObjectURL(link), 1000);
  }

  show(state) {
    this.state.textContent = state;
    this.update();
  }

  update() {
    enabled(this.start, !this.running);
    enabled(this.halt, this.#program !== null);
  }

  close() {
    this.#editor.remove();
  }
}

const NAMES = {
  receive: "recv", receiveFrom: "recvfrom", sendTo: "sendto", poll: "select", wait: "замок",
  read: "ввод", drain: "экран",
};

function called(name) {
  return NAMES[name] ?? name;
}

export class NetcatPane {
  #cat = null;
  #id = null;

  constructor(what, { world, hosts, number }) {
    Object.assign(this, { what, world });
    const { title, address } = hosts.find((host) => host.name === what.host);
    this.command = create("input", {
      type: "text", value: what.command, "aria-label": `Команда окна ${number}`, autocomplete: "off", spellcheck: "false",
    });
    this.start = create("button", { class: "run-button" }, "▶ Запустить");
    this.halt = button("■ Стоп", () => this.stop(), { "aria-disabled": "true" });
    this.state = create("span", { class: "run-state", role: "status" });
    this.screen = new Screen("Вывод nc");
    const end = button("Ctrl-D", () => this.#cat?.finish().catch(() => {}), { title: "Закончить: FIN" });
    const { form } = inputLine("Что отправить", (text) => this.send(text), end);
    this.element = create(
      "section", { class: "run-pane", "aria-label": "nc" },
      create("header", {}, create("b", {}, "nc"), create("span", {}, `${title}, ${address}`)),
      create("form", { class: "run-buttons", onsubmit: (event) => {
        event.preventDefault();
        this.run();
      } }, this.command, this.start, this.halt, this.state),
      this.screen.element, form,
    );
  }

  get running() {
    return this.#id !== null;
  }

  async run() {
    if (this.running) return;
    this.screen.clear();
    const wanted = parse(this.command.value);
    if (!wanted) {
      this.screen.write("Команда непонятна. Примеры: nc server 5555, nc -u server 5555, nc -l 5555.\n", 2);
      return;
    }
    this.screen.write(`$ ${this.command.value.trim()}\n`, 3);
    const { program, port } = this.world.connect(this.what.host);
    this.#id = program.id;
    this.#cat = new Netcat(port, {
      print: (stream, bytes) => this.screen.print(stream, bytes),
      about: (text) => this.screen.write(`${text}\n`, 3),
    });
    this.update();
    try {
      await this.#cat.talk(wanted);
    } catch (error) {
      if (this.running) this.screen.write(`${REASONS[error.message] ?? error.message}\n`, 2);
    }
    this.stop();
  }

  async send(text) {
    if (!this.#cat) return;
    this.screen.write(text, 0);
    await this.#cat.send(text).catch((error) => this.screen.write(`${REASONS[error.message] ?? error.message}\n`, 2));
  }

  stop() {
    if (this.#id === null) return;
    this.world.leave(this.#id);
    this.#id = this.#cat = null;
    this.update();
  }

  update() {
    this.state.textContent = this.running ? "идёт" : "";
    enabled(this.start, !this.running);
    enabled(this.halt, this.running);
  }

  close() {
    this.stop();
  }
}

const REASONS = {
  ECONNREFUSED: "Отказ: на этом порту никто не слушает (ECONNREFUSED). Сначала запустите сервер.",
  ECONNRESET: "Другая сторона оборвала соединение (ECONNRESET).",
  EPIPE: "Писать больше некому (EPIPE).",
  EADDRINUSE: "Порт занят (EADDRINUSE).",
  ETIMEDOUT: "Никто не ответил (ETIMEDOUT).",
  EHOSTUNREACH: "До этой машины не дойти (EHOSTUNREACH).",
};
