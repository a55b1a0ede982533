// Мир одной лаборатории: поток брокера, машины в нём и потоки программ. Про страницу не знает:
// о новостях говорит тем, кто подписался.

import { address, python } from "./download.mjs";

/** Столько Ctrl-C ждёт от программы ответа, мс: кто считает, не слыша, того завершают. */
const DEAF = 150;
const SLOW = 1500;

export class World {
  #broker = new Worker(address("net/broker_worker.mjs"), { type: "module" });
  #page;
  #programs = new Map();
  #number = 0;
  #answers = new Map();
  #spare = null;
  #closed = false;
  #workers = new Set();
  onFrames = () => {};
  onHeld = () => {};
  onProgress = () => {};

  constructor(hosts) {
    const { port1, port2 } = new MessageChannel();
    this.#page = port1;
    this.#broker.postMessage({ port: port2 }, [port2]);
    port1.onmessage = ({ data }) => this.#hear(data);
    for (const host of hosts) this.tell("host", host);
  }

  /** Просит брокера: см. net/broker.mjs. */
  tell(type, message = {}) {
    this.#page.postMessage({ type, ...message }, message.port ? [message.port] : []);
  }

  #hear(data) {
    if (data.type === "frames") return this.onFrames(data.frames, data.missed);
    if (data.type === "held") return this.onHeld(data.count);
    if (data.type === "pcapng") return this.#answers.get(data.number)?.(data.bytes);
    const program = this.#programs.get(data.id);
    if (!program) return;
    if (data.type === "output") program.onOutput(data.stream, data.bytes);
    if (data.type === "waits") {
      program.waits = data.waits;
      program.onWaits(data.waits);
    }
    if (data.type === "ended") this.#end(program, data.status);
    if (data.type === "interrupt") this.#impatient(program, data.waited);
  }

  /** Файл .pcapng со всем, что было на проводе. */
  pcapng() {
    this.#number += 1;
    const number = this.#number;
    this.tell("pcapng", { number });
    return new Promise((resolve) => this.#answers.set(number, resolve));
  }

  /** Порт к брокеру для того, кто сам себе программа; вернёт { id, port }. */
  connect(host, listeners = {}) {
    this.#number += 1;
    const id = this.#number;
    const { port1, port2 } = new MessageChannel();
    const program = { id, waits: [], onOutput() {}, onWaits() {}, onExit() {}, ...listeners };
    this.#programs.set(id, program);
    this.tell("program", { id, host, port: port1 });
    return { program, port: port2 };
  }

  leave(id) {
    this.#programs.delete(id);
    this.tell("exit", { id });
  }

  /**
   * Запускает программу на машине. listeners: onOutput(stream, bytes), onWaits(вызовы),
   * onStart(), onExit(код; null — завершена силой). Вернёт её; до загрузки CPython — обещание.
   */
  async run(host, what, listeners) {
    const spare = await this.#takeSpare();
    if (this.#closed) return null;
    const { program, port } = this.connect(host, listeners);
    program.worker = spare;
    spare.onmessage = ({ data }) => {
      program.onOutput(2, new TextEncoder().encode(`${data.text}\n`));
      this.#end(program, 1);
    };
    program.onStart?.();
    spare.postMessage({ type: "run", program: what, port }, [port]);
    // Следующий запуск не будет ждать загрузки.
    this.warm();
    return program;
  }

  /** Начинает грузить CPython, пока страница рисует остальное. */
  warm() {
    this.#spare ??= this.#boot();
    this.#spare.catch(() => {});
  }

  #takeSpare() {
    const spare = this.#spare ?? this.#boot();
    this.#spare = null;
    return spare;
  }

  async #boot() {
    const files = await python((done, total) => this.onProgress(done, total));
    if (this.#closed) throw new Error("лаборатория закрыта");
    const worker = new Worker(address("lab/worker.mjs"), { type: "module" });
    this.#workers.add(worker);
    await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => (data.type === "ready" ? resolve() : reject(Error(data.text)));
      worker.onerror = (event) => reject(Error(event.message));
      worker.postMessage({ type: "boot", ...files });
    });
    return worker;
  }

  type(program, bytes) {
    this.tell("type", { id: program.id, bytes });
  }

  shown(program, count) {
    this.tell("shown", { id: program.id, count });
  }

  /** Ctrl-C; второй раз подряд или глухой — завершает. */
  stop(program) {
    if (program.stopping) return this.#end(program, null);
    program.stopping = true;
    this.tell("interrupt", { id: program.id });
  }

  #impatient(program, waited) {
    setTimeout(() => {
      program.stopping = false;
      // Программа вправе поймать Ctrl-C и ждать дальше: тогда она не глухая.
      if (this.#programs.has(program.id) && program.waits.length === 0) this.#end(program, null);
    }, waited > 0 ? SLOW : DEAF);
  }

  #end(program, status) {
    if (!this.#programs.has(program.id)) return;
    program.worker.terminate();
    this.#workers.delete(program.worker);
    this.leave(program.id);
    program.onExit(status);
  }

  close() {
    this.#closed = true;
    for (const worker of this.#workers) worker.terminate();
    this.#broker.terminate();
    this.#page.close();
  }
}
