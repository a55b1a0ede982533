// Провод: рисунок разговора, который растёт сам. Вид — как у записанных (docs/assets/talk.css).

import { create, draw } from "./elements.mjs";

const WIDTH = 360;
const EDGE = 14;
const MOST = 300;
const SHOWN = 24;
const FLAGS = [[2, "SYN"], [1, "FIN"], [4, "RST"]];
const ACK = 16;

export class Wire {
  #hosts;
  #rows = create("ol", { class: "run-frames" });
  #first = new Map();
  #empty = create("p", { class: "run-quiet" }, "Пока тихо: ни одного кадра.");

  /** explore(байты, название) зовут, когда кадр выбрали. */
  constructor(hosts, explore) {
    this.#hosts = hosts;
    this.explore = explore;
    const heads = draw("svg", { viewBox: `0 0 ${WIDTH} 34`, "aria-hidden": "true" });
    for (const [at, host] of hosts.entries()) {
      const last = hosts.length > 1 && at === hosts.length - 1;
      const place = { x: last ? WIDTH - 4 : at === 0 ? 4 : this.#lane(at), class: last ? "end" : at ? "middle" : "" };
      heads.append(draw("text", { ...place, y: 13, class: `host ${place.class}` }, host.title));
      heads.append(draw("text", { ...place, y: 27, class: `place ${place.class}` }, host.address));
    }
    this.element = create("div", { class: "lab-talk run-wire" }, heads, this.#empty, this.#rows);
  }

  #lane(at) {
    const last = Math.max(1, this.#hosts.length - 1);
    return EDGE + (at * (WIDTH - 2 * EDGE)) / last;
  }

  clear() {
    this.#rows.replaceChildren();
    this.#first.clear();
    this.#empty.hidden = false;
  }

  add(frames, missed) {
    const rows = this.#rows;
    const atEnd = rows.scrollHeight - rows.scrollTop - rows.clientHeight < 60;
    this.#empty.hidden = true;
    for (const frame of frames) rows.append(this.#row(frame));
    if (missed) rows.append(create("li", { class: "run-missed" }, `ещё кадров: ${missed}`));
    while (rows.childElementCount > MOST) rows.firstChild.remove();
    if (atEnd) rows.scrollTop = rows.scrollHeight;
  }

  #row(frame) {
    const { text, kind, tall } = this.#describe(frame);
    const names = this.#hosts.map((host) => host.name);
    const from = names.indexOf(frame.from);
    const to = frame.to === null ? (from === 0 ? names.length - 1 : 0) : names.indexOf(frame.to);
    const height = tall ? 30 : 18;
    const picture = draw("svg", { viewBox: `0 0 ${WIDTH} ${height}`, "aria-hidden": "true" });
    for (const at of names.keys()) {
      picture.append(draw("path", { class: "life", d: `M${this.#lane(at)} 0V${height}` }));
    }
    const line = height - 5;
    const group = draw("g", { class: kind });
    if (from === to) {
      const side = from === names.length - 1 && from > 0 ? -1 : 1;
      const x = this.#lane(from);
      group.append(
        draw("path", { d: `M${x} ${line - 8}h${side * 16}v8h${-side * 12}m${side * 5} -4l${-side * 6} 4l${side * 6} 4` }),
        draw("text", { x: x + side * 24, y: line, class: side > 0 ? "start" : "end" }, text),
      );
    } else {
      const right = to > from ? 1 : -1;
      const begin = this.#lane(from) + right * 4;
      const end = frame.lost ? (this.#lane(from) + this.#lane(to)) / 2 : this.#lane(to) - right * 4;
      const head = frame.lost
        ? `m-5 -5l10 10m0 -10l-10 10`
        : `m${-right * 6} -4l${right * 6} 4l${-right * 6} 4`;
      group.append(
        draw("path", { d: `M${begin} ${line}H${end}${head}` }),
        draw("text", { x: (this.#lane(from) + this.#lane(to)) / 2, y: line - 5 }, text),
      );
    }
    picture.append(group);
    const arrow = from === to ? "сама себе" : `→ ${frame.to ?? "всем"}`;
    const name = `${frame.from} ${arrow}: ${text}${frame.lost ? ", потерян" : ""}`;
    const choose = () => this.explore(frame.bytes, name);
    return create("li", {}, create("button", { type: "button", "aria-label": name, onclick: choose }, picture));
  }

  /** Что написать на стрелке. */
  #describe({ packet, to }) {
    if (!packet) {
      const text = to === null ? "ARP: у кого этот адрес?" : "ARP: у меня";
      return { text, kind: "ack", tall: false };
    }
    if (packet.protocol === "icmp") return { text: "ICMP: порт закрыт", kind: "segment reset", tall: true };
    const data = packet.length > 0 ? `${packet.length} Б: ${preview(packet.data, packet.length)}` : "";
    if (packet.protocol === "udp") {
      return { text: `UDP ${data || "0 Б"}`, kind: "segment data", tall: true };
    }
    const key = `${packet.source} ${packet.sourcePort} ${packet.target} ${packet.targetPort}`;
    const back = `${packet.target} ${packet.targetPort} ${packet.source} ${packet.sourcePort}`;
    if (packet.flags & 2 || !this.#first.has(key)) this.#first.set(key, packet.seq);
    const flags = FLAGS.filter(([bit]) => packet.flags & bit).map(([, name]) => name);
    const base = this.#first.get(back) ?? 0;
    const ack = packet.flags & ACK ? `ACK ${(packet.ack - base) >>> 0}` : "";
    if (flags.length === 0 && packet.length === 0) return { text: ack, kind: "ack", tall: false };
    if (packet.flags & 2 && ack) flags.push("ACK");
    const kind = packet.flags & 4 ? "segment reset" : packet.length > 0 ? "segment data" : "segment";
    return { text: [flags.join(", "), data].filter(Boolean).join(", "), kind, tall: true };
  }
}

/** Начало данных, как его написал бы Python: непечатное — кодами. */
function preview(bytes, length) {
  const text = [...bytes.subarray(0, SHOWN)].map((byte) => {
    if (byte === 10) return "\\n";
    if (byte === 13) return "\\r";
    return byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
  });
  const whole = text.join("");
  return length > SHOWN || whole.length > SHOWN ? `${whole.slice(0, SHOWN - 1)}…` : whole;
}
