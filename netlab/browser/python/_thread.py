"""Модуль _thread для Python в браузере: поток выполнения — ещё одно обещание JavaScript.

Потоки меняются, когда тот, что идёт, ждёт: в recv, в sleep, на замке. Тот, кто только считает,
других не пускает.
"""

import sys as _sys

from _netlab_host import start as _start
from netlab_syscall import MAIN_THREAD, Running, post, syscall

error = RuntimeError
TIMEOUT_MAX = 9223372036.0

_idents = iter(range(MAIN_THREAD + 1, 1 << 62))
_alive = {}


def _limit(blocking, timeout):
    """Срок ожидания, мс; None — ждать сколько придётся."""
    if not blocking:
        if timeout != -1:
            raise ValueError("can't specify a timeout for a non-blocking call")
        return 0
    if timeout < 0 and timeout != -1:
        raise ValueError("timeout value must be a non-negative number")
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return None if timeout == -1 else timeout * 1000


def _wait_for(condition, key, limit):
    """Ждёт на числе key, пока condition не скажет да; False — вышел срок, мс."""
    from time import monotonic

    ends = None if limit is None else monotonic() + limit / 1000
    while not condition():
        left = None if ends is None else max(0, (ends - monotonic()) * 1000)
        if left == 0:
            return False
        syscall("wait", key, left)
    return True


class lock:
    """Замок."""

    __slots__ = ("__weakref__", "_locked", "_waiting")

    def __init__(self):
        self._locked = False
        self._waiting = 0

    def acquire(self, blocking=True, timeout=-1):
        """Запирает; False — заперт другим, и срок вышел."""
        limit = _limit(blocking, timeout)
        if self._locked:
            self._waiting += 1
            try:
                if not _wait_for(lambda: not self._locked, id(self), limit):
                    return False
            finally:
                self._waiting -= 1
        self._locked = True
        return True

    def release(self):
        """Отпирает."""
        if not self._locked:
            raise RuntimeError("release unlocked lock")
        self._locked = False
        if self._waiting:
            post("wake", id(self))

    def locked(self):
        """Заперт ли."""
        return self._locked

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc):
        self.release()

    def _at_fork_reinit(self):
        self._locked = False

    def __repr__(self):
        state = "locked" if self._locked else "unlocked"
        return f"<{state} _thread.lock object at {id(self):#x}>"

    acquire_lock, release_lock, locked_lock = acquire, release, locked


LockType = lock
allocate_lock = allocate = lock


class RLock:
    """Замок, который его хозяин может запереть ещё раз."""

    __slots__ = ("__weakref__", "_count", "_lock", "_owner")

    def __init__(self):
        self._lock = lock()
        self._owner = 0
        self._count = 0

    def acquire(self, blocking=True, timeout=-1):
        """Запирает; False — заперт другим, и срок вышел."""
        if self._owner == Running.thread:
            self._count += 1
            return True
        if not self._lock.acquire(blocking, timeout):
            return False
        self._owner, self._count = Running.thread, 1
        return True

    def release(self):
        """Отпирает столько раз, сколько запирали."""
        if self._owner != Running.thread:
            raise RuntimeError("cannot release un-acquired lock")
        self._count -= 1
        if not self._count:
            self._owner = 0
            self._lock.release()

    def locked(self):
        """Заперт ли."""
        return self._lock.locked()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc):
        self.release()

    def _is_owned(self):
        return self._owner == Running.thread

    def _recursion_count(self):
        return self._count if self._is_owned() else 0

    def _release_save(self):
        if not self._count:
            raise RuntimeError("cannot release un-acquired lock")
        state = self._count, self._owner
        self._owner = self._count = 0
        self._lock.release()
        return state

    def _acquire_restore(self, state):
        self._lock.acquire()
        self._count, self._owner = state

    def _at_fork_reinit(self):
        self.__init__()

    def __repr__(self):
        state = "locked" if self._count else "unlocked"
        return (
            f"<{state} _thread.RLock object owner={self._owner} count={self._count} "
            f"at {id(self):#x}>"
        )


