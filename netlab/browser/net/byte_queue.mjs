// Очередь байтов: в неё кладут куски, а берут сколько нужно. Кусок не копируется, пока он цел,
// поэтому тот, кто его положил, больше его не меняет.

const EMPTY = new Uint8Array(0);

export class ByteQueue {
  #chunks = [];
  #first = 0;
  #taken = 0;
  length = 0;

  /** Кладёт кусок в конец. */
  push(chunk) {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.length += chunk.length;
  }

  /** Байты с offset, не больше size, не забирая их. */
  peek(size, offset = 0) {
    size = Math.max(0, Math.min(size, this.length - offset));
    if (size === 0) return EMPTY;
    let at = this.#first;
    let skip = this.#taken + offset;
    while (skip >= this.#chunks[at].length) skip -= this.#chunks[at++].length;
    if (this.#chunks[at].length - skip >= size) return this.#chunks[at].subarray(skip, skip + size);
    const whole = new Uint8Array(size);
    for (let filled = 0; filled < size; skip = 0, at += 1) {
      const part = this.#chunks[at].subarray(skip, skip + size - filled);
      whole.set(part, filled);
      filled += part.length;
    }
    return whole;
  }

  /** Забирает не больше size первых байтов. */
  take(size) {
    const bytes = this.peek(size);
    this.drop(bytes.length);
    return bytes;
  }

  /** Выбрасывает первые size байтов. */
  drop(size) {
    this.length -= size;
    this.#taken += size;
    while (this.#first < this.#chunks.length && this.#taken >= this.#chunks[this.#first].length) {
      this.#taken -= this.#chunks[this.#first].length;
      this.#chunks[this.#first++] = undefined;
    }
    // Съеденное начало списка выбрасывается изредка: shift на каждый кусок был бы квадратичным.
    if (this.#first > 64 && this.#first * 2 > this.#chunks.length) {
      this.#chunks.splice(0, this.#first);
      this.#first = 0;
    }
  }

  clear() {
    this.#chunks = [];
    this.#first = this.#taken = this.length = 0;
  }
}
