// Очередь ждущих: то, на чём спит системный вызов, пока ему нечего ответить.

export class WaitQueue {
  #clock;
  #waiting = new Set();
  #wakes = false;

  constructor(clock) {
    this.#clock = clock;
  }

  /** Подписывает retry на перемены; вернёт отписку. Будят в том порядке, в каком пришли ждать. */
  whenChanged(retry) {
    this.#waiting.add(retry);
    return () => this.#waiting.delete(retry);
  }

  /** Будит ждущих, но не сразу: тот, кто всё изменил, сначала закончит. */
  wake = () => {
    if (this.#wakes || this.#waiting.size === 0) return;
    this.#wakes = true;
    this.#clock.after(0, () => {
      this.#wakes = false;
      for (const retry of [...this.#waiting]) if (this.#waiting.has(retry)) retry();
    });
  };
}
