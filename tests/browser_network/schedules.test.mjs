// Свойства, которые держатся при любом ходе событий: байты по порядку и ровно один раз, после
// FIN ничего, никто не застрял, в буферах не больше обещанного.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Laboratory, listen } from "./laboratory.mjs";

const SCHEDULES = 150;

const between = (random, least, most) => least + Math.floor(random() * (most - least + 1));

/** Байт номер at: по нему видно и пропажу, и перестановку, и повтор. */
const byteAt = (at) => (at * 31 + (at >> 8) * 17) & 255;

function stretch(start, size) {
  return Uint8Array.from({ length: size }, (_, at) => byteAt(start + at));
}

async function sendAll(process, descriptor, total, random, timeouts) {
  for (let sent = 0; sent < total; ) {
    const size = Math.min(total - sent, between(random, 1, 5000));
    const timeout = timeouts && random() < 0.3 ? 10 : null;
    try {
      sent += await process.send(descriptor, stretch(sent, size), timeout);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
    if (random() < 0.2) await process.sleep(between(random, 1, 50));
  }
  process.shutdown(descriptor, 1);
}

async function receiveAll(process, descriptor, random, timeouts) {
  let got = 0;
  for (;;) {
    const timeout = timeouts && random() < 0.3 ? 5 : null;
    const size = between(random, 1, 9000);
    const options = { peek: random() < 0.1 };
    let data;
    try {
      data = await process.receive(descriptor, size, options, timeout);
    } catch (error) {
      if (error.code === "EAGAIN") continue;
      throw error;
    }
    if (data.length === 0) return got;
    assert.ok(data.length <= size, "recv вернул больше, чем просили");
    assert.deepEqual(data, stretch(got, data.length), "байты не те или не по порядку");
    if (!options.peek) got += data.length;
    if (random() < 0.2) await process.sleep(between(random, 1, 80));
  }
}

/** Ни одна сторона не держит больше, чем обещала. */
function watchBuffers(laboratory, connections) {
  const onFrame = laboratory.network.onFrame;
  laboratory.network.onFrame = (frame) => {
    for (const host of [laboratory.a, laboratory.b]) {
      for (const connection of host.establishedConnections()) connections.add(connection);
    }
    for (const { received, receiveSpace, unsentOrUnacknowledged, sendSpace } of connections) {
      assert.ok(received.length <= receiveSpace, "в приёмном буфере больше обещанного");
      assert.ok(unsentOrUnacknowledged <= sendSpace, "в буфере отправки больше обещанного");
    }
    onFrame(frame);
  };
}

for (let seed = 1; seed <= SCHEDULES; seed += 1) {
  test(`случайный ход событий ${seed}`, async () => {
    const laboratory = new Laboratory(seed);
    const { random, network } = laboratory;
    const rough = random() < 0.5;
    Object.assign(network.conditions, {
      delay: random() < 0.3 ? 0 : between(random, 1, 60),
      rate: random() < 0.5 ? Infinity : between(random, 50, 5000),
      loss: rough ? random() * 0.15 : 0,
      mss: random() < 0.3 ? between(random, 1, 100) : 1460,
    });
    const connections = new Set();
    watchBuffers(laboratory, connections);
    const here = laboratory.process(laboratory.a);
    const there = laboratory.process(random() < 0.2 ? laboratory.a : laboratory.b);
    const small = (process, descriptor) => {
      if (random() < 0.5) process.setsockopt(descriptor, 1, 8, between(random, 1, 8000));
      if (random() < 0.5) process.setsockopt(descriptor, 1, 7, between(random, 1, 8000));
      if (random() < 0.3) process.setsockopt(descriptor, 6, 1, 1);
    };
    const listener = listen(there, 5555);
    small(there, listener);
    const timeouts = random() < 0.5;
    const jobs = [];
    for (let pair = between(random, 1, 3); pair > 0; pair -= 1) {
      const most = network.conditions.mss < 100 ? 3000 : 60_000;
      const [up, down] = [between(random, 0, most), between(random, 0, most)];
      const client = here.socket(4, 1);
      small(here, client);
      jobs.push(
        (async () => {
          await here.connect(client, there.host.address, 5555, null);
          // Кто пришёл первым, решает сеть, поэтому клиент говорит, сколько слать ему.
          await here.send(client, new Uint8Array(new Uint32Array([up, down]).buffer), null);
          const [, got] = await Promise.all([
            sendAll(here, client, up, random, timeouts),
            receiveAll(here, client, random, timeouts),
          ]);
          assert.equal(got, down);
          assert.equal((await here.receive(client, 1, {}, null)).length, 0, "байты после FIN");
          here.close(client);
        })(),
        (async () => {
          const { descriptor } = await there.accept(listener, null);
          const head = await there.receive(descriptor, 8, { all: true }, null);
          assert.equal(head.length, 8);
          const [wanted, owed] = new Uint32Array(head.slice().buffer);
          const [got] = await Promise.all([
            receiveAll(there, descriptor, random, timeouts),
            sendAll(there, descriptor, owed, random, timeouts),
          ]);
          assert.equal(got, wanted);
          there.close(descriptor);
        })(),
      );
    }
    await laboratory.run(...jobs);
    there.close(listener);
    await laboratory.pass(300_000);
    for (const { state } of connections) assert.equal(state, "CLOSED", "соединение не забыто");
  });
}

test("несколько потерь в одном окне не ждут срока каждая", async () => {
  const laboratory = new Laboratory();
  const { network } = laboratory;
  const [here, there] = [laboratory.a, laboratory.b].map((host) => laboratory.process(host));
  const { client, server } = await laboratory.connected(here, there);
  Object.assign(network.conditions, { delay: 1, loss: 0.5 });
  let flown = 0;
  network.random = () => ([2, 5, 8].includes((flown += 1)) ? 0 : 1);
  const started = network.clock.now;
  await laboratory.run(
    here.send(client, stretch(0, 40 * 1460), null),
    there.receive(server, 40 * 1460, { all: true }, null),
  );
  assert.equal(laboratory.frames.filter(({ lost }) => lost).length, 3);
  assert.ok(network.clock.now - started < 200, "повтор ждал срока");
});

test("тот же seed — те же кадры", async () => {
  const frames = [];
  for (let time = 0; time < 2; time += 1) {
    const laboratory = new Laboratory(7);
    laboratory.network.conditions.loss = 0.1;
    const [here, there] = [laboratory.a, laboratory.b].map((host) => laboratory.process(host));
    const { client, server } = await laboratory.connected(here, there);
    await laboratory.run(
      sendAll(here, client, 20_000, laboratory.random, false),
      receiveAll(there, server, laboratory.random, false),
    );
    frames.push(laboratory.frames.map(({ at, bytes, lost }) => ({ at, bytes, lost })));
  }
  assert.deepEqual(frames[0], frames[1]);
  assert.ok(frames[0].some(({ lost }) => lost));
});
