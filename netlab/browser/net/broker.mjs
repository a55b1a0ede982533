// Ядро на всех: одна сеть, машины в ней и программы на машинах. С программой и со страницей
// говорит сообщениями, поэтому может жить в своём потоке. Времени здесь одно: performance.now.

import { Host } from "./host.mjs";
import { Network } from "./network.mjs";
import { pcapng } from "./pcapng.mjs";
import { Process } from "./process.mjs";
import { SystemError } from "./errno.mjs";
import { Terminal } from "./terminal.mjs";

/** Страница узнаёт о новом не чаще раза за кадр экрана, мс. */
const TICK = 16;
/** Столько байтов кадров помнится для файла .pcapng; дальше прежние забываются. */
const KEPT = 16 * 1024 * 1024;
/** Забытые убирают из списка, когда их накопится столько. */
const FORGOTTEN = 10_000;
/** Столько кадров за раз показывают странице; остальные она узнаёт только числом. */
const SHOWN = 50;

/** Системные вызовы, о которых может просить программа. */
const CALLS = new Set([
  "socket", "dup", "close", "bind", "listen", "shutdown", "getsockname", "getpeername",
  "setsockopt", "getsockopt", "resolve", "hostname", "accept", "connect", "send", "sendTo",
  "receive", "receiveFrom", "poll", "sleep", "wait", "wake", "print", "drain", "read",
]);

export class Broker {
  #port;
  #network = new Network();
  #timer = null;
  #tick = null;
  #programs = new Map();
  #frames = [];
  #missed = 0;
  #toldHeld = 0;
  #kept = [];
  #keptFrom = 0;
  #keptSize = 0;
  #started = Date.now() - performance.now();

  /** port — порт страницы: { postMessage, onmessage }. */
  constructor(port) {
    this.#port = port;
    this.#network.onFrame = (frame) => this.#note(frame);
    port.onmessage = ({ data }) => {
      const answer = this.#orders[data.type](data);
      if (answer !== undefined) this.#tell({ type: data.type, ...answer });
      this.#pump();
    };
  }

  // О чём просит страница.

  #orders = {
    /** Новая машина; names — другие её имена. */
    host: ({ name, mac, address, names = [] }) => {
      this.#network.attach(new Host({ name, mac, address }));
      for (const other of names) this.#network.names.set(other, [address]);
    },
    /** Новая программа на машине: id, имя машины и порт, по которому программа будет просить. */
    program: ({ id, host, port }) => this.#admit(id, this.#network.hosts.get(host), port),
    /** Ctrl-C: waited — сколько вызовов ждало. */
    interrupt: ({ id }) => {
      return { id, waited: this.#programs.get(id)?.process.interrupt() ?? 0 };
    },
    /** Программы больше нет. */
    exit: ({ id }) => this.#dismiss(id),
    /** Набрали на клавиатуре; bytes null — Ctrl-D. */
    type: ({ id, bytes }) => this.#programs.get(id)?.process.terminal.type(bytes),
    /** Напечатанное показано. */
    shown: ({ id, count }) => this.#programs.get(id)?.process.terminal.shown(count),
    conditions: ({ conditions }) => void Object.assign(this.#network.conditions, conditions),
    stepping: ({ on }) => void (this.#network.stepping = on),
    step: () => this.#network.step(),
    cut: () => this.#network.cut(),
    forget: () => {
      this.#kept = [];
      this.#keptFrom = this.#keptSize = 0;
    },
    pcapng: ({ number }) => {
      const frames = this.#kept.slice(this.#keptFrom).map(({ at, encode }) => ({ at, bytes: encode() }));
      return { number, bytes: pcapng(frames, this.#started) };
    },
  };

  #admit(id, host, port) {
    const program = { id, port, printed: [], waits: new Map(), told: "" };
    const show = (stream, bytes) => {
      program.printed.push({ stream, bytes });
      this.#arrangeTick();
    };
    program.process = new Process(host, new Terminal(host.clock, show));
    this.#programs.set(id, program);
    port.onmessage = ({ data }) => {
      this.#carryOut(program, data);
      this.#pump();
    };
  }

  #dismiss(id) {
    const program = this.#programs.get(id);
    if (!program) return;
    this.#programs.delete(id);
    program.process.exit();
    program.port.close();
  }

  // О чём просит программа.

  /** Выполняет вызов; call — номер, под которым ждут ответа, без номера ответа не ждут. */
  #carryOut(program, { call, name, args }) {
    const reply = (message) => {
      if (call === undefined) return;
      const { value = null, error = null } = message;
      const [own, moved] = movable(value);
      program.port.postMessage({ reply: call, error, value: own }, moved);
    };
    const refuse = (error) => {
      if (!(error instanceof SystemError)) throw error;
      reply({ error: error.code });
    };
    // Код завершения идёт той же дорогой, что и вывод: иначе он обогнал бы последние слова.
    if (name === "end") {
      this.#tellPrinted(program);
      this.#tell({ type: "ended", id: program.id, status: args[0] });
      return this.#dismiss(program.id);
    }
    try {
      if (!CALLS.has(name)) throw new SystemError("EINVAL");
      const result = program.process[name](...args);
      if (!(result instanceof Promise)) return reply({ value: result ?? null });
      program.waits.set(call, name);
      this.#arrangeTick();
      result.then((value) => reply({ value: value ?? null }), refuse).finally(() => {
        program.waits.delete(call);
        this.#arrangeTick();
      });
    } catch (error) {
      refuse(error);
    }
  }

  // Время.

  /** Делает всё, чему пришёл срок, и заводит часы на следующее дело. */
  #pump() {
    this.#network.advance(performance.now());
    clearTimeout(this.#timer);
    const next = this.#network.nextEventAt;
    if (next < Infinity) this.#timer = setTimeout(() => this.#pump(), next - performance.now());
  }

  // О чём узнаёт страница.

  /** Запоминает кадр; байтами он станет, лишь когда его захотят увидеть: их бывает сто тысяч. */
  #note({ at, size, encode, from, to, lost, packet, arrives }) {
    this.#kept.push({ at, size, encode });
    this.#keptSize += size;
    while (this.#keptSize > KEPT) {
      this.#keptSize -= this.#kept[this.#keptFrom].size;
      this.#kept[this.#keptFrom] = null;
      this.#keptFrom += 1;
    }
    if (this.#keptFrom > FORGOTTEN) {
      this.#kept.splice(0, this.#keptFrom);
      this.#keptFrom = 0;
    }
    if (this.#frames.length < SHOWN) {
      const frame = { at, arrives, bytes: encode(), lost, from: from.name, to: to?.name ?? null };
      this.#frames.push({ ...frame, packet: packet && brief(packet) });
    } else this.#missed += 1;
    this.#arrangeTick();
  }

