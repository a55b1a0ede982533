// Кадры, какими они идут по проводу: Ethernet II, ARP (RFC 826), IPv4 (RFC 791), IPv6 (RFC 8200),
// ICMP (RFC 792, 4443), TCP (RFC 9293), UDP (RFC 768). Только туда: внутри сети ходят объекты,
// а байты нужны тому, кто смотрит.

import { addressBytes, familyOf } from "./address.mjs";

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;

/** Показатель масштаба окна (RFC 7323): в заголовке окно стоит делённым на 2 в этой степени. */
export const WINDOW_SCALE = 7;

const ETHERNET = 14;
const PROTOCOL = { tcp: 6, udp: 17, icmp: 1, icmp6: 58 };
const TIME_TO_LIVE = 64;

/** Кадр ARP: кто спрашивает, о ком; target — MAC, если это ответ. */
export function arpFrame({ sender, senderMac, target, targetMac }) {
  const asks = targetMac === undefined;
  const frame = new Uint8Array(ETHERNET + 28);
  writeEthernet(frame, asks ? "ff:ff:ff:ff:ff:ff" : targetMac, senderMac, 0x0806);
  frame.set([0, 1, 8, 0, 6, 4, 0, asks ? 1 : 2], ETHERNET);
  frame.set(macBytes(senderMac), ETHERNET + 8);
  frame.set(addressBytes(sender), ETHERNET + 14);
  if (!asks) frame.set(macBytes(targetMac), ETHERNET + 18);
  frame.set(addressBytes(target), ETHERNET + 24);
  return frame;
}

/** Кадр с пакетом IP; ident — номер пакета IPv4. */
export function packetFrame(packet, sourceMac, targetMac) {
  const transport = TRANSPORT[packet.protocol](packet);
  const v4 = familyOf(packet.source) === 4;
  const header = v4 ? 20 : 40;
  const frame = new Uint8Array(ETHERNET + header + transport.length);
  writeEthernet(frame, targetMac, sourceMac, v4 ? 0x0800 : 0x86dd);
  const source = addressBytes(packet.source);
  const target = addressBytes(packet.target);
  if (v4) {
    const length = header + transport.length;
    frame.set([0x45, 0, length >> 8, length & 255], ETHERNET);
    frame.set([packet.ident >> 8, packet.ident & 255, 0x40, 0], ETHERNET + 4);
    frame.set([TIME_TO_LIVE, PROTOCOL[packet.protocol]], ETHERNET + 8);
    frame.set(source, ETHERNET + 12);
    frame.set(target, ETHERNET + 16);
    write16(frame, ETHERNET + 10, checksum(frame.subarray(ETHERNET, ETHERNET + header)));
  } else {
    frame.set([0x60, 0, 0, 0, transport.length >> 8, transport.length & 255], ETHERNET);
    frame.set([PROTOCOL[packet.protocol], TIME_TO_LIVE], ETHERNET + 6);
    frame.set(source, ETHERNET + 8);
    frame.set(target, ETHERNET + 24);
  }
  const at = CHECKSUM_AT[packet.protocol];
  let sum = 0;
  // ICMP для IPv4 — единственный, кто не считает псевдозаголовок.
  if (packet.protocol !== "icmp") {
    sum = add(add(0, source), target) + PROTOCOL[packet.protocol] + transport.length;
  }
  const value = checksum(transport, sum);
  // Нулём UDP говорит «не считали», поэтому настоящий нуль пишется единицами.
  write16(transport, at, packet.protocol === "udp" && value === 0 ? 0xffff : value);
  frame.set(transport, ETHERNET + header);
  return frame;
}

const CHECKSUM_AT = { tcp: 16, udp: 6, icmp: 2, icmp6: 2 };

const TRANSPORT = {
  tcp({ sourcePort, targetPort, seq, ack, flags, window, mss, data }) {
    const options = flags & SYN ? [2, 4, mss >> 8, mss & 255, 1, 3, 3, WINDOW_SCALE] : [];
    const bytes = new Uint8Array(20 + options.length + data.length);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, sourcePort);
    view.setUint16(2, targetPort);
    view.setUint32(4, seq % 2 ** 32);
    view.setUint32(8, flags & ACK ? ack % 2 ** 32 : 0);
    bytes[12] = (20 + options.length) << 2;
    bytes[13] = flags;
    view.setUint16(14, flags & SYN ? Math.min(window, 65535) : window >> WINDOW_SCALE);
    bytes.set(options, 20);
    bytes.set(data, 20 + options.length);
    return bytes;
  },
  udp({ sourcePort, targetPort, data }) {
    const bytes = new Uint8Array(8 + data.length);
    write16(bytes, 0, sourcePort);
    write16(bytes, 2, targetPort);
    write16(bytes, 4, bytes.length);
    bytes.set(data, 8);
    return bytes;
  },
  // «Порт недоступен»: тип, код, а дальше начало того пакета, которому отказано.
  icmp: ({ about }) => unreachable(3, 3, about, 28),
  icmp6: ({ about }) => unreachable(1, 4, about, 1232),
};

function unreachable(type, code, about, most) {
  const rejected = packetFrame(about, "00:00:00:00:00:00", "00:00:00:00:00:00").subarray(ETHERNET);
  const kept = rejected.subarray(0, most);
  const bytes = new Uint8Array(8 + kept.length);
  bytes.set([type, code]);
  bytes.set(kept, 8);
  return bytes;
}

function writeEthernet(frame, target, source, type) {
  frame.set(macBytes(target), 0);
  frame.set(macBytes(source), 6);
  write16(frame, 12, type);
}

function macBytes(mac) {
  return Uint8Array.from(mac.split(":"), (byte) => parseInt(byte, 16));
}

function write16(bytes, at, value) {
  bytes[at] = value >> 8;
  bytes[at + 1] = value & 255;
}

function add(sum, bytes) {
  const even = bytes.length & ~1;
  for (let at = 0; at < even; at += 2) sum += (bytes[at] << 8) | bytes[at + 1];
  return bytes.length & 1 ? sum + (bytes[even] << 8) : sum;
}

/** Контрольная сумма Интернета (RFC 1071) от bytes, начиная с sum. */
function checksum(bytes, sum = 0) {
  sum = add(sum, bytes);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 65536);
  return ~sum & 0xffff;
}
