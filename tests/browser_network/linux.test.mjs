// То, чему лекция учит на Linux: отказы, очередь, повторный bind, RST и его виды, TIME_WAIT,
// UDP, IPv6, ARP, шаги и обрыв посередине. Ждёт здесь только время сети.

import assert from "node:assert/strict";
import { test } from "node:test";

import { SystemError, errno } from "../../netlab/browser/net/errno.mjs";
import { Laboratory, bytes, failure, listen, text } from "./laboratory.mjs";

function twoProcesses(seed) {
  const laboratory = new Laboratory(seed);
  const here = laboratory.process(laboratory.a);
  const there = laboratory.process(laboratory.b);
  return { laboratory, here, there };
}

const receive = (process, descriptor, size = 100) => process.receive(descriptor, size, {}, null);

test("номера ошибок — Linux", () => {
  assert.equal(new SystemError("ECONNREFUSED").errno, 111);
  assert.equal(errno.EADDRINUSE, 98);
});

test("никто не слушает — ECONNREFUSED, и сокет годится снова", async () => {
  const { laboratory, here, there } = twoProcesses();
  const client = here.socket(4, 1);
  const refused = await laboratory.run(here.connect(client, "10.0.0.80", 5555, null));
  assert.deepEqual(refused, ["ECONNREFUSED"]);
  listen(there, 5555);
  await laboratory.run(here.connect(client, "10.0.0.80", 5555, null));
  assert.equal(here.getpeername(client).port, 5555);
});

test("такой машины нет: три ARP без ответа, потом EHOSTUNREACH", async () => {
  const { laboratory, here } = twoProcesses();
  const client = here.socket(4, 1);
  const outcome = await laboratory.run(here.connect(client, "10.0.0.99", 5555, null));
  assert.deepEqual(outcome, ["EHOSTUNREACH"]);
  assert.equal(laboratory.frames.length, 3);
});

test("порт занят, пока на нём слушают, — и с SO_REUSEADDR тоже", async () => {
  const { there } = twoProcesses();
  listen(there, 5555, { reuse: true });
  const second = there.socket(4, 1);
  there.setsockopt(second, 1, 2, 1);
  assert.equal(await failure(() => there.bind(second, "127.0.0.1", 5555)), "EADDRINUSE");
});

test("TIME_WAIT держит порт минуту; SO_REUSEADDR пускает", async () => {
  const { laboratory, here, there } = twoProcesses();
  const { listener, client, server } = await laboratory.connected(here, there, { reuse: true });
  there.close(server);
  there.close(listener);
  await laboratory.settle();
  here.close(client);
  await laboratory.settle();
  const plain = there.socket(4, 1);
  assert.equal(await failure(() => there.bind(plain, "0.0.0.0", 5555)), "EADDRINUSE");
  there.close(listen(there, 5555, { reuse: true }));
  await laboratory.pass(60_001);
  there.bind(plain, "0.0.0.0", 5555);
});

test("очередь: backlog + 1 приняты, дальше SYN не замечают", async () => {
  const { laboratory, here, there } = twoProcesses();
  const listener = listen(there, 5555, { backlog: 1 });
  const connect = () => here.connect(here.socket(4, 1), "10.0.0.80", 5555, 500);
  assert.deepEqual(await laboratory.run(connect(), connect()), [undefined, undefined]);
  assert.deepEqual(await laboratory.run(connect()), ["EINPROGRESS"]);
  await laboratory.run(there.accept(listener, null));
  assert.deepEqual(await laboratory.run(connect()), [undefined]);
});

test("close с непрочитанным — RST: собеседник теряет и то, чего не отправил", async () => {
  const { laboratory, here, there } = twoProcesses();
  const { client, server } = await laboratory.connected(here, there);
  await here.send(client, bytes("hello"), null);
  await laboratory.settle();
  there.close(server);
  assert.deepEqual(await laboratory.run(receive(here, client)), ["ECONNRESET"]);
  assert.equal((await receive(here, client)).length, 0);
  assert.equal(await failure(() => here.send(client, bytes("x"), null)), "EPIPE");
  assert.equal(await failure(() => here.shutdown(client, 1)), "ENOTCONN");
});

test("SO_LINGER (1, 0) — RST, а не FIN; что успело прийти, читается", async () => {
  const { laboratory, here, there } = twoProcesses();
  const { client, server } = await laboratory.connected(here, there);
  await there.send(server, bytes("bye"), null);
  there.setsockopt(server, 1, 13, [1, 0]);
  there.close(server);
  await laboratory.settle();
  assert.equal(text(await receive(here, client)), "bye");
  assert.equal(await failure(() => receive(here, client)), "ECONNRESET");
});

