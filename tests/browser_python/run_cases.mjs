// Выполняет случаи, по строке JSON на каждый: машины с программами, — и отвечает строкой JSON:
// что каждая напечатала и с каким кодом кончилась. Первый аргумент — папка пакета pyodide.

import { createInterface } from "node:readline";

import { Machines } from "./machines.mjs";

const PATIENCE = 60_000;
/** Столько случаев идёт одновременно: остальные ждут. */
const AT_ONCE = 2;

async function carryOut({ programs }) {
  const machines = new Machines(process.argv[2]);
  const running = programs.map(({ host, typed, ...program }) => machines.run(host, program, { typed }));
  const expired = new Promise((resolve) => setTimeout(resolve, PATIENCE, null).unref());
  const answers = [];
  for (const program of running) {
    const status = await Promise.race([program.ended, expired]);
    answers.push({ status, output: program.output });
  }
  machines.close();
  return answers;
}

const cases = [];
for await (const line of createInterface({ input: process.stdin })) cases.push(JSON.parse(line));
const answers = [];
let next = 0;
async function work() {
  while (next < cases.length) {
    const number = next;
    next += 1;
    answers[number] = await carryOut(cases[number]);
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, work));
for (const answer of answers) process.stdout.write(`${JSON.stringify(answer)}\n`);
process.exit();
