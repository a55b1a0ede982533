// Экран программы: то, что она напечатала. Не бездонный: старое уходит, о чём сказано сверху.

import { create } from "./elements.mjs";

const KEPT = 60_000;

export class Screen {
  #decoders = new Map();
  #size = 0;

  constructor(name) {
    this.element = create("pre", { class: "run-screen", role: "log", "aria-label": name, tabindex: 0 });
  }

  clear() {
    this.element.replaceChildren();
    this.#decoders.clear();
    this.#size = 0;
  }

  /** Показывает байты потока: 1 — вывод, 2 — ошибки, 0 — набранное. */
  print(stream, bytes) {
    if (!this.#decoders.has(stream)) this.#decoders.set(stream, new TextDecoder());
    this.write(this.#decoders.get(stream).decode(bytes, { stream: true }), stream);
  }

  write(text, stream = 1) {
    if (text === "") return;
    const { element } = this;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 40;
    // Возврат каретки: строка печатается поверх прежней, как в терминале.
    const last = text.lastIndexOf("\r");
    if (last > -1 && text[last + 1] !== "\n") {
      const line = element.lastChild?.textContent ?? "";
      const kept = line.slice(0, line.lastIndexOf("\n") + 1);
      if (element.lastChild && !text.slice(0, last).includes("\n")) element.lastChild.textContent = kept;
      text = text.slice(last + 1);
    }
    const names = ["run-typed", null, "run-errors", "run-about"];
    const tail = element.lastChild;
    if (names[stream]) element.append(create("span", { class: names[stream] }, text));
    else if (tail?.nodeType === Node.TEXT_NODE) tail.textContent += text;
    else element.append(text);
    this.#size += text.length;
    while (this.#size > KEPT) {
      const first = element.firstChild;
      const extra = Math.min(this.#size - KEPT + KEPT / 4, first.textContent.length);
      first.textContent = first.textContent.slice(extra);
      if (first.textContent === "" && first !== element.lastChild) first.remove();
      this.#size -= extra;
    }
    if (atEnd) element.scrollTop = element.scrollHeight;
  }
}
