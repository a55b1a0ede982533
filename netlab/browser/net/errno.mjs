// Номера ошибок Linux (asm-generic/errno.h): их читатель увидел бы на настоящей машине.
// У WebAssembly они другие, поэтому числа стоят здесь, а не берутся у системы.

export const errno = Object.freeze({
  EINTR: 4,
  EBADF: 9,
  EAGAIN: 11,
  EACCES: 13,
  EINVAL: 22,
  EPIPE: 32,
  EDESTADDRREQ: 89,
  EMSGSIZE: 90,
  ENOPROTOOPT: 92,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETUNREACH: 101,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  EISCONN: 106,
  ENOTCONN: 107,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTUNREACH: 113,
  EALREADY: 114,
  EINPROGRESS: 115,
});

/** Отказ системного вызова; code — имя номера, «ECONNREFUSED». */
export class SystemError extends Error {
  constructor(code) {
    super(code);
    this.code = code;
    this.errno = errno[code];
  }
}
