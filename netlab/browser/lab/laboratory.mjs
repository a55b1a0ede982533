// Лаборатория под программой: окна машин, провод между ними и то, чем его портят.

import { openEditor } from "../editor.mjs";
import { contents } from "./download.mjs";
import { create } from "./elements.mjs";
import { NetcatPane, ProgramPane } from "./pane.mjs";
import { sceneOf } from "./scenes.mjs";
import { Wire } from "./wire.mjs";
import { World } from "./world.mjs";

const CONDITIONS = {
  "обычный": { delay: 0, rate: Infinity, loss: 0, mss: 1460 },
  "далёкий: 200 мс": { delay: 200, rate: Infinity, loss: 0, mss: 1460 },
  "медленный: 10 КиБ/с": { delay: 20, rate: 10.24, loss: 0, mss: 1460 },
  // Не спеша: пришедшее вместе recv и отдаёт вместе.
  "по одному байту": { delay: 0, rate: 2, loss: 0, mss: 1 },
  "теряет каждый пятый": { delay: 20, rate: Infinity, loss: 0.2, mss: 1460 },
};
const NEW_PROGRAM = "import socket\n\n";
const MEBIBYTE = 1024 * 1024;

/** Текст, который читатель правил здесь раньше; хранилища может и не быть. */
const drafts = {
  get: (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  },
  set: (key, text) => {
    try {
      if (text === null) localStorage.removeItem(key);
      else localStorage.setItem(key, text);
    } catch {
      // Без хранилища правка живёт, пока открыта страница.
    }
  },
};

export class Laboratory {
  #panes = [];
  #conditions = "обычный";

  /** what: { snippet (урок/файл), kind, text, shared (состояние из ссылки) }; closed зовут в конце. */
  static async open(what, closed) {
    const { scenes } = await contents();
    return new Laboratory(what, scenes, closed);
  }

