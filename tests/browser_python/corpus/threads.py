"""Потоки выполнения, очереди и всё, чем они ждут друг друга."""

import queue
import threading
from concurrent.futures import ThreadPoolExecutor, TimeoutError, as_completed


def tried(title, action, *arguments):
    try:
        print(title, repr(action(*arguments)))
    except Exception as problem:
        print(title, type(problem).__name__, problem)


lock = threading.Lock()
print(lock.acquire(), lock.acquire(blocking=False), lock.acquire(timeout=0.02), lock.locked())
lock.release()
tried("release", lock.release)
tried("acquire", lock.acquire, False, 1)
again = threading.RLock()
with again, again:
    print(again.acquire(timeout=0.01))
    again.release()
tried("чужой RLock", again.release)

ready, said = threading.Event(), []
thread = threading.Thread(target=lambda: (ready.wait(), said.append("дождался")), name="рабочий")
print(thread.is_alive(), thread.name, thread.daemon)
thread.start()
print(thread.is_alive(), ready.is_set(), said)
ready.set()
thread.join()
print(thread.is_alive(), said)
tried("start дважды", thread.start)
tried("join себя", threading.current_thread().join)
print(ready.wait(0.01), threading.Event().wait(0.01))
print(threading.current_thread() is threading.main_thread(), threading.active_count())

condition, items = threading.Condition(), []


def consume():
    with condition:
        condition.wait_for(lambda: items)
        print("взял", items.pop())


consumer = threading.Thread(target=consume)
consumer.start()
with condition:
    items.append("вещь")
    condition.notify()
consumer.join()
with condition:
    print(condition.wait(0.01))

barrier, order = threading.Barrier(3), []
crew = [threading.Thread(target=lambda: order.append(barrier.wait())) for _ in range(3)]
for one in crew:
    one.start()
for one in crew:
    one.join()
print(sorted(order))
seats = threading.Semaphore(2)
print(seats.acquire(), seats.acquire(), seats.acquire(timeout=0.01))
tried("BoundedSemaphore", threading.BoundedSemaphore(1).release)
own = threading.local()
own.value = "главный"
other = threading.Thread(target=lambda: print(hasattr(own, "value")))
other.start()
other.join()
print(own.value)

line = queue.Queue(maxsize=1)
line.put(1)
tried("полна", line.put, 2, True, 0.01)
tried("get", line.get)
tried("пуста", line.get_nowait)
tried("get со сроком", line.get, True, 0.01)
results = queue.SimpleQueue()
threading.Timer(0.01, results.put, ["по таймеру"]).start()
print(results.get())
worker = threading.Thread(target=lambda: [results.put(line.get()) for _ in range(3)])
worker.start()
for number in range(3):
    line.put(number)
worker.join()
print([results.get() for _ in range(3)])
with ThreadPoolExecutor(2) as pool:
    print(list(pool.map(lambda number: number * number, range(5))))
    broken = pool.submit(lambda: 1 / 0)
    tried("исключение", broken.result)
    never = threading.Event()
    waiting = pool.submit(never.wait)
    try:
        waiting.result(timeout=0.01)
    except TimeoutError:
        print("не успел")
    never.set()
    print(waiting.result())
    print(sorted(one.result() for one in as_completed([pool.submit(int, n) for n in "321"])))
threading.excepthook = lambda args: print("в потоке:", args.exc_type.__name__, args.exc_value)
bad = threading.Thread(target=lambda: int("не число"))
bad.start()
bad.join()
print(threading.active_count())