test("в закрытого пишут дважды: сначала можно, потом EPIPE, а recv говорит b''", async () => {
  const { laboratory, here, there } = twoProcesses();
  const { client, server } = await laboratory.connected(here, there);
  there.close(server);
  await laboratory.settle();
  assert.equal(await here.send(client, bytes("1"), null), 1);
  await laboratory.settle();
  assert.equal((await receive(here, client)).length, 0);
  assert.equal(await failure(() => here.send(client, bytes("2"), null)), "EPIPE");
});

test("половина закрыта — другая живёт, в обе стороны", async () => {
  const { laboratory, here, there } = twoProcesses();
  const { client, server } = await laboratory.connected(here, there);
  here.shutdown(client, 1);
  assert.equal((await laboratory.run(receive(there, server)))[0].length, 0);
  await there.send(server, bytes("answer"), null);
  assert.equal(text((await laboratory.run(receive(here, client)))[0]), "answer");
  assert.equal(await failure(() => here.send(client, bytes("x"), null)), "EPIPE");
  there.close(server);
  assert.equal((await laboratory.run(receive(here, client)))[0].length, 0);
});

test("не читают — send встаёт; прочли — идёт дальше", async () => {
  const { laboratory, here, there } = twoProcesses();
  const { client, server } = await laboratory.connected(here, there);
  const taken = await here.send(client, new Uint8Array(10_000_000), 0);
  assert.ok(taken > 0 && taken < 10_000_000);
  await laboratory.settle();
  assert.ok((await failure(() => here.send(client, new Uint8Array(10_000_000), 0))) > 0);
  await laboratory.settle();
  assert.equal(await failure(() => here.send(client, bytes("x"), 0)), "EAGAIN");
  assert.deepEqual(await laboratory.run(here.send(client, bytes("x"), 300)), ["EAGAIN"]);
  await receive(there, server, 5_000_000);
  assert.deepEqual(await laboratory.run(here.send(client, bytes("x"), null)), [1]);
});

test("MSG_PEEK не забирает, MSG_WAITALL ждёт всего", async () => {
  const { laboratory, here, there } = twoProcesses();
  const { client, server } = await laboratory.connected(here, there);
  await here.send(client, bytes("ab"), null);
  await laboratory.settle();
  assert.equal(text(await there.receive(server, 9, { peek: true }, null)), "ab");
  const waits = there.receive(server, 4, { all: true }, null);
  await laboratory.settle();
  await here.send(client, bytes("cdef"), null);
  assert.equal(text((await laboratory.run(waits))[0]), "abcd");
});

test("1-байтовые сегменты: recv получает по байту", async () => {
  const { laboratory, here, there } = twoProcesses();
  Object.assign(laboratory.network.conditions, { mss: 1, rate: 10 });
  const { client, server } = await laboratory.connected(here, there);
  await here.send(client, bytes("hello"), null);
  assert.equal(text((await laboratory.run(receive(there, server)))[0]), "h");
});

test("по шагам: пакет летит, когда велят, и время стоит", async () => {
  const { laboratory, here, there } = twoProcesses();
  const { client, server } = await laboratory.connected(here, there);
  laboratory.network.stepping = true;
  await here.send(client, bytes("hi"), null);
  await laboratory.settle();
  assert.equal(laboratory.network.heldCount, 1);
  assert.equal(await failure(() => there.receive(server, 9, {}, 0)), "EAGAIN");
  const { now } = laboratory.network.clock;
  laboratory.network.advance(now + 1e6);
  assert.equal(laboratory.network.clock.now, now);
  laboratory.network.step();
  assert.equal(text(await there.receive(server, 9, {}, 0)), "hi");
});

test("обрыв посередине: ECONNRESET у обоих", async () => {
  const { laboratory, here, there } = twoProcesses();
  const { client, server } = await laboratory.connected(here, there);
  laboratory.network.cut();
  const outcomes = await laboratory.run(receive(here, client), receive(there, server));
  assert.deepEqual(outcomes, ["ECONNRESET", "ECONNRESET"]);
});

test("собеседник пропал молча — ETIMEDOUT, но не скоро", async () => {
  const { laboratory, here, there } = twoProcesses();
  const { client } = await laboratory.connected(here, there);
  laboratory.network.conditions.loss = 1;
  await here.send(client, bytes("x"), null);
  const started = laboratory.network.clock.now;
  assert.deepEqual(await laboratory.run(receive(here, client)), ["ETIMEDOUT"]);
  assert.ok(laboratory.network.clock.now - started > 13 * 60_000);
});

