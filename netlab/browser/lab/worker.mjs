// Поток одной программы в браузере: грузит CPython, ждёт программу, выполняет её и докладывает.

import { bootPython, openDoor, runProgram } from "./program_worker.mjs";

/** Разобранный WebAssembly один на все потоки: разбирать его заново — почти секунда на каждый. */
function share(module) {
  WebAssembly.instantiateStreaming = async (response, imports) => {
    await response;
    return { module, instance: await WebAssembly.instantiate(module, imports) };
  };
  const { fetch } = self;
  self.fetch = (address, ...rest) =>
    String(address).endsWith(".wasm") ? Promise.resolve(new Response()) : fetch(address, ...rest);
}

let python;

const orders = {
  async boot({ pyodide, shims, module, wheel }) {
    share(module);
    const { loadPyodide } = await import(`${pyodide}pyodide.mjs`);
    python = await bootPython({ pyodide, shims, loadPyodide });
    if (wheel) {
      python.FS.writeFile("/netlab.whl", new Uint8Array(wheel));
      python.runPython("import sys; sys.path.append('/netlab.whl')");
    }
    self.postMessage({ type: "ready" });
  },
  async run({ program, port }) {
    openDoor(python, port);
    await runProgram(python, port, program);
  },
};

self.onmessage = async ({ data }) => {
  try {
    await orders[data.type](data);
  } catch (error) {
    self.postMessage({ type: "broken", text: String(error) });
  }
};