class _local:
    """Своё у каждого потока."""

    __slots__ = ("__dict__", "__weakref__", "_arguments", "_of_threads")

    def __new__(cls, /, *args, **kwargs):
        if (args or kwargs) and cls.__init__ is object.__init__:
            raise TypeError("Initialization arguments are not supported")
        self = object.__new__(cls)
        own = object.__getattribute__(self, "__dict__")
        object.__setattr__(self, "_arguments", (args, kwargs))
        object.__setattr__(self, "_of_threads", {Running.thread: own})
        return self

    def __getattribute__(self, name):
        _switch(self)
        return object.__getattribute__(self, name)

    def __setattr__(self, name, value):
        _switch(self)
        object.__setattr__(self, name, value)

    def __delattr__(self, name):
        _switch(self)
        object.__delattr__(self, name)


def _switch(local):
    """Даёт идущему потоку его собственное; новому — заводит."""
    of_threads = object.__getattribute__(local, "_of_threads")
    thread = Running.thread
    new = thread not in of_threads
    if new:
        for gone in [one for one in of_threads if one != MAIN_THREAD and one not in _alive]:
            del of_threads[gone]
        of_threads[thread] = {}
    object.__setattr__(local, "__dict__", of_threads[thread])
    if new:
        args, kwargs = object.__getattribute__(local, "_arguments")
        type(local).__init__(local, *args, **kwargs)


class _ThreadHandle:
    """Ручка потока: по ней его ждут."""

    def __init__(self):
        self.ident = 0
        self._done = False

    def is_done(self):
        """Кончился ли."""
        return self._done

    def _set_done(self):
        self._done = True
        post("wake", id(self))

    def join(self, timeout=None):
        """Ждёт конца, не дольше timeout секунд."""
        if self.ident == Running.thread:
            raise RuntimeError("Cannot join current thread")
        limit = None if timeout is None or timeout < 0 else timeout * 1000
        if not self._done and _wait_for(lambda: self._done, id(self), limit):
            # Будят одного, а ждать конца могут многие.
            post("wake", id(self))


def _make_thread_handle(ident):
    handle = _ThreadHandle()
    handle.ident = ident
    return handle


def start_joinable_thread(function, handle=None, daemon=True):
    """Заводит поток: function() пойдёт, как только этот станет ждать."""
    handle = handle or _ThreadHandle()
    ident = handle.ident = next(_idents)
    _alive[ident] = (handle, daemon)

    def body():
        Running.thread = ident
        try:
            function()
        except SystemExit:
            pass
        except BaseException as problem:
            _sys.unraisablehook(_Unraisable(problem, function))
        finally:
            del _alive[ident]
            handle._set_done()

    _start(body)
    return handle


class _Unraisable:
    def __init__(self, problem, thing):
        self.exc_type, self.exc_value = type(problem), problem
        self.exc_traceback, self.object = problem.__traceback__, thing
        self.err_msg = "Exception ignored in thread started by"


def start_new_thread(function, args, kwargs=None):
    """Заводит поток по-старому: ждать его нельзя."""
    if not isinstance(args, tuple):
        raise TypeError("2nd arg must be a tuple")
    return start_joinable_thread(lambda: function(*args, **(kwargs or {}))).ident


start_new = start_new_thread


def _shutdown():
    """Ждёт всех, кто не daemon: так кончается программа."""
    while waited := [handle for handle, daemon in _alive.values() if not daemon]:
        waited[0].join()


def get_ident():
    """Номер этого потока."""
    return Running.thread


get_native_id = get_ident


def _get_main_thread_ident():
    return MAIN_THREAD


def _is_main_interpreter():
    return True


def daemon_threads_allowed():
    """Бывают ли потоки daemon."""
    return True


def exit():
    """Кончает этот поток."""
    raise SystemExit


exit_thread = exit


def interrupt_main(signum=2):
    """Ctrl-C главному потоку."""
    Running.interrupted = True


def _count():
    return len(_alive)


def stack_size(size=0):
    """Размер стека здесь не выбирают."""
    return 0