  #arrangeTick() {
    this.#tick ??= setTimeout(() => {
      this.#tick = null;
      if (this.#frames.length > 0) {
        this.#tell({ type: "frames", frames: this.#frames, missed: this.#missed });
        this.#frames = [];
        this.#missed = 0;
      }
      for (const [id, program] of this.#programs) {
        this.#tellPrinted(program);
        const waits = [...program.waits.values()];
        if (waits.join() === program.told) continue;
        program.told = waits.join();
        this.#tell({ type: "waits", id, waits });
      }
      const held = this.#network.heldCount;
      if (held !== this.#toldHeld) this.#tell({ type: "held", count: held });
      this.#toldHeld = held;
    }, TICK);
  }

  /** Напечатанное подряд в один поток — одним сообщением. */
  #tellPrinted({ id, printed }) {
    for (let at = 0; at < printed.length; ) {
      const { stream } = printed[at];
      let end = at;
      while (printed[end]?.stream === stream) end += 1;
      const parts = printed.slice(at, end);
      const bytes = new Uint8Array(parts.reduce((size, part) => size + part.bytes.length, 0));
      let place = 0;
      for (const part of parts) {
        bytes.set(part.bytes, place);
        place += part.bytes.length;
      }
      this.#tell({ type: "output", id, stream, bytes });
      at = end;
    }
    printed.length = 0;
  }

  #tell(message) {
    this.#port.postMessage(message);
  }
}

/**
 * Ответ и то, что в нём можно отдать, не копируя. Кусок чужого буфера сначала копируется: иначе с
 * ним уехал бы весь буфер.
 */
function movable(value) {
  const bytes = value instanceof Uint8Array ? value : value?.bytes;
  if (!(bytes instanceof Uint8Array)) return [value, []];
  const copy = bytes.slice();
  return [bytes === value ? copy : { ...value, bytes: copy }, [copy.buffer]];
}

/** Пакет без данных: их число и начало; целиком они есть в кадре. */
function brief({ data, ...rest }) {
  return { ...rest, length: data?.length ?? 0, data: data?.slice(0, 32) ?? new Uint8Array(0) };
}
