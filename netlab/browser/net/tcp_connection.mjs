// Один конец соединения TCP (RFC 9293) с привычками Linux. Номера байтов здесь — обычные
// растущие числа: остаток от 2³² остаётся только в кадре. Перегрузкой (RFC 5681) эта сеть не
// занимается: в ней нет чужих, с кем делят провод.

import { ByteQueue } from "./byte_queue.mjs";
import { ACK, FIN, PSH, RST, SYN, WINDOW_SCALE } from "./frame.mjs";

const FIRST_TIMEOUT = 1000;
const SHORTEST_TIMEOUT = 200;
const LONGEST_TIMEOUT = 120_000;
// Столько раз повторяет Linux: tcp_syn_retries, tcp_synack_retries, tcp_retries2.
const SYN_RETRIES = 6;
const SYN_ACK_RETRIES = 5;
const DATA_RETRIES = 15;
const TIME_WAIT_MS = 60_000;
const EMPTY = new Uint8Array(0);

const CAN_SEND = new Set(["ESTABLISHED", "CLOSE_WAIT", "FIN_WAIT_1", "CLOSING", "LAST_ACK"]);

export class TcpConnection {
  state = "CLOSED";
  /** Что случилось: имя ошибки; отдают её один раз, и тот, кто отдал, стирает. */
  error = null;
  /** Пришёл FIN: байтов больше не будет. */
  ended = false;
  /** Больше не отправляем: своя половина закрыта или связи нет. */
  sendClosed = false;
  /** Программа закрыла сокет, а соединение ещё живёт. */
  orphan = false;
  noDelay = false;
  received = new ByteQueue();

  #sending = new ByteQueue();
  #firstSent = 0;
  #nextToSend = 0;
  #mostSent = 0;
  #sendWindow = 0;
  #peerMss = 536;
  #finQueued = false;
  #nextExpected = 0;
  #promised = 0;
  #early = new Map();
  #finAt = null;
  #timer = null;
  #timeout = FIRST_TIMEOUT;
  #smoothed = null;
  #deviation = 0;
  #timed = null;
  #retries = 0;
  #unanswered = 0;
  #repeated = 0;
  #recoverAt = 0;
  #finSent = false;

  /**
   * host шлёт пакеты и держит соединение в своей таблице; onChange зовут, когда ждущим есть на
   * что взглянуть; listener — кто его породил, если это сторона сервера.
   */
  constructor(host, { local, remote, sendSpace, receiveSpace, onChange, listener = null }) {
    Object.assign(this, { host, local, remote, sendSpace, receiveSpace, listener });
    this.onChange = onChange ?? (() => {});
    this.#firstSent = this.#nextToSend = this.#mostSent = Math.floor(host.random() * 2 ** 32);
  }

