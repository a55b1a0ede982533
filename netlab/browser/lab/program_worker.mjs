// Программа в своём потоке: CPython, подмены под его стандартной библиотекой и порт к ядру. Тот же
// файл идёт и в Node, в испытаниях: там нет self, и порт дают с собой.

/** Порядок загрузки подмен: boot.py — последним, он всё и ставит. */
const HOME = "/home/student";

/** Заводит CPython. options: { pyodide (адрес папки), shims ([имя, текст]), module, snapshot }. */
export async function bootPython({ pyodide, shims, loadPyodide, onProgress }) {
  const python = await loadPyodide({
    indexURL: pyodide,
    env: { HOME, PYTHONINSPECT: "" },
    packages: [],
  });
  python.FS.mkdirTree("/netlab");
  for (const [name, text] of shims) python.FS.writeFile(`/netlab/${name}`, text);
  onProgress?.();
  return python;
}

/** Даёт Python дверь в ядро: вызов с ответом, просьбу без ответа и новый поток выполнения. */
export function openDoor(python, port) {
  const waiting = new Map();
  let number = 0;
  port.onmessage = ({ data }) => {
    const settle = waiting.get(data.reply);
    waiting.delete(data.reply);
    settle(data);
  };
  const plain = (args) => [...args].map((value) => value ?? null);
  python.registerJsModule("_netlab_host", {
    call(name, args) {
      number += 1;
      const call = number;
      port.postMessage({ call, name, args: plain(args) });
      return { promise: new Promise((resolve) => waiting.set(call, resolve)) };
    },
    post(name, args) {
      port.postMessage({ name, args: plain(args) });
    },
    start(body) {
      const kept = body.copy();
      Promise.resolve().then(() => kept.callPromising()).finally(() => kept.destroy());
    },
  });
  python.runPython("import sys; sys.path.insert(0, '/netlab'); import boot");
}

/** Выполняет программу; files — [имя, текст или байты], path — которую из них. */
export async function runProgram(python, port, { path, args = [], files = [], interactive = false }) {
  for (const [name, content] of files) {
    const folder = name.split("/").slice(0, -1).join("/");
    if (folder) python.FS.mkdirTree(`${HOME}/${folder}`);
    python.FS.writeFile(`${HOME}/${name}`, content);
  }
  const { run } = python.globals.get("sys").modules.get("netlab_program");
  const status = await run.callPromising(path ?? null, python.toPy(args), interactive);
  port.postMessage({ name: "end", args: [status] });
}
