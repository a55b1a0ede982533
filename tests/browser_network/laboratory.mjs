// Две машины на одном проводе и время, которое идёт, только когда всем остаётся ждать.

import { setImmediate } from "node:timers/promises";

import { Host } from "../../netlab/browser/net/host.mjs";
import { Network } from "../../netlab/browser/net/network.mjs";
import { Process } from "../../netlab/browser/net/process.mjs";

const MOST_EVENTS = 200_000;

/** Случайные числа от 0 до 1, одни и те же при том же seed (mulberry32). */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class Laboratory {
  frames = [];

  constructor(seed = 1) {
    this.random = randomFrom(seed);
    this.network = new Network({ random: randomFrom(seed + 1) });
    this.network.onFrame = (frame) => this.frames.push(frame);
    this.a = this.#host("a", "0a", "10.0.0.10");
    this.b = this.#host("b", "0b", "10.0.0.80");
  }

  #host(name, end, address) {
    return this.network.attach(new Host({ name, mac: `02:00:00:00:00:${end}`, address }));
  }

  process(host) {
    return new Process(host);
  }

  /** Даёт всем сделать, что они могут, не двигая времени. */
  async settle() {
    await setImmediate();
    while (this.network.nextEventAt <= this.network.clock.now) {
      this.network.advance(this.network.clock.now);
      await setImmediate();
    }
  }

  /** Двигает время, пока работы не кончатся; каждая кончается значением или именем ошибки. */
  async run(...jobs) {
    let over = false;
    const outcomes = Promise.all(
      jobs.map((job) => Promise.resolve(job).catch((error) => error.code ?? Promise.reject(error))),
    ).finally(() => (over = true));
    outcomes.catch(() => {});
    for (let events = 0; events < MOST_EVENTS; events += 1) {
      await this.settle();
      if (over) return outcomes;
      const next = this.network.nextEventAt;
      if (next === Infinity) throw new Error("все ждут, а ждать нечего");
      this.network.advance(next);
    }
    throw new Error("конца не видно");
  }

  /** Двигает время на столько мс. */
  async pass(duration) {
    const end = this.network.clock.now + duration;
    await this.settle();
    while (this.network.nextEventAt <= end) {
      this.network.advance(this.network.nextEventAt);
      await this.settle();
    }
    this.network.advance(end);
  }

  /** Соединение между процессами: { server, client, listener }, дескрипторы. */
  async connected(from, to, { port = 5555, reuse = false } = {}) {
    const listener = listen(to, port, { reuse });
    const client = from.socket(4, 1);
    const [, accepted] = await this.run(
      from.connect(client, to.host.address, port, null),
      to.accept(listener, null),
    );
    return { listener, client, server: accepted.descriptor };
  }
}

/** Слушающий сокет. */
export function listen(process, port, { backlog = 5, reuse = false, family = 4, at } = {}) {
  const descriptor = process.socket(family, 1);
  if (reuse) process.setsockopt(descriptor, 1, 2, 1);
  process.bind(descriptor, at ?? (family === 6 ? "::" : "0.0.0.0"), port);
  process.listen(descriptor, backlog);
  return descriptor;
}

/** Имя ошибки, с которой кончился вызов. */
export async function failure(call) {
  try {
    const value = await call();
    return value;
  } catch (error) {
    if (error.code === undefined) throw error;
    return error.code;
  }
}

export const bytes = (text) => new TextEncoder().encode(text);
export const text = (data) => new TextDecoder().decode(data);
