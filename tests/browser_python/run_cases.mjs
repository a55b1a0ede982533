// Выполняет случаи, по строке JSON на каждый: машины с программами, — и отвечает строкой JSON:
// что каждая напечатала и с каким кодом кончилась. Первый аргумент — папка пакета pyodide.

import { createInterface } from "node:readline";

import { Machines } from "./machines.mjs";

const PATIENCE = 20_000;

for await (const line of createInterface({ input: process.stdin })) {
  const { programs } = JSON.parse(line);
  const machines = new Machines(process.argv[2]);
  const running = programs.map(({ host, typed, ...program }) => machines.run(host, program, { typed }));
  const expired = new Promise((resolve) => setTimeout(resolve, PATIENCE, null).unref());
  const answers = [];
  for (const program of running) {
    const status = await Promise.race([program.ended, expired]);
    answers.push({ status, output: program.output });
  }
  machines.close();
  process.stdout.write(`${JSON.stringify(answers)}\n`);
}
process.exit();
