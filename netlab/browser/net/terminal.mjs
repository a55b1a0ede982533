// Терминал программы: что она печатает и что ей набирают. Как и настоящий, он не бездонный:
// пока напечатанное не показали, программа ждёт.

import { WAIT } from "./socket.mjs";
import { WaitQueue } from "./wait_queue.mjs";

/** Столько напечатанных байтов может ждать показа. */
const ROOM = 65_536;

export class Terminal {
  #unseen = 0;
  #typed = [];
  #ended = false;

  /** show(stream, bytes) зовут с каждым напечатанным куском: stream — 1 (вывод) или 2 (ошибки). */
  constructor(clock, show) {
    this.changed = new WaitQueue(clock);
    this.show = show;
  }

  print(stream, bytes) {
    this.#unseen += bytes.length;
    this.show(stream, bytes);
  }

  /** Есть ли место для нового; WAIT — пока нет. */
  drain() {
    return this.#unseen < ROOM ? null : WAIT;
  }

  /** Столько байтов показано. */
  shown(count) {
    this.#unseen -= count;
    this.changed.wake();
  }

  /** Набранные байты; null — конец ввода (Ctrl-D). */
  type(bytes) {
    if (bytes === null) this.#ended = true;
    else if (bytes.length > 0) this.#typed.push(bytes);
    this.changed.wake();
  }

  /** Не больше size набранных байтов; пусто — ввод кончился; WAIT — ещё не набрали. */
  read(size) {
    const first = this.#typed.shift();
    if (first === undefined) {
      if (!this.#ended) return WAIT;
      // Как у терминала: после Ctrl-D читать можно дальше.
      this.#ended = false;
      return new Uint8Array(0);
    }
    if (first.length > size) this.#typed.unshift(first.subarray(size));
    return first.slice(0, size);
  }
}
