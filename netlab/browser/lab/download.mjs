// Всё, что скачивают ради первого запуска: один раз на страницу и с отчётом в байтах.

const HERE = new URL("../", import.meta.url);
let wanted = null;

/** Адрес файла, который сборка положила рядом. */
export function address(name) {
  return new URL(name, HERE).href;
}

/** Описание того, что положила сборка: index.json (netlab/pages/run_in_browser.py). */
export async function contents() {
  const answer = await fetch(address("index.json"));
  if (!answer.ok) throw new Error(`нет ${address("index.json")}`);
  return answer.json();
}

/** CPython, готовый для потоков: { module, shims, wheel, pyodide }; progress(байтов, всего). */
export function python(progress) {
  wanted ??= load(progress).catch((error) => {
    wanted = null;
    throw error;
  });
  return wanted;
}

async function load(progress) {
  const { shims, wheel, sizes } = await contents();
  const pyodide = address("pyodide/");
  const total = Object.values(sizes).reduce((sum, size) => sum + size, 0);
  let done = 0;
  const count = (size) => progress((done += size), total);
  // Остальные файлы возьмёт сама Pyodide — уже из кеша.
  const rest = Object.keys(sizes).filter((name) => !name.endsWith(".wasm"));
  const [module, package_] = await Promise.all([
    // Разбор идёт, пока файл ещё качается.
    counted(`${pyodide}pyodide.asm.wasm`, count).then((answer) => WebAssembly.compileStreaming(answer)),
    wheel ? counted(address(wheel), () => {}).then((answer) => answer.arrayBuffer()) : null,
    ...rest.map((name) => counted(pyodide + name, count).then((answer) => answer.arrayBuffer())),
  ]);
  return { pyodide, module, shims: Object.entries(shims), wheel: package_ };
}

/** Ответ, который докладывает о каждом пришедшем куске. */
async function counted(where, count) {
  const answer = await fetch(where);
  if (!answer.ok) throw new Error(`нет ${where}`);
  const counter = new TransformStream({
    transform(part, controller) {
      count(part.length);
      controller.enqueue(part);
    },
  });
  return new Response(answer.body.pipeThrough(counter), { headers: answer.headers });
}
