// Живое табло: сервер присылает разметку (имена в ней уже экранированы) и часы, а секунды между
// его словами считает страница. Пропала связь — об этом сказано, а не показано старое как новое.
"use strict";

const SILENCE = 25_000; // мс: сервер обещал напоминать о себе каждые 10 с
const byId = (id) => document.getElementById(id);
const shown = (seconds) => {
  const whole = Math.round(seconds);
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
};

let clock = null;
let heard = performance.now();

function write(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text;
}

function left(now) {
  return clock.paused ? clock.left : Math.max(0, clock.left - (now - heard) / 1000);
}

function tick() {
  const now = performance.now();
  write("lost", now - heard > SILENCE ? "нет связи с сервером" : "");
  if (clock === null) return;
  const over = clock.left !== null && !clock.paused && left(now) === 0;
  document.body.classList.toggle("paused", clock.paused);
  document.body.classList.toggle("over", over);
  if (clock.left === null) {
    write("state", "");
    write("left", "");
    return;
  }
  write("state", clock.paused ? "перерыв" : over ? "время вышло" : "осталось");
  write("left", shown(left(now)));
}

function connect() {
  const events = new EventSource("events");
  events.onmessage = (message) => {
    const said = JSON.parse(message.data);
    if (said.html !== undefined) {
      byId("live").innerHTML = said.html;
      return;
    }
    clock = said;
    heard = performance.now();
    tick();
  };
  events.onerror = () => {
    write("lost", "нет связи с сервером");
    // Отказ вместо потока браузер считает окончательным; сервер мог и перезапускаться.
    if (events.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  };
}

connect();
setInterval(tick, 200);
