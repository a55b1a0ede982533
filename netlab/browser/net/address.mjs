// Адреса IP: здесь они ходят текстом в каноническом виде («10.0.0.1», «::1»), а байтами
// становятся только в кадре.

/** Семейство адреса: 4 или 6. */
export function familyOf(address) {
  return address.includes(":") ? 6 : 4;
}

/** Адрес, на котором слушают всюду. */
export function isAny(address) {
  return address === "0.0.0.0" || address === "::";
}

/** Адрес самого себя: из машины такой пакет не выходит. */
export function isLoopback(address) {
  return address === "::1" || address.startsWith("127.");
}

/** IPv4 внутри IPv6, как его видит сокет, принимающий оба (RFC 4291, раздел 2.5.5.2). */
export function mapped(address) {
  return familyOf(address) === 4 ? `::ffff:${address}` : address;
}

/** Обратно: «::ffff:10.0.0.1» — это 10.0.0.1. */
export function unmapped(address) {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}

/** Байты адреса: 4 или 16. */
export function addressBytes(address) {
  if (familyOf(address) === 4) return Uint8Array.from(address.split("."), Number);
  const [head, tail] = address.split("::");
  const left = head ? head.split(":") : [];
  const right = tail ? tail.split(":") : [];
  const words = [...left, ...Array(8 - left.length - right.length).fill("0"), ...right];
  return Uint8Array.from(
    words.flatMap((word) => [parseInt(word, 16) >> 8, parseInt(word, 16) & 255]),
  );
}

/** Адрес «всем»: на проводе и на самой машине. */
export function isBroadcast(address) {
  return address === "255.255.255.255" || address === "127.255.255.255";
}
