// Машины с программами без браузера: настоящий брокер, настоящие подмены, CPython из пакета pyodide.

import { readFileSync, readdirSync } from "node:fs";
import { Worker } from "node:worker_threads";

import { Broker } from "../../netlab/browser/net/broker.mjs";

const SHIMS = new URL("../../netlab/browser/python/", import.meta.url);
const THREAD = new URL("./program_thread.mjs", import.meta.url);
const shims = readdirSync(SHIMS)
  .filter((name) => name.endsWith(".py"))
  .map((name) => [name, readFileSync(new URL(name, SHIMS), "utf8")]);

export class Machines {
  #programs = new Map();

  /** pyodide — папка пакета. */
  constructor(pyodide) {
    this.pyodide = pyodide;
    const { port1, port2 } = new MessageChannel();
    this.broker = new Broker(port1);
    this.page = port2;
    port2.onmessage = ({ data }) => this.#hear(data);
    this.tell("host", { name: "a", mac: "02:00:00:00:00:0a", address: "10.0.0.10" });
    this.tell("host", { name: "b", mac: "02:00:00:00:00:0b", address: "10.0.0.80" });
  }

  tell(type, message) {
    this.page.postMessage({ type, ...message }, message.port ? [message.port] : []);
  }

  #hear(data) {
    const program = this.#programs.get(data.id);
    if (!program) return;
    if (data.type === "output") {
      program.output += program.decoder.decode(data.bytes, { stream: true });
      this.tell("shown", { id: data.id, count: data.bytes.length });
    }
    if (data.type === "waits") program.waits = data.waits;
    if (data.type === "ended") program.end(data.status);
    for (const look of [...program.looks]) look();
  }

  /** Запускает программу; вернёт её: output, ended (код завершения), until(условие). */
  run(host, program, { typed = null } = {}) {
    const id = this.#programs.size + 1;
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(THREAD, {
      workerData: { pyodide: this.pyodide, shims, port: port2, program },
      transferList: [port2],
    });
    const state = { id, worker, output: "", waits: [], looks: new Set(), decoder: new TextDecoder() };
    this.#programs.set(id, state);
    this.tell("program", { id, host, port: port1 });
    if (typed !== null) this.tell("type", { id, bytes: new TextEncoder().encode(typed) });
    if (typed !== null) this.tell("type", { id, bytes: null });
    state.until = (condition) =>
      new Promise((resolve) => {
        const look = () => {
          if (!condition(state)) return;
          state.looks.delete(look);
          resolve();
        };
        state.looks.add(look);
        look();
      });
    state.ended = new Promise((resolve, reject) => {
      state.end = (status) => worker.terminate().then(() => resolve(status));
      worker.on("error", reject);
    });
    return state;
  }

  close() {
    for (const { worker } of this.#programs.values()) worker.terminate();
    this.page.close();
  }
}