test("конец программы: её сокеты закрыты, ждущее прервано", async () => {
  const { laboratory, here, there } = twoProcesses();
  const { client } = await laboratory.connected(here, there);
  const waits = here.receive(client, 1, {}, null);
  there.exit();
  assert.equal((await laboratory.run(waits))[0].length, 0);
  const again = failure(() => here.accept(listen(here, 7777), null));
  here.exit();
  assert.deepEqual(await laboratory.run(again), ["EINTR"]);
});

test("закрытый дескриптор — EBADF, занятый dup живёт", async () => {
  const { laboratory, here, there } = twoProcesses();
  const { client, server } = await laboratory.connected(here, there);
  const copy = here.dup(client);
  here.close(client);
  assert.equal(await failure(() => here.getsockname(client)), "EBADF");
  await here.send(copy, bytes("alive"), null);
  assert.equal(text((await laboratory.run(receive(there, server)))[0]), "alive");
});

test("poll: слушающий, соединённый, дочитанный, отказанный", async () => {
  const { laboratory, here, there } = twoProcesses();
  const listener = listen(there, 5555);
  const client = here.socket(4, 1);
  const wakes = there.poll([[listener, true, false]], null);
  await laboratory.run(here.connect(client, "10.0.0.80", 5555, null));
  const [[[descriptor, { readable }]]] = await laboratory.run(wakes);
  assert.deepEqual([descriptor, readable], [listener, true]);
  assert.deepEqual(await here.poll([[client, true, false]], 0), []);
  assert.equal((await here.poll([[client, true, true]], 0))[0][1].writable, true);
  const refused = here.socket(4, 1);
  assert.equal(await failure(() => here.connect(refused, "10.0.0.80", 1, 0)), "EINPROGRESS");
  const [[[, state]]] = await laboratory.run(here.poll([[refused, false, true]], null));
  assert.equal(state.writable, true);
  assert.equal(here.getsockopt(refused, 1, 4), errno.ECONNREFUSED);
});

test("два процесса одной машины встречаются на 127.0.0.1", async () => {
  const { laboratory, here } = twoProcesses();
  const other = laboratory.process(laboratory.a);
  const listener = listen(other, 5555, { at: "127.0.0.1" });
  const client = here.socket(4, 1);
  const [, peer] = await laboratory.run(
    here.connect(client, "127.0.0.1", 5555, null),
    other.accept(listener, null),
  );
  assert.equal(peer.address, "127.0.0.1");
});

test("«::» принимает и IPv4, и адрес показывает развёрнутым", async () => {
  const { laboratory, here, there } = twoProcesses();
  const listener = listen(there, 5555, { family: 6 });
  const [, peer] = await laboratory.run(
    here.connect(here.socket(4, 1), "10.0.0.80", 5555, null),
    there.accept(listener, null),
  );
  assert.equal(peer.address, "::ffff:10.0.0.10");
  const local = there.socket(6, 1);
  await laboratory.run(there.connect(local, "::1", 5555, null));
  assert.equal(there.getpeername(local).address, "::1");
});

test("UDP: датаграмма целая, хвост пропадает, мёртвый порт отвечает ECONNREFUSED", async () => {
  const { laboratory, here, there } = twoProcesses();
  const server = there.socket(4, 2);
  there.bind(server, "0.0.0.0", 5555);
  const client = here.socket(4, 2);
  here.sendTo(client, bytes("hello"), "10.0.0.80", 5555, null);
  here.sendTo(client, bytes("world"), "10.0.0.80", 5555, null);
  const [{ bytes: head, from }] = await laboratory.run(there.receiveFrom(server, 2, {}, null));
  assert.deepEqual([text(head), from.address], ["he", "10.0.0.10"]);
  const [{ bytes: next }] = await laboratory.run(there.receiveFrom(server, 100, {}, null));
  assert.equal(text(next), "world");
  here.connect(client, "10.0.0.80", 6666, null);
  assert.equal(await here.send(client, bytes("x"), null), 1);
  assert.deepEqual(await laboratory.run(receive(here, client)), ["ECONNREFUSED"]);
  assert.equal(await failure(() => here.send(client, new Uint8Array(65_508), null)), "EMSGSIZE");
});

test("программа звонит сама себе: оба начали сразу", async () => {
  const { laboratory, here } = twoProcesses();
  const lonely = here.socket(4, 1);
  here.bind(lonely, "127.0.0.1", 5555);
  await laboratory.run(here.connect(lonely, "127.0.0.1", 5555, null));
  await here.send(lonely, bytes("self"), null);
  assert.equal(text((await laboratory.run(receive(here, lonely)))[0]), "self");
});
