// Программа на машине: её дескрипторы и системные вызовы. Вызов отвечает сразу или обещанием:
// ждать — значит пробовать снова, когда сокет изменился, пока не выйдет срок. Сроки в мс:
// null — ждать сколько придётся, 0 — не ждать, как у неблокирующего сокета.

import { SystemError } from "./errno.mjs";
import { WAIT } from "./socket.mjs";
import { TcpSocket } from "./tcp_socket.mjs";
import { UdpSocket } from "./udp_socket.mjs";
import { WaitQueue } from "./wait_queue.mjs";

const FIRST_DESCRIPTOR = 3;
const STREAM = 1;

export class Process {
  #sockets = new Map();
  #owners = new Map();
  #blocked = new Set();
  #interrupted = false;
  #futexes = new Map();

  /** terminal нужен тому, кто печатает и читает ввод. */
  constructor(host, terminal = null) {
    this.host = host;
    this.terminal = terminal;
  }

  // Дескрипторы.

  /** family — 4 или 6, type — 1 или 2; вернёт дескриптор. */
  socket(family, type) {
    const Kind = type === STREAM ? TcpSocket : UdpSocket;
    return this.#open(new Kind(this.host, family));
  }

  dup(descriptor) {
    return this.#open(this.#get(descriptor));
  }

  #open(socket) {
    let descriptor = FIRST_DESCRIPTOR;
    while (this.#sockets.has(descriptor)) descriptor += 1;
    this.#sockets.set(descriptor, socket);
    this.#owners.set(socket, (this.#owners.get(socket) ?? 0) + 1);
    return descriptor;
  }

  close(descriptor) {
    const socket = this.#get(descriptor);
    this.#sockets.delete(descriptor);
    const owners = this.#owners.get(socket) - 1;
    if (owners > 0) return void this.#owners.set(socket, owners);
    this.#owners.delete(socket);
    socket.close();
  }

