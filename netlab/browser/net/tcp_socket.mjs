// Сокет TCP: что отвечают bind, listen, accept, connect, send, recv, shutdown и close в Linux.
// Ждать здесь никто не умеет: попытка вернёт WAIT, и ждать будет process.mjs.

import { familyOf, isBroadcast } from "./address.mjs";
import { SystemError, errno } from "./errno.mjs";
import { Socket, WAIT } from "./socket.mjs";

// У Linux буферы растут сами (tcp_wmem, tcp_rmem); столько в них помещается, когда не читают.
const SEND_SPACE = 2_626_560;
const RECEIVE_SPACE = 131_072;
const BEGUN = new Set(["SYN_SENT", "SYN_RECEIVED"]);
const EMPTY = new Uint8Array(0);

export class TcpSocket extends Socket {
  defaultBuffers = { sndbuf: 16_384, rcvbuf: 131_072 };
  connection = null;
  #backlog = 0;
  #accepted = [];
  #answered = new Set();
  #connectSaid = false;
  #receivingClosed = false;

  constructor(host, family) {
    super(host, family, 1);
  }

  get #spaces() {
    return {
      sendSpace: this.sndbuf === null ? SEND_SPACE : this.sndbuf >> 1,
      receiveSpace: this.rcvbuf === null ? RECEIVE_SPACE : this.rcvbuf >> 1,
    };
  }

  setBuffer(which, value) {
    super.setBuffer(which, value);
    if (this.connection) Object.assign(this.connection, this.#spaces);
  }

  setNoDelay(on) {
    super.setNoDelay(on);
    if (this.connection) this.connection.noDelay = on;
  }

  // Сервер.

  listen(backlog) {
    if (this.connection) throw new SystemError("EINVAL");
    this.bindAny();
    // Занять порт вдвоём SO_REUSEADDR позволяет, слушать на нём — нет.
    this.host.bindPort("tcp", this, this.local);
    this.#backlog = Math.max(0, backlog);
    this.state = "LISTEN";
  }

  /** Пришёл SYN. Очередь полна — его будто не было, и клиент повторит. */
  welcome(packet, local, remote) {
    if (this.#accepted.length > this.#backlog) return;
    const connection = this.host.addConnection({
      local,
      remote,
      ...this.#spaces,
      listener: this,
      reuse: this.reuse,
    });
    connection.noDelay = this.noDelay;
    this.#answered.add(connection);
    connection.answer(packet);
  }

  /** Последний ACK рукопожатия: принять ли соединение в очередь. */
  admit(connection) {
    if (this.#accepted.length > this.#backlog) return false;
    this.#answered.delete(connection);
    this.#accepted.push(connection);
    this.wake();
    return true;
  }

  abandon(connection) {
    this.#answered.delete(connection);
  }

  accept() {
    if (this.state !== "LISTEN") throw new SystemError("EINVAL");
    if (this.#accepted.length === 0) return WAIT;
    const socket = new TcpSocket(this.host, this.family);
    socket.#adopt(this.#accepted.shift(), this);
    return socket;
  }

  #adopt(connection, listener) {
    Object.assign(this, {
      sndbuf: listener.sndbuf,
      rcvbuf: listener.rcvbuf,
      noDelay: listener.noDelay,
      linger: listener.linger,
      reuse: listener.reuse,
    });
    this.local = connection.local;
    this.connection = connection;
    this.#connectSaid = true;
    connection.onChange = this.wake;
  }

  // Клиент.

  /** begun — тот же вызов проверяет снова, а не новый. */
  connect(address, port, begun = false) {
    if (this.state === "LISTEN") throw new SystemError("EISCONN");
    // «Всем сразу», а TCP — для двоих.
    if (isBroadcast(address)) throw new SystemError("ENETUNREACH");
    if (this.connection === null) {
      this.#start(address, port);
      return WAIT;
    }
    const { state } = this.connection;
    if (BEGUN.has(state)) {
      if (begun) return WAIT;
      throw new SystemError("EALREADY");
    }
    if (this.connection.error !== null || (state === "CLOSED" && !this.#connectSaid)) {
      const error = this.connection.error ?? "ECONNABORTED";
      this.connection = null;
      throw new SystemError(error);
    }
    if (this.#connectSaid) throw new SystemError("EISCONN");
    this.#connectSaid = true;
    return undefined;
  }

  #start(address, port) {
    const target = this.target(address);
    const source = this.host.sourceFor(target);
    if (!this.local) this.bindAny(source);
    else if (["0.0.0.0", "::"].includes(this.local.address)) this.local.address = source;
    if (familyOf(this.local.address) !== familyOf(target)) throw new SystemError("ENETUNREACH");
    const local = { address: this.local.address, port: this.local.port };
    const remote = { address: target, port };
    if (this.host.hasConnection(local, remote)) throw new SystemError("EADDRNOTAVAIL");
    this.connection = this.host.addConnection({
      local,
      remote,
      ...this.#spaces,
      onChange: this.wake,
      reuse: this.reuse,
    });
    this.connection.noDelay = this.noDelay;
    this.connection.open();
  }

  // Обмен.

  send(bytes) {
    const { connection } = this;
    if (connection === null) throw new SystemError("EPIPE");
    if (BEGUN.has(connection.state)) return WAIT;
    if (connection.error !== null) throw this.#takeFailure();
    if (connection.sendClosed) throw new SystemError("EPIPE");
    if (bytes.length === 0) return 0;
    return connection.send(bytes) || WAIT;
  }

  /** Не больше size байтов; peek — не забирая, all — только все size. */
  receive(size, { peek = false, all = false } = {}) {
    const { connection } = this;
    if (connection === null) throw new SystemError("ENOTCONN");
    const { received } = connection;
    const over = connection.ended || connection.error || connection.state === "CLOSED";
    const needed = all && !over ? Math.min(size, connection.receiveSpace) : 1;
    if (received.length >= needed) return peek ? received.peek(size) : connection.receive(size);
    if (connection.ended) return EMPTY;
    if (connection.error !== null) throw this.#takeFailure();
    if (this.#receivingClosed || connection.state === "CLOSED") return EMPTY;
    return WAIT;
  }

  /** Возвращает взятую ошибку: вызов успел передать часть байтов, и скажет о ней следующий. */
  putBack(error) {
    this.connection.error ??= error.code;
  }

  #takeFailure() {
    const failure = new SystemError(this.connection.error);
    this.connection.error = null;
    return failure;
  }

  takeError() {
    const error = this.connection?.error ?? null;
    if (error !== null) this.connection.error = null;
    return error === null ? 0 : errno[error];
  }

  /** how: 0 — больше не читаю, 1 — больше не пишу, 2 — ни то ни другое. */
  shutdown(how) {
    if (this.state === "LISTEN") {
      if (how !== 1) this.#stopListening();
      return;
    }
    const { connection } = this;
    if (connection === null || connection.state === "CLOSED" || BEGUN.has(connection.state)) {
      throw new SystemError("ENOTCONN");
    }
    if (how !== 1) this.#receivingClosed = true;
    if (how !== 0) connection.closeSending();
    this.wake();
  }

  #stopListening() {
    this.state = "CLOSED";
    for (const connection of this.#accepted.splice(0)) connection.abort();
    for (const connection of [...this.#answered]) connection.fail(null);
    this.wake();
  }

  close() {
    if (this.state === "LISTEN") this.#stopListening();
    const abort = this.linger !== null && this.linger[0] !== 0 && this.linger[1] === 0;
    this.connection?.close({ abort });
    this.releasePort();
  }

  getpeername() {
    const { connection } = this;
    if (connection === null || ["CLOSED", ...BEGUN].includes(connection.state)) {
      throw new SystemError("ENOTCONN");
    }
    return this.shown(connection.remote);
  }

  /** Что сказал бы poll: читать и писать можно без ожидания, ошибка, связи нет. */
  poll() {
    if (this.state === "LISTEN") return { readable: this.#accepted.length > 0 };
    const { connection } = this;
    if (connection === null) return { writable: true, hangup: true };
    if (BEGUN.has(connection.state)) return {};
    const error = connection.error !== null;
    const closed = connection.state === "CLOSED";
    const readClosed = connection.ended || this.#receivingClosed || closed;
    return {
      readable: connection.received.length > 0 || readClosed || error,
      writable:
        connection.sendClosed || error || connection.sendRoom * 3 >= connection.sendSpace,
      error,
      hangup: closed || (readClosed && connection.sendClosed),
    };
  }
}