  constructor({ snippet, kind, text, shared }, files, closed) {
    const file = snippet.split("/").at(-1);
    const scene = sceneOf(kind, file, text);
    Object.assign(this, { snippet, closed, hosts: scene.hosts });
    this.world = new World(scene.hosts);
    this.world.warm();
    this.wire = new Wire(scene.hosts, (bytes, name) => this.explore(bytes, name));
    this.world.onFrames = (frames, missed) => this.wire.add(frames, missed);
    this.progress = create("p", { class: "run-progress", role: "status", hidden: "" });
    this.world.onProgress = (done, total) => this.#showProgress(done, total);
    this.grid = create("div", { class: "run-panes" });
    this.element = create(
      "section", { class: "run-lab", "aria-label": `Лаборатория: ${file}` },
      this.#toolbar(), this.progress, this.grid,
      create("div", { class: "run-between" }, this.#wireControls(), this.wire.element),
    );
    for (const pane of scene.panes) {
      this.add({ ...pane, text: pane.scene ? files[pane.file] : text });
    }
    for (const [at, extra] of (shared?.texts ?? []).entries()) {
      if (extra === null) continue;
      if (this.#panes[at] instanceof ProgramPane) this.#panes[at].setText(extra);
      else if (!this.#panes[at]) this.addProgram(extra);
    }
    if (shared?.wire in CONDITIONS) this.#setConditions(shared.wire);
  }

  add(pane) {
    const number = this.#panes.length + 1;
    const key = `lab ${this.snippet} ${number}`;
    const common = { world: this.world, hosts: this.hosts, openEditor, number };
    const made = pane.kind === "netcat"
      ? new NetcatPane(pane, common)
      : new ProgramPane({ ...pane, saved: drafts.get(key) }, { ...common, save: (text) => drafts.set(key, text) });
    this.#panes.push(made);
    this.grid.append(made.element);
    return made;
  }

  addProgram(text = NEW_PROGRAM) {
    const file = `program_${this.#panes.length + 1}.py`;
    this.add({ kind: "program", host: this.hosts[0].name, file, text });
  }

  /** Запускает то, что должно идти само, и главную программу. */
  async start() {
    for (const pane of this.#panes) {
      if (pane.what.auto) await pane.run();
    }
    await this.#panes[0].run();
  }

  #toolbar() {
    const tool = (title, action, attributes = {}) =>
      create("button", { type: "button", class: "run-button", onclick: action, ...attributes }, title);
    this.whole = tool("Во весь экран", () => this.#fullScreen(), { "aria-pressed": "false" });
    return create(
      "div", { class: "run-toolbar", role: "toolbar", "aria-label": "Лаборатория" },
      tool("+ Программа", () => this.addProgram()),
      tool("+ nc", () => this.add({ kind: "netcat", host: this.hosts[0].name, command: `nc ${this.hosts.at(-1).name} 5555` })),
      tool("Ссылка", (event) => this.#share(event.currentTarget)),
      this.whole,
      tool("Закрыть", () => this.close()),
    );
  }

  #wireControls() {
    this.choice = create("select", { "aria-label": "Провод", onchange: () => this.#setConditions(this.choice.value) });
    for (const name of Object.keys(CONDITIONS)) this.choice.append(create("option", {}, name));
    const step = create("button", { type: "button", class: "run-button", onclick: () => this.world.tell("step"), hidden: "" }, "Шаг");
    const steps = create("input", { type: "checkbox", onchange: () => {
      this.world.tell("stepping", { on: steps.checked });
      step.hidden = !steps.checked;
    } });
    this.world.onHeld = (count) => (step.textContent = count > 0 ? `Шаг (в пути ${count})` : "Шаг");
    const tool = (title, action) => create("button", { type: "button", class: "run-button", onclick: action }, title);
    this.tree = create("pre", { class: "run-tree", hidden: "", tabindex: 0, "aria-label": "Кадр по полям" });
    return create(
      "div", { class: "run-controls" },
      create("label", {}, "Провод ", this.choice),
      create("label", {}, steps, " по шагам"), step,
      tool("Оборвать", () => this.world.tell("cut")),
      tool("Скачать .pcapng", () => this.#download()),
      tool("Очистить", () => {
        this.world.tell("forget");
        this.wire.clear();
      }),
      this.tree,
    );
  }

  #setConditions(name) {
    this.#conditions = name;
    this.choice.value = name;
    this.world.tell("conditions", { conditions: CONDITIONS[name] });
  }

  #showProgress(done, total) {
    const known = `${(done / MEBIBYTE).toFixed(1)} из ${(total / MEBIBYTE).toFixed(1)} МиБ`;
    this.progress.textContent = `Загружается Python: ${known}`;
    this.progress.hidden = done >= total;
  }

  async #download() {
    const bytes = await this.world.pcapng();
    const link = URL.createObjectURL(new Blob([bytes], { type: "application/x-pcapng" }));
    create("a", { href: link, download: `${this.snippet.split("/").at(-1).replace(/\.py$/, "")}.pcapng` }).click();
    setTimeout(() => URL.revokeObjectURL(link), 1000);
  }

  /** Разбирает кадр: программой netlab dissect, здесь же, в ещё одном потоке. */
  async explore(bytes, name) {
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    this.tree.hidden = false;
    this.tree.textContent = `${name}\n\nРазбирается…`;
    const decoder = new TextDecoder();
    let text = `${name}\n\n`;
    const files = [["explore.py", EXPLORE]];
    await this.world.run(this.hosts[0].name, { path: "explore.py", args: [hex], files }, {
      onOutput: (stream, part) => (text += decoder.decode(part, { stream: true })),
      onExit: () => (this.tree.textContent = text),
    });
  }

  #fullScreen() {
    const on = this.element.classList.toggle("run-whole");
    this.whole.setAttribute("aria-pressed", String(on));
    document.documentElement.classList.toggle("run-locked", on);
  }

  async #share(button) {
    const texts = this.#panes.map((pane) => (pane.text !== undefined && pane.text !== pane.what.text ? pane.text : null));
    const state = await packed({ snippet: this.snippet, texts, wire: this.#conditions });
    const link = `${location.href.split("#")[0]}#run=${state}`;
    history.replaceState(null, "", link);
    await navigator.clipboard?.writeText(link).catch(() => {});
    button.textContent = "Ссылка скопирована";
    setTimeout(() => (button.textContent = "Ссылка"), 2000);
  }

  close() {
    for (const pane of this.#panes) pane.close();
    this.world.close();
    document.documentElement.classList.remove("run-locked");
    this.element.remove();
    this.closed();
  }
}

const EXPLORE = `import os, runpy, sys
os.environ["NO_COLOR"] = "1"
sys.argv[:] = ["netlab", "dissect", "--explain", sys.argv[1]]
runpy.run_module("netlab", run_name="__main__")
`;

/** Состояние для адреса: JSON, сжатый и записанный буквами, которые в адресе можно. */
export async function packed(state) {
  const stream = new Blob([JSON.stringify(state)]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const letters = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return letters.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Обратно из адреса; null — адрес испорчен. */
export async function unpacked(text) {
  try {
    const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return await new Response(stream).json();
  } catch {
    return null;
  }
}