  /** Программа кончилась: ядро закрывает всё, что она не закрыла, и никто больше не ждёт. */
  exit() {
    this.interrupt();
    for (const descriptor of [...this.#sockets.keys()]) this.close(descriptor);
  }

  /**
   * Прерывает всё, что ждёт: вызовы кончатся EINTR. Вернёт, сколько их было; если не ждал никто,
   * прерван будет первый, кто соберётся.
   */
  interrupt() {
    const blocked = [...this.#blocked];
    this.#interrupted = blocked.length === 0;
    for (const stop of blocked) stop();
    return blocked.length;
  }

  #get(descriptor) {
    const socket = this.#sockets.get(descriptor);
    if (socket === undefined) throw new SystemError("EBADF");
    return socket;
  }

  // Вызовы, которые не ждут.

  bind(descriptor, address, port) {
    this.#get(descriptor).bind(address, port);
  }

  listen(descriptor, backlog) {
    this.#get(descriptor).listen(backlog);
  }

  shutdown(descriptor, how) {
    this.#get(descriptor).shutdown(how);
  }

  getsockname(descriptor) {
    return this.#get(descriptor).getsockname();
  }

  getpeername(descriptor) {
    return this.#get(descriptor).getpeername();
  }

  setsockopt(descriptor, level, option, value) {
    this.#get(descriptor).setsockopt(level, option, value);
  }

  getsockopt(descriptor, level, option) {
    return this.#get(descriptor).getsockopt(level, option);
  }

  resolve(name) {
    return this.host.network.resolve(name);
  }

  hostname() {
    return this.host.name;
  }

  // Вызовы, которые ждут.

  accept(descriptor, timeout) {
    const listener = this.#get(descriptor);
    return this.#until([listener], timeout, () => {
      const socket = listener.accept();
      if (socket === WAIT) return WAIT;
      const peer = socket.shown(socket.connection.remote);
      return { descriptor: this.#open(socket), ...peer };
    });
  }

  connect(descriptor, address, port, timeout) {
    const socket = this.#get(descriptor);
    let begun = false;
    const attempt = () => {
      const result = socket.connect(address, port, begun);
      begun = true;
      return result;
    };
    return this.#until([socket], timeout, attempt, "EINPROGRESS");
  }

  /** Сколько байтов приняло ядро. Без срока — все, как у блокирующего сокета. */
  send(descriptor, bytes, timeout) {
    const socket = this.#get(descriptor);
    let sent = 0;
    return this.#until([socket], timeout, () => {
      let taken;
      try {
        taken = socket.send(sent === 0 ? bytes : bytes.subarray(sent));
      } catch (error) {
        if (sent === 0) throw error;
        socket.putBack(error);
        return sent;
      }
      if (taken === WAIT) return WAIT;
      sent += taken;
      return timeout === null && sent < bytes.length ? WAIT : sent;
    });
  }

  sendTo(descriptor, bytes, address, port, timeout) {
    const socket = this.#get(descriptor);
    // Потоку адрес не нужен: Linux на нём не настаивает.
    if (!(socket instanceof UdpSocket)) return this.send(descriptor, bytes, timeout);
    return socket.sendTo(bytes, address, port);
  }

  receive(descriptor, size, options, timeout) {
    const socket = this.#get(descriptor);
    return this.#until([socket], timeout, () => socket.receive(size, options));
  }

  /** { bytes, from }; у потока from — null. */
  receiveFrom(descriptor, size, options, timeout) {
    const socket = this.#get(descriptor);
    return this.#until([socket], timeout, () => {
      if (socket instanceof UdpSocket) return socket.receiveFrom(size, options);
      const bytes = socket.receive(size, options);
      return bytes === WAIT ? WAIT : { bytes, from: null };
    });
  }

  /**
   * wanted — [[дескриптор, читать, писать]]; вернёт [[дескриптор, что можно]] для тех, с кем можно
   * без ожидания, — или пустой список, когда вышел срок.
   */
  poll(wanted, timeout) {
    const sockets = wanted.map(([descriptor]) => this.#get(descriptor));
    const look = () =>
      wanted.flatMap(([descriptor, read, write], at) => {
        const { readable, writable, error, hangup } = sockets[at].poll();
        const can = {
          readable: Boolean(read && readable),
          writable: Boolean(write && writable),
          error: Boolean(error),
          hangup: Boolean(hangup),
        };
        return Object.values(can).includes(true) ? [[descriptor, can]] : [];
      });
    const attempt = () => {
      const ready = look();
      return ready.length > 0 ? ready : WAIT;
    };
    return this.#until(sockets, timeout, attempt, null);
  }

  /** Просто ждёт; прервать можно и это. */
  sleep(duration) {
    return this.#until([], duration, () => WAIT, null);
  }

  // Потоки выполнения: ждать на числе и будить того, кто на нём ждёт, — futex(2).

  /** Ждёт, пока не разбудят; вернёт true, а если вышел срок — пустой список. */
  wait(number, timeout) {
    if (!this.#futexes.has(number)) this.#futexes.set(number, []);
    const queue = this.#futexes.get(number);
    const waiter = new WaitQueue(this.host.clock);
    waiter.woken = false;
    queue.push(waiter);
    const leave = () => {
      if (queue.includes(waiter)) queue.splice(queue.indexOf(waiter), 1);
      if (queue.length === 0 && this.#futexes.get(number) === queue) this.#futexes.delete(number);
    };
    const result = this.#until([waiter], timeout, () => (waiter.woken ? true : WAIT), null);
    if (result instanceof Promise) return result.finally(leave);
    leave();
    return result;
  }

  /** Будит того, кто ждёт дольше всех; если никто не ждёт, ничего не делает. */
  wake(number) {
    const queue = this.#futexes.get(number);
    const waiter = queue?.shift();
    if (!waiter) return;
    if (queue.length === 0) this.#futexes.delete(number);
    waiter.woken = true;
    waiter.wake();
  }

  // Терминал.

  /** Печатает: stream — 1 или 2. */
  print(stream, bytes) {
    this.terminal.print(stream, bytes);
  }

  /** Ждёт, пока напечатанное не покажут. */
  drain() {
    return this.#until([this.terminal.changed], null, () => this.terminal.drain());
  }

  /** Набранное: не больше size байтов; пусто — конец ввода. */
  read(size) {
    return this.#until([this.terminal.changed], null, () => this.terminal.read(size));
  }

  /** Пробует, пока не выйдет. expired — ошибка по сроку; null — тогда ответ пустой список. */
  #until(sockets, timeout, attempt, expired = "EAGAIN") {
    const result = attempt();
    if (result !== WAIT) return result;
    const giveUp = () => {
      if (expired === null) return [];
      throw new SystemError(expired);
    };
    if (timeout === 0) return giveUp();
    if (this.#interrupted) {
      this.#interrupted = false;
      throw new SystemError("EINTR");
    }
    return new Promise((resolve, reject) => {
      const settle = (how) => {
        for (const forget of unsubscribe) forget();
        this.host.clock.cancel(timer);
        this.#blocked.delete(stop);
        try {
          resolve(how());
        } catch (error) {
          reject(error);
        }
      };
      const retry = () => {
        let how;
        try {
          const value = attempt();
          if (value === WAIT) return;
          how = () => value;
        } catch (error) {
          how = () => {
            throw error;
          };
        }
        settle(how);
      };
      const stop = () => settle(() => {
        throw new SystemError("EINTR");
      });
      const unsubscribe = sockets.map((socket) => socket.whenChanged(retry));
      const timer = timeout === null ? null : this.host.clock.after(timeout, () => settle(giveUp));
      this.#blocked.add(stop);
    });
  }
}
