// Машина в сети: адрес, MAC, порты и соединения. Процессов у неё может быть несколько, а это
// общее для них ядро: отсюда 127.0.0.1 один на всех и «Address already in use».

import { familyOf, isAny, isLoopback } from "./address.mjs";
import { ACK, RST, SYN } from "./frame.mjs";
import { SystemError } from "./errno.mjs";
import { TcpConnection } from "./tcp_connection.mjs";

// net.ipv4.ip_local_port_range в Linux.
const FIRST_EPHEMERAL = 32768;
const LAST_EPHEMERAL = 60999;
const LOOPBACK_MSS = 65495;

export class Host {
  neighbours = new Map();
  #connections = new Map();
  /** Занятые порты: «tcp 5555» → сокеты и соединения, каждое с local и reuse. */
  #ports = new Map();
  #ident = 0;

  constructor({ name, mac, address }) {
    Object.assign(this, { name, mac, address });
  }

  plugIn(network) {
    this.network = network;
    this.clock = network.clock;
  }

  random() {
    return this.network.random();
  }

  nextIdent() {
    this.#ident = (this.#ident + 1) & 0xffff;
    return this.#ident;
  }

  /** Сколько байтов помещается в сегмент на пути к address. */
  mss(address) {
    const own = this.#isOwn(address) ? LOOPBACK_MSS : 1460;
    return Math.min(own, this.network.conditions.mss);
  }

