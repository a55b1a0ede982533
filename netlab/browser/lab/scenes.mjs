// Сцены: какие машины и что на них, когда под программой нажали ▶. Род программы — из манифеста.

const machine = (name, title, address, end) => ({ name, title, address, mac: `02:00:00:00:00:${end}` });
const CLIENT = machine("client", "Клиент", "10.0.0.10", "0a");
const SERVER = machine("server", "Сервер", "10.0.0.80", "0b");
const E1 = machine("e1.ru", "e1.ru", "10.0.0.81", "0c");

const TEACHER = machine("teacher", "Преподаватель", "10.0.0.13", "0d");

const netcat = (command, host = "client") => ({ kind: "netcat", host, command });
const site = { kind: "program", host: "e1.ru", file: "e1_ru.py", scene: true, auto: true };

/** Порт, на котором слушает программа: первое число, похожее на него. */
function portOf(text) {
  return /[,(=]\s*(\d{4,5})\b/.exec(text)?.[1] ?? "5555";
}

const SCENES = {
  echo: (program, text) => ({
    hosts: [CLIENT, SERVER],
    panes: [{ ...program, host: "server" }, netcat(`nc server ${portOf(text)}`)],
  }),
  chat: (program, text) => ({
    hosts: [CLIENT, SERVER],
    panes: [
      { ...program, host: "server" },
      netcat(`nc server ${portOf(text)}`),
      netcat(`nc server ${portOf(text)}`),
    ],
  }),
  udp_echo: (program, text) => ({
    hosts: [CLIENT, SERVER],
    panes: [{ ...program, host: "server" }, netcat(`nc -u server ${portOf(text)}`)],
  }),
  fetch: (program) => ({
    hosts: [CLIENT, E1],
    panes: [{ ...program, host: "client", interactive: true }, site],
  }),
  flags: (program) => ({
    hosts: [CLIENT, TEACHER],
    panes: [
      { ...program, host: "client", args: ["teacher", "13000", "Студент"] },
      { kind: "program", host: "teacher", file: "teacher.py", scene: true, auto: true },
      netcat("nc teacher 13000"),
    ],
  }),
  script: (program) => ({
    hosts: [CLIENT, E1],
    panes: [{ ...program, host: "client" }],
  }),
};

/** Функции без разговора: после программы остаётся диалог, и собеседника даёт nc. */
const functions = (program) => ({
  hosts: [CLIENT, SERVER],
  panes: [{ ...program, host: "client", interactive: true }, netcat("nc -l 5555", "server")],
});

/** Сцена для программы: { hosts, panes }. */
export function sceneOf(kind, file, text) {
  return (SCENES[kind] ?? functions)({ kind: "program", file }, text);
}
