// Программа в своём потоке Node — как в своём потоке браузера.

import { parentPort, workerData } from "node:worker_threads";

import {
  bootPython,
  openDoor,
  runProgram,
} from "../../netlab/browser/lab/program_worker.mjs";

const { loadPyodide } = await import(`${workerData.pyodide}pyodide.mjs`);
const { port, program, ...options } = workerData;
const python = await bootPython({ ...options, loadPyodide });
openDoor(python, port);
parentPort.postMessage({ type: "ready" });
await runProgram(python, port, program);
