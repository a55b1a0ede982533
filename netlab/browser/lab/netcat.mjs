// nc на странице: тот же разговор с ядром, что и у программы, только без Python.

/** Разбирает команду: `nc server 5555`, `nc -u server 5555`, `nc -l 5555`; null — не понял. */
export function parse(command) {
  const words = command.trim().split(/\s+/);
  if (words.shift() !== "nc") return null;
  const flags = words.filter((word) => word.startsWith("-")).join("");
  const rest = words.filter((word) => !word.startsWith("-"));
  const listens = flags.includes("l");
  const port = Number(rest.at(-1));
  const host = rest.length > 1 ? rest[0] : "";
  if (!Number.isInteger(port) || port < 1 || port > 65535 || (!listens && !host)) return null;
  if (rest.length > 2 || /[^-luC]/.test(flags)) return null;
  return { host, port, listens, datagrams: flags.includes("u"), crlf: flags.includes("C") };
}

export class Netcat {
  #port;
  #waiting = new Map();
  #number = 0;
  #descriptor = null;

  /** port — порт к ядру; print(stream, bytes) и about(текст) — куда говорить. */
  constructor(port, { print, about }) {
    Object.assign(this, { print, about });
    this.#port = port;
    port.onmessage = ({ data }) => {
      this.#waiting.get(data.reply)?.(data);
      this.#waiting.delete(data.reply);
    };
  }

  #call(name, ...args) {
    this.#number += 1;
    const call = this.#number;
    this.#port.postMessage({ call, name, args });
    return new Promise((resolve, reject) => {
      this.#waiting.set(call, ({ error, value }) => (error ? reject(Error(error)) : resolve(value)));
    });
  }

  /** Разговаривает до конца; ошибки — Error с именем номера. */
  async talk({ host, port, listens, datagrams, crlf }) {
    this.crlf = crlf;
    const type = datagrams ? 2 : 1;
    let descriptor = await this.#call("socket", 4, type);
    if (listens) {
      await this.#call("setsockopt", descriptor, 1, 2, 1);
      await this.#call("bind", descriptor, "0.0.0.0", port);
      if (!datagrams) {
        await this.#call("listen", descriptor, 1);
        this.about(`Слушаю порт ${port}…`);
        ({ descriptor } = await this.#call("accept", descriptor, null));
      }
    } else {
      const [found] = /^[\d.]+$/.test(host) ? [host] : await this.#call("resolve", host);
      if (!found) throw new Error("имя не найдено");
      await this.#call("connect", descriptor, found, port, null);
    }
    this.#descriptor = descriptor;
    if (!listens || !datagrams) this.about("Соединение есть. Наберите строку и нажмите Enter.");
    for (;;) {
      const bytes = await this.#call("receive", descriptor, 65536, { peek: false, all: false }, null);
      if (bytes.length === 0 && !datagrams) break;
      this.print(1, bytes);
    }
    this.about("Другая сторона закончила (FIN).");
  }

  /** Отправляет набранное. */
  async send(text) {
    if (this.#descriptor === null) return;
    const line = this.crlf ? text.replace(/\n$/, "\r\n") : text;
    await this.#call("send", this.#descriptor, new TextEncoder().encode(line), null);
  }

  /** Больше ничего не отправим: FIN. */
  async finish() {
    if (this.#descriptor !== null) await this.#call("shutdown", this.#descriptor, 1);
  }
}
