"""Модуль select для Python в браузере: select и poll поверх netlab_syscall."""

from netlab_syscall import syscall

error = OSError
POLLIN, POLLPRI, POLLOUT, POLLERR, POLLHUP, POLLNVAL = 1, 2, 4, 8, 16, 32
POLLRDNORM, POLLWRNORM, POLLRDHUP = 0x40, 0x100, 0x2000


def _descriptor(thing):
    descriptor = thing if isinstance(thing, int) else thing.fileno()
    if descriptor < 0:
        raise ValueError(f"file descriptor cannot be a negative integer ({descriptor})")
    return descriptor


def select(rlist, wlist, xlist, timeout=None):
    """Кто готов читать, писать, у кого ошибка; timeout — с, None — ждать."""
    if timeout is not None and timeout < 0:
        raise ValueError("timeout must be non-negative")
    readers = [(thing, _descriptor(thing)) for thing in rlist]
    writers = [(thing, _descriptor(thing)) for thing in wlist]
    for thing in xlist:
        _descriptor(thing)
    wanted = {}
    for at, things in enumerate((readers, writers)):
        for _, descriptor in things:
            wanted.setdefault(descriptor, [descriptor, False, False])[at + 1] = True
    limit = None if timeout is None else timeout * 1000
    # poll(2) говорит и о разрыве, а select(2) — лишь о том, что вызов не станет ждать.
    ready = {one: can for one, can in syscall("poll", list(wanted.values()), limit)}
    read = [t for t, d in readers if d in ready and any(ready[d][k] for k in _TO_READ)]
    write = [t for t, d in writers if d in ready and any(ready[d][k] for k in _TO_WRITE)]
    return read, write, []


_TO_READ = ("readable", "hangup", "error")
_TO_WRITE = ("writable", "error")


class poll:
    """Список дескрипторов, за которыми следят."""

    def __init__(self):
        self._events = {}

    def register(self, fd, eventmask=POLLIN | POLLPRI | POLLOUT):
        """Начинает следить."""
        self._events[_descriptor(fd)] = eventmask

    def modify(self, fd, eventmask):
        """Меняет, за чем следят."""
        descriptor = _descriptor(fd)
        if descriptor not in self._events:
            raise FileNotFoundError(2, "No such file or directory")
        self._events[descriptor] = eventmask

    def unregister(self, fd):
        """Перестаёт следить."""
        del self._events[_descriptor(fd)]

    def poll(self, timeout=None):
        """Ждёт timeout мс; None и отрицательное — сколько придётся."""
        limit = None if timeout is None or timeout < 0 else timeout
        wanted = [[d, bool(e & POLLIN), bool(e & POLLOUT)] for d, e in self._events.items()]
        found = []
        for descriptor, can in syscall("poll", wanted, limit):
            events = (
                (POLLIN if can["readable"] else 0)
                | (POLLOUT if can["writable"] else 0)
                | (POLLERR if can["error"] else 0)
                | (POLLHUP if can["hangup"] else 0)
            )
            found.append((descriptor, events))
        return found
