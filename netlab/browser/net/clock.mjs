// Часы сети: время в них идёт только тогда, когда его двигают, а дела одного мгновения
// совершаются в том порядке, в каком их назначили. Ни setTimeout, ни Date здесь нет, поэтому
// любой ход событий повторим.

export class Clock {
  /** Миллисекунды. */
  now = 0;
  #heap = [];
  #order = 0;
  #running = false;

  /** Назначает дело через delay мс; вернёт его, чтобы отменить. */
  after(delay, action) {
    const event = { at: this.now + delay, order: this.#order++, action };
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = event;
    return event;
  }

  /** Отменяет дело; уже сделанное или неназначенное — не беда. */
  cancel(event) {
    if (event) event.action = null;
  }

  /** Когда следующее дело, мс; Infinity, если дел нет. */
  get nextAt() {
    while (this.#heap.length > 0 && this.#heap[0].action === null) this.#pop();
    return this.#heap.length > 0 ? this.#heap[0].at : Infinity;
  }

  /** Доводит часы до now, делая всё назначенное по дороге. Из самого дела звать её нельзя. */
  advance(now) {
    if (this.#running) throw new Error("часы уже идут");
    this.#running = true;
    try {
      while (this.nextAt <= now) {
        const event = this.#pop();
        this.now = Math.max(this.now, event.at);
        const action = event.action;
        event.action = null;
        action();
      }
      this.now = Math.max(this.now, now);
    } finally {
      this.#running = false;
    }
  }

  #pop() {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length > 0) {
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child += 1;
        if (!isBefore(heap[child], last)) break;
        heap[at] = heap[child];
        at = child;
      }
      heap[at] = last;
    }
    return first;
  }
}

function isBefore(one, other) {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
