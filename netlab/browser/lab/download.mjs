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
  const bytes = await Promise.all([
    whole(`${pyodide}pyodide.asm.wasm`, count),
    wheel ? whole(address(wheel), () => {}) : null,
    ...rest.map((name) => whole(pyodide + name, count)),
  ]);
  const module = await WebAssembly.compile(bytes[0]);
  return { pyodide, module, shims: Object.entries(shims), wheel: bytes[1]?.buffer ?? null };
}

async function whole(where, count) {
  const answer = await fetch(where);
  if (!answer.ok) throw new Error(`нет ${where}`);
  const parts = [];
  const reader = answer.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    count(value.length);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
