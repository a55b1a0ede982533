// Запись кадров в pcapng (draft-ietf-opsawg-pcapng): такой файл читают Wireshark и tshark.

const PADDING = 4;

/** Файл из кадров [{at, bytes}]: at — миллисекунды от начала, start — начало, мс с 1970 года. */
export function pcapng(frames, start = 0) {
  const blocks = [
    block(0x0a0d0d0a, 16, (view) => {
      view.setUint32(0, 0x1a2b3c4d, true);
      view.setUint16(4, 1, true);
      view.setBigInt64(8, -1n, true);
    }),
    // Тип канала 1 — Ethernet; время по умолчанию в микросекундах.
    block(1, 8, (view) => view.setUint16(0, 1, true)),
    ...frames.map(({ at, bytes }) =>
      block(6, 20 + bytes.length, (view, body) => {
        const time = BigInt(Math.round((start + at) * 1000));
        view.setUint32(4, Number(time >> 32n), true);
        view.setUint32(8, Number(time & 0xffffffffn), true);
        view.setUint32(12, bytes.length, true);
        view.setUint32(16, bytes.length, true);
        body.set(bytes, 20);
      }),
    ),
  ];
  const file = new Uint8Array(blocks.reduce((size, one) => size + one.length, 0));
  let at = 0;
  for (const one of blocks) {
    file.set(one, at);
    at += one.length;
  }
  return file;
}

function block(type, size, fill) {
  const whole = 12 + Math.ceil(size / PADDING) * PADDING;
  const bytes = new Uint8Array(whole);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, whole, true);
  view.setUint32(whole - 4, whole, true);
  fill(new DataView(bytes.buffer, 8, whole - 12), bytes.subarray(8, whole - 4));
  return bytes;
}
