// Сокет UDP: датаграмма приходит целой или никакой (RFC 768).

import { isBroadcast } from "./address.mjs";
import { SystemError, errno } from "./errno.mjs";
import { Socket, WAIT } from "./socket.mjs";

const SOL_SOCKET = 1;
const SO_BROADCAST = 6;
const LARGEST = 65_507;
// Каждая датаграмма занимает в буфере Linux ещё и место под своё описание.
const OVERHEAD = 768;

export class UdpSocket extends Socket {
  defaultBuffers = { sndbuf: 212_992, rcvbuf: 212_992 };
  /** С кем соединён, { address, port }; null — ни с кем. */
  remote = null;
  #queue = [];
  #size = 0;
  #error = null;
  #shut = false;

  constructor(host, family) {
    super(host, family, 2);
  }

  connect(address, port) {
    const target = this.target(address);
    const source = this.host.sourceFor(target);
    this.bindAny();
    if (["0.0.0.0", "::"].includes(this.local.address)) this.local.address = source;
    this.remote = { address: target, port };
  }

  sendTo(bytes, address, port) {
    if (this.#error !== null) throw this.#takeFailure();
    if (address === undefined && this.remote === null) throw new SystemError("EDESTADDRREQ");
    const to = address === undefined ? this.remote : { address: this.target(address), port };
    if (isBroadcast(to.address) && !this.getsockopt(SOL_SOCKET, SO_BROADCAST)) {
      throw new SystemError("EACCES");
    }
    if (bytes.length > LARGEST) throw new SystemError("EMSGSIZE");
    const source = this.host.sourceFor(to.address);
    this.bindAny();
    const own = ["0.0.0.0", "::"].includes(this.local.address) ? source : this.local.address;
    this.host.transmit({
      protocol: "udp",
      source: own,
      sourcePort: this.local.port,
      target: to.address,
      targetPort: to.port,
      data: bytes.slice(),
    });
    return bytes.length;
  }

  send(bytes) {
    return this.sendTo(bytes);
  }

  arrived(packet) {
    const size = packet.data.length + OVERHEAD;
    // Не поместилась — пропала, и никто об этом не узнает.
    if (this.#size + size > (this.rcvbuf ?? this.defaultBuffers.rcvbuf)) return;
    this.#queue.push(packet);
    this.#size += size;
    this.wake();
  }

  fail(error) {
    this.#error = error;
    this.wake();
  }

  /** { bytes, from }: хвост, который не поместился в size, пропадает. */
  receiveFrom(size, { peek = false } = {}) {
    if (this.#error !== null) throw this.#takeFailure();
    const packet = this.#queue[0];
    if (packet === undefined) {
      return this.#shut ? { bytes: new Uint8Array(0), from: null } : WAIT;
    }
    if (!peek) {
      this.#queue.shift();
      this.#size -= packet.data.length + OVERHEAD;
    }
    const from = this.shown({ address: packet.source, port: packet.sourcePort });
    return { bytes: packet.data.subarray(0, size), from };
  }

  receive(size, options) {
    const got = this.receiveFrom(size, options);
    return got === WAIT ? WAIT : got.bytes;
  }

  #takeFailure() {
    const failure = new SystemError(this.#error);
    this.#error = null;
    return failure;
  }

  takeError() {
    const error = this.#error;
    this.#error = null;
    return error === null ? 0 : errno[error];
  }

  listen() {
    throw new SystemError("EOPNOTSUPP");
  }

  accept() {
    throw new SystemError("EOPNOTSUPP");
  }

  shutdown() {
    if (this.remote === null) throw new SystemError("ENOTCONN");
    this.#shut = true;
    this.wake();
  }

  close() {
    this.releasePort();
  }

  getpeername() {
    if (this.remote === null) throw new SystemError("ENOTCONN");
    return this.shown(this.remote);
  }

  poll() {
    const error = this.#error !== null;
    return { readable: this.#queue.length > 0 || this.#shut || error, writable: true, error };
  }
}
