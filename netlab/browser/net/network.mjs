// Один провод на всех: машины, имена, ARP (RFC 826) и условия, в которых летят кадры. Внутри ходят
// объекты; байтами кадр становится для того, кто смотрит. Время — только часы сети, поэтому
// при том же random всё повторяется кадр в кадр.

import { isLoopback } from "./address.mjs";
import { Clock } from "./clock.mjs";
import { ACK, RST, arpFrame, packetFrame } from "./frame.mjs";

const NOBODY = "00:00:00:00:00:00";
const ARP_TRIES = 3;
const ARP_WAIT = 1000;
const HEADERS = 54;

export class Network {
  clock = new Clock();
  /** Машины по имени. */
  hosts = new Map();
  /** Имя → адреса. */
  names = new Map();
  /** delay — мс в один конец; rate — байтов в мс; loss — доля потерь; mss — байтов в сегменте. */
  conditions = { delay: 0, rate: Infinity, loss: 0, mss: 1460 };
  /** Зовут с каждым кадром: { at, size, encode, from, to, lost, packet }; encode() — его байты. */
  onFrame = null;

  #stepping = false;
  #held = [];
  #flying = 0;
  #lines = new Map();

  constructor({ random = Math.random } = {}) {
    this.random = random;
  }

  /** Подключает машину: её адрес и имя становятся известны всем. */
  attach(host) {
    this.hosts.set(host.name, host);
    this.names.set(host.name, [host.address]);
    host.plugIn(this);
    return host;
  }

  /** Отключает машину: как выдернули провод. */
  detach(host) {
    this.hosts.delete(host.name);
    this.names.delete(host.name);
  }

  /** Адреса имени; пусто, если такого нет. */
  resolve(name) {
    if (name === "localhost") return ["127.0.0.1", "::1"];
    return this.names.get(name) ?? [];
  }

  /** Доводит время до now, мс. В пошаговом режиме время стоит, делается лишь то, чему уже срок. */
  advance(now) {
    this.clock.advance(this.#stepping ? this.clock.now : now);
  }

  /** Когда сети снова есть что делать, мс; Infinity — пока не позовут. */
  get nextEventAt() {
    return this.#stepping && this.clock.nextAt > this.clock.now ? Infinity : this.clock.nextAt;
  }

  get stepping() {
    return this.#stepping;
  }

  /** Включает и выключает шаги; задержанное при выключении летит дальше. */
  set stepping(on) {
    this.#stepping = on;
    if (!on) for (const deliver of this.#held.splice(0)) deliver();
  }

  /** Сколько пакетов ждут шага: и те, что ещё в пути. */
  get heldCount() {
    return this.#stepping ? this.#held.length + this.#flying : 0;
  }

  /** Один шаг: следующий пакет долетает; если никто не летит — проходит время до события. */
  step() {
    while (this.#held.length === 0 && this.#flying > 0) this.clock.advance(this.clock.nextAt);
    const deliver = this.#held.shift();
    if (deliver) deliver();
    else if (this.clock.nextAt < Infinity) this.clock.advance(this.clock.nextAt);
    this.clock.advance(this.clock.now);
  }

  /** Рвёт все соединения посередине: RST получают оба конца, и каждый — будто от другого. */
  cut() {
    for (const host of this.hosts.values()) {
      for (const connection of host.establishedConnections()) {
        const { local, remote } = connection;
        this.#put(this.#hostAt(remote.address) ?? host, host, {
          protocol: "tcp",
          source: remote.address,
          sourcePort: remote.port,
          target: local.address,
          targetPort: local.port,
          seq: connection.resetNumber,
          ack: 0,
          flags: RST | ACK,
          window: 0,
          mss: 0,
          data: new Uint8Array(0),
        });
      }
    }
  }

  /** Отправляет пакет от машины: себе самой или по проводу, узнав MAC соседа. */
  send(host, packet) {
    if (isLoopback(packet.target) || packet.target === host.address) {
      return this.#put(host, host, packet);
    }
    const neighbour = host.neighbours.get(packet.target);
    if (neighbour?.host) return this.#put(host, neighbour.host, packet);
    if (neighbour) return void neighbour.waiting.push(packet);
    const asked = { host: null, waiting: [packet] };
    host.neighbours.set(packet.target, asked);
    this.#ask(host, packet.target, asked, ARP_TRIES);
  }

  #hostAt(address) {
    for (const host of this.hosts.values()) if (host.address === address) return host;
    return null;
  }

  #ask(host, target, asked, tries) {
    if (tries === 0) {
      host.neighbours.delete(target);
      for (const packet of asked.waiting) host.undeliverable(packet);
      return;
    }
    const retry = this.clock.after(ARP_WAIT, () => this.#ask(host, target, asked, tries - 1));
    const question = arpFrame({ sender: host.address, senderMac: host.mac, target });
    this.#fly(host, null, question.length, () => question, null, () => {
      const owner = this.#hostAt(target);
      if (!owner) return;
      owner.neighbours.set(host.address, { host, waiting: [] });
      const answer = arpFrame({
        sender: target,
        senderMac: owner.mac,
        target: host.address,
        targetMac: host.mac,
      });
      this.#fly(owner, host, answer.length, () => answer, null, () => {
        this.clock.cancel(retry);
        if (asked.host) return;
        asked.host = owner;
        for (const packet of asked.waiting.splice(0)) this.#put(host, owner, packet);
      });
    });
  }

  #put(from, to, packet) {
    packet.ident = from.nextIdent();
    const macs = from === to ? [NOBODY, NOBODY] : [from.mac, to.mac];
    const size = HEADERS + (packet.data?.length ?? 0);
    const encode = () => packetFrame(packet, ...macs);
    this.#fly(from, to, size, encode, packet, () => to.deliver(packet));
  }

  /** Кадр вылетает, когда провод свободен, и долетает через его длину и delay. */
  #fly(from, to, size, encode, packet, arrive) {
    const { delay, rate, loss } = this.conditions;
    const key = `${from.name} ${to?.name ?? "*"}`;
    const starts = Math.max(this.clock.now, this.#lines.get(key) ?? 0);
    const ends = starts + size / rate;
    this.#lines.set(key, ends);
    const lost = loss > 0 && this.random() < loss;
    this.onFrame?.({ at: starts, size, encode, from, to, lost, packet, arrives: ends + delay });
    if (lost) return;
    this.#flying += 1;
    this.clock.after(ends + delay - this.clock.now, () => {
      this.#flying -= 1;
      if (this.#stepping) this.#held.push(arrive);
      else arrive();
    });
  }
}
