// Общее у сокетов TCP и UDP: адреса, настройки и те, кто ждёт.

import { familyOf, isAny, mapped, unmapped } from "./address.mjs";
import { SystemError } from "./errno.mjs";
import { WaitQueue } from "./wait_queue.mjs";

/** Попытка не удалась, но и не отказано: вызову пора ждать. */
export const WAIT = Symbol("ждать");

const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_TYPE = 3;
const SO_ERROR = 4;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_LINGER = 13;
const SO_ACCEPTCONN = 30;
const SO_DOMAIN = 39;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;

// Меньше Linux не даёт: SOCK_MIN_SNDBUF, SOCK_MIN_RCVBUF; больше — net.core.wmem_max, rmem_max.
const LEAST = { sndbuf: 4608, rcvbuf: 2304 };
const MOST = 212_992;

export class Socket extends WaitQueue {
  state = "CLOSED";
  local = null;
  reuse = false;
  v6only = false;
  linger = null;
  noDelay = false;
  /** Заданные размеры буферов, уже удвоенные, как их хранит Linux; null — не заданы. */
  sndbuf = null;
  rcvbuf = null;
  #others = new Map();

  /** family — 4 или 6; type — 1 (поток) или 2 (датаграммы). */
  constructor(host, family, type) {
    super(host.clock);
    Object.assign(this, { host, family, type });
  }

  get protocol() {
    return this.type === 1 ? "tcp" : "udp";
  }

  // Адреса.

  /** Адрес, как его понял сокет: IPv4 внутри IPv6 развёрнут, чужое семейство — отказ. */
  target(address) {
    if (familyOf(address) !== this.family) throw new SystemError("EAFNOSUPPORT");
    const plain = unmapped(address);
    if (!isAny(plain)) return plain;
    return familyOf(plain) === 6 ? "::1" : "127.0.0.1";
  }

  /** Адрес, как его видит программа. */
  shown({ address, port }) {
    if (this.family === 6 && isAny(address)) return { address: "::", port };
    return { address: this.family === 6 ? mapped(address) : address, port };
  }

  bind(address, port) {
    if (this.local) throw new SystemError("EINVAL");
    if (familyOf(address) !== this.family) throw new SystemError("EAFNOSUPPORT");
    const plain = unmapped(address);
    if (!this.host.owns(plain)) throw new SystemError("EADDRNOTAVAIL");
    const wanted = { address: plain, port, v6only: this.v6only };
    wanted.port = this.host.bindPort(this.protocol, this, wanted);
    this.local = wanted;
  }

  /** Занимает любой порт, если программа его не выбрала. */
  bindAny(address = this.family === 6 ? "::" : "0.0.0.0") {
    if (this.local) return;
    const wanted = { address, port: 0, v6only: this.v6only };
    wanted.port = this.host.bindPort(this.protocol, this, wanted);
    this.local = wanted;
  }

  releasePort() {
    if (this.local) this.host.release(this.protocol, this.local.port, this);
  }

  getsockname() {
    if (this.local) return this.shown(this.local);
    return { address: this.family === 6 ? "::" : "0.0.0.0", port: 0 };
  }

  // Настройки: номера уровней и настроек — как в Linux.

  setsockopt(level, option, value) {
    if (level === SOL_SOCKET) {
      if (option === SO_REUSEADDR) return void (this.reuse = value !== 0);
      if (option === SO_SNDBUF) return this.setBuffer("sndbuf", value);
      if (option === SO_RCVBUF) return this.setBuffer("rcvbuf", value);
      if (option === SO_LINGER) return void (this.linger = value);
    } else if (level === IPPROTO_TCP && option === TCP_NODELAY) {
      return this.setNoDelay(value !== 0);
    } else if (level === IPPROTO_IPV6 && option === IPV6_V6ONLY) {
      if (this.local) throw new SystemError("EINVAL");
      return void (this.v6only = value !== 0);
    }
    this.#others.set(`${level} ${option}`, value);
  }

  getsockopt(level, option) {
    if (level === SOL_SOCKET) {
      if (option === SO_REUSEADDR) return Number(this.reuse);
      if (option === SO_TYPE) return this.type;
      if (option === SO_ERROR) return this.takeError();
      if (option === SO_SNDBUF) return this.sndbuf ?? this.defaultBuffers.sndbuf;
      if (option === SO_RCVBUF) return this.rcvbuf ?? this.defaultBuffers.rcvbuf;
      if (option === SO_LINGER) return this.linger ?? [0, 0];
      if (option === SO_ACCEPTCONN) return Number(this.state === "LISTEN");
      if (option === SO_DOMAIN) return this.family === 6 ? 10 : 2;
    } else if (level === IPPROTO_TCP && option === TCP_NODELAY) return Number(this.noDelay);
    else if (level === IPPROTO_IPV6 && option === IPV6_V6ONLY) return Number(this.v6only);
    return this.#others.get(`${level} ${option}`) ?? 0;
  }

  setBuffer(which, value) {
    if (value < 0) throw new SystemError("EINVAL");
    this[which] = Math.max(Math.min(value, MOST) * 2, LEAST[which]);
  }

  setNoDelay(on) {
    this.noDelay = on;
  }
}