  get #clock() {
    return this.host.clock;
  }

  /** Сколько байтов лежит у отправителя: не отправленных и не подтверждённых. */
  get unsentOrUnacknowledged() {
    return this.#sending.length;
  }

  /** Сколько байтов можно сейчас положить на отправку. */
  get sendRoom() {
    return Math.max(0, this.sendSpace - this.#sending.length);
  }

  /** Начинает: SYN. */
  open() {
    this.state = "SYN_SENT";
    this.#sendSyn(SYN);
  }

  /** Отвечает на SYN: сторона сервера. */
  answer(packet) {
    this.state = "SYN_RECEIVED";
    this.#learnPeer(packet);
    this.#sendSyn(SYN | ACK);
  }

  /** Кладёт байты на отправку; вернёт, сколько поместилось. */
  send(bytes) {
    const taken = Math.min(bytes.length, this.sendRoom);
    if (taken > 0) {
      this.#sending.push(taken === bytes.length ? bytes : bytes.slice(0, taken));
      this.#output();
    }
    return taken;
  }

  /** Забирает не больше size пришедших байтов; освободившееся место станет окном. */
  receive(size) {
    const bytes = this.received.take(size);
    this.#announceWindow();
    return bytes;
  }

  /** Закрывает свою половину: за байтами пойдёт FIN. */
  closeSending() {
    if (this.sendClosed) return;
    this.sendClosed = true;
    this.#finQueued = true;
    if (this.state === "ESTABLISHED") this.state = "FIN_WAIT_1";
    else if (this.state === "CLOSE_WAIT") this.state = "LAST_ACK";
    this.#output();
  }

  /** Программа закрыла сокет. С непрочитанным в очереди Linux рвёт связь (RFC 2525, 2.17). */
  close({ abort = false } = {}) {
    this.orphan = true;
    this.onChange = () => {};
    if (this.state === "SYN_SENT" || this.state === "CLOSED") this.#finish();
    else if (this.state === "TIME_WAIT") return;
    else if (abort || this.received.length > 0) this.abort();
    else {
      this.closeSending();
      if (this.state === "FIN_WAIT_2") this.#expire();
    }
  }

  /** Рвёт связь: собеседнику RST. */
  abort() {
    if (!["CLOSED", "SYN_SENT", "TIME_WAIT"].includes(this.state)) {
      this.#emit(RST | ACK, this.#nextToSend, EMPTY);
    }
    this.#finish();
  }

  /** Сеть отказала: соединения больше нет, ждущий узнает почему. */
  fail(error) {
    this.error = error;
    this.#finish();
  }

  /** Номер, с которым RST был бы принят: для сети, которая рвёт связь посередине. */
  get resetNumber() {
    return this.#nextExpected;
  }

  /** Пришёл сегмент. */
  segment(packet) {
    if (this.state === "SYN_SENT") return this.#whileConnecting(packet);
    if (this.state === "TIME_WAIT" && packet.flags & SYN && packet.seq > this.#nextExpected) {
      // Новое соединение с теми же четырьмя числами (RFC 9293, 3.10.7.4, RFC 1122, 4.2.2.13).
      this.#finish();
      return this.host.dispatch(packet);
    }
    const length = packet.data.length + (packet.flags & FIN ? 1 : 0) + (packet.flags & SYN ? 1 : 0);
    if (!this.#isInWindow(packet.seq, length)) {
      if (!(packet.flags & RST)) this.#acknowledge();
      return;
    }
    if (packet.flags & RST) return this.#whenReset(packet);
    if (packet.flags & SYN) {
      if (this.state === "SYN_RECEIVED" && packet.flags & ACK) {
        if (!this.#becomeEstablished(packet)) return;
      }
      return this.#acknowledge();
    }
    if (!(packet.flags & ACK)) return;
    if (packet.ack > this.#mostSent) return this.#acknowledge();
    if (this.state === "SYN_RECEIVED" && !this.#becomeEstablished(packet)) return;
    if (!this.#acknowledged(packet)) return;
    if (length > 0) this.#accept(packet);
    this.#output();
    this.#changed();
  }

  #whileConnecting(packet) {
    const answers = packet.flags & ACK && packet.ack === this.#mostSent;
    if (packet.flags & ACK && !answers) return this.host.refuse(packet);
    if (packet.flags & RST) {
      if (answers) this.fail("ECONNREFUSED");
      return;
    }
    if (!(packet.flags & SYN)) return;
    this.#learnPeer(packet);
    if (!answers) {
      // Оба начали сразу — или программа позвонила сама себе (RFC 9293, рис. 8).
      this.state = "SYN_RECEIVED";
      this.#nextToSend = this.#firstSent;
      this.#sendSyn(SYN | ACK);
      return;
    }
    this.#becomeEstablished(packet);
    this.#acknowledge();
    this.#output();
  }

  #learnPeer(packet) {
    this.#nextExpected = this.#promised = packet.seq + 1;
    this.#peerMss = packet.mss;
    this.#sendWindow = packet.window;
  }

  #becomeEstablished(packet) {
    // Очередь принятых полна: Linux не замечает последнего ACK, и пусть клиент повторит.
    if (this.listener && !this.listener.admit(this)) return false;
    this.listener = null;
    this.state = this.#finQueued ? "FIN_WAIT_1" : "ESTABLISHED";
    this.#firstSent = packet.ack;
    this.#measured(packet.ack);
    this.#sendWindow = packet.window;
    this.#stopTimer();
    this.#changed();
    return true;
  }

  #whenReset(packet) {
    if (packet.seq !== this.#nextExpected) return this.#acknowledge(); // RFC 5961, 3.2
    if (this.state !== "TIME_WAIT") {
      this.error = this.state === "CLOSE_WAIT" ? "EPIPE" : "ECONNRESET";
    }
    this.#finish();
  }

  /** Подтверждение и окно; false — соединения больше нет. */
  #acknowledged(packet) {
    const { ack, window } = packet;
    this.#unanswered = 0;
    if (ack > this.#firstSent) {
      this.#sending.drop(Math.min(ack - this.#firstSent, this.#sending.length));
      this.#firstSent = ack;
      this.#nextToSend = Math.max(this.#nextToSend, ack);
      this.#measured(ack);
      this.#retries = this.#repeated = 0;
      this.#stopTimer();
      this.#sendWindow = window;
      if (this.#finSent && ack === this.#mostSent) return this.#finAcknowledged();
      // Потерян был не один: следующий повторяют сразу (RFC 6582).
      if (ack < this.#recoverAt) this.#resend(this.#recoverAt);
    } else if (ack === this.#firstSent) {
      const same = window === this.#sendWindow && packet.data.length === 0;
      if (same && !(packet.flags & FIN) && this.#mostSent > ack) {
        this.#repeated += 1;
        if (this.#repeated === 3) this.#resend();
      }
      this.#sendWindow = window;
      if (this.#mostSent === ack && CAN_SEND.has(this.state)) this.#stopTimer();
    }
    return true;
  }

  #finAcknowledged() {
    if (this.state === "FIN_WAIT_1") {
      this.state = "FIN_WAIT_2";
      if (this.orphan) this.#expire();
    } else if (this.state === "CLOSING") this.#waitOut();
    else if (this.state === "LAST_ACK") {
      this.#finish();
      return false;
    }
    return true;
  }

  #accept(packet) {
    const { seq, data } = packet;
    const end = seq + data.length;
    if (packet.flags & FIN) this.#finAt = end;
    if (this.orphan && end > this.#nextExpected && data.length > 0) {
      // Читать некому: Linux отвечает RST, а не подтверждением.
      this.#emit(RST | ACK, this.#nextToSend, EMPTY);
      return this.#finish();
    }
    if (data.length > 0) {
      if (seq === this.#nextExpected) this.#take(data);
      else if (!(this.#early.get(seq)?.length >= data.length)) this.#early.set(seq, data);
      this.#takeEarly();
    }
    if (this.#finAt === this.#nextExpected && !this.ended) this.#whenEnded();
    this.#acknowledge();
  }

  #take(data) {
    this.received.push(data);
    this.#nextExpected += data.length;
  }

  #takeEarly() {
    for (let found = true; found; ) {
      found = false;
      for (const [seq, data] of this.#early) {
        if (seq > this.#nextExpected) continue;
        this.#early.delete(seq);
        const fresh = data.subarray(Math.min(this.#nextExpected - seq, data.length));
        if (fresh.length > 0) this.#take(fresh);
        found = true;
      }
    }
  }

  #whenEnded() {
    this.ended = true;
    this.#nextExpected += 1;
    if (this.state === "ESTABLISHED") this.state = "CLOSE_WAIT";
    else if (this.state === "FIN_WAIT_1") this.state = "CLOSING";
    else if (this.state === "FIN_WAIT_2") this.#waitOut();
  }

  #waitOut() {
    this.state = "TIME_WAIT";
    this.#expire();
  }

  #expire() {
    this.#stopTimer();
    this.#timer = this.#clock.after(TIME_WAIT_MS, () => this.#finish());
  }

  #finish() {
    this.#stopTimer();
    this.state = "CLOSED";
    this.sendClosed = true;
    this.#sending.clear();
    this.#early.clear();
    this.host.forget(this);
    this.listener?.abandon(this);
    this.#changed();
  }

  #changed() {
    this.onChange();
  }

  get #window() {
    return Math.max(0, this.receiveSpace - this.received.length);
  }

  /** Окно, каким его напишут: кратно масштабу и никогда не отнимает обещанного. */
  #advertised() {
    const scale = 2 ** WINDOW_SCALE;
    const offered = Math.floor(this.#window / scale) * scale;
    const promised = this.#promised - this.#nextExpected;
    const window = Math.max(offered, promised);
    this.#promised = this.#nextExpected + window;
    return window;
  }

  #isInWindow(seq, length) {
    const window = Math.max(this.#window, this.#promised - this.#nextExpected);
    if (length === 0 && seq === this.#nextExpected) return true;
    const last = seq + Math.max(length, 1) - 1;
    return seq < this.#nextExpected + Math.max(window, 1) && last >= this.#nextExpected;
  }

  /** О месте сообщают, когда его стало заметно больше (RFC 9293, 3.8.6.2.2). */
  #announceWindow() {
    if (!["ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2"].includes(this.state) || this.ended) return;
    const promised = this.#promised - this.#nextExpected;
    const noticeable = Math.min(this.#mss, this.receiveSpace / 2);
    if (promised < this.receiveSpace / 2 && this.#window - promised >= noticeable) {
      this.#acknowledge();
    }
  }

  get #mss() {
    return Math.max(1, Math.min(this.#peerMss, this.host.mss(this.remote.address)));
  }

  #output() {
    if (!CAN_SEND.has(this.state)) return;
    for (;;) {
      if (this.#finSent) break;
      const inFlight = this.#nextToSend - this.#firstSent;
      const unsent = this.#sending.length - inFlight;
      const usable = this.#firstSent + this.#sendWindow - this.#nextToSend;
      const size = Math.min(this.#mss, unsent, Math.max(0, usable));
      const last = size === unsent;
      const fin = this.#finQueued && last;
      if (size === 0 && !fin) break;
      // Алгоритм Нейгла (RFC 896): неполный сегмент ждёт, пока подтвердят прежние.
      const small = size < this.#mss && !fin && inFlight > 0;
      if (small && (!this.noDelay || !last)) break;
      this.#transmit(this.#nextToSend, size, fin);
      if (fin) break;
    }
    const waiting = this.#sending.length > 0 || this.#mostSent > this.#firstSent;
    if (waiting && this.#timer === null) this.#startTimer();
  }

  #transmit(seq, size, fin) {
    const offset = seq - this.#firstSent;
    const data = this.#sending.peek(size, offset);
    const last = offset + size === this.#sending.length;
    const flags = ACK | (size > 0 && last ? PSH : 0) | (fin ? FIN : 0);
    this.#emit(flags, seq, data);
    if (fin) this.#finSent = true;
    const next = seq + size + (fin ? 1 : 0);
    // По повторённому время не меряют: неизвестно, на что ответили (алгоритм Карна).
    if (next > this.#mostSent && this.#timed === null) {
      this.#timed = { at: this.#clock.now, end: next };
    }
    this.#nextToSend = Math.max(this.#nextToSend, next);
    this.#mostSent = Math.max(this.#mostSent, next);
  }

  #sendSyn(flags) {
    this.#emit(flags, this.#firstSent, EMPTY);
    this.#nextToSend = this.#mostSent = this.#firstSent + 1;
    if (this.#retries === 0) this.#timed = { at: this.#clock.now, end: this.#mostSent };
    if (this.#timer === null) this.#startTimer();
  }

  #startTimer() {
    const delay = Math.min(this.#timeout * 2 ** this.#retries, LONGEST_TIMEOUT);
    this.#timer = this.#clock.after(delay, () => {
      this.#timer = null;
      this.#whenTimedOut();
    });
  }

  #stopTimer() {
    this.#clock.cancel(this.#timer);
    this.#timer = null;
  }

  #whenTimedOut() {
    this.#retries += 1;
    this.#unanswered += 1;
    this.#timed = null;
    if (this.state === "SYN_SENT") {
      if (this.#retries > SYN_RETRIES) return this.fail("ETIMEDOUT");
      return this.#sendSyn(SYN);
    }
    if (this.state === "SYN_RECEIVED") {
      if (this.#retries > SYN_ACK_RETRIES) return this.#finish();
      return this.#sendSyn(SYN | ACK);
    }
    if (this.#unanswered > DATA_RETRIES) return this.fail("ETIMEDOUT");
    // Окно закрыто: о нём справляются пустым сегментом с уже принятым номером, как Linux.
    if (this.#mostSent === this.#firstSent) this.#emit(ACK, this.#firstSent - 1, EMPTY);
    else this.#resend();
    if (this.#timer === null) this.#startTimer();
  }

  #resend(recoverAt = this.#mostSent) {
    this.#timed = null;
    this.#recoverAt = recoverAt;
    const size = Math.min(this.#mss, this.#sending.length, this.#mostSent - this.#firstSent);
    const fin = this.#finSent && size === this.#sending.length;
    this.#transmit(this.#firstSent, size, fin);
  }

  /** RFC 6298. */
  #measured(ack) {
    if (this.#timed === null || ack < this.#timed.end) return;
    const took = this.#clock.now - this.#timed.at;
    this.#timed = null;
    if (this.#smoothed === null) {
      this.#smoothed = took;
      this.#deviation = took / 2;
    } else {
      this.#deviation = 0.75 * this.#deviation + 0.25 * Math.abs(this.#smoothed - took);
      this.#smoothed = 0.875 * this.#smoothed + 0.125 * took;
    }
    this.#timeout = Math.max(SHORTEST_TIMEOUT, this.#smoothed + 4 * this.#deviation);
  }

  #acknowledge() {
    if (this.state === "CLOSED") return;
    this.#emit(ACK, this.#nextToSend, EMPTY);
  }

  #emit(flags, seq, data) {
    const { local, remote } = this;
    this.host.transmit({
      protocol: "tcp",
      source: local.address,
      sourcePort: local.port,
      target: remote.address,
      targetPort: remote.port,
      seq,
      ack: this.#nextExpected,
      flags,
      window: this.#windowFor(flags),
      mss: this.host.mss(remote.address),
      data,
    });
  }

  #windowFor(flags) {
    if (flags & RST) return 0;
    if (!(flags & SYN)) return this.#advertised();
    return Math.min(this.receiveSpace, 65535);
  }
}