  #isOwn(address) {
    return isLoopback(address) || address === this.address;
  }

  /** Адрес, с которого пойдут пакеты к target. */
  sourceFor(target) {
    if (target === "::1") return "::1";
    if (isLoopback(target)) return "127.0.0.1";
    if (familyOf(target) === 6) throw new SystemError("ENETUNREACH");
    return this.address;
  }

  /** Можно ли слушать на этом адресе: он свой или любой. */
  owns(address) {
    return isAny(address) || this.#isOwn(address);
  }

  transmit(packet) {
    this.network.send(this, packet);
  }

  // Порты.

  /** Занимает порт; port 0 — любой свободный. Вернёт порт. */
  bindPort(protocol, holder, { address, port, v6only }) {
    if (port === 0) port = this.#freePort(protocol);
    else if (this.#conflicts(protocol, holder, { address, port, v6only })) {
      throw new SystemError("EADDRINUSE");
    }
    this.hold(protocol, port, holder);
    return port;
  }

  hold(protocol, port, holder) {
    const key = `${protocol} ${port}`;
    if (!this.#ports.has(key)) this.#ports.set(key, new Set());
    this.#ports.get(key).add(holder);
  }

  release(protocol, port, holder) {
    const key = `${protocol} ${port}`;
    const holders = this.#ports.get(key);
    holders?.delete(holder);
    if (holders?.size === 0) this.#ports.delete(key);
  }

  holders(protocol, port) {
    return this.#ports.get(`${protocol} ${port}`) ?? [];
  }

  #conflicts(protocol, holder, wanted) {
    for (const other of this.holders(protocol, wanted.port)) {
      if (other === holder || !overlap(wanted, other.local)) continue;
      if (!(holder.reuse && other.reuse && other.state !== "LISTEN")) return true;
    }
    return false;
  }

  #freePort(protocol) {
    const count = LAST_EPHEMERAL - FIRST_EPHEMERAL + 1;
    const start = Math.floor(this.random() * count);
    for (let step = 0; step < count; step += 1) {
      const port = FIRST_EPHEMERAL + ((start + step) % count);
      if (!this.#ports.has(`${protocol} ${port}`)) return port;
    }
    throw new SystemError("EADDRINUSE");
  }

  // Соединения.

  /** Заводит соединение: с этого мига его сегменты находят его. */
  addConnection(options) {
    const connection = new TcpConnection(this, options);
    connection.reuse = options.reuse;
    this.#connections.set(pairKey(connection.local, connection.remote), connection);
    this.hold("tcp", connection.local.port, connection);
    return connection;
  }

  hasConnection(local, remote) {
    return this.#connections.has(pairKey(local, remote));
  }

  forget(connection) {
    const key = pairKey(connection.local, connection.remote);
    if (this.#connections.get(key) === connection) this.#connections.delete(key);
    this.release("tcp", connection.local.port, connection);
  }

  establishedConnections() {
    return [...this.#connections.values()].filter(
      ({ state }) => !["SYN_SENT", "SYN_RECEIVED", "TIME_WAIT"].includes(state),
    );
  }

  // Приход пакетов.

  deliver(packet) {
    if (packet.protocol === "tcp") this.dispatch(packet);
    else if (packet.protocol === "udp") this.#datagram(packet);
    else this.#unreachable(packet.about, "ECONNREFUSED");
  }

  /** Сегмент — своему соединению, слушающему или никому. */
  dispatch(packet) {
    const local = { address: packet.target, port: packet.targetPort };
    const remote = { address: packet.source, port: packet.sourcePort };
    const connection = this.#connections.get(pairKey(local, remote));
    if (connection) return connection.segment(packet);
    const listener = this.#listenerAt("tcp", packet, (one) => one.state === "LISTEN");
    if (listener && packet.flags & SYN && !(packet.flags & (ACK | RST))) {
      return listener.welcome(packet, local, remote);
    }
    this.refuse(packet);
  }

  #listenerAt(protocol, packet, suits) {
    let best = null;
    for (const one of this.holders(protocol, packet.targetPort)) {
      if (!suits(one)) continue;
      if (one.local.address === packet.target) return one;
      if (covers(one.local, packet.target)) best ??= one;
    }
    return best;
  }

  #datagram(packet) {
    const isFrom = (remote) =>
      !remote || (remote.address === packet.source && remote.port === packet.sourcePort);
    const socket = this.#listenerAt("udp", packet, (one) => isFrom(one.remote));
    if (socket) return socket.arrived(packet);
    this.transmit({
      protocol: familyOf(packet.source) === 4 ? "icmp" : "icmp6",
      source: packet.target,
      target: packet.source,
      about: packet,
    });
  }

  /** Никого: на всё, кроме RST, отвечают RST (RFC 9293, 3.10.7.1). */
  refuse(packet) {
    if (packet.flags & RST) return;
    const answered = Boolean(packet.flags & ACK);
    const length = packet.data.length + (packet.flags & SYN ? 1 : 0) + (packet.flags & 1);
    this.transmit({
      protocol: "tcp",
      source: packet.target,
      sourcePort: packet.targetPort,
      target: packet.source,
      targetPort: packet.sourcePort,
      seq: answered ? packet.ack : 0,
      ack: answered ? 0 : packet.seq + length,
      flags: answered ? RST : RST | ACK,
      window: 0,
      mss: 0,
      data: new Uint8Array(0),
    });
  }

  /** До соседа не достучались: ARP без ответа. */
  undeliverable(packet) {
    if (packet.protocol === "tcp" || packet.protocol === "udp") {
      this.#unreachable(packet, "EHOSTUNREACH");
    }
  }

  #unreachable(packet, error) {
    const local = { address: packet.source, port: packet.sourcePort };
    const remote = { address: packet.target, port: packet.targetPort };
    if (packet.protocol === "tcp") {
      const connection = this.#connections.get(pairKey(local, remote));
      if (connection?.state === "SYN_SENT") connection.fail(error);
      return;
    }
    for (const socket of this.holders("udp", local.port)) {
      const { remote: peer } = socket;
      if (peer?.address === remote.address && peer.port === remote.port) socket.fail(error);
    }
  }
}

function pairKey(local, remote) {
  return `${local.address} ${local.port} ${remote.address} ${remote.port}`;
}

/** Принимает ли сокет на local пакет, пришедший на address. */
function covers(local, address) {
  if (local.address === "0.0.0.0") return familyOf(address) === 4;
  if (local.address === "::") return familyOf(address) === 6 || !local.v6only;
  return local.address === address;
}

function overlap(one, other) {
  const families = familyOf(one.address) === familyOf(other.address);
  if (one.address === "::" && !one.v6only && isAny(other.address)) return true;
  if (other.address === "::" && !other.v6only && isAny(one.address)) return true;
  if (one.address === "::" && !families) return !one.v6only;
  if (other.address === "::" && !families) return !other.v6only;
  return families && (isAny(one.address) || isAny(other.address) || one.address === other.address);
}
